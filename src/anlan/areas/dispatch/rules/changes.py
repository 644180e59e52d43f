"""Changing run cards: a second person for each change; what can't wait works for a day (rail 6)."""

from __future__ import annotations

from datetime import datetime, timedelta

from anlan.areas.dispatch.rules.catalogue import Card, CardNeed
from anlan.kernel.values import Actor, Role, RuleForbids, RuleSays, gettext_noop

URGENT_LASTS = timedelta(hours=24)


def check_urgent(actor: Actor) -> None:
    """Refuse an urgent change by anyone but a duty officer with an open shift."""
    if not actor.has(Role.DUTY_OFFICER) or actor.shift_ref is None:
        raise RuleForbids(
            gettext_noop("Only a duty officer on shift changes run cards at once."),
            code="not_on_duty",
        )


def check_decides(actor: Actor, *, proposed_by: str, decided: bool) -> None:
    """Refuse who proposed it, a program, and a change that was decided before."""
    if decided:
        raise RuleSays(gettext_noop("This was decided already."), code="decided_already")
    if not actor.staff_ref.startswith("staff:"):
        raise RuleForbids(
            gettext_noop("A person decides this, signed in by name."), code="machine_may_not"
        )
    if actor.staff_ref == proposed_by:
        raise RuleForbids(
            gettext_noop("A second person decides this; nobody agrees for himself."),
            code="own_proposal",
        )


def in_effect(*, urgent: bool, proposed_at: datetime, at: datetime) -> bool:
    """Say whether an undecided change works now."""
    return urgent and proposed_at <= at < proposed_at + URGENT_LASTS


def card_data(card: Card) -> dict[str, object]:
    """Write a card as it is stored with a change."""
    levels = [[{"capability": n.capability, "count": n.count} for n in l] for l in card.levels]
    return {"type": card.type, "levels": levels}


def card_of_data(data: dict[str, object]) -> Card:
    """Read a card back from a change."""
    levels = data["levels"]
    assert isinstance(levels, list)
    return Card(
        str(data["type"]),
        tuple(tuple(CardNeed(n["capability"], n["count"]) for n in lines) for lines in levels),
    )
