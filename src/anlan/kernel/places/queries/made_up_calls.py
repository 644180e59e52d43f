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
    row, pattern = town(town_key), call_pattern()
    lon, lat, people = demand(town_key)
    local = hour.astimezone(row.tz)
    expected = pattern.calls_an_hour(float(people.sum()), weekday=local.weekday(), hour=local.hour)
    number = int(hour.timestamp()) // 3600
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, number])))
    seconds = np.sort(rng.uniform(0.0, 3600.0, rng.poisson(expected)))
    places = rng.choice(len(people), size=len(seconds), p=people / people.sum())
    shares = np.array(list(pattern.types.values()))
    types = rng.choice(len(shares), size=len(seconds), p=shares / shares.sum())
    codes = tuple(pattern.types)
    return tuple(
        ComingCall(
            key=f"drawn-{seed}-{number}-{i}",
            received_at=hour + timedelta(seconds=round(float(after), 3)),
            type=codes[int(kind)],
            lon=float(lon[place]),
            lat=float(lat[place]),
        )
        for i, (after, place, kind) in enumerate(zip(seconds, places, types, strict=True))
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
