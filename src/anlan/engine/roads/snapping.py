"""Points on streets: the nearest street to a place, and how far along it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt
import shapely

from anlan.engine.roads.graph import F8, I4, METRES_PER_DEGREE, RoadGraph


@dataclass(frozen=True, slots=True)
class Snap:
    """A point on a street: `fraction` of the way along segment `segment`, and where that is.

    `distance_m` is how far the asked place lies from it, in a straight line.
    """

    segment: int
    fraction: float
    lon: float
    lat: float
    distance_m: float


@dataclass(frozen=True, slots=True, eq=False)
class SnapBatch(Sequence[Snap]):
    """Many snaps as arrays of one length, so that thousands cost no loop; reads like a list."""

    segment: I4
    fraction: F8
    lon: F8
    lat: F8
    distance_m: F8

    @classmethod
    def of(cls, snaps: Sequence[Snap]) -> SnapBatch:
        """This will gather single snaps; a batch is given back as it is."""
        if isinstance(snaps, SnapBatch):
            return snaps
        return cls(
            segment=np.array([s.segment for s in snaps], np.int32),
            fraction=np.array([s.fraction for s in snaps], np.float64),
            lon=np.array([s.lon for s in snaps], np.float64),
            lat=np.array([s.lat for s in snaps], np.float64),
            distance_m=np.array([s.distance_m for s in snaps], np.float64),
        )

    def __len__(self) -> int:
        return len(self.segment)

    @overload
    def __getitem__(self, index: int) -> Snap: ...
    @overload
    def __getitem__(self, index: slice) -> SnapBatch: ...
    def __getitem__(self, index: int | slice) -> Snap | SnapBatch:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        return Snap(
            segment=int(self.segment[index]),
            fraction=float(self.fraction[index]),
            lon=float(self.lon[index]),
            lat=float(self.lat[index]),
            distance_m=float(self.distance_m[index]),
        )

    def __iter__(self) -> Iterator[Snap]:
        return (self[i] for i in range(len(self)))

    def take(self, chosen: npt.NDArray) -> SnapBatch:
        """This will give the chosen snaps (numbers or a mask), in that order."""
        return SnapBatch(
            segment=self.segment[chosen],
            fraction=self.fraction[chosen],
            lon=self.lon[chosen],
            lat=self.lat[chosen],
            distance_m=self.distance_m[chosen],
        )


class StreetIndex:
    """This will find the nearest drivable street of the main part.

    Degrees are scaled by the cosine of the town's middle latitude, so that a unit is about
    111.19 km both ways; lengths and distances of the answer are taken at the place itself.
    """

    def __init__(self, graph: RoadGraph) -> None:
        usable = (
            (graph.seg_forward | graph.seg_backward)
            & graph.main[graph.seg_from]
            & graph.main[graph.seg_to]
        )
        self.segments = np.flatnonzero(usable).astype(np.int32)
        middle = np.median(graph.node_lat[graph.main])
        self._scale = max(float(np.cos(np.radians(middle))), 0.01)
        counts = np.diff(graph.geo_ptr)
        points = np.repeat(usable, counts)
        owner = np.repeat(np.cumsum(usable) - 1, counts)[points]
        shape = np.column_stack([graph.geo_lon[points] * self._scale, graph.geo_lat[points]])
        self._lines = shapely.linestrings(shape, indices=owner)
        self._tree = shapely.STRtree(self._lines)

    def snap_many(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> SnapBatch:
        """This will snap places to the nearest street each; shape (k,) in, k snaps out."""
        x = np.atleast_1d(np.asarray(lon, np.float64))
        y = np.atleast_1d(np.asarray(lat, np.float64))
        _check_places(x, y)
        if len(self.segments) == 0:
            raise ValueError("The road graph has no streets to snap to; import the roads again.")
        points = shapely.points(x * self._scale, y)
        asked, nearest = self._tree.query_nearest(points, all_matches=False)
        nearest = nearest[np.argsort(asked, kind="stable")]
        lines = self._lines[nearest]
        fraction = np.clip(shapely.line_locate_point(lines, points, normalized=True), 0.0, 1.0)
        foot = shapely.get_coordinates(
            shapely.line_interpolate_point(lines, fraction, normalized=True)
        )
        foot_lon, foot_lat = foot[:, 0] / self._scale, foot[:, 1]
        east = (foot_lon - x) * np.cos(np.radians(y))
        return SnapBatch(
            segment=self.segments[nearest],
            fraction=fraction,
            lon=foot_lon,
            lat=foot_lat,
            distance_m=np.hypot(east, foot_lat - y) * METRES_PER_DEGREE,
        )

    def near(self, lon: float, lat: float, *, radius_m: float) -> I4:
        """This will give the segments within a radius, nearest first."""
        _check_places(np.array([lon]), np.array([lat]))
        place = shapely.Point(lon * self._scale, lat)
        found = self._tree.query(place, predicate="dwithin", distance=radius_m / METRES_PER_DEGREE)
        away = shapely.distance(self._lines[found], place)
        return self.segments[found[np.argsort(away, kind="stable")]]


def _check_places(lon: F8, lat: F8) -> None:
    """Refuse what is no place on Earth."""
    if lon.shape != lat.shape:
        raise ValueError("Give as many longitudes as latitudes.")
    right = (np.abs(lon) <= 180.0) & (np.abs(lat) <= 90.0)
    if not right.all():
        i = int(np.argmin(right))
        raise ValueError(
            f"{lon[i]:g},{lat[i]:g} is no place: give a longitude from -180 to 180, then a "
            "latitude from -90 to 90."
        )
