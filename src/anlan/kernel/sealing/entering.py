"""Entering an opening, whichever way it goes: one entry, one row, one budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.conf import settings
from django.utils.translation import gettext as _

from anlan.kernel.ledger import services as ledger
from anlan.kernel.sealing import rules
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import AskedBy, Purpose
from anlan.kernel.values import Actor, Refused

_HOUR = timedelta(hours=1)
Behind = TypeVar("Behind")
Gate = Callable[[], object] | None


@dataclass(frozen=True, slots=True)
class Opens:
    """Who opens what of a case, for what and when; `role` is as the person concerned reads it.

    `version` is the case's as it stood when it was looked up, None where its area counts none;
    before `shown_from` a law forbids to tell the party of it.
    """

    case_ref: str
    parts: tuple[str, ...]
    town: str
    actor: Actor
    role: str
    purpose: Purpose
    at: datetime
    recorded_at: datetime
    shown_from: datetime | None = None
    version: int | None = None
    asked_by: AskedBy | None = None


@dataclass(frozen=True, slots=True)
class Door(Generic[Behind]):
    """What opens: the fields that an entry names, and whether the budget holds it back."""

    fields: Sequence[str]
    behind: Behind
    blocks: bool = False


def enter_opening(opens: Opens, look: Callable[[], Door[Behind]], *, gate: Gate = None) -> Behind:
    """Enter an opening before anything is read, and give what opens then.

    `gate` raises where this actor may not open it, and `look` says what opens, or refuses. Both are
    asked under the lock, where nobody seals the case, ends the link or takes the reader out of the
    case any more. Past the hour's budget the supervisor is told and, where that blocks, nothing is
    opened (code "budget_exceeded"); a party that reads its own by its link has no budget.
    """
    with ledger.write(
        town=opens.town,
        actor=opens.actor,
        action="sealing.opened",
        at=opens.at,
        recorded_at=opens.recorded_at,
    ) as write:
        if gate is not None:
            gate()
        door = look()
        over = opens.role != rules.PARTY and _over_budget(opens.actor, now=opens.recorded_at)
        if over:
            who = opens.actor.staff_ref
            write.record(
                subject=who if ":" in who else f"job:{who}",
                about=[opens.case_ref],
                reason_code=opens.purpose.value,
                action="sealing.budget_exceeded",
            )
        blocked = over and door.blocks
        if not blocked:
            write.record(
                subject=opens.case_ref, fields=door.fields, reason_code=opens.purpose.value
            )
            _keep_opening(opens, write)
    if blocked:  # after the commit: the supervisor's entry stays
        raise Refused(
            _(
                "You have opened more cases this hour than is usual; your supervisor has been "
                "told. Closed cases open again in the next hour."
            ),
            code="budget_exceeded",
        )
    return door.behind


def _keep_opening(opens: Opens, write: ledger.Write) -> None:
    Opening.objects.create(
        town=opens.town,
        case_ref=opens.case_ref,
        actor_ref=opens.actor.staff_ref,
        shift_ref=opens.actor.shift_ref or "",
        purpose=opens.purpose.value,
        role=opens.role,
        opened_at=write.at,
        recorded_at=write.recorded_at,
        shown_from=opens.shown_from,
        version=opens.version,
        parts=list(opens.parts),
        authority="" if opens.asked_by is None else opens.asked_by.authority,
        basis="" if opens.asked_by is None else opens.asked_by.basis,
    )


def _over_budget(actor: Actor, *, now: datetime) -> bool:
    """Say whether one more opening goes past what an actor may open in an hour unremarked."""
    opened = Opening.objects.filter(actor_ref=actor.staff_ref, recorded_at__gt=now - _HOUR).count()
    return opened >= settings.ANLAN_OPENINGS_PER_HOUR


def check_writing() -> None:
    """Raise unless the caller stands inside `ledger.services.write`."""
    if not ledger.is_writing():
        raise RuntimeError("This is part of a write: call it inside ledger.services.write.")
