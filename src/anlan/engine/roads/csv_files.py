"""Reads a road graph from two CSV files, nodes and edges."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import shapely

from anlan.engine.roads.graph import F8, I8, Progress, RoadGraph, UnreadableRoads, assemble
from anlan.engine.roads.speeds import class_speed_kmh

NODE_COLUMNS = ("node_id", "lon", "lat")
EDGE_COLUMNS = ("edge_id", "from_node", "to_node", "length_m", "oneway")
MAX_SEGMENT_M = 1_000_000.0


def read_csv(nodes_path: Path, edges_path: Path, *, progress: Progress | None = None) -> RoadGraph:
    """This will read nodes (node_id, lon, lat) and edges into a RoadGraph.

    Edges need edge_id, from_node, to_node, length_m, oneway (B both ways, F along the geometry,
    T against it); name, road_class, speed_kmh and geometry (WKT LINESTRING) may be missing or
    empty: then unnamed, "street", the class's default speed, a straight line. Lengths are taken
    from the file, not from the geometry. Raises UnreadableRoads.
    """
    tell = progress or (lambda label, share: None)
    tell("reading nodes", 0.0)
    index, lon, lat = _read_nodes(nodes_path)
    tell("reading edges", 0.2)
    rows = _read_edges(edges_path, index)
    tell("reading shapes", 0.6)
    ptr, geo_lon, geo_lat = _shapes(edges_path, rows, lon, lat)
    tell("joining", 0.9)
    graph = assemble(
        node_lon=lon,
        node_lat=lat,
        seg_from=[row["from"] for row in rows],
        seg_to=[row["to"] for row in rows],
        seg_length_m=[row["length_m"] for row in rows],
        seg_forward=[row["oneway"] in "BF" for row in rows],
        seg_backward=[row["oneway"] in "BT" for row in rows],
        seg_speed_kmh=[row["speed_kmh"] for row in rows],
        seg_names=[row["name"] for row in rows],
        seg_classes=[row["road_class"] for row in rows],
        seg_source=[row["edge_id"] for row in rows],
        geo_ptr=ptr,
        geo_lon=geo_lon,
        geo_lat=geo_lat,
    )
    tell("joining", 1.0)
    return graph


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yield (line number, row) after checking the headings."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [c for c in needed if c not in (reader.fieldnames or [])]
            if missing:
                raise UnreadableRoads(
                    f"{path.name} lacks the column {missing[0]}; it needs {', '.join(needed)}."
                )
            for row in reader:
                if None in row:
                    raise UnreadableRoads(
                        f"{path.name} line {reader.line_num} has more fields than headings; put "
                        "a text that has commas inside quotes."
                    )
                yield reader.line_num, {k: (v or "").strip() for k, v in row.items()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UnreadableRoads(
            f"{path.name} can't be read as CSV in UTF-8; check that it is the right file."
        ) from error


def _number(
    path: Path, line: int, row: dict[str, str], column: str, low: float, high: float
) -> float:
    """Give the number in a column, or refuse the file with the line."""
    try:
        value = float(row[column])
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise UnreadableRoads(
            f"{path.name} line {line}: {column} is {row[column]!r}, which is no number from "
            f"{low:g} to {high:g}; correct the line."
        )
    return value


def _integer(path: Path, line: int, row: dict[str, str], column: str) -> int:
    try:
        return int(row[column])
    except ValueError:
        raise UnreadableRoads(
            f"{path.name} line {line}: {column} is {row[column]!r}, which is no whole number; "
            "correct the line."
        ) from None


def _read_nodes(path: Path) -> tuple[dict[str, int], F8, F8]:
    index: dict[str, int] = {}
    lon: list[float] = []
    lat: list[float] = []
    for line, row in _rows(path, NODE_COLUMNS):
        if row["node_id"] in index:
            raise UnreadableRoads(
                f"{path.name} line {line}: node {row['node_id']} is there twice; keep one."
            )
        lon.append(_number(path, line, row, "lon", -180.0, 180.0))
        lat.append(_number(path, line, row, "lat", -90.0, 90.0))
        index[row["node_id"]] = len(index)
    if not index:
        raise UnreadableRoads(f"{path.name} holds no nodes; check that it is the right file.")
    return index, np.array(lon), np.array(lat)


def _read_edges(path: Path, index: dict[str, int]) -> list[dict]:
    edges = [_edge(path, line, row, index) for line, row in _rows(path, EDGE_COLUMNS)]
    if not edges:
        raise UnreadableRoads(f"{path.name} holds no edges; check that it is the right file.")
    return edges


def _edge(path: Path, line: int, row: dict[str, str], index: dict[str, int]) -> dict:
    for column in ("from_node", "to_node"):
        if row[column] not in index:
            raise UnreadableRoads(
                f"{path.name} line {line}: {column} {row[column]!r} is not among the nodes; "
                "give the nodes file that belongs to these edges."
            )
    if row["oneway"] not in ("B", "F", "T"):
        raise UnreadableRoads(
            f"{path.name} line {line}: oneway is {row['oneway']!r}; write B, F or T."
        )
    road_class = row.get("road_class") or "street"
    speed = (
        _number(path, line, row, "speed_kmh", 1.0, 300.0)
        if row.get("speed_kmh")
        else class_speed_kmh(road_class)
    )
    return {
        "line": line,
        "edge_id": _integer(path, line, row, "edge_id"),
        "from": index[row["from_node"]],
        "to": index[row["to_node"]],
        "length_m": _number(path, line, row, "length_m", 0.0, MAX_SEGMENT_M),
        "oneway": row["oneway"],
        "speed_kmh": speed,
        "road_class": road_class,
        "name": row.get("name", ""),
        "geometry": row.get("geometry", ""),
    }


def _shapes(path: Path, rows: list[dict], lon: F8, lat: F8) -> tuple[I8, F8, F8]:
    """Read the WKT of all rows at once; an empty one becomes the straight line."""
    texts = [
        row["geometry"]
        or f"LINESTRING({lon[row['from']]} {lat[row['from']]},{lon[row['to']]} {lat[row['to']]})"
        for row in rows
    ]
    lines = shapely.from_wkt(texts, on_invalid="ignore")
    wrong = np.flatnonzero(shapely.get_type_id(lines) != shapely.GeometryType.LINESTRING.value)
    if len(wrong):
        raise UnreadableRoads(
            f"{path.name} line {rows[wrong[0]]['line']}: geometry is no WKT LINESTRING of two or "
            "more points; correct it or leave it empty."
        )
    points, owner = shapely.get_coordinates(lines, return_index=True)
    if not np.isfinite(points).all() or (np.abs(points) > (180.0, 90.0)).any():
        raise UnreadableRoads(
            f"{path.name}: a geometry has points that are not degrees of longitude and latitude; "
            "convert the file to WGS-84 first."
        )
    ptr = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(rows)))])
    return ptr.astype(np.int64), points[:, 0].copy(), points[:, 1].copy()
