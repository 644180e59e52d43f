"""Frozen rows that other floors and areas read of a town and its things."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time
from zoneinfo import ZoneInfo

from anlan.kernel.values import TownClock


@dataclass(frozen=True, slots=True)
class TownRow:
    """A town: `bounds` is west, south, east, north of its active roads, or None without roads."""

    id: int
    key: str
    name: str
    zone: str
    country: str
    made_up: bool
    made_up_note: str
    clock: TownClock
    factor: float
    factor_error: dict[str, float] = field(default_factory=dict)
    level_profiles: tuple[str, ...] = ()
    bounds: tuple[float, float, float, float] | None = None
    attribution: tuple[str, ...] = ()
    part: str = ""  # of its country, by whose holidays it works

    @property
    def tz(self) -> ZoneInfo:
        """Give the town's time zone."""
        return ZoneInfo(self.zone)


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post; `ref` names it within the town, as in "fire 7"."""

    id: int
    ident: str
    kind: str
    name: str
    lon: float
    lat: float
    made_up: bool

    @property
    def ref(self) -> str:
        """Give the name that unit files and the board use."""
        return f"{self.kind} {self.ident}"


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit; lon/lat is where it stands without a post, or its post's point; None if neither."""

    id: int
    ident: str
    kind: str
    capabilities: tuple[str, ...]
    post: str | None
    lon: float | None
    lat: float | None
    on_time: time | None
    off_time: time | None
    inferred: bool
    made_up: bool


@dataclass(frozen=True, slots=True)
class ClosureRow:
    """A closed or slowed street segment with its drawn line and its street's name."""

    id: int
    segment: int
    forward: bool
    backward: bool
    speed_factor: float
    starts_at: datetime
    ends_at: datetime | None
    reason_code: str
    street: str
    lon: tuple[float, ...]
    lat: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Street:
    """A hit of the gazetteer: a street's name and a point on it."""

    label: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A way by road: `time_s` is calibrated by the town's factor; steps are (name, m, s)."""

    time_s: float
    length_m: float
    lon: tuple[float, ...]
    lat: tuple[float, ...]
    steps: tuple[tuple[str, float, float], ...]
    from_snap_m: float
    to_snap_m: float
