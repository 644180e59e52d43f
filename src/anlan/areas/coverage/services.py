"""Writes of coverage planning: a study is asked for and stopped; its process says how far it is.

Who asked and who stopped stands in the ledger. What the machine does with it in between (taking it
up, its beat, its end) is no use case of a person and writes no entry.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, TypeVar

from django.utils.translation import gettext as _

from anlan.areas.coverage.models import Study, StudyState
from anlan.areas.coverage.rules.scenarios import ScenarioFault
from anlan.areas.coverage.rules.studies import (
    LOST_AFTER_S,
    MOST_WAITING,
    AskedStudy,
    check_asked,
    check_may_study,
    data_of_asked,
)
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.values import Actor, BadInput, Refused

REPLICATIONS, SEED = 10, 1
F = TypeVar("F", bound=Callable[..., Any])


def _in_words(service: F) -> F:
    """Say a rule's fault in the reader's language."""

    @wraps(service)
    def told(*args: Any, **given: Any) -> Any:
        try:
            return service(*args, **given)
        except ScenarioFault as fault:
            raise BadInput(_(fault.template).format(**fault.facts)) from fault

    return told  # type: ignore[return-value]


@_in_words
def ask_study(
    asked: AskedStudy,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Put a study into the queue and give its id; at most five of a town wait at a time."""
    check_may_study(actor)
    check_asked(asked)
    town = places.town(town_key)
    _check_known(asked, town_key)

    def ask(entry: Write) -> int:
        waiting = Study.objects.filter(town_id=town.id, state__in=_OPEN).count()
        if waiting >= MOST_WAITING:
            raise Refused(
                _("Five studies are waiting already; stop one or wait."), code="too_many_studies"
            )
        one = Study.objects.create(
            town_id=town.id,
            scenario=data_of_asked(asked),
            new_lon=None if asked.new_at is None else asked.new_at.lon,
            new_lat=None if asked.new_at is None else asked.new_at.lat,
            replications=REPLICATIONS,
            seed=SEED,
            asked_at=recorded_at,
        )
        entry.record(subject=f"study:{one.pk}", fields=["scenario"])
        return int(one.pk)

    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    return write_once(ask, action="study.asked", asked={"study": asked}, stamp=stamp)


_OPEN = (StudyState.QUEUED, StudyState.RUNNING)


def _check_known(asked: AskedStudy, town_key: str) -> None:
    """Refuse ids of posts and units that the town doesn't have."""
    posts = {one.id for one in places.posts(town_key)}
    units = {one.id for one in places.units(town_key)}
    wanted_posts = {*asked.close, *([asked.move_to] if asked.move_to is not None else [])}
    wanted_units = {*asked.remove, *([asked.move_unit] if asked.move_unit is not None else [])}
    if not wanted_posts <= posts or not wanted_units <= units:
        raise BadInput(_("This town has no such post or unit; load the page anew."))


def stop_study(
    study_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Ask a study to stop: one that waits stops at once, one that runs with what is done."""
    check_may_study(actor)

    def stop(entry: Write) -> None:
        mine = Study.objects.filter(pk=study_id, town__key=town_key, state__in=_OPEN)
        if mine.update(stop_asked=True) != 1:
            raise Refused(_("This study is over already."), code="study_over")
        waiting = Study.objects.filter(pk=study_id, state=StudyState.QUEUED)
        waiting.update(state=StudyState.STOPPED, ended_at=recorded_at)
        entry.record(subject=f"study:{study_id}", fields=["stop_asked"])

    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    write_once(stop, action="study.stopped", asked={"study": study_id}, stamp=stamp)


def take_up(study_id: int, *, now: datetime) -> bool:
    """Take a waiting study up; False where another process was quicker."""
    waiting = Study.objects.filter(pk=study_id, state=StudyState.QUEUED)
    return waiting.update(state=StudyState.RUNNING, beat_at=now, share=0.0) == 1


def beat(study_id: int, *, share: float, now: datetime) -> bool:
    """Say that a study's process lives and how far it is; gives whether it should stop."""
    running = Study.objects.filter(pk=study_id, state=StudyState.RUNNING)
    if running.update(beat_at=now, share=share) != 1:
        return True
    return running.filter(stop_asked=True).exists()


def end(study_id: int, *, state: str, now: datetime, fault_code: str = "") -> None:
    """Say how a running study ended."""
    Study.objects.filter(pk=study_id, state=StudyState.RUNNING).update(
        state=state, ended_at=now, fault_code=fault_code, share=1.0
    )


def give_up_lost(*, now: datetime) -> int:
    """Mark running studies without a sign of life as failed; gives how many."""
    lost = Study.objects.filter(
        state=StudyState.RUNNING, beat_at__lt=now - timedelta(seconds=LOST_AFTER_S)
    )
    return lost.update(state=StudyState.FAILED, fault_code="lost", ended_at=now)
