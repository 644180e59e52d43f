"""Which cases are due to be sealed away or erased."""

from __future__ import annotations

from datetime import date, datetime

from anlan.kernel.cases.models import Case


def due_to_seal(town_key: str, *, at: datetime) -> list[int]:
    """Give the ended cases whose time to be sealed is over, oldest first."""
    found = Case.objects.filter(
        town__key=town_key, seal_at__lte=at, sealed_at__isnull=True, erased_at__isnull=True
    )
    return list(found.order_by("seal_at", "id").values_list("pk", flat=True))


def due_to_erase(town_key: str, *, today: date) -> list[int]:
    """Give the cases whose last day of keeping is past, oldest first."""
    found = Case.objects.filter(
        town__key=town_key, erase_on__lt=today, ended_at__isnull=False, erased_at__isnull=True
    )
    return list(found.order_by("erase_on", "id").values_list("pk", flat=True))
