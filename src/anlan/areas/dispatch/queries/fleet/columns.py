"""The columns of a town's units, and what can be told from them alone."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from anlan.areas.dispatch.rules import FREE_STATUSES, UnitStatus
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.areas import CoverAreaRow

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork, SnapBatch

STATUSES = tuple(UnitStatus)
STATUS_INDEX = {one.value: place for place, one in enumerate(STATUSES)}
_FREE = np.array([one in FREE_STATUSES for one in STATUSES])

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
