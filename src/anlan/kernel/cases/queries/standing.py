"""Whose case it is and whether it is open: what the sealing's one door asks."""

from __future__ import annotations

from anlan.kernel.cases.models import Case
from anlan.kernel.sealing.rules import Standing
from anlan.kernel.values import whole_number


def standing_of(case_ref: str) -> Standing | None:
    """Give a case's town and liveness by its reference, None if unknown or of another type."""
    kind, _, number = case_ref.partition(":")
    pk = whole_number(number)
    if pk is None:
        return None
    found = (
        Case.objects.filter(pk=pk, type=kind, erased_at__isnull=True)
        .values_list("town__key", "ended_at")
        .first()
    )
    return None if found is None else Standing(town=found[0], live=found[1] is None)
