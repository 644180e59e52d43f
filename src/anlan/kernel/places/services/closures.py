"""A street is closed or slowed, for a time or until it is opened again."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.places.models import Closure, RoadSnapshot
from anlan.kernel.places.queries.roads import closure_row, network, snap_point
from anlan.kernel.places.queries.rows import ClosureRow
from anlan.kernel.values import Actor, BadInput, LonLat, Refused, Role, check_role

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork, Snap

FARTHEST_M = 200.0


def close_street(
    *,
    town_key: str,
    lon: float,
    lat: float,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    speed_factor: float = 0.0,
    ends_at: datetime | None = None,
    forward: bool = True,
    backward: bool = True,
    reason_code: str = "",
) -> ClosureRow:
    """Close the street segment nearest to a point (speed factor 0), or slow it (0.5: half speed).

    Takes effect at once for every later answer, in every process; ends by the town's clock.
    """
    check_role(actor, Role.DISPATCHER, Role.DUTY_OFFICER)
    _check(speed_factor, ends_at, at, forward=forward, backward=backward)
    if not re.fullmatch(r"[a-z0-9_]{0,20}", reason_code):
        raise BadInput(_("A reason is a code of small letters, such as flood; words go in a note."))
    roads = network(town_key, at=at)
    snap = _street(roads, LonLat(lon, lat))

    def close(entry: Write) -> int:
        snapshot = RoadSnapshot.objects.get(town__key=town_key, active=True)
        one = Closure.objects.create(
            town_id=snapshot.town_id,
            snapshot=snapshot,
            segment=snap.segment,
            forward=forward,
            backward=backward,
            speed_factor=speed_factor,
            lon=snap.lon,
            lat=snap.lat,
            starts_at=at,
            ends_at=ends_at,
            reason_code=reason_code,
            set_by=actor.staff_ref,
        )
        entry.record(
            subject=f"closure:{one.pk}",
            fields=["segment", "speed_factor", "ends_at"],
            reason_code=reason_code,
        )
        return int(one.pk)

    made = write_once(
        close,
        action="street.closed",
        asked={
            "point": (lon, lat),
            "speed_factor": speed_factor,
            "ends_at": ends_at,
            "directions": (forward, backward),
            "reason_code": reason_code,
        },
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    return closure_row(Closure.objects.get(pk=made), roads.graph)


def _street(roads: RoadNetwork, point: LonLat) -> Snap:
    """Give the street at a point, or refuse a point that is far from any."""
    snap = snap_point(roads, point)
    if snap.distance_m > FARTHEST_M:
        raise BadInput(
            _("The nearest street is {metres} m away; point at the street itself.").format(
                metres=round(snap.distance_m)
            )
        )
    return snap


def lift_closure(
    closure_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> ClosureRow:
    """Open a closed or slowed street again before its time."""
    check_role(actor, Role.DISPATCHER, Role.DUTY_OFFICER)

    def lift(entry: Write) -> None:
        lifted = Closure.objects.filter(
            pk=closure_id, town__key=town_key, lifted_at__isnull=True
        ).update(lifted_at=at)
        if lifted != 1:
            raise Refused(_("There is no such closure in force."), code="no_closure")
        entry.record(subject=f"closure:{closure_id}", fields=["lifted_at"])

    write_once(
        lift,
        action="street.opened",
        asked={"closure": closure_id},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
    one = Closure.objects.get(pk=closure_id)
    return closure_row(one, network(town_key, at=at).graph)


def _check(
    speed_factor: float, ends_at: datetime | None, at: datetime, *, forward: bool, backward: bool
) -> None:
    if not math.isfinite(speed_factor) or not 0 <= speed_factor < 1:
        raise BadInput(_("A speed factor is from 0 (closed) to under 1 (0.5: half speed)."))
    if ends_at is not None and ends_at <= at:
        raise BadInput(_("The closure would end before it begins; give a later end."))
    if not forward and not backward:
        raise BadInput(_("Close at least one direction."))
