"""Reads a road graph from an AequilibraE project database (SQLite with SpatiaLite geometry)."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from anlan.engine.roads.graph import Progress, RoadGraph, UnreadableRoads, assemble
from anlan.engine.roads.speeds import CLASS_SPEEDS_KMH, class_speed_kmh

CONNECTOR = "centroid_connector"
_HEADER = 39  # 00, byte order, SRID (4), bounding box (32), 7C; then WKB without its byte order

_NODES = "SELECT node_id, geometry FROM nodes WHERE NOT coalesce(is_centroid, 0) ORDER BY node_id"
_LINKS = (
    "SELECT link_id, a_node, b_node, direction, distance, link_type, coalesce(name, ''), "
    "speed_ab, speed_ba, geometry FROM links WHERE link_type <> ? ORDER BY link_id"
)


def read_aequilibrae(
    sqlite_path: Path, *, country: str | None = None, progress: Progress | None = None
) -> RoadGraph:
    """This will read `nodes` and `links` into a RoadGraph, without centroids and connectors.

    `direction` is 1 along, -1 against, 0 both; a speed that is missing or no positive number
    becomes the default of the link's class. Raises UnreadableRoads.
    """
    tell = progress or (lambda label, share: None)
    tell("reading the project", 0.0)
    nodes, links = _read_tables(sqlite_path)
    tell("reading shapes", 0.4)
    points = shapely.get_coordinates(_shapes(sqlite_path, [n[1] for n in nodes], "Point"))
    lines, owner = shapely.get_coordinates(
        _shapes(sqlite_path, [row[9] for row in links], "LineString"), return_index=True
    )
    index = {node[0]: i for i, node in enumerate(nodes)}
    unknown = [row[0] for row in links if row[1] not in index or row[2] not in index]
    if unknown:
        raise UnreadableRoads(
            f"{sqlite_path.name}: link {unknown[0]} names a node that is not there; "
            "repair the project."
        )
    tell("joining", 0.8)
    graph = assemble(
        node_lon=points[:, 0],
        node_lat=points[:, 1],
        seg_from=[index[row[1]] for row in links],
        seg_to=[index[row[2]] for row in links],
        seg_length_m=[_length_m(sqlite_path, row) for row in links],
        seg_forward=[row[3] >= 0 for row in links],
        seg_backward=[row[3] <= 0 for row in links],
        seg_speed_kmh=[_speed_kmh(row, country) for row in links],
        seg_names=[row[6] for row in links],
        seg_classes=[row[5] for row in links],
        seg_source=[row[0] for row in links],
        geo_ptr=np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(links)))]),
        geo_lon=lines[:, 0],
        geo_lat=lines[:, 1],
    )
    tell("joining", 1.0)
    return graph


def _read_tables(path: Path) -> tuple[list[Any], list[Any]]:
    if not path.is_file():
        raise UnreadableRoads(f"{path.name} does not exist; give the path of a project database.")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            nodes = database.execute(_NODES).fetchall()
            links = database.execute(_LINKS, (CONNECTOR,)).fetchall()
    except sqlite3.Error as error:
        raise UnreadableRoads(
            f"{path.name} is no AequilibraE project database ({error}); give its "
            "project_database.sqlite."
        ) from error
    if not nodes or not links:
        raise UnreadableRoads(f"{path.name} holds no roads; give a project with a network.")
    return nodes, links


def _shapes(path: Path, blobs: Sequence[bytes], kind: str) -> Any:
    """Read SpatiaLite blobs of one simple kind."""
    try:
        with np.errstate(invalid="ignore"):  # NaN is refused below, with a sentence
            shapes = shapely.from_wkb([plain_wkb(blob) for blob in blobs])
    except (shapely.errors.ShapelyError, ValueError, TypeError) as error:
        raise UnreadableRoads(
            f"{path.name}: a geometry is damaged ({error}); repair the project."
        ) from error
    if {shape.geom_type for shape in shapes} != {kind}:
        raise UnreadableRoads(f"{path.name}: a geometry is no {kind}; repair the project.")
    if not np.isfinite(shapely.get_coordinates(shapes)).all():
        raise UnreadableRoads(f"{path.name}: a geometry has no numbers; repair the project.")
    return shapes


def plain_wkb(blob: bytes) -> bytes:
    """This will turn a SpatiaLite blob of a point or line into standard WKB."""
    framed = (
        isinstance(blob, bytes)
        and len(blob) > _HEADER + 5
        and blob[0] == 0x00
        and blob[_HEADER - 1] == 0x7C
        and blob[-1] == 0xFE
    )
    if not framed:
        raise ValueError("not a SpatiaLite geometry")
    return blob[1:2] + blob[_HEADER:-1]


def _length_m(path: Path, row: Sequence[Any]) -> float:
    try:
        length = float(row[4])
    except (TypeError, ValueError):
        length = -1.0
    if not 0.0 <= length < 1_000_000.0:
        raise UnreadableRoads(
            f"{path.name}: link {row[0]} has the distance {row[4]!r}; repair the project."
        )
    return length


def _speed_kmh(row: Sequence[Any], country: str | None) -> float:
    """Give the lower speed of the two directions, or the class's default."""
    said = [float(v) for v in row[7:9] if isinstance(v, int | float) and 1.0 <= v <= 300.0]
    if said:
        return min(said)
    road_class = row[5] if row[5] in CLASS_SPEEDS_KMH else "road"
    return class_speed_kmh(road_class, country=country)
