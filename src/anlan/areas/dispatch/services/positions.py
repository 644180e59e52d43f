"""Units report where they are: the latest point only, and only with a crew on shift (rail 5)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import UnitState
from anlan.areas.dispatch.rules import UnitStatus, check_may, check_own_unit
from anlan.areas.dispatch.services.writing import Stamp, in_words, writing
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Unit
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Refused

MOST_POSITIONS = 5000
#: rail 5: how long a unit's last point may be kept
POSITION_KEPT = timedelta(hours=72)


@in_words
def report_positions(
    positions: Sequence[tuple[str, float, float]],
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Keep the latest points of units, given as (ident, lon, lat); gives how many were kept.

    Only of units whose crew is signed in with an open shift. In a made-up town there are no crews
    whom it could track, so there any unit reports. Earlier points are overwritten.
    """
    check_may(actor, "report_positions")
    points = _check(positions, actor)
    made_up = places.town(town_key).made_up
    if not made_up:
        _check_on_shift(points, staff.units_with_open_shift(town_key))
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "units.moved", {"points": points}) as entry:
        if not entry.replayed:
            kept = _keep(points, town_key=town_key, at=at)
            entry.record(
                subject=f"town:{town_key}",
                about=[f"unit:{ident}" for ident in kept],
                fields=["position"],
            )
            entry.result = {"kept": len(kept)}
        return int(entry.result["kept"])


@in_words
def forget_positions(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Erase points that are 72 hours old or older; gives how many went. Nothing old: no write.

    A unit whose point is erased stands at its post again, for the map and for recommendations.
    """
    check_may(actor, "forget_positions")
    old = UnitState.objects.filter(
        unit__town__key=town_key, lon__isnull=False, position_at__lte=at - POSITION_KEPT
    )
    if not old.exists():
        return 0
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "units.positions_erased", {}) as entry:
        if not entry.replayed:
            idents = sorted(old.values_list("unit__ident", flat=True))
            old.update(lon=None, lat=None, position_at=None, version=F("version") + 1)
            entry.record(
                subject=f"town:{town_key}",
                about=[f"unit:{ident}" for ident in idents],
                fields=["position"],
            )
            entry.result = {"erased": len(idents)}
        return int(entry.result["erased"])


def _check(
    positions: Sequence[tuple[str, float, float]], actor: Actor
) -> dict[str, tuple[float, float]]:
    if not positions or len(positions) > MOST_POSITIONS:
        raise BadInput(_("Report 1 to {most} positions at once.").format(most=MOST_POSITIONS))
    points: dict[str, tuple[float, float]] = {}
    for ident, lon, lat in positions:
        check_own_unit(actor, ident)
        if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
            raise BadInput(_("The position of {unit} is no place.").format(unit=ident))
        points[ident] = (lon, lat)
    return points


def _check_on_shift(points: dict[str, tuple[float, float]], signed_in: frozenset[str]) -> None:
    for ident in points:
        if ident not in signed_in:
            raise Refused(
                _("{unit} has no crew on shift, so its position is not kept.").format(unit=ident),
                code="no_open_shift",
            )


def _keep(points: dict[str, tuple[float, float]], *, town_key: str, at: datetime) -> list[str]:
    units = dict(
        Unit.objects.filter(town__key=town_key, ident__in=points).values_list("ident", "pk")
    )
    missing = sorted(points.keys() - units.keys())
    if missing:
        raise Refused(
            _("There is no unit {unit} in this town.").format(unit=missing[0]), code="no_unit"
        )
    known = {
        one.unit_id: one
        for one in UnitState.objects.select_for_update().filter(unit_id__in=units.values())
    }
    fresh, changed = [], []
    for ident, (lon, lat) in points.items():
        state = known.get(units[ident])
        if state is None:
            fresh.append(
                UnitState(
                    unit_id=units[ident],
                    status=UnitStatus.AVAILABLE.value,
                    since=at,
                    lon=lon,
                    lat=lat,
                    position_at=at,
                )
            )
        else:
            state.lon, state.lat, state.position_at = lon, lat, at
            state.version = F("version") + 1
            changed.append(state)
    UnitState.objects.bulk_create(fresh, batch_size=500)
    UnitState.objects.bulk_update(changed, ["lon", "lat", "position_at", "version"], batch_size=200)
    return sorted(points)
