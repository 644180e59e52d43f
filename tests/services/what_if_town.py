"""A straight street with a post at each end and twelve days of logged calls, on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np

from anlan.engine.roads import RoadGraph
from anlan.kernel.places.models import LoggedCall, LoggedResponse, Post, RoadSnapshot, Town, Unit

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = datetime(2020, 4, 6, tzinfo=UTC)  # a Monday
DAYS, CALLS_A_DAY = 12, 16
BLOCK_S = 880 / 40_000 * 3600
"""Free-flow seconds along one of the street's four blocks, at 40 km/h."""
FIXED_S, FACTOR = 60.0, 1.5
"""What the log's trips take: exactly so, so that the fit must find it."""
SEEN = (0.002, 0.012, 0.028, 0.038)
"""Where calls come from, in turn; the posts stand at 0.0 and 0.04."""


def street_town(folder, *, key: str = "line") -> Town:
    """Make the town with its roads, posts and engines."""
    town = Town.objects.create(
        key=key,
        name="Line <b>Town</b>",
        zone="UTC",
        clock_real_anchor=AT,
        clock_town_anchor=AT,
        created_at=AT,
    )
    lon, lat = np.linspace(0.0, 0.04, 5), np.zeros(5)
    RoadGraph(
        node_lon=lon,
        node_lat=lat,
        main=np.ones(5, bool),
        seg_from=np.arange(4, dtype=np.int32),
        seg_to=np.arange(1, 5, dtype=np.int32),
        seg_length_m=np.full(4, 880, np.float32),
        seg_forward=np.ones(4, bool),
        seg_backward=np.ones(4, bool),
        seg_speed_kmh=np.full(4, 40, np.float32),
        seg_name=np.zeros(4, np.int32),
        seg_class=np.zeros(4, np.int32),
        seg_source=np.arange(4),
        geo_ptr=np.arange(0, 10, 2),
        geo_lon=np.column_stack([lon[:-1], lon[1:]]).ravel(),
        geo_lat=np.zeros(8),
        restrictions=np.zeros((0, 3), np.int64),
        names=("Long Street",),
        classes=("street",),
    ).save(folder / "towns" / key / "roads-1" / "graph.npz")
    RoadSnapshot.objects.create(
        town=town,
        folder="roads-1",
        nodes=5,
        edges=4,
        arcs=8,
        km=3.5,
        cut_off_nodes=0,
        restrictions=0,
        west=0.0,
        south=0.0,
        east=0.04,
        north=0.0,
        source="csv",
        attribution="file",
        active=True,
        imported_at=AT,
    )
    for ident, place in (("1", 0.0), ("2", 0.04)):
        post = Post.objects.create(
            town=town, ident=ident, kind="fire", name=f"Station {ident}", lon=place, lat=0.0
        )
        Unit.objects.create(
            town=town, ident=f"E{ident}", kind="engine", capabilities=["engine"], post=post
        )
    return town


def drive_s(lon: float, post: float) -> float:
    """Give what the log says that a trip took."""
    return FIXED_S + FACTOR * abs(lon - post) / 0.01 * BLOCK_S


def log_days(town: Town, *, days: int = DAYS) -> None:
    """Log calls an hour and a half apart, each answered by the nearer engine in its exact time."""
    calls, rows = [], []
    engines = {one.ident: one for one in Unit.objects.filter(town=town)}
    for number in range(days * CALLS_A_DAY):
        at = FIRST + timedelta(days=number // CALLS_A_DAY, minutes=90 * (number % CALLS_A_DAY))
        lon = SEEN[number % len(SEEN)]
        call = LoggedCall(
            town=town,
            number=str(number),
            mapping="sf-fire",
            type="structure_fire" if number % 2 else "medical",
            received_at=at,
            points="block",
            lon=lon,
            lat=0.0,
        )
        ident, post = ("E1", 0.0) if lon < 0.02 else ("E2", 0.04)
        en_route_at = at + timedelta(seconds=90)
        on_scene_at = en_route_at + timedelta(seconds=drive_s(lon, post))
        calls.append(call)
        rows.append(
            LoggedResponse(
                call=call,
                unit=engines[ident],
                dispatched_at=at + timedelta(seconds=30),
                en_route_at=en_route_at,
                on_scene_at=on_scene_at,
                available_at=on_scene_at + timedelta(minutes=10),
            )
        )
    LoggedCall.objects.bulk_create(calls)
    LoggedResponse.objects.bulk_create(rows)
