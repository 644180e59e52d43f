"""Run cards of a town and the changes that wait for their second person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlan.areas.dispatch.models import RunCardChange
from anlan.areas.dispatch.queries.recommending import run_card
from anlan.areas.dispatch.rules import default_cards
from anlan.areas.dispatch.rules.catalogue import Card
from anlan.areas.dispatch.rules.changes import URGENT_LASTS, card_of_data, in_effect
from anlan.kernel.places import queries as places


@dataclass(frozen=True, slots=True)
class RunCardChangeRow:
    """A change that waits; `works` says whether it works now, `lapses_at` until when it may."""

    id: int
    cards: tuple[Card, ...]
    urgent: bool
    works: bool
    lapses_at: datetime | None
    proposed_by: str
    proposed_at: datetime


def run_card_changes(town_key: str, *, at: datetime) -> list[RunCardChangeRow]:
    """Give the changes of a town's run cards that nobody decided yet, the newest first."""
    waiting = RunCardChange.objects.filter(town__key=town_key, decided_at__isnull=True)
    return [
        RunCardChangeRow(
            id=one.pk,
            cards=tuple(card_of_data(each) for each in one.cards),
            urgent=one.urgent,
            works=in_effect(urgent=one.urgent, proposed_at=one.proposed_at, at=at),
            lapses_at=one.proposed_at + URGENT_LASTS if one.urgent else None,
            proposed_by=one.proposed_by,
            proposed_at=one.proposed_at,
        )
        for one in waiting.order_by("-proposed_at", "-pk")
    ]


def run_cards(town_key: str, *, at: datetime) -> list[Card]:
    """Give every run card that works in a town now, in the catalogue's order."""
    town = places.town(town_key)
    return [run_card(town.id, code, at=at) for code in default_cards()]
