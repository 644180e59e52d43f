"""What failed at inspections: kept with the checklist, its cases opened once, shown by photos."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import structlog
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from anlan.areas.hazards.models import Failure, Inspection
from anlan.areas.hazards.rules import inspections as rules
from anlan.areas.hazards.rules.checklists import Question, is_danger
from anlan.areas.hazards.rules.hazard import CODE, UNVERIFIED
from anlan.areas.hazards.services.hazards import known_hazard, known_hazards
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.rules.facts import Asked, Value
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.cases.services import Doing
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.values import Actor, BadInput, Refused

log = structlog.get_logger("anlan.hazards.failures")
#: what a kind of hazard threatens with, when an inspector finds it dangerous
_DANGER = {
    "gas": "gas",
    "wiring": "electric",
    "goods": "explosion",
    "building": "collapse",
    "slope": "collapse",
    "work": "fall",
    "road": "fall",
    "water": "fall",
    "lift": "fall",
}


def keep_failures(
    one: Inspection, failed: tuple[Question, ...], answers: Mapping[str, str]
) -> None:
    """Keep what failed, in the write of its inspection; what is known already names its case."""
    known = known_hazards(one.premises_id)
    Failure.objects.bulk_create(
        Failure(
            inspection=one,
            question=each.code,
            answer=answers[each.code],
            hazard=each.hazard,
            danger=is_danger(each, answers[each.code]),
            case_id=known.get(each.hazard),
            opened=each.hazard in known,
        )
        for each in failed
    )


@in_words
def add_photo(
    inspection_id: int,
    *,
    question: str,
    data: bytes,
    filled_by: str = "",
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Add a photo of what failed to the case that was opened for it; gives the document's id."""
    rules.check_inspector(actor)
    rules.check_filled_by(actor, filled_by)
    failures = Failure.objects.filter(
        Q(inspection=inspection_id) | Q(inspection__beside=inspection_id),
        inspection__premises__town__key=town_key,
        question=question,
    )
    own = failures.filter(inspection__inspector_ref=actor.staff_ref)
    failed = own.order_by("-pk").first() or failures.order_by("pk").first()
    if failed is None or failed.case_id is None:
        waits = failed is not None and not failed.opened
        if waits or planned_inspections(town_key).filter(pk=inspection_id).exists():
            raise Refused(
                _("The checklist that this photo belongs to isn't here yet; send it first."),
                code="not_done",
            )
        raise BadInput(_("Nothing failed there that a photo could belong to."))
    return cases.add_document(
        failed.case_id,
        data=data,
        name=f"{failed.question}.jpg",
        kind="before",
        space=Space.CASE,
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    )


def planned_inspections(town_key: str) -> QuerySet[Inspection]:
    """Give the inspections that are planned and neither done nor called off."""
    return Inspection.objects.filter(
        premises__town__key=town_key, done_at__isnull=True, called_off_at__isnull=True
    )


def waiting_failures(town_key: str) -> QuerySet[Failure]:
    """Give what failed and has no case yet; one whose case was erased has had it."""
    return Failure.objects.filter(inspection__premises__town__key=town_key, opened=False)


def open_cases_of_failures(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Open the hazard cases that are still missing for what failed; gives of how many inspections.

    What can't be opened is left for the next time, and the rest is opened all the same.
    """
    stamp: dict[str, Any] = {
        "town_key": town_key,
        "actor": actor,
        "at": at,
        "recorded_at": recorded_at,
    }
    numbers = set(waiting_failures(town_key).values_list("inspection_id", flat=True))
    for number in sorted(numbers):
        open_cases(number, **stamp)
    return len(numbers)


def open_cases(inspection_id: int, **stamp: Any) -> tuple[int, ...]:
    """Open one case for each kind of hazard that failed, and stop the use where it is dangerous.

    Gives the cases. The checklist is kept already: what is refused now is logged, and opened by the
    housekeeping job.
    """
    failures = Failure.objects.filter(inspection_id=inspection_id).select_related(
        "inspection__premises"
    )
    by_kind: dict[str, list[Failure]] = {}
    for one in failures.order_by("pk"):
        by_kind.setdefault(one.hazard, []).append(one)
    opened: dict[int, None] = {}
    for kind, here in by_kind.items():
        try:
            case_id = _open_kind(here, kind=kind, **stamp)
        except (BadInput, Refused):
            log.warning("failure.not_opened", subject=f"inspection:{inspection_id}", exc_info=True)
            continue
        if case_id is not None:
            opened[case_id] = None
    return tuple(opened)


def _open_kind(here: list[Failure], *, kind: str, **stamp: Any) -> int | None:
    danger = any(one.danger for one in here)
    first = here[0]
    if first.opened and first.case_id is None:
        return None  # its case was erased when its time was over
    case_id = first.case_id or _open_found(first.inspection, kind=kind, danger=danger, **stamp)
    if danger:
        key = f"stop-{first.inspection_id}-{kind}"
        _stop_at_once(case_id, kind=kind, key=key, **stamp)
    return case_id


def _open_found(inspection: Inspection, *, kind: str, danger: bool, **stamp: Any) -> int:
    """Open the case of one kind of hazard that an inspection found, once; gives its id."""
    values: dict[str, Value] = {
        "kind": kind,
        "source": "inspection",
        "premises": inspection.premises_id,
        "imminent": danger,
    }
    try:
        done = cases.open_case(
            CODE,
            asked=Asked(values=values),
            client_key=f"failed-{inspection.pk}-{kind}",
            made_up=inspection.made_up,
            **stamp,
        )
    except Refused as refused:
        known = known_hazard(inspection.premises_id, kind=kind)
        if refused.code != "known_hazard" or known is None:
            raise
        return _tie(inspection, kind=kind, case_id=known, **stamp)
    return done.case_id


def _tie(inspection: Inspection, *, kind: str, case_id: int, **stamp: Any) -> int:
    """Tie what failed to the case that was opened for the same hazard meanwhile; gives the case."""

    def tie(entry: Write) -> int:
        found = Failure.objects.filter(inspection=inspection, hazard=kind)
        found.filter(opened=False).update(case=case_id, opened=True)
        entry.record(subject=f"inspection:{inspection.pk}", about=[f"{CODE}:{case_id}"], fields=[])
        return case_id

    asked = {"inspection": inspection.pk, "kind": kind, "case": case_id}
    return write_once(tie, action="inspection.case_known", asked=asked, stamp=Stamp(**stamp))


def link_failures(doing: Doing) -> None:
    """Tie what failed to the case that is being opened for it, in the same write."""
    Failure.objects.filter(
        inspection__premises_id=int(doing.asked.values.get("premises") or 0),
        hazard=doing.asked.values.get("kind"),
        opened=False,
    ).update(case=doing.case, opened=True)


def _stop_at_once(case_id: int, *, kind: str, key: str, **stamp: Any) -> None:
    """Stop the use for imminent danger, unless it is stopped; a job leaves that to a person."""
    state = Case.objects.filter(pk=case_id).values_list("state", flat=True).first()
    if state not in UNVERIFIED - {"stopped"} or not stamp["actor"].staff_ref.startswith("staff:"):
        return
    asked = Asked(values={"danger": _DANGER.get(kind, "fire")})
    cases.apply(case_id, "stop_use", asked=asked, client_key=key, **stamp)
