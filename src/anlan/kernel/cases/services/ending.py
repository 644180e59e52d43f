"""What becomes of a case after its end: its keys go to the custodians, and in time it is erased."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import ForeignObjectRel
from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, CaseEvent, FollowLink
from anlan.kernel.cases.rules.kernel_events import KERNEL_TASKS
from anlan.kernel.cases.services.acting import acting
from anlan.kernel.cases.services.documents import erase_documents
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.links import spaces_of
from anlan.kernel.cases.services.notices import erase_notices, stop_notices
from anlan.kernel.sealing.custody import erasures
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.sealing.custody.erasures import Erasure
from anlan.kernel.sealing.custody.services import LinkHolder
from anlan.kernel.values import Actor, Forbidden, Refused, whole_number

AT_ONCE = 500  # so many cases are asked for in one query


def seal_case(
    case_id: int, *, town_key: str, actor: Actor, at: datetime, recorded_at: datetime
) -> None:
    """Seal an ended case away when its time is over: every key of all its spaces is wrapped for the
    custodians, the common and the own one for each party's link, and the service's copies go.

    One transaction: whoever cuts the power leaves the case as it was, or sealed. Raises Refused:
    "not_due", or "no_custodians" where nobody could open it again.
    """
    _check_machine(actor)
    with acting(
        case_id, "sealed", town_key=town_key, actor=actor, at=at, recorded_at=recorded_at
    ) as doing:
        one = doing.case
        if one.sealed_at is not None or one.seal_at is None or one.seal_at > at:
            raise Refused(_("This case is not due to be sealed."), code="not_due")
        custody.rewrap(one.ref, town=town_key, links=_links_of(one), at=at)
        stop_notices(doing, outcome="sealed")
        doing.end_tasks(*KERNEL_TASKS, outcome="sealed")
        one.sealed_at = at


def _links_of(one: Case) -> list[LinkHolder]:
    living = FollowLink.objects.filter(case=one, ended_at__isnull=True).select_related("case")
    return [
        LinkHolder(f"link:{link.pk}", link.recipient, tuple(spaces_of(link)))
        for link in living.order_by("id")
    ]


def erase_case(
    case_id: int,
    *,
    reason: str,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    ended_as: str = "",
) -> None:
    """Erase a case: every wrap and text, and each row that hangs on it. A tombstone stays: type,
    number, when it was opened, ended and erased, and its result.

    `reason` is a code ("kept_long_enough", "unconfirmed"). Raises Refused ("not_due") unless the
    case has ended and its last day of keeping is past; with `ended_as` one that ended with this
    result is due at once. It is noted outside the database just before the commit, so that an older
    copy put back loses it again: what is noted was due, and is erased by the next replay if the
    commit fails.
    """
    _check_machine(actor)
    with _erasing(case_id, town_key=town_key, actor=actor, at=at, recorded_at=recorded_at) as doing:
        _check_due(doing.case, ended_as=ended_as, at=at)
        noted = Erasure(town_key, doing.case.ref, doing.case.opened_at, at)
        doing.tell(reason=reason)
        _erase(doing)
        erasures.note(erasure_list(), noted)


def _check_due(one: Case, *, ended_as: str, at: datetime) -> None:
    """Refuse, under the case's lock, what was reopened since it was listed."""
    today = at.astimezone(ZoneInfo(one.town.zone)).date()
    over = one.erase_on is not None and one.erase_on < today
    if one.ended_at is None or not (over or (ended_as and one.result == ended_as)):
        raise Refused(_("This case is not due to be erased."), code="not_due")


@contextmanager
def _erasing(
    case_id: int, *, town_key: str, actor: Actor, at: datetime, recorded_at: datetime
) -> Iterator[Doing]:
    with acting(
        case_id,
        "erased",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        keeps_event=False,
    ) as doing:
        yield doing


def _erase(doing: Doing) -> None:
    one = doing.case
    # First, in the table: the trigger that guards the events lets them go then.
    Case.objects.filter(pk=one.pk).update(erased_at=doing.at)
    one.erased_at = doing.at
    one.answers, one.cell, one.office = {}, "", None
    one.seal_at, one.erase_on = None, None
    for link in FollowLink.objects.filter(case=one):
        custody.end_wraps(f"link:{link.pk}")
    erase_documents(doing)
    erase_notices(doing)
    custody.destroy(one.ref)
    _take_away_rows(one)


def _take_away_rows(one: Case) -> None:
    """Delete every row that hangs on a case, in whichever area's table: none is forgotten.

    Where a column lets go of its case (SET_NULL), the row is a thing's and stays without it.
    """
    for relation in Case._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: one.pk})
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
        else:
            rows.delete()


def replay_erasures(*, recorded_at: datetime) -> int:
    """Erase again what an older copy of the database brought back; gives how many cases.

    Run before anything is served. A case whose number was given anew since is another case; and one
    in which something was done later was never erased: the commit failed, and it was reopened.
    """
    again = 0
    for each in list(_come_back(erasure_list())):
        with (
            suppress(_WentOn),
            _erasing(
                _number_of(each),
                town_key=each.town,
                actor=Actor("job:erasures", frozenset()),
                at=each.erased_at,
                recorded_at=recorded_at,
            ) as doing,
        ):
            if _went_on(doing.case, each):
                raise _WentOn
            doing.tell(reason="erased_before")
            _erase(doing)
            again += 1
    return again


class _WentOn(Exception):
    """The case was acted in meanwhile, so that nothing is to be erased."""


def _went_on(one: Case, erasure: Erasure) -> bool:
    return CaseEvent.objects.filter(case=one, at__gt=erasure.erased_at).exists()


def _come_back(path: Path) -> Iterator[Erasure]:
    """Give what is noted as erased and stands here alive, asked of many at once."""
    noted = {(each.town, each.case_ref, each.opened_at): each for each in erasures.noted(path)}
    numbers = sorted({_number_of(each) for each in noted.values()})
    for begin in range(0, len(numbers), AT_ONCE):
        batch = numbers[begin : begin + AT_ONCE]
        alive = Case.objects.filter(pk__in=batch, erased_at__isnull=True).select_related("town")
        for one in alive.order_by("pk"):
            found = noted.get((one.town.key, one.ref, one.opened_at))
            if found is not None and not _went_on(one, found):
                yield found


def _number_of(erasure: Erasure) -> int:
    return whole_number(erasure.case_ref.partition(":")[2]) or 0


def erasure_list() -> Path:
    """Name the file outside the data in which erasures are noted."""
    return Path(settings.ANLAN_ERASURES_FILE)


def _check_machine(actor: Actor) -> None:
    """Retention is the programme's work: nobody seals or erases a case by hand."""
    if not actor.staff_ref.startswith("job:") and actor.staff_ref != "cli":
        raise Forbidden("Cases are sealed and erased when their time is over.", code="not_by_hand")
