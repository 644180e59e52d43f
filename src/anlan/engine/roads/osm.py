"""Reads a road graph from an OpenStreetMap extract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.graph import (
    F8,
    I8,
    Bools,
    Progress,
    RoadGraph,
    UnreadableRoads,
    assemble,
    path_lengths_m,
)
from anlan.engine.roads.osm_tags import Driving, barrier_stops, driving

RESTRICTION_KEYS = ("restriction", "restriction:motorcar", "restriction:motor_vehicle")


@dataclass(slots=True)
class _Found:
    """What the first pass collects."""

    ways: list[Driving] = field(default_factory=list)
    way_ids: list[int] = field(default_factory=list)
    refs: list[list[int]] = field(default_factory=list)
    stops: list[int] = field(default_factory=list)
    restrictions: list[_Restriction] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Restriction:
    """A turn restriction; a way that the extract's relation lacks is 0, a node -1."""

    kind: str
    from_way: int
    to_way: int
    via_node: int
    via_ways: tuple[int, ...]


def read_osm(
    path: Path, *, country: str | None = None, progress: Progress | None = None
) -> RoadGraph:
    """This will read a .osm.pbf (or .osm) extract into a RoadGraph.

    `country` (ISO 3166, two letters) picks the default speeds; None takes the general table.
    Raises UnreadableRoads where the file is damaged, something else, or holds no roads.
    """
    tell = progress or (lambda label, share: None)
    if country is not None and not (len(country) == 2 and country.isalpha()):
        raise UnreadableRoads(f"{country!r} is no country; give two letters, such as CN or PT.")
    if not path.is_file():
        raise UnreadableRoads(f"{path.name} does not exist; give the path of an .osm.pbf file.")
    tell("reading ways", 0.0)
    try:
        found = _read_ways(path, country)
        tell("reading points", 0.4)
        ids, node_of_ref = np.unique(
            np.fromiter((r for refs in found.refs for r in refs), np.int64), return_inverse=True
        )
        lon, lat = _read_points(path, ids)
    except (RuntimeError, UnicodeDecodeError) as error:
        raise UnreadableRoads(
            f"{path.name} is no whole OpenStreetMap extract ({_first_line(error)}); "
            "download it again."
        ) from error
    if not found.ways or not np.isfinite(lon).any():
        raise UnreadableRoads(f"{path.name} holds no roads; take an extract that covers the town.")
    tell("joining", 0.7)
    graph = _join(found, ids, node_of_ref, lon, lat)
    tell("joining", 1.0)
    return graph


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["unreadable"])[0].strip().rstrip(".")


def _read_ways(path: Path, country: str | None) -> _Found:
    """Collect drivable ways, barriers and restrictions; points come in a second pass."""
    import osmium

    found = _Found()
    barriers = osmium.filter.KeyFilter("barrier")
    barriers.enable_for(osmium.osm.NODE)
    roads = osmium.filter.KeyFilter("highway", "route")
    roads.enable_for(osmium.osm.WAY)
    turns = osmium.filter.TagFilter(("type", "restriction"))
    turns.enable_for(osmium.osm.RELATION)
    processor = osmium.FileProcessor(str(path))
    for wanted in (barriers, roads, turns):
        processor.with_filter(wanted)
    entity: Any
    for entity in processor:
        if entity.is_way():
            _add_way(found, entity, country)
        elif entity.is_node():
            if barrier_stops(dict(entity.tags)):
                found.stops.append(entity.id)
        elif entity.is_relation():
            _add_restriction(found, entity)
    return found


def _add_way(found: _Found, way: Any, country: str | None) -> None:
    how = driving(dict(way.tags), country=country)
    refs = [node.ref for node in way.nodes]
    if how is None or len(refs) < 2 or not (how.forward or how.backward):
        return
    found.ways.append(how)
    found.way_ids.append(way.id)
    found.refs.append(refs)


def _add_restriction(found: _Found, relation: Any) -> None:
    """Keep a turn restriction that binds motor vehicles, also one whose members are lacking."""
    kind = next((relation.tags[k] for k in RESTRICTION_KEYS if k in relation.tags), "")
    if not kind:
        return
    members: dict[tuple[str, str], list[int]] = {}
    for member in relation.members:
        members.setdefault((member.role, member.type), []).append(member.ref)
    found.restrictions.append(
        _Restriction(
            kind=kind,
            from_way=members.get(("from", "w"), [0])[0],
            to_way=members.get(("to", "w"), [0])[0],
            via_node=members.get(("via", "n"), [-1])[0],
            via_ways=tuple(members.get(("via", "w"), [])),
        )
    )


