"""Entering an opening, whichever way it goes: one entry, one row, one budget."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing import rules
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, Refused

_HOUR = timedelta(hours=1)


def enter_opening(
    case_ref: str,
    fields: Sequence[str],
    *,
    parts: Sequence[str],
    town: str,
    actor: Actor,
    role: str,
    purpose: Purpose,
    blocks: bool,
    at: datetime,
    recorded_at: datetime,
    shown_from: datetime | None = None,
    version: int | None = None,
) -> None:
    """Enter an opening before anything is read; `role` is as the person concerned reads it.

    Past the hour's budget the supervisor is told and, where that `blocks`, nothing is opened (code
    "budget_exceeded"); a party that reads its own by its link has no budget.
    """
    with ledger.write(
        town=town, actor=actor, action="sealing.opened", at=at, recorded_at=recorded_at
    ) as write:
        over = role != rules.PARTY and _over_budget(actor, now=recorded_at)
        if over:
            write.record(
                subject=actor.staff_ref if ":" in actor.staff_ref else f"job:{actor.staff_ref}",
                about=[case_ref],
                reason_code=purpose.value,
                action="sealing.budget_exceeded",
            )
        blocked = over and blocks
        if not blocked:
            write.record(subject=case_ref, fields=fields, reason_code=purpose.value)
            _keep_opening(
                case_ref,
                parts=parts,
                town=town,
                actor=actor,
                role=role,
                purpose=purpose,
                write=write,
                shown_from=shown_from,
                version=version,
            )
    if blocked:  # after the commit: the supervisor's entry stays
        raise Refused(
            _(
                "You have opened more cases this hour than is usual; your supervisor has been "
                "told. Closed cases open again in the next hour."
            ),
            code="budget_exceeded",
        )


def _keep_opening(
    case_ref: str,
    *,
    parts: Sequence[str],
    town: str,
    actor: Actor,
    role: str,
    purpose: Purpose,
    write: ledger.Write,
    shown_from: datetime | None,
    version: int | None,
) -> None:
    Opening.objects.create(
        town=town,
        case_ref=case_ref,
        actor_ref=actor.staff_ref,
        shift_ref=actor.shift_ref or "",
        purpose=purpose.value,
        role=role,
        opened_at=write.at,
        recorded_at=write.recorded_at,
        shown_from=shown_from,
        version=version,
        parts=list(parts),
    )


def _over_budget(actor: Actor, *, now: datetime) -> bool:
    """Say whether one more opening goes past what an actor may open in an hour unremarked."""
    opened = Opening.objects.filter(actor_ref=actor.staff_ref, recorded_at__gt=now - _HOUR).count()
    return opened >= settings.ANLAN_OPENINGS_PER_HOUR


def check_writing() -> None:
    """Raise unless the caller stands inside `ledger.services.write`."""
    if not ledger.is_writing():
        raise RuntimeError("This is part of a write: call it inside ledger.services.write.")
