"""Isochrones as areas on the map: reached streets, widened by some metres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy import ndimage

from anlan.engine.roads.graph import F8, I4, I8, METRES_PER_DEGREE, Bools, RoadGraph
from anlan.engine.roads.isochrones import kernels
from anlan.engine.roads.isochrones.search import Reach, StreetPieces

BUFFER_M = 75.0  # about a row of houses with its gardens on either side of the street
CELLS = 3.0  # cells of the grid in a buffer: 25 m
SIMPLIFY_M = 20.0  # more than a step of the outline is high, so that slopes become lines
MOST_CELLS = 4e7  # of a large country's grid; beyond, cells grow
GRID_M = 0.01  # corners lie on this grid, so that outlines of two areas meet exactly


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
    disjoint. Reached streets are widened by `buffer_m` metres on a grid of cells a third of that,
    whose outline is simplified by `simplify_m`: it is right to about a cell. (Exact buffers of a
    town's streets took thirty times as long.) Raises ValueError for a bound beyond the search's.
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
        grown = _widened(*lines, buffer_m=buffer_m, simplify_m=simplify_m)
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

    def lines(self, pieces: StreetPieces) -> tuple[F8, F8, I8]:
        """This will give the points of pieces of streets: (x, y, which piece)."""
        graph = self._graph
        x, y, owner = kernels.cut(
            pieces.segment,
            pieces.start,
            pieces.end,
            graph.geo_ptr,
            graph.geo_lon * self._east,
            graph.geo_lat * self._north,
        )
        return x, y, owner

    def to_degrees(self, area: shapely.Geometry) -> shapely.MultiPolygon:
        """This will bring an area back to longitude and latitude."""
        scale = np.array([self._east, self._north])
        turned = shapely.transform(area, lambda xy: xy / scale)
        if not shapely.is_valid(turned):  # a sliver that rounding has turned inside out
            turned = shapely.make_valid(turned)
        parts = shapely.get_parts(shapely.get_parts(turned))
        polygon = shapely.get_type_id(parts) == shapely.GeometryType.POLYGON
        return shapely.multipolygons(parts[polygon & ~shapely.is_empty(parts)])


def _widened(x: F8, y: F8, owner: I8, *, buffer_m: float, simplify_m: float) -> shapely.Geometry:
    """Give the outline of all cells whose middle lies within the buffer of a line."""
    if len(x) == 0:
        return shapely.MultiPolygon()
    rim = buffer_m + 2.0 * buffer_m / CELLS
    low, high = np.array([x.min(), y.min()]) - rim, np.array([x.max(), y.max()]) + rim
    cell = max(buffer_m / CELLS, float(np.sqrt(np.prod(high - low) / MOST_CELLS)))
    west, south = np.floor(low / cell) * cell - cell
    cols, rows = np.ceil((high - (west, south)) / cell).astype(int) + 2
    grid = np.zeros((rows, cols), np.bool_)
    kernels.stamp(x, y, owner, west, south, cell, buffer_m, grid)
    corner, ring = kernels.outline(grid)
    areas = _polygons(grid, corner, ring, corner * cell + (west, south))
    if simplify_m > 0.0:
        areas = shapely.simplify(areas, simplify_m, preserve_topology=False)
    return shapely.union_all(areas)


def _polygons(grid: Bools, corner: I4, ring: I4, at: F8) -> npt.NDArray[np.object_]:
    """Give the area of each part of the marked cells, whose corners lie `at` the map."""
    rings = shapely.linearrings(at, indices=ring)
    part, _ = ndimage.label(grid)
    first = corner[np.searchsorted(ring, np.arange(len(rings)))]
    of_part = part[first[:, 1], first[:, 0]] - 1
    order = np.lexsort((~shapely.is_ccw(rings), of_part))  # each part's outer ring, then its holes
    whole = np.asarray(shapely.polygons(rings[order], indices=of_part[order]))
    pinched = ~shapely.is_valid(whole)  # a ring that meets itself in a corner is two rings
    whole[pinched] = shapely.make_valid(whole[pinched])
    return whole
