"""Travel times, routes and closures on a town's streets. No Django, no clock, no network.

Names load when they are first used, since compiling kernels takes a while to import.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from anlan.engine.roads.aequilibrae import read_aequilibrae
    from anlan.engine.roads.calibration import BandFactors, Factor, fit_factor, fit_factors
    from anlan.engine.roads.csv_files import read_csv
    from anlan.engine.roads.graph import GraphSummary, Progress, RoadGraph, UnreadableRoads
    from anlan.engine.roads.isochrones import (
        Isochrone,
        Reach,
        StreetPieces,
        isochrone_areas,
        reach,
    )
    from anlan.engine.roads.network import Closure, RoadNetwork, RoadSnapshot
    from anlan.engine.roads.osm import read_osm
    from anlan.engine.roads.routing import NoRoute, Route, Step
    from anlan.engine.roads.snapping import Snap, SnapBatch
    from anlan.engine.roads.warming import warm

__all__ = [
    "BandFactors",
    "Closure",
    "Factor",
    "GraphSummary",
    "Isochrone",
    "NoRoute",
    "Progress",
    "Reach",
    "RoadGraph",
    "RoadNetwork",
    "RoadSnapshot",
    "Route",
    "Snap",
    "SnapBatch",
    "Step",
    "StreetPieces",
    "UnreadableRoads",
    "fit_factor",
    "fit_factors",
    "isochrone_areas",
    "reach",
    "read_aequilibrae",
    "read_csv",
    "read_osm",
    "warm",
]

_HOME = {
    "BandFactors": "calibration",
    "Closure": "network",
    "Factor": "calibration",
    "GraphSummary": "graph",
    "Isochrone": "isochrones",
    "NoRoute": "routing",
    "Progress": "graph",
    "Reach": "isochrones",
    "RoadGraph": "graph",
    "RoadNetwork": "network",
    "RoadSnapshot": "network",
    "Route": "routing",
    "Snap": "snapping",
    "SnapBatch": "snapping",
    "Step": "routing",
    "StreetPieces": "isochrones",
    "UnreadableRoads": "graph",
    "fit_factor": "calibration",
    "fit_factors": "calibration",
    "isochrone_areas": "isochrones",
    "reach": "isochrones",
    "read_aequilibrae": "aequilibrae",
    "read_csv": "csv_files",
    "read_osm": "osm",
    "warm": "warming",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
