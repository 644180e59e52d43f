"""Where a unit stands that a log names and no post is known of: where it last became free."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from anlan.kernel.places.models import LoggedResponse, Post, Unit

Points = Sequence[tuple[float, float]]


def place_postless_units(unit_ids: set[int]) -> int:
    """Put inferred units without a post where the log last frees them; count them.

    That is the call's place, or, where the unit was at a hospital, the hospital nearest to it: the
    log doesn't say which. A unit that the log never frees is left without a place.
    """
    last: dict[int, tuple[float, float, bool]] = {}
    rows = LoggedResponse.objects.filter(
        unit_id__in=unit_ids,
        unit__inferred=True,
        unit__post__isnull=True,
        available_at__isnull=False,
    ).order_by("available_at", "pk")
    for unit_id, hospital_at, lon, lat in rows.values_list(
        "unit_id", "at_hospital_at", "call__lon", "call__lat"
    ):
        last[unit_id] = (lon, lat, hospital_at is not None)
    units = list(Unit.objects.filter(id__in=last))
    if not units:
        return 0
    hospitals = list(
        Post.objects.filter(town_id=units[0].town_id, kind="hospital").values_list("lon", "lat")
    )
    for unit in units:
        lon, lat, at_hospital = last[unit.pk]
        unit.lon, unit.lat = _nearest(hospitals, lon, lat) if at_hospital else (lon, lat)
    Unit.objects.bulk_update(units, ["lon", "lat"], batch_size=500)
    return len(units)


def _nearest(points: Points, lon: float, lat: float) -> tuple[float, float]:
    """Give the point nearest as the crow flies; the place itself where there are no points."""
    if not points:
        return lon, lat
    there = np.array(points)
    away = np.hypot((there[:, 0] - lon) * np.cos(np.radians(lat)), there[:, 1] - lat)
    return points[int(np.argmin(away))]