def _read_points(path: Path, ids: I8) -> tuple[F8, F8]:
    """Read where the ways' points lie; NaN for those that the extract cut away."""
    import osmium

    lon, lat = np.full(len(ids), np.nan), np.full(len(ids), np.nan)
    processor = osmium.FileProcessor(str(path), osmium.osm.NODE).with_filter(
        osmium.filter.IdFilter(ids.tolist())
    )
    known: list[int] = []
    where: list[tuple[float, float]] = []
    node: Any
    for node in processor:
        known.append(node.id)
        where.append((node.lon, node.lat))
    at = np.searchsorted(ids, np.array(known, np.int64))
    if known:
        lon[at], lat[at] = np.array(where).T
    return lon, lat


def _join(found: _Found, ids: I8, node_of_ref: npt.NDArray, lon: F8, lat: F8) -> RoadGraph:
    """Cut ways at junctions and barriers and number the junctions that are left."""
    counts = np.array([len(refs) for refs in found.refs])
    stops = np.isin(ids, np.array(found.stops, np.int64))
    first, last, way = _cut(node_of_ref.astype(np.int64), counts, stops, np.isfinite(lon))
    start, end, place = _number_junctions(node_of_ref, first, last, stops)
    spans = last - first + 1
    ptr = np.concatenate([[0], np.cumsum(spans)]).astype(np.int64)
    flat = np.arange(ptr[-1]) - np.repeat(ptr[:-1] - first, spans)
    shape = node_of_ref[flat]
    length_m = path_lengths_m(lon[shape], lat[shape], ptr)
    ways = [found.ways[w] for w in way]
    node_at = {int(ids[p]): i for i, p in enumerate(place) if not stops[p]}
    return assemble(
        node_lon=lon[place],
        node_lat=lat[place],
        seg_from=start,
        seg_to=end,
        seg_length_m=length_m,
        seg_forward=[w.forward for w in ways],
        seg_backward=[w.backward for w in ways],
        seg_speed_kmh=_speeds(found.ways, way, length_m),
        seg_names=[w.name for w in ways],
        seg_classes=[w.road_class for w in ways],
        seg_source=np.array(found.way_ids, np.int64)[way],
        geo_ptr=ptr,
        geo_lon=lon[shape],
        geo_lat=lat[shape],
        restrictions=[
            (r.from_way, node_at.get(r.via_node, -1), r.to_way) for r in found.restrictions
        ],
        restriction_kinds=[r.kind for r in found.restrictions],
        restriction_via_ways=[r.via_ways for r in found.restrictions],
    )


def _cut(
    node: npt.NDArray[np.int64], counts: npt.NDArray, stops: Bools, known: Bools
) -> tuple[I8, I8, I8]:
    """Give each segment's first and last place in the list of all refs, and its way.

    A way is cut where another way (or itself) passes, where it ends, at a barrier, and beside
    points that the extract lacks; the stretch over a missing point is left out.
    """
    owner = np.repeat(np.arange(len(counts)), counts)
    begins = np.concatenate([[True], owner[1:] != owner[:-1]])
    finishes = np.concatenate([owner[1:] != owner[:-1], [True]])
    here = known[node]
    beside_gap = np.zeros(len(node), np.bool_)
    beside_gap[:-1] |= ~here[1:]
    beside_gap[1:] |= ~here[:-1]
    shared = np.bincount(node, minlength=len(stops)) > 1
    cut = begins | finishes | shared[node] | stops[node] | beside_gap | ~here
    places = np.flatnonzero(cut)
    first, last = places[:-1], places[1:]
    kept = (owner[first] == owner[last]) & here[first] & here[last]
    first, last = first[kept], last[kept]
    return first.astype(np.int64), last.astype(np.int64), owner[first].astype(np.int64)


def _number_junctions(node: npt.NDArray, first: I8, last: I8, stops: Bools) -> tuple[I8, I8, I8]:
    """Number segment ends: (start, end, point of each number).

    Every end at a barrier is a junction of its own, so that nothing passes.
    """
    ends = np.concatenate([node[first], node[last]]).astype(np.int64)
    key = np.where(stops[ends], len(stops) + np.arange(len(ends)), ends)
    _, where, number = np.unique(key, return_index=True, return_inverse=True)
    return number[: len(first)], number[len(first) :], ends[where]


def _speeds(ways: Sequence[Driving], way: I8, length_m: F8) -> F8:
    """Give each segment's speed; a ferry with a duration gets its whole length over that."""
    speed = np.array([w.speed_kmh for w in ways])
    duration = np.array([w.duration_s or 0.0 for w in ways])
    whole_m = np.bincount(way, weights=length_m, minlength=len(ways))
    timed = (duration > 0) & (whole_m > 0)
    speed[timed] = np.maximum(whole_m[timed] / duration[timed] * 3.6, 0.1)
    return np.asarray(speed[way])
