"""All units of a town by column, kept per process and brought up to date from the ledger.

A recommendation looks at every unit, and a query for thousands of rows alone takes longer than the
whole answer may. So the columns stay in memory; each look reads the ledger's entries since the last
one (usually none) and fetches anew only the units that they name.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.db.models import QuerySet

from anlan.areas.dispatch.models import Incident, UnitState
from anlan.areas.dispatch.rules import FREE_STATUSES, UnitStatus, stands_at
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import DutyPeriod, Unit
from anlan.kernel.places.queries import TownState
from anlan.kernel.places.queries.areas import COVERS_WITH, CoverAreaRow
from anlan.kernel.staff import queries as staff

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork, SnapBatch

STATUSES = tuple(UnitStatus)
STATUS_INDEX = {one.value: place for place, one in enumerate(STATUSES)}
_FREE = np.array([one in FREE_STATUSES for one in STATUSES])
_REBUILD_AFTER = 2000
_MOST_FETCHED = 500
_WHOLE = frozenset(
    {"units.imported", "posts.imported", "calls.imported", "posts.sited", "town.created"}
)
_SHIFTS = frozenset({"shift.opened", "shift.closed"})

I8 = npt.NDArray[np.int64]
F8 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


@dataclass
class Fleet:
    """Columns of a town's units; index u is the same unit everywhere. Guarded by its lock.

    `incident_priority` is 0 where the unit is on no incident. Minutes are of the local day, -1
    where the unit has no daily hours. Duty periods lie flat: `period_unit` names the unit.
    `covering` is the post that a unit stands by at instead of its own, "" for none; `area` is the
    area that a unit counts for, `home_area` its own post's.
    """

    folder: Path
    seen_id: int
    keys: tuple[str, ...]
    kinds: tuple[str, ...]
    posts: tuple[str, ...]
    vocabulary: tuple[str, ...]
    capability_bits: npt.NDArray[np.uint64]
    row_of: dict[str, int]
    pk_of: dict[str, int]
    home_lon: F8
    home_lat: F8
    lon: F8
    lat: F8
    status: npt.NDArray[np.int8]
    incident: I8
    incident_priority: npt.NDArray[np.int8]
    on_minute: npt.NDArray[np.int16]
    off_minute: npt.NDArray[np.int16]
    period_inferred: Bools
    period_unit: npt.NDArray[np.int32]
    period_start: F8
    period_end: F8
    signed_in: Bools
    areas: tuple[CoverAreaRow, ...]
    covering: list[str]
    home_area: npt.NDArray[np.int32]
    area: npt.NDArray[np.int32]
    area_capability: npt.NDArray[np.uint64]
    segment: npt.NDArray[np.int32]
    fraction: F8
    snap_lon: F8
    snap_lat: F8
    snap_m: F8
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def placed(self) -> Bools:
        """Tell which units have a place."""
        return np.isfinite(self.lon)

    def snaps(self) -> SnapBatch:
        """Give where the units are on the streets; meaningless for those without a place."""
        from anlan.engine.roads import SnapBatch

        return SnapBatch(self.segment, self.fraction, self.snap_lon, self.snap_lat, self.snap_m)

    def on_duty(self, at: datetime, zone: ZoneInfo) -> Bools:
        """Tell who is on duty: by period, else by daily hours; or with a crew signed in."""
        duty = self.scheduled(at, zone)
        return (duty | self.signed_in) & (self.status != STATUS_INDEX["off_duty"])

    def scheduled(self, at: datetime, zone: ZoneInfo) -> Bools:
        """Tell whose hours hold a time, whatever their status: by period, else by daily hours."""
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        on, off = self.on_minute, self.off_minute
        same_day = (on <= minute) & (minute < off)
        past_midnight = (minute >= on) | (minute < off)
        duty = np.where(on < off, same_day, past_midnight) | (on == off)
        if len(self.period_unit):
            moment = at.timestamp()
            now = (self.period_start <= moment) & (moment < self.period_end)
            by_period = np.zeros(len(self.keys), np.bool_)
            by_period[self.period_unit[now]] = True
            goes_by_period = np.zeros(len(self.keys), np.bool_)
            goes_by_period[self.period_unit[self._telling(moment)]] = True
            duty = np.where(goes_by_period, by_period, duty)
        return duty

    def _telling(self, moment: float) -> Bools:
        """Tell which periods count: those inferred from a log speak of the log's days only."""
        inferred = self.period_inferred
        if not inferred.any():
            return ~inferred
        first, last = self.period_start[inferred].min(), self.period_end[inferred].max()
        return ~inferred | (first <= moment < last)


_fleets: dict[str, Fleet] = {}
_building = threading.Lock()


def fleet(state: TownState, network: RoadNetwork) -> Fleet:
    """Give a town's units as they are at a state of the town, or later."""
    town_key, latest = state.town.key, state.seen_id
    folder = places.town_folder(town_key) / state.folder
    held = _fleets.get(town_key)
    if held is not None and held.folder == folder and held.seen_id >= latest:
        return held
    with _building:
        held = _fleets.get(town_key)
        usable = held is not None and held.folder == folder
        if not usable or held is None or not _catch_up(held, town_key, network):
            held = _build(town_key, network, folder)
            _fleets[town_key] = held
    return held


