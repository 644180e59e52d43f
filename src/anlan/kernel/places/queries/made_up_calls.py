"""Calls for a made-up town, an hour at a time: drawn from its people, or read from a log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from anlan.kernel.places.queries.call_pattern import call_pattern
from anlan.kernel.places.queries.calls import logged_period
from anlan.kernel.places.queries.roads import town_folder
from anlan.kernel.places.queries.towns import town
from anlan.kernel.values import BadInput

DEMAND_FILE = "demand.npz"
HOUR = timedelta(hours=1)
F8 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ComingCall:
    """A call that is to come in; `key` names it, so that it comes in once only."""

    key: str
    received_at: datetime
    type: str
    lon: float
    lat: float


def drawn_calls(town_key: str, *, hour: datetime, seed: int = 0) -> tuple[ComingCall, ...]:
    """Draw the calls of the hour that begins at `hour` (UTC), in order; the same ones every time.

    How many follows the measured pattern for that local hour and weekday (Poisson); where follows
    the people; of which type follows the measured mix.
    """
    from anlan.engine.simulation.draw import Zones, draw_calls

    row, pattern = town(town_key), call_pattern()
    lon, lat, people = demand(town_key)
    local = hour.astimezone(row.tz)
    number = int(hour.timestamp()) // 3600
    drawn = draw_calls(
        Zones(lon=lon, lat=lat, people=people),
        rate_per_hour=pattern.rate_per_hour(float(people.sum())),
        type_shares=np.array(list(pattern.types.values())),
        starts_at_hour_of_week=local.weekday() * 24 + local.hour + local.minute / 60,
        duration_s=HOUR.total_seconds(),
        seed=(seed << 32) + number,
    )
    codes = tuple(pattern.types)
    return tuple(
        ComingCall(
            key=f"drawn-{seed}-{number}-{i}",
            received_at=hour + timedelta(seconds=float(drawn.at_s[i])),
            type=codes[int(drawn.kind[i])],
            lon=float(drawn.lon[i]),
            lat=float(drawn.lat[i]),
        )
        for i in range(len(drawn.at_s))
    )


def logged_calls(town_key: str, *, hour: datetime) -> tuple[ComingCall, ...]:
    """Give the calls that the town's log has in the hour that begins at `hour` (UTC), in order."""
    log = logged_period(town_key, starts_at=hour, ends_at=hour + HOUR)
    return tuple(
        ComingCall(
            key=f"logged-{number}",
            received_at=datetime.fromtimestamp(float(received_s), tz=UTC),
            type=kind,
            lon=float(lon),
            lat=float(lat),
        )
        for number, received_s, kind, lon, lat in zip(
            log.numbers, log.received_s, log.types, log.lon, log.lat, strict=True
        )
    )


def demand(town_key: str) -> tuple[F8, F8, F8]:
    """Give lon, lat and people of the points that a made-up town's calls are drawn from."""
    path = town_folder(town_key) / DEMAND_FILE
    if not path.is_file():
        raise BadInput(f"The town {town_key} has no demand to draw calls from; make it anew.")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, _changed_ns: int) -> tuple[F8, F8, F8]:
    with np.load(path, allow_pickle=False) as stored:
        return stored["lon"], stored["lat"], stored["people"]
