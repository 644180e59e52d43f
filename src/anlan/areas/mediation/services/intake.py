"""Taking a party's request, and letting one lapse that nobody confirmed."""

from __future__ import annotations

from datetime import datetime

from anlan.areas.mediation.rules import (
    Intake,
    PartyWords,
    check_intake,
    check_may_take,
)
from anlan.areas.mediation.rules.intake import check_lapse, check_tier
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.rules.facts import Asked, NewParty
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.cases.services import Done
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.values import Actor


@in_words
def take_request(
    asked: Intake,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    made_up: bool = False,
) -> Done:
    """Take a party's request down: it waits for that party's confirmation, at most 7 days.

    Refused before anything is kept where nobody asks for it or there is violence at home.
    """
    check_may_take(actor, source=asked.source)
    check_intake(asked)
    if asked.office:
        check_tier(asked.difficulty, Tier(queries.office(asked.office, town_key=town_key).tier))
    return cases.open_case(
        "mediation",
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        office=asked.office,
        made_up=made_up,
        asked=Asked(
            parties=tuple(_parties(asked)),
            values={
                "source": asked.source,
                "category": asked.category,
                "difficulty": asked.difficulty,
            },
            texts={"request": asked.request, "incident": asked.incident},
            party=_number_of_asker(asked),
        ),
    )


def _parties(asked: Intake) -> list[NewParty]:
    """Give those whom it is opened with; a guardian comes before its ward."""
    found = list(_with_guardian("asker", asked.asker, first=1))
    if asked.other is not None:
        found += _with_guardian("other", asked.other, first=len(found) + 1)
    return found


def _with_guardian(role: str, one: PartyWords, *, first: int) -> list[NewParty]:
    if not one.minor:
        return [NewParty(role, one.texts, kind=one.kind)]
    guardian = {"name": one.guardian_name, "contact": one.guardian_contact}
    return [
        NewParty("guardian", guardian),
        NewParty(role, one.texts, kind=one.kind, minor=True, guardian=first),
    ]


def _number_of_asker(asked: Intake) -> int:
    return 2 if asked.asker.minor else 1


@in_words
def let_lapse(
    case_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """End a request that nobody confirmed within 7 days; what was written down is erased."""
    check_lapse(queries.case(case_id, town_key=town_key, actor=actor).opened_at, at)
    stamp = {"town_key": town_key, "actor": actor, "at": at, "recorded_at": recorded_at}
    cases.apply(case_id, "expire", **stamp)  # type: ignore[arg-type]
