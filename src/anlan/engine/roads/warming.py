"""Compiles every kernel before the first real question."""

from __future__ import annotations

import numpy as np

from anlan.engine.roads.graph import Progress, RoadGraph, assemble
from anlan.engine.roads.isochrones import isochrone_areas, reach
from anlan.engine.roads.network import Closure, RoadNetwork


def warm(*, progress: Progress | None = None) -> None:
    """This will compile every kernel, or load it where that was done before.

    It asks each kind of question once on a town of four streets.
    """
    tell = progress or (lambda label, share: None)
    tell("compiling travel times", 0.0)
    network = RoadNetwork.build(_small_town())
    corners = network.snap_many([0.0, 0.01, 0.01], [0.0, 0.0, 0.01])
    tell("compiling travel times", 0.4)
    network.times_to(corners[0], corners)
    network.snapshot._one_to_many(corners[0], corners[:0], leaving=True)
    tell("compiling closures", 0.6)
    network.apply_closures([Closure(segment=1, speed_factor=0.5)])
    tell("compiling matrices", 0.7)
    network.matrix(corners, corners)
    tell("compiling routes", 0.9)
    network.route(corners[0], corners[2])
    tell("compiling isochrones", 0.95)
    found = reach(network.snapshot, corners, within_s=60.0)
    found.at(corners)
    isochrone_areas(found, bounds_s=[60.0])
    tell("compiling isochrones", 1.0)


def _small_town() -> RoadGraph:
    lon = np.array([0.0, 0.01, 0.01, 0.0])
    lat = np.array([0.0, 0.0, 0.01, 0.01])
    start, end = np.array([0, 1, 2, 3]), np.array([1, 2, 3, 0])
    return assemble(
        node_lon=lon,
        node_lat=lat,
        seg_from=start,
        seg_to=end,
        seg_length_m=np.full(4, 1112.0),
        seg_forward=np.ones(4),
        seg_backward=np.ones(4),
        seg_speed_kmh=np.full(4, 50.0),
        seg_names=[""] * 4,
        seg_classes=["street"] * 4,
        seg_source=np.arange(4),
        geo_ptr=np.arange(0, 10, 2),
        geo_lon=lon[np.column_stack([start, end]).ravel()],
        geo_lat=lat[np.column_stack([start, end]).ravel()],
    )
