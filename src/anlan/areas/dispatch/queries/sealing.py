"""Which closed incidents are due to be sealed away."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q

from anlan.areas.dispatch.models import Incident
from anlan.areas.dispatch.rules import OPEN_STATES
from anlan.kernel.sealing import queries as sealing


def sealed_before(at: datetime) -> datetime:
    """Give the moment before which an incident must have closed to be sealed by now."""
    return at - timedelta(days=settings.ANLAN_SEAL_AFTER_DAYS)


def incidents_to_seal(town_key: str, *, at: datetime) -> list[int]:
    """Give the incidents that closed long enough ago and have a point, or words that open here.

    Without custodians words stay here, so only a point makes an incident due.
    """
    due = Q(place__isnull=False)
    if sealing.custodians_stand(town_key):
        numbers = [int(ref.partition(":")[2]) for ref in sealing.living("incident")]
        due |= Q(pk__in=numbers)
    found = Incident.objects.filter(due, town__key=town_key, closed_at__lte=sealed_before(at))
    closed = found.exclude(state__in=[state.value for state in OPEN_STATES])
    return list(closed.order_by("closed_at", "id").values_list("pk", flat=True))
