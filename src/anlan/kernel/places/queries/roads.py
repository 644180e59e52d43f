"""A town's roads as they are at a time: one network per town and process, with its closures.

The network is loaded once from the stored snapshot. Each call compares the active snapshot, the
factor and the closures in force at `at` with what is loaded, so a change by any process is seen.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import h3
from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from anlan.kernel.places.models import Closure, RoadSnapshot
from anlan.kernel.places.queries.rows import ClosureRow, RouteRow, Street
from anlan.kernel.places.queries.state import TownState, town_state
from anlan.kernel.values import BadInput, LonLat, Refused

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph, RoadNetwork, Snap
    from anlan.engine.roads import RoadSnapshot as StreetsNow

CELL_RESOLUTION = 8
GRAPH_FILE = "graph.npz"
FARTHEST_M = 50_000.0
"""Further than this from any street a point is a slip, such as latitude before longitude."""


@dataclass(frozen=True, eq=False)
class _Held:
    """A loaded network and the folder that it came from; folders are never written again."""

    folder: Path
    network: RoadNetwork


_held: dict[Path, _Held] = {}
_loading = threading.Lock()
_refreshing = threading.Lock()


def town_folder(town_key: str) -> Path:
    """Give the folder of a town's snapshots and base map."""
    return Path(settings.ANLAN_DATA) / "towns" / town_key


def snapshot_folder(town_key: str) -> Path:
    """Give the folder of the active roads; BadInput names the command that imports some."""
    return town_folder(town_key) / town_state(town_key).folder


def has_roads(town_key: str) -> bool:
    """Say whether roads were imported."""
    return RoadSnapshot.objects.filter(town__key=town_key, active=True).exists()


def network(town_key: str, *, at: datetime) -> RoadNetwork:
    """Give the town's road network with the factor and the closures in force at a town time."""
    return network_of(town_state(town_key), at=at)


def network_of(state: TownState, *, at: datetime) -> RoadNetwork:
    """Give the network of a town's state, for a caller who holds one."""
    held = _load(town_folder(state.town.key), state.folder)
    _refresh(held.network, state, at)
    return held.network


def warm_roads(*, progress: Callable[[str, float], None] | None = None) -> None:
    """Compile all that answers questions about roads, before the first call comes in."""
    from anlan.engine.roads import warm

    warm(progress=progress)


def _load(town_dir: Path, folder: str) -> _Held:
    held = _held.get(town_dir)
    if held is not None and held.folder.name == folder:
        return held
    from anlan.engine.roads import RoadGraph, RoadNetwork

    with _loading:
        held = _held.get(town_dir)
        if held is None or held.folder.name != folder:
            path = town_dir / folder
            graph = RoadGraph.load(path / GRAPH_FILE)
            held = _Held(path, RoadNetwork.build(graph, cache_dir=path))
            _held[town_dir] = held
    return held


def _refresh(loaded: RoadNetwork, state: TownState, at: datetime) -> None:
    from anlan.engine.roads import Closure as Closed

    wanted = tuple(
        Closed(
            one.segment,
            forward=one.forward,
            backward=one.backward,
            speed_factor=one.speed_factor,
        )
        for one in state.closures
        if one.in_force(at)
    )
    if wanted == loaded.closures and loaded.factor == state.town.factor:
        return
    with _refreshing:
        if loaded.factor != state.town.factor:
            loaded.set_factor(state.town.factor)
        if wanted != loaded.closures:
            loaded.apply_closures(wanted)


def in_force(snapshot_id: int, *, at: datetime) -> QuerySet[Closure]:
    """Give the closures in force at a time: not lifted, begun, not ended."""
    return Closure.objects.filter(
        Q(ends_at__isnull=True) | Q(ends_at__gt=at),
        snapshot_id=snapshot_id,
        lifted_at__isnull=True,
        starts_at__lte=at,
    ).order_by("pk")


def closures(town_key: str, *, at: datetime) -> tuple[ClosureRow, ...]:
    """Give the closed and slowed streets in force, with their lines."""
    snapshot = RoadSnapshot.objects.filter(town__key=town_key, active=True).first()
    if snapshot is None:
        return ()
    rows = list(in_force(snapshot.pk, at=at))
    if not rows:
        return ()
    graph = _load(town_folder(town_key), snapshot.folder).network.graph
    return tuple(closure_row(one, graph) for one in rows)


def closure_row(one: Closure, graph: RoadGraph) -> ClosureRow:
    """Turn a closure into a row with its street's line."""
    start, end = int(graph.geo_ptr[one.segment]), int(graph.geo_ptr[one.segment + 1])
    return ClosureRow(
        id=one.pk,
        segment=one.segment,
        forward=one.forward,
        backward=one.backward,
        speed_factor=one.speed_factor,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        reason_code=one.reason_code,
        street=name_of(graph, one.segment),
        lon=tuple(graph.geo_lon[start:end].tolist()),
        lat=tuple(graph.geo_lat[start:end].tolist()),
    )


def name_of(graph: RoadGraph, segment: int) -> str:
    """Give a segment's street name, "" where it has none."""
    return graph.names[int(graph.seg_name[segment])]


