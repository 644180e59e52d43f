"""A write that comes again under its key must be the same write, or what is new would be lost.

Words and points may stand in no record of writes, not even as hashes. What is compared instead: how
long each text is, which its ciphertext tells anyway, and the point itself while it is kept.
"""

from __future__ import annotations

from collections.abc import Mapping

from anlan.areas.dispatch.models import IncidentPlace
from anlan.kernel.ledger.services import key_reused


def lengths(texts: Mapping[str, str]) -> dict[str, int]:
    """Give the length in bytes of each text that is there, by its field."""
    return {field: len(text.encode()) for field, text in texts.items() if text}


def check_same_place(incident_id: int, *, lon: float, lat: float) -> None:
    """Refuse a call from elsewhere under a key that was used."""
    place = IncidentPlace.objects.filter(incident_id=incident_id).first()
    if place is not None and (place.lon, place.lat) != (lon, lat):
        raise key_reused()
