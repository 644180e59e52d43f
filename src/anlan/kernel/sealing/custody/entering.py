"""Entering an opening that goes by another way than the one door, and what is part of a write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import (
    budget_exceeded,
    over_budget,
)
from anlan.kernel.values import Actor


def enter_opening(
    case_ref: str,
    fields: Sequence[str],
    *,
    parts: Sequence[str],
    town: str,
    actor: Actor,
    role: str,
    purpose: Purpose,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Enter an opening; past the budget it is told and refused, save for a party's own link."""
    with ledger.write(
        town=town, actor=actor, action="sealing.opened", at=at, recorded_at=recorded_at
    ) as write:
        blocked = role != "party" and over_budget(actor, now=recorded_at)
        if blocked:
            write.record(
                subject=actor.staff_ref if ":" in actor.staff_ref else f"job:{actor.staff_ref}",
                about=[case_ref],
                reason_code=purpose.value,
                action="sealing.budget_exceeded",
            )
        else:
            write.record(subject=case_ref, fields=fields, reason_code=purpose.value)
            Opening.objects.create(
                town=town,
                case_ref=case_ref,
                actor_ref=actor.staff_ref,
                role=role,
                purpose=purpose.value,
                opened_at=at,
                recorded_at=recorded_at,
                parts=list(parts),
            )
    if blocked:
        raise budget_exceeded()


def check_writing() -> None:
    """Raise unless the caller stands inside `ledger.services.write`."""
    if not ledger.is_writing():
        raise RuntimeError("This is part of a write: call it inside ledger.services.write.")
