"""Building the columns of a town's units from nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from anlan.areas.dispatch.models import UnitState
from anlan.areas.dispatch.queries.fleet.columns import STATUS_INDEX, Fleet
from anlan.areas.dispatch.queries.fleet.reading import area_now, signed_in_now, snap, take_states
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import DutyPeriod, Unit
from anlan.kernel.places.queries.areas import COVERS_WITH, CoverAreaRow

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork


def build(town_key: str, network: RoadNetwork, folder: Path) -> Fleet:
    """Give a town's units as they are in the database now."""
    seen_id = ledger.last_id(town_key)
    rows = list(
        Unit.objects.filter(town__key=town_key)
        .order_by("ident")
        .values(
            "pk",
            "ident",
            "kind",
            "capabilities",
            "lon",
            "lat",
            "on_time",
            "off_time",
            "post__kind",
            "post__ident",
            "post__lon",
            "post__lat",
        )
    )
    posts = places.posts(town_key)
    areas = places.cover_areas(posts)
    held = _empty(rows, areas, folder, seen_id)
    pks = {row["pk"]: place for place, row in enumerate(rows)}
    take_states(held, pks, UnitState.objects.filter(unit__town__key=town_key))
    _take_periods(held, town_key, pks)
    held.signed_in = signed_in_now(held, town_key)
    snap(held, np.arange(len(rows)), network)
    held.home_area = _areas_of(held, posts, network, folder)
    held.area = np.array([area_now(held, row) for row in range(len(rows))], np.int32)
    return held


def _empty(
    rows: Sequence[Mapping[str, Any]], areas: tuple[CoverAreaRow, ...], folder: Path, seen_id: int
) -> Fleet:
    n = len(rows)
    vocabulary = tuple(
        sorted({c for row in rows for c in row["capabilities"]} | set(COVERS_WITH.values()))
    )
    bit = {name: 1 << place for place, name in enumerate(vocabulary)}
    lon = np.array([_first(row["lon"], row["post__lon"]) for row in rows], np.float64)
    lat = np.array([_first(row["lat"], row["post__lat"]) for row in rows], np.float64)
    return Fleet(
        folder=folder,
        seen_id=seen_id,
        keys=tuple(row["ident"] for row in rows),
        kinds=tuple(row["kind"] for row in rows),
        posts=tuple(
            f"{row['post__kind']} {row['post__ident']}" if row["post__kind"] else "" for row in rows
        ),
        vocabulary=vocabulary,
        capability_bits=np.array(
            [sum(bit[c] for c in set(row["capabilities"])) for row in rows], np.uint64
        ),
        row_of={row["ident"]: place for place, row in enumerate(rows)},
        pk_of={row["ident"]: row["pk"] for row in rows},
        home_lon=lon,
        home_lat=lat,
        lon=lon.copy(),
        lat=lat.copy(),
        status=np.full(n, STATUS_INDEX["available"], np.int8),
        incident=np.zeros(n, np.int64),
        incident_priority=np.zeros(n, np.int8),
        on_minute=np.array([_minute(row["on_time"]) for row in rows], np.int16),
        off_minute=np.array([_minute(row["off_time"]) for row in rows], np.int16),
        period_inferred=np.zeros(0, np.bool_),
        period_unit=np.zeros(0, np.int32),
        period_start=np.zeros(0),
        period_end=np.zeros(0),
        signed_in=np.zeros(n, np.bool_),
        areas=areas,
        covering=[""] * n,
        home_area=np.zeros(0, np.int32),  # known once every unit has its place
        area=np.full(n, -1, np.int32),
        area_capability=np.array([bit[one.capability] for one in areas], np.uint64),
        segment=np.zeros(n, np.int32),
        fraction=np.zeros(n),
        snap_lon=np.zeros(n),
        snap_lat=np.zeros(n),
        snap_m=np.zeros(n),
    )


def _first(own: float | None, of_post: float | None) -> float:
    value = of_post if own is None else own
    return np.nan if value is None else value


def _minute(clock: time | None) -> int:
    return -1 if clock is None else clock.hour * 60 + clock.minute


def _take_periods(held: Fleet, town_key: str, pks: dict[int, int]) -> None:
    periods = list(
        DutyPeriod.objects.filter(unit__town__key=town_key).values_list(
            "unit_id", "starts_at", "ends_at", "inferred"
        )
    )
    held.period_unit = np.array([pks[period[0]] for period in periods], np.int32)
    held.period_start = np.array([period[1].timestamp() for period in periods], np.float64)
    held.period_end = np.array([period[2].timestamp() for period in periods], np.float64)
    held.period_inferred = np.array([period[3] for period in periods], np.bool_)


def _areas_of(
    held: Fleet, posts: tuple[places.PostRow, ...], network: RoadNetwork, folder: Path
) -> npt.NDArray[np.int32]:
    """Give each unit's cover area: its post's, or without a post that of where it stands."""
    place_of = {one.post: index for index, one in enumerate(held.areas)}
    area = np.full(len(held.keys), -1, np.int32)
    for row, post in enumerate(held.posts):
        if post in place_of:
            area[row] = place_of[post]
    homeless = np.flatnonzero((area < 0) & np.isfinite(held.lon) & (np.array(held.posts) == ""))
    for kind, capability in COVERS_WITH.items():
        bit = np.uint64(1 << held.vocabulary.index(capability))
        rows = homeless[(held.capability_bits[homeless] & bit) != 0]
        if not len(rows) or not any(one.kind == kind for one in posts):
            continue
        due = places.first_due_matrix(folder, network, posts, kind=kind)
        nodes = network.graph.seg_from[held.segment[rows]]
        for row, post in zip(rows, due[nodes], strict=True):
            if post >= 0:
                area[row] = place_of[posts[post].ref]
    able = area >= 0
    able[able] = (held.capability_bits[able] & held.area_capability[area[able]]) != 0
    return np.where(able, area, -1).astype(np.int32)
