"""Hazard cases: opened at the desk, by an inspection, or by a resident (see reports)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anlan.areas.hazards.models import Failure, HazardFacts, Inspection
from anlan.areas.hazards.rules import inspections as rules
from anlan.areas.hazards.rules.hazard import CODE, UNVERIFIED
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.rules.types import Asked, NewParty, Value
from anlan.kernel.cases.services import Doing, Done
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import write
from anlan.kernel.values import Actor

DESK_JOB = Actor("job:desk_report", frozenset())
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


@in_words
def open_hazard(
    *,
    asked: Asked,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    office: str = "",
    cell: str = "",
    made_up: bool = False,
    parties: Sequence[NewParty] = (),
) -> Done:
    """Open a hazard case at the desk or on the round, with who reports it where somebody does."""
    rules.check_opener(actor)
    return cases.open_case(
        CODE,
        asked=asked,
        parties=parties,
        office=office,
        cell=cell,
        made_up=made_up,
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    )


def known_hazard(premises: Value, *, kind: Value) -> int | None:
    """Give the latest open case of a kind of hazard at premises, None where there is none."""
    if not premises or not kind:
        return None
    return (
        HazardFacts.objects.filter(premises=int(premises), kind=kind, case__ended_at__isnull=True)
        .order_by("-case_id")
        .values_list("case_id", flat=True)
        .first()
    )


@in_words
def join_known(
    case_id: int,
    *,
    texts: Mapping[str, str],
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> Done:
    """Add who reports an open hazard again to its case, whether or not the actor sees that case.

    The case is another office's perhaps: it is a job that adds to it, as for the public page, and
    an entry of its own says who had it done.
    """
    rules.check_opener(actor)
    done = cases.apply(
        case_id,
        "report_too",
        asked=Asked(values={"party_role": "reporter"}, texts=texts),
        town_key=town_key,
        actor=DESK_JOB,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
    )
    with write(
        town=town_key,
        actor=actor,
        action="hazard.reported_at_desk",
        at=at,
        recorded_at=recorded_at,
        client_key=None if client_key is None else f"{client_key[:58]}.desk",
        asked={"case": case_id},
    ) as entry:
        if not entry.replayed:
            entry.record(subject=f"{CODE}:{case_id}", fields=[])
    return done


def open_found(inspection: Inspection, *, kind: str, danger: bool, **stamp: Any) -> int:
    """Open the case of one kind of hazard that an inspection found, once; gives its id."""
    values: dict[str, Value] = {
        "kind": kind,
        "source": "inspection",
        "premises": inspection.premises_id,
        "imminent": danger,
    }
    done = cases.open_case(
        CODE,
        asked=Asked(values=values),
        client_key=f"failed-{inspection.pk}-{kind}",
        made_up=inspection.made_up,
        **stamp,
    )
    return done.case_id


def link_failures(doing: Doing) -> None:
    """Tie what failed to the case that is being opened for it, in the same write."""
    Failure.objects.filter(
        inspection__premises_id=int(doing.asked.values["premises"] or 0),
        hazard=doing.asked.values.get("kind"),
        case__isnull=True,
    ).update(case=doing.case)


def stop_at_once(case_id: int, *, kind: str, key: str, **stamp: Any) -> None:
    """Stop the use for imminent danger, unless it is stopped; a job leaves that to a person."""
    state = Case.objects.filter(pk=case_id).values_list("state", flat=True).first()
    if state not in UNVERIFIED - {"stopped"} or not stamp["actor"].staff_ref.startswith("staff:"):
        return
    asked = Asked(values={"danger": _DANGER.get(kind, "fire")})
    cases.apply(case_id, "stop_use", asked=asked, client_key=key, **stamp)
