"""How far crews get within a bound: nodes, points, streets and areas reached."""

from __future__ import annotations

from anlan.engine.roads.isochrones.areas import Isochrone, isochrone_areas
from anlan.engine.roads.isochrones.search import Reach, StreetPieces, reach

__all__ = ["Isochrone", "Reach", "StreetPieces", "isochrone_areas", "reach"]
