"""A closed incident is sealed away: its point goes, its words go to the custodians."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident, IncidentPlace
from anlan.areas.dispatch.queries.sealing import sealed_before
from anlan.areas.dispatch.rules import OPEN_STATES, check_may
from anlan.areas.dispatch.services.writing import Stamp, change_incident, lock_incident, writing
from anlan.kernel.sealing import queries as sealing
from anlan.kernel.sealing.custody import services as custody
from anlan.kernel.values import Actor, Refused


def seal_incident(
    incident_id: int, *, town_key: str, actor: Actor, at: datetime, recorded_at: datetime
) -> bool:
    """Seal an incident away when its time is over; says whether its words went, too.

    The point and what leads back to it (travel seconds of the units sent) go in any case; the words
    go to the custodians in the same transaction, or stay here where none are set.
    """
    check_may(actor, "seal_incident")
    with writing(Stamp(town_key, actor, at, recorded_at, None), "incident.sealed") as entry:
        one = lock_incident(incident_id, town_key=town_key)
        closed = one.state not in OPEN_STATES and one.closed_at is not None
        if not closed or one.closed_at is None or one.closed_at > sealed_before(at):
            raise Refused(_("This incident is not due to be sealed."), code="not_due")
        fields = _take_point_away(one)
        custodians = sealing.custodians_stand(town_key)
        if custodians and custody.rewrap(f"incident:{one.pk}", town=town_key, at=at):
            fields.append("words")
        change_incident(one)
        entry.record(subject=f"incident:{one.pk}", fields=fields)
    return custodians


def _take_point_away(one: Incident) -> list[str]:
    IncidentPlace.objects.filter(incident=one).delete()
    Assignment.objects.filter(incident=one).update(travel_s=None, free_flow_s=None)
    return ["place", "travel_s", "free_flow_s"]
