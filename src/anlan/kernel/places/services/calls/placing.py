"""Where logged calls lie on the roads: far-off ones said, exact points moved to the block."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np

from anlan.kernel.places import queries
from anlan.kernel.places.services.calls.mapping import LogMapping
from anlan.kernel.places.services.calls.reading import CallLog, Progress, RowNote
from anlan.kernel.values import BadInput


def place_calls(
    log: CallLog,
    *,
    mapping: LogMapping,
    town_key: str,
    at: datetime,
    progress: Progress | None = None,
) -> None:
    """This will warn of calls off the roads and, where the log's points are exact, move them.

    An exact point becomes the middle of its block (the nearest street segment), so that no home's
    point is ever stored. Without roads, block points are kept unchecked and exact ones refused.
    """
    if not log.calls:
        return
    if queries.town(town_key).bounds is None:
        if mapping.points == "exact":
            raise BadInput(
                f"The log's points are exact and must be moved to the middle of their block: "
                f"import roads first with: anlan roads import {town_key} …"
            )
        first = next(iter(log.calls.values())).line
        log.warnings.append(RowNote(first, "no_roads", "the town has no roads to check places by"))
        return
    if progress is not None:
        progress("Placing calls on streets", 0.0)
    network = queries.network(town_key, at=at)
    rows = list(log.calls.values())
    snaps = network.snap_many([row.lon for row in rows], [row.lat for row in rows])
    for row, snap in zip(rows, snaps, strict=True):
        if snap.distance_m > mapping.off_roads_m:
            text = f"call {row.number} lies {snap.distance_m:.0f} m from the nearest street"
            log.warnings.append(RowNote(row.line, "off_roads", text))
        if mapping.points == "exact":
            row.lon, row.lat = middle_of_block(network.graph, snap.segment)
    log.warnings.sort()
    if progress is not None:
        progress("Placing calls on streets", 1.0)


def middle_of_block(graph: Any, segment: int) -> tuple[float, float]:
    """This will give lon, lat of the point half-way along a segment's line."""
    start, end = int(graph.geo_ptr[segment]), int(graph.geo_ptr[segment + 1])
    lon, lat = graph.geo_lon[start:end], graph.geo_lat[start:end]
    steps = np.hypot(np.diff(lon) * np.cos(np.radians(lat[:-1])), np.diff(lat))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    half = along[-1] / 2
    return (
        round(float(np.interp(half, along, lon)), 6),
        round(float(np.interp(half, along, lat)), 6),
    )
