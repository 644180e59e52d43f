"""Isochrones as areas on the map: reached streets, widened by some metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely

from anlan.engine.roads.graph import METRES_PER_DEGREE, RoadGraph
from anlan.engine.roads.isochrones import kernels
from anlan.engine.roads.isochrones.search import Reach, StreetPieces

BUFFER_M = 75.0  # about a row of houses with its gardens on either side of the street
SIMPLIFY_M = 10.0
TILE_M = 100.0  # streets are widened tile by tile: one large buffer costs many times as much
GRID_M = 0.01  # corners lie on this grid, so that outlines of two areas meet exactly

Lines = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True, eq=False)
class Isochrone:
    """The area reached from `from_s` (0, or the bound before it for bands) to `to_s` seconds.

    `area` is in longitude and latitude, empty where nothing is reached. It is drawn around
    streets that were reached: whether a house inside it is, the time to its street says.
    """

    from_s: float
    to_s: float
    area: shapely.MultiPolygon


def isochrone_areas(
    reach: Reach,
    *,
    bounds_s: Sequence[float],
    bands: bool = False,
    buffer_m: float = BUFFER_M,
    simplify_m: float = SIMPLIFY_M,
) -> list[Isochrone]:
    """This will draw the area reached within each bound, smallest bound first.

    Each area holds the ones before it; `bands` gives what each adds instead, so that they are
    disjoint. Reached streets are widened by `buffer_m` metres; streets, then outlines are
    simplified by half of `simplify_m` each. Raises ValueError for a bound beyond the search's.
    """
    if buffer_m <= 0.0 or simplify_m < 0.0:
        raise ValueError("Give a buffer above 0 m and a simplification of 0 m or more.")
    plane = _Plane(reach.snapshot.graph)
    drawn = np.zeros(len(reach.snapshot.graph.seg_from), np.bool_)  # whole streets, sooner
    sooner: shapely.Geometry = shapely.MultiPolygon()
    from_s = 0.0
    found: list[Isochrone] = []
    for bound in sorted({float(bound) for bound in bounds_s}):
        pieces = reach.streets(within_s=bound)
        lines = plane.lines(pieces.take(~drawn[pieces.segment]))
        grown = _widened(lines, buffer_m=buffer_m, tolerance_m=simplify_m / 2)
        area = shapely.union(grown, sooner, grid_size=GRID_M)
        told = shapely.difference(area, sooner, grid_size=GRID_M) if bands else area
        found.append(Isochrone(from_s if bands else 0.0, bound, plane.to_degrees(told)))
        drawn[pieces.segment[(pieces.start == 0.0) & (pieces.end == 1.0)]] = True
        sooner, from_s = area, bound
    return found


class _Plane:
    """A flat map in metres, true at the latitude of the town's middle."""

    def __init__(self, graph: RoadGraph) -> None:
        middle = float(np.median(graph.node_lat)) if len(graph.node_lat) else 0.0
        self._north = METRES_PER_DEGREE
        self._east = METRES_PER_DEGREE * max(float(np.cos(np.radians(middle))), 0.01)
        self._graph = graph

    def lines(self, pieces: StreetPieces) -> Lines:
        """This will draw pieces of streets."""
        graph = self._graph
        x, y, owner = kernels.cut(
            pieces.segment,
            pieces.start,
            pieces.end,
            graph.geo_ptr,
            graph.geo_lon * self._east,
            graph.geo_lat * self._north,
        )
        if len(pieces) == 0:
            return np.empty(0, np.object_)
        return np.asarray(shapely.linestrings(np.column_stack([x, y]), indices=owner))

    def to_degrees(self, area: shapely.Geometry) -> shapely.MultiPolygon:
        """This will bring an area back to longitude and latitude."""
        scale = np.array([self._east, self._north])
        turned = shapely.transform(area, lambda xy: xy / scale)
        if not shapely.is_valid(turned):  # a sliver that rounding has turned inside out
            turned = shapely.make_valid(turned)
        parts = shapely.get_parts(shapely.get_parts(turned))
        polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        return shapely.multipolygons(parts[polygon & ~shapely.is_empty(parts)])


def _widened(lines: Lines, *, buffer_m: float, tolerance_m: float) -> shapely.Geometry:
    """Widen lines tile by tile and join the tiles."""
    if len(lines) == 0:
        return shapely.MultiPolygon()
    lines = shapely.simplify(lines, tolerance_m)
    tile = np.floor(shapely.bounds(lines)[:, :2] / TILE_M).astype(np.int64)
    _, owner = np.unique(tile, axis=0, return_inverse=True)
    order = np.argsort(owner.reshape(-1), kind="stable")
    tiles = shapely.multilinestrings(lines[order], indices=owner.reshape(-1)[order])
    wide = shapely.union_all(shapely.buffer(tiles, buffer_m, quad_segs=2))
    return shapely.simplify(wide, tolerance_m)