def street_name_at(town_key: str, *, lon: float, lat: float, at: datetime) -> tuple[str, float]:
    """Give the nearest street's name and how far it is, in metres."""
    roads = network(town_key, at=at)
    snap = roads.snap(lon, lat)
    return name_of(roads.graph, snap.segment), snap.distance_m


def cell_of(lon: float, lat: float) -> str:
    """Give the area cell of a point: H3, 0.74 km² on average."""
    return str(h3.latlng_to_cell(lat, lon, CELL_RESOLUTION))


def find_street(town_key: str, q: str, *, limit: int = 12) -> tuple[Street, ...]:
    """Find streets by a part of their name: those that begin with it first, each with a point."""
    import numpy as np

    needle = q.strip().casefold()
    if not needle:
        return ()
    graph = _load(town_folder(town_key), town_state(town_key).folder).network.graph
    hits = [
        (not name.casefold().startswith(needle), name, place)
        for place, name in enumerate(graph.names)
        if name and needle in name.casefold()
    ]
    found = []
    for _later, name, place in sorted(hits)[:limit]:
        segments = np.flatnonzero(graph.seg_name == place)
        if not len(segments):
            continue
        segment = int(segments[np.argmax(graph.seg_length_m[segments])])
        # Between two vertices, not on one: a junction belongs to the crossing street as well.
        before = (int(graph.geo_ptr[segment]) + int(graph.geo_ptr[segment + 1]) - 1) // 2
        middle = slice(before, before + 2)
        found.append(
            Street(
                name,
                float(graph.geo_lon[middle].mean()),
                float(graph.geo_lat[middle].mean()),
            )
        )
    return tuple(found)


def route(town_key: str, *, origin: LonLat, target: LonLat, at: datetime) -> RouteRow:
    """Give the quickest way between two points; Refused (code no_route) where none leads."""
    from anlan.engine.roads import NoRoute

    now = network(town_key, at=at)
    start, end = snap_asked(now, origin), snap_asked(now, target)
    try:
        way = now.route(start, end)
    except NoRoute as error:
        raise Refused(str(error), code="no_route") from error
    return RouteRow(
        time_s=way.time_s,
        length_m=way.length_m,
        lon=tuple(way.lon.tolist()),
        lat=tuple(way.lat.tolist()),
        steps=tuple((step.name, step.length_m, step.time_s) for step in way.steps),
        from_snap_m=start.distance_m,
        to_snap_m=end.distance_m,
    )


def snap_point(now: RoadNetwork, point: LonLat) -> Snap:
    """Snap a point, or refuse what is no place on Earth."""
    try:
        return now.snap(point.lon, point.lat)
    except ValueError as error:
        raise BadInput(str(error)) from error


def snap_asked(now: RoadNetwork, point: LonLat) -> Snap:
    """Snap a point that somebody asks about; so far from any street it is a slip, and refused.

    An incident that stands already is never refused so: see snap_point.
    """
    snap = snap_point(now, point)
    if snap.distance_m > FARTHEST_M:
        sentence = _("It lies far outside the roads; check lon and lat.")
        raise BadInput(f"{point.lon:g},{point.lat:g}: {sentence}")
    return snap


def closed_segments(now: RoadNetwork | StreetsNow) -> frozenset[int]:
    """Give the segments that nothing may drive on now, in either direction."""
    forward = {c.segment for c in now.closures if c.forward and c.speed_factor == 0}
    backward = {c.segment for c in now.closures if c.backward and c.speed_factor == 0}
    graph = now.graph
    return frozenset(
        one
        for one in forward | backward
        if (one in forward or not graph.seg_forward[one])
        and (one in backward or not graph.seg_backward[one])
    )


def open_end(now: RoadNetwork, snap: Snap) -> Snap:
    """Give a point on a closed street as the nearer end of it that open streets meet.

    The street is often closed because of the incident that stands on it, or runs past the station:
    crews drive to its end and from its end. A point on an open street is given back as it is.
    """
    import numpy as np

    from anlan.engine.roads import Snap as At

    closed = closed_segments(now)
    if snap.segment not in closed:
        return snap
    graph = now.graph
    ends = [int(graph.seg_from[snap.segment]), int(graph.seg_to[snap.segment])]
    length_m = float(graph.seg_length_m[snap.segment])
    gaps_m = [length_m * snap.fraction, length_m * (1 - snap.fraction)]
    for gap_m, node in sorted(zip(gaps_m, ends, strict=True)):
        for other in np.flatnonzero((graph.seg_from == node) | (graph.seg_to == node)).tolist():
            if other in closed or not (graph.seg_forward[other] or graph.seg_backward[other]):
                continue
            if not graph.main[graph.seg_from[other]] or not graph.main[graph.seg_to[other]]:
                continue
            at_start = int(graph.seg_from[other]) == node
            lon, lat = float(graph.node_lon[node]), float(graph.node_lat[node])
            return At(other, 0.0 if at_start else 1.0, lon, lat, snap.distance_m + gap_m)
    return snap
