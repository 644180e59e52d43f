"""Where people are, as figures on a town's street nodes: what posts are sited by."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

from anlan.engine.roads.graph import F8, RoadGraph, UnreadableRoads

PEOPLE_PER_KM = 392.0  # La Serena–Coquimbo: 451,899 people on 1,154 km of streets with homes
METRES_PER_DEGREE = 111_195.0
#: OpenStreetMap's classes of streets with homes, and "street", the local street of CSV files
_HOMES = frozenset({"residential", "living_street", "unclassified", "tertiary", "street"})
_HEADER = 39  # 00, byte order, SRID, bounding box, 7C; then the geometry
_MULTIPOLYGON = 6


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """People at points; `people[i]` at (`lon[i]`, `lat[i]`), degrees, all of one length."""

    lon: F8
    lat: F8
    people: F8

    def __len__(self) -> int:
        return len(self.people)

    @property
    def total(self) -> float:
        """This will give how many people there are in all."""
        return float(self.people.sum())


@dataclass(frozen=True, slots=True)
class Zone:
    """An area with how many people live in it; never one household."""

    people: float
    shape: shapely.MultiPolygon


def read_zones(sqlite_path: Path) -> tuple[Zone, ...]:
    """This will read `zones` of an AequilibraE project; raises UnreadableRoads."""
    try:
        with closing(sqlite3.connect(f"{sqlite_path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT population, geometry FROM zones ORDER BY zone_id").fetchall()
        return tuple(Zone(float(people or 0.0), _multipolygon(blob)) for people, blob in rows)
    except (sqlite3.Error, struct.error, IndexError, ValueError) as error:
        raise UnreadableRoads(
            f"{sqlite_path.name} holds no zones that can be read ({error}); "
            "give the project_database.sqlite of an AequilibraE project."
        ) from error


def _multipolygon(blob: bytes) -> shapely.MultiPolygon:
    """Read a SpatiaLite multipolygon: its parts begin with 69 where WKB has the byte order."""
    order = "<" if blob[1] == 1 else ">"
    kind, parts = struct.unpack_from(f"{order}ii", blob, _HEADER)
    if blob[0] != 0 or kind != _MULTIPOLYGON:
        raise ValueError("a zone is no multipolygon")
    at, polygons = _HEADER + 8, []
    for _ in range(parts):
        (rings,) = struct.unpack_from(f"{order}i", blob, at + 5)
        at, lines = at + 9, []
        for _ in range(rings):
            (count,) = struct.unpack_from(f"{order}i", blob, at)
            flat = np.frombuffer(blob, f"{order}f8", count=2 * count, offset=at + 4)
            lines.append(flat.reshape(-1, 2))
            at += 4 + 16 * count
        polygons.append(shapely.Polygon(lines[0], lines[1:]))
    return shapely.MultiPolygon(polygons)


def people_by_zone(graph: RoadGraph, zones: tuple[Zone, ...]) -> Demand:
    """This will spread each zone's people evenly over the main street nodes inside it.

    A zone without such a node gives its people to the nearest one.
    """
    main = np.flatnonzero(graph.main)
    points = shapely.points(graph.node_lon[main], graph.node_lat[main])
    tree = shapely.STRtree(points)
    people = np.zeros(len(main))
    for zone in zones:
        inside = tree.query(zone.shape, predicate="contains")
        if not len(inside):
            inside = np.atleast_1d(tree.nearest(zone.shape))
        people[inside] += zone.people / len(inside)
    return _where(people, graph, main)


def people_by_streets(graph: RoadGraph, *, people_per_km: float = PEOPLE_PER_KM) -> Demand:
    """This will guess people from the length of streets with homes: half at either end.

    For a town whose zones are not known; a guess that its user must label as one.
    """
    homes = np.array([name in _HOMES for name in graph.classes])[graph.seg_class]
    people = np.zeros(len(graph.node_lon))
    half = graph.seg_length_m[homes].astype(np.float64) / 2000.0 * people_per_km
    np.add.at(people, graph.seg_from[homes], half)
    np.add.at(people, graph.seg_to[homes], half)
    main = np.flatnonzero(graph.main)
    return _where(people[main], graph, main)


def _where(people: F8, graph: RoadGraph, nodes: np.ndarray) -> Demand:
    lived = people > 0
    kept = nodes[lived]
    return Demand(graph.node_lon[kept], graph.node_lat[kept], people[lived])


def gather(demand: Demand, *, metres: float = 900.0, most: int = 400) -> Demand:
    """This will put people of a square of `metres` together, at the point nearest their middle.

    The `most` squares with the most people are kept, in that order; few enough for a matrix of
    travel times between all of them.
    """
    stretch = np.cos(np.radians(demand.lat.mean()))
    x, y = demand.lon * stretch * METRES_PER_DEGREE, demand.lat * METRES_PER_DEGREE
    square = np.stack([np.floor(x / metres), np.floor(y / metres)], axis=1)
    _, member = np.unique(square, axis=0, return_inverse=True)
    member = member.ravel()
    people = np.asarray(np.bincount(member, weights=demand.people), np.float64)
    middle_x = np.bincount(member, weights=demand.people * x) / people
    middle_y = np.bincount(member, weights=demand.people * y) / people
    away = np.hypot(x - middle_x[member], y - middle_y[member])
    order = np.lexsort((away, member))
    first = order[np.searchsorted(member[order], np.arange(len(people)))]
    kept = np.argsort(-people, kind="stable")[:most]
    return Demand(demand.lon[first][kept], demand.lat[first][kept], people[kept])
