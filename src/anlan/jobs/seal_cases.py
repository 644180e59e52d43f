"""Sealing away what is closed, erasing what was kept long enough: cases and incidents.

Each case is one transaction of its own: a cut of power leaves it as it was, or done.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, BadInput, Refused, Role

ACTOR = Actor("job:seal_cases", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(minutes=10)
FIRST_LOOK_AFTER = timedelta(seconds=20)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.seal_cases")


@dataclass
class Done:
    """How many were sealed away and erased, and how many wait because no custodians are set."""

    cases: int = 0
    incidents: int = 0
    erased: int = 0
    waiting: int = 0


def seal_due(*, real_now: datetime) -> Done:
    """Seal and erase everything whose time is over, in every town."""
    from anlan.kernel.cases.services import replay_erasures
    from anlan.kernel.places.queries import towns
    from anlan.kernel.sealing.custody.services import overwrite_log

    replay_erasures(recorded_at=real_now)
    done = Done()
    for town in towns():
        _seal_town(town, done, real_now=real_now)
    if done.waiting:
        log.warning("cases.no_custodians", count=done.waiting)
    if done.cases or done.incidents or done.erased:
        overwrite_log()
    return done


def _seal_town(town: Any, done: Done, *, real_now: datetime) -> None:
    from anlan.areas.dispatch import services as dispatch
    from anlan.areas.dispatch.queries.sealing import incidents_to_seal
    from anlan.kernel.cases import queries, services
    from anlan.kernel.sealing.queries import custodians, custodians_altered, custodians_stand

    at = town.clock.at(real_now)
    stamp = {"town_key": town.key, "actor": ACTOR, "at": at, "recorded_at": real_now}
    today = at.astimezone(town.tz).date()
    for case_id in queries.due_to_erase(town.key, today=today):
        done.erased += _each(services.erase_case, case_id, stamp | {"reason": "kept_long_enough"})
    due = queries.due_to_seal(town.key, at=at)
    if custodians_altered(town.key, custodians(town.key)):
        log.error("cases.custodians_altered", town=town.key)
    if custodians_stand(town.key):
        done.cases += sum(_each(services.seal_case, case_id, stamp) for case_id in due)
    else:
        done.waiting += len(due)
    for incident_id in incidents_to_seal(town.key, at=at):
        done.incidents += _each(dispatch.seal_incident, incident_id, stamp)


def _each(service: Callable[..., object], number: int, stamp: dict[str, Any]) -> bool:
    """Do one; what one refuses does not keep the others from theirs."""
    try:
        service(number, **stamp)
    except (Refused, BadInput) as fault:
        code = getattr(fault, "code", "bad_input")
        log.error(f"{service.__name__}.refused", subject=str(number), outcome=code)
        return False
    return True


def start() -> threading.Event:
    """Seal what is due beside the server, looking every ten minutes; set the event to end it."""
    return beside(
        lambda: seal_due(real_now=datetime.now(UTC)),
        name="seal-cases",
        every=EVERY,
        first_after=FIRST_LOOK_AFTER,
        towns_time=True,
    )
