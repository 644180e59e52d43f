"""Requests that nobody confirmed in time."""

from __future__ import annotations

from datetime import datetime, timedelta

from anlan.areas.mediation.rules import UNCONFIRMED_HOURS
from anlan.kernel.cases.models import Case


def lapsed_requests(town_key: str, *, at: datetime) -> list[int]:
    """Give the requests that have waited 7 days for a confirmation."""
    limit = at - timedelta(hours=UNCONFIRMED_HOURS)
    found = Case.objects.filter(
        town__key=town_key, type="mediation", state="asked", opened_at__lte=limit
    )
    return list(found.order_by("id").values_list("id", flat=True))
