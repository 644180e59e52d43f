"""Hazard cases: opened at the desk, by an inspection, or by a resident (see reports)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from anlan.areas.hazards.models import HazardFacts
from anlan.areas.hazards.rules import inspections as rules
from anlan.areas.hazards.rules.hazard import CODE
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.rules.facts import Asked, NewParty, Value
from anlan.kernel.cases.services import Done
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import write
from anlan.kernel.values import Actor, Refused

DESK_JOB = Actor("job:desk_report", frozenset())


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


def known_hazards(premises_id: int) -> dict[str, int]:
    """Give the latest open case by kind of hazard at premises; one that was found fixed is none.

    The one rule of what is known already: for the desk, the public page, and inspections.
    """
    open_ones = HazardFacts.objects.filter(
        premises=premises_id, case__ended_at__isnull=True, verified_at__isnull=True
    )
    return dict(open_ones.order_by("case_id").values_list("kind", "case_id"))


def known_hazard(premises: Value, *, kind: Value) -> int | None:
    """Give the latest open case of a kind of hazard at premises, None where there is none."""
    if not premises or not kind:
        return None
    return known_hazards(int(premises)).get(str(kind))


def add_report(
    case_id: int,
    *,
    texts: Mapping[str, str],
    imminent: bool,
    only_counted: bool = False,
    client_key: str | None = None,
    **stamp: Any,
) -> Done:
    """Add one more report to an open hazard: its reporter, and that somebody could be hurt.

    Of a hazard that is well known, or from nobody, it is counted alone: no party, no words.
    """
    graver: dict[str, Value] = {"imminent": True} if imminent else {}
    if not only_counted:
        asked = Asked(values={"party_role": "reporter", **graver}, texts=texts)
        try:
            return cases.apply(case_id, "report_too", asked=asked, client_key=client_key, **stamp)
        except Refused as refused:
            if refused.code != "known_well":
                raise
    key = None if client_key is None else f"{client_key[:58]}.more"
    return cases.apply(case_id, "count_report", asked=Asked(values=graver), client_key=key, **stamp)


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
    imminent: bool = False,
) -> Done:
    """Add who reports an open hazard again to its case, whether or not the actor sees that case.

    The case is another office's perhaps: it is a job that adds to it, as for the public page, and
    an entry of its own says who had it done.
    """
    rules.check_opener(actor)
    done = add_report(
        case_id,
        texts=texts,
        imminent=imminent,
        only_counted=not texts,
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
