"""The board shows pre-plans: dispatch says where an open incident is, hazards what is known there.

Physical facts of registered things within a short way of the incident, each with its distance and
until when it holds. Asked for by a panel that somebody opened, for an incident that is open; the
incident's point goes from one area to the other and is kept nowhere.
"""

from __future__ import annotations

from datetime import datetime

from anlan.areas.dispatch import queries as dispatch
from anlan.areas.hazards import queries as hazards
from anlan.areas.hazards.queries.rows import NearbyPremises
from anlan.areas.hazards.rules.preplans import SHOWN_WITHIN_M
from anlan.kernel.places import queries as places

WITHIN_M = SHOWN_WITHIN_M


def preplans_at(
    town_key: str, *, incident_id: int, at: datetime, within_m: float = WITHIN_M
) -> tuple[NearbyPremises, ...]:
    """Give what crews are told of things near an incident, the nearest first; none once closed."""
    incident = dispatch.incident(incident_id, town_key=town_key)
    if incident.lon is None or incident.lat is None or incident.state in {"closed", "cancelled"}:
        return ()
    today = at.astimezone(places.town(town_key).tz).date()
    return hazards.preplans_near(
        town_key, lon=incident.lon, lat=incident.lat, on=today, within_m=within_m
    )