def _catch_up(held: Fleet, town_key: str, network: RoadNetwork) -> bool:
    """Bring the columns up to date; False when they must be built anew."""
    entries = ledger.entries_after(town_key, held.seen_id, limit=_REBUILD_AFTER)
    actions = {one.action for one in entries}
    if len(entries) >= _REBUILD_AFTER or actions & _WHOLE or len(held.keys) == 0:
        return False
    named = {ref for one in entries for ref in one.references}
    idents = {ref[5:] for ref in named if ref.startswith("unit:")}
    incidents = [int(ref[9:]) for ref in named if ref.startswith("incident:")]
    if not idents <= held.row_of.keys() or len(idents) > _MOST_FETCHED:
        return False
    with held.lock:
        _fetch(held, idents, network)
        _fetch_priorities(held, incidents)
        if actions & _SHIFTS:
            held.signed_in = _signed_in(held, town_key)
        if entries:
            held.seen_id = entries[-1].id
    return True


def _fetch(held: Fleet, idents: Iterable[str], network: RoadNetwork) -> None:
    """Read status, incident and place of these units, and snap those that moved."""
    pks = {held.pk_of[ident]: held.row_of[ident] for ident in idents}
    if not pks:
        return
    _take_states(held, pks, UnitState.objects.filter(unit_id__in=list(pks)))
    _snap(held, np.array(sorted(pks.values()), np.int64), network)


def _take_states(held: Fleet, pks: dict[int, int], chosen: QuerySet[UnitState]) -> None:
    """Put the stored states into the rows that `pks` names, in one query."""
    for unit_id, status, incident_id, priority, *place in chosen.values_list(*_STATE_COLUMNS):
        row = pks.get(unit_id)
        if row is None:
            continue
        held.status[row] = STATUS_INDEX[status]
        held.incident[row] = incident_id or 0
        held.incident_priority[row] = priority or 0
        _take_place(held, row, UnitStatus(status), *place)


_STATE_COLUMNS = (
    "unit_id",
    "status",
    "incident_id",
    "incident__priority",
    "since",
    "lon",
    "lat",
    "position_at",
    "covering__kind",
    "covering__ident",
    "covering__lon",
    "covering__lat",
)


def _take_place(
    held: Fleet,
    row: int,
    status: UnitStatus,
    since: datetime,
    lon: float | None,
    lat: float | None,
    position_at: datetime | None,
    kind: str | None,
    ident: str | None,
    *covered: float,
) -> None:
    """Put where a unit stands, and which area it counts for, into its row."""
    home = (float(held.home_lon[row]), float(held.home_lat[row]))
    position = None if lon is None or lat is None else (lon, lat)
    point = home if position is None else position
    held.covering[row] = ""
    if kind is not None:
        held.covering[row] = f"{kind} {ident}"
        standing = stands_at(
            status=status,
            since=since,
            position=position,
            position_at=position_at,
            covering=(covered[0], covered[1]),
            home=home,
        )
        point = home if standing is None else standing
    held.lon[row], held.lat[row] = point
    if len(held.home_area):
        held.area[row] = _area_now(held, row)


def _area_now(held: Fleet, row: int) -> int:
    """Give the area that a unit counts for: of the post it stands by at, else its own."""
    post = held.covering[row]
    if not post:
        return int(held.home_area[row])
    for place, area in enumerate(held.areas):
        able = held.capability_bits[row] & held.area_capability[place]
        if area.post == post and able:
            return place
    return -1


def _fetch_priorities(held: Fleet, incidents: list[int]) -> None:
    """Follow changed priorities of the incidents that units are on."""
    touched = np.flatnonzero(np.isin(held.incident, incidents))
    if not len(touched):
        return
    priority = dict(
        Incident.objects.filter(pk__in=held.incident[touched].tolist()).values_list(
            "pk", "priority"
        )
    )
    for row in touched:
        held.incident_priority[row] = priority.get(int(held.incident[row]), 0)


def _signed_in(held: Fleet, town_key: str) -> Bools:
    marks = np.zeros(len(held.keys), np.bool_)
    for ident in staff.units_with_open_shift(town_key):
        if ident in held.row_of:
            marks[held.row_of[ident]] = True
    return marks


def _snap(held: Fleet, rows: I8, network: RoadNetwork) -> None:
    """Put these units on the streets, where they have a place."""
    rows = rows[np.isfinite(held.lon[rows])]
    if not len(rows):
        return
    snaps = network.snap_many(held.lon[rows], held.lat[rows])
    for name, column in (
        ("segment", snaps.segment),
        ("fraction", snaps.fraction),
        ("snap_lon", snaps.lon),
        ("snap_lat", snaps.lat),
        ("snap_m", snaps.distance_m),
    ):
        fresh = getattr(held, name).copy()  # an answer under way keeps the columns it began with
        fresh[rows] = column
        setattr(held, name, fresh)


def _build(town_key: str, network: RoadNetwork, folder: Path) -> Fleet:
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
    _take_states(held, pks, UnitState.objects.filter(unit__town__key=town_key))
    _take_periods(held, town_key, pks)
    held.signed_in = _signed_in(held, town_key)
    _snap(held, np.arange(len(rows)), network)
    held.home_area = _areas_of(held, posts, network, folder)
    held.area = np.array([_area_now(held, row) for row in range(len(rows))], np.int32)
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


def free_mask(held: Fleet) -> Bools:
    """Tell which units are free by their status."""
    return np.asarray(_FREE[held.status])


def snaps_off_closed(held: Fleet, network: RoadNetwork) -> SnapBatch:
    """Give where the units are, those on a closed street at its open end."""
    snaps = held.snaps()
    closed = places.closed_segments(network)
    if not closed:
        return snaps
    from anlan.engine.roads import SnapBatch

    segment, fraction = snaps.segment.copy(), snaps.fraction.copy()
    for row in np.flatnonzero(np.isin(snaps.segment, list(closed))):
        moved = places.open_end(network, snaps[int(row)])
        segment[row], fraction[row] = moved.segment, moved.fraction
    return SnapBatch(segment, fraction, snaps.lon, snaps.lat, snaps.distance_m)
