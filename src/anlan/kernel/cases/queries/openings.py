"""For which purposes somebody may open a case's words."""

from __future__ import annotations

from anlan.kernel.cases.models import CaseStaff
from anlan.kernel.cases.rules.types import Part
from anlan.kernel.sealing.rules import ALLOWED, Purpose
from anlan.kernel.values import Actor

# What a live incident opens by is no purpose here: it would go past the budget.
CASE_PURPOSES = (Purpose.HANDLING, Purpose.REVIEW, Purpose.CORRECTION, Purpose.OWN_REQUEST)


def is_in_it(case_id: int, actor: Actor) -> bool:
    """Say whether an actor handles a case or helps in it."""
    return CaseStaff.objects.filter(
        case_id=case_id,
        staff_ref=actor.staff_ref,
        part__in=[Part.HANDLER.value, Part.HELPER.value],
        until__isnull=True,
    ).exists()


def purposes_of(case_id: int, *, actor: Actor) -> tuple[Purpose, ...]:
    """Give the purposes for which an actor may open a case that it sees; handling for handlers."""
    mine = tuple(one for one in CASE_PURPOSES if actor.has(*ALLOWED[one]))
    if Purpose.HANDLING in mine and not is_in_it(case_id, actor):
        return tuple(one for one in mine if one is not Purpose.HANDLING)
    return mine
