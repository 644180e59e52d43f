"""How a demo's crews move: what a unit does next, when, and where it is meanwhile.

Pure: times, rows and ways come in as arguments. `anlan.jobs.replay_calls` drives it.
"""

from __future__ import annotations

import bisect
import itertools
import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

Point = tuple[float, float]
METRES_PER_DEGREE = 111_195.0
HOME_M = 250.0  # so near its post a crew is at home


@dataclass(frozen=True, slots=True)
class Way:
    """A line driven in `time_s`; `along_m[i]` is the length up to its i-th point."""

    lon: tuple[float, ...]
    lat: tuple[float, ...]
    along_m: tuple[float, ...]
    time_s: float

    @staticmethod
    def along(lon: Sequence[float], lat: Sequence[float], *, time_s: float) -> Way:
        """Give the way along these points."""
        stretch = math.cos(math.radians(sum(lat) / len(lat)))
        points = list(zip(lon, lat, strict=True))
        steps = [
            math.hypot((b[0] - a[0]) * stretch, b[1] - a[1]) * METRES_PER_DEGREE
            for a, b in itertools.pairwise(points)
        ]
        along_m = (0.0, *itertools.accumulate(steps))
        return Way(tuple(lon), tuple(lat), along_m, time_s)

    def at(self, share: float) -> Point:
        """Give the point after this share of the way, 0 to 1, at an even speed."""
        wanted = min(max(share, 0.0), 1.0) * self.along_m[-1]
        after = bisect.bisect_left(self.along_m, wanted)
        if after == 0:
            return self.lon[0], self.lat[0]
        before = after - 1
        span = self.along_m[after] - self.along_m[before]
        part = (wanted - self.along_m[before]) / span if span > 0 else 1.0
        lon = self.lon[before] + part * (self.lon[after] - self.lon[before])
        lat = self.lat[before] + part * (self.lat[after] - self.lat[before])
        return lon, lat


class UnitLike(Protocol):
    """What is read of a unit's row on the board."""

    @property
    def ident(self) -> str: ...
    @property
    def capabilities(self) -> tuple[str, ...]: ...
    @property
    def status(self) -> str: ...
    @property
    def since(self) -> datetime | None: ...
    @property
    def incident(self) -> int | None: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def covering(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Scene:
    """What a crew must know of its incident; `carrier` is the unit that takes the patient."""

    id: int
    medical: bool
    point: Point | None
    carrier: str | None


@dataclass(frozen=True, slots=True)
class Leg:
    """What a unit does now, until when, and what comes then; `way` is None where it stands."""

    unit: str
    status: str
    incident: int | None
    since: datetime | None
    begins_at: datetime
    ends_at: datetime
    then: str
    way: Way | None = None

    def fits(self, unit: UnitLike) -> bool:
        """Say whether the unit still does what this leg says; a user may have decided otherwise."""
        now = (unit.status, unit.incident, unit.since)
        return now == (self.status, self.incident, self.since)

    def point_at(self, now: datetime) -> Point | None:
        """Give where the unit is at a time, or None where it does not move."""
        if self.way is None:
            return None
        span = (self.ends_at - self.begins_at).total_seconds()
        share = (now - self.begins_at).total_seconds() / span if span > 0 else 1.0
        return self.way.at(share)


Spell = Callable[[str, float], float]  # name of a spell and a share 0..1 → seconds
Drive = Callable[[Point, Point], Way | None]


@dataclass(frozen=True, slots=True)
class Crews:
    """The rules of a crew's day: spells, ways, hospitals and home posts.

    `posts` gives the point of each post by its reference: a crew that stands by at one drives there
    instead of home.
    """

    spell: Spell
    drive: Drive
    hospitals: tuple[Point, ...]
    homes: Mapping[str, Point]
    transport_share: float
    posts: Mapping[str, Point] = field(default_factory=dict)
    seed: int = 0
    stands_s: float = 10.0  # where no way leads, a crew is taken to be there after this
    _kinds: Mapping[bool, str] = field(default_factory=lambda: {True: "medical", False: "other"})

    def leg(self, unit: UnitLike, scene: Scene | None, *, begins_at: datetime) -> Leg | None:
        """Give what a unit does from this time on, or None where it waits for work."""
        plan = {
            "dispatched": self._turn_out,
            "en_route": self._go,
            "on_scene": self._work,
            "transporting": self._transport,
            "at_hospital": self._hand_over,
            "returning": self._return,
            "available": self._set_off,
        }.get(unit.status)
        if plan is None or (unit.status == "available" and self._is_home(unit)):
            return None
        seconds, then, way = plan(unit, scene)
        ends_at = begins_at + timedelta(seconds=seconds)
        return Leg(
            unit.ident, unit.status, unit.incident, unit.since, begins_at, ends_at, then, way
        )

    def transports(self, incident: int) -> bool:
        """Say whether an incident's patient is taken to hospital; the same answer every time."""
        return self._luck("transport", str(incident)).random() < self.transport_share

    def _luck(self, *words: str) -> Random:
        return Random(zlib.crc32("|".join((str(self.seed), *words)).encode()))

    def _spell_s(self, name: str, unit: UnitLike) -> float:
        luck = self._luck(name, unit.ident, str(unit.incident))
        return max(1.0, self.spell(name, luck.random()))

    def _way(self, unit: UnitLike, to: Point | None) -> tuple[float, Way | None]:
        if to is None or unit.lon is None or unit.lat is None:
            return self.stands_s, None
        way = self.drive((unit.lon, unit.lat), to)
        return (way.time_s, way) if way is not None else (self.stands_s, None)

    def _turn_out(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        kind = self._kinds[scene is not None and scene.medical]
        return self._spell_s(f"turnout_{kind}", unit), "en_route", None

    def _go(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        seconds, way = self._way(unit, scene.point if scene else None)
        return seconds, "on_scene", way

    def _work(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        kind = self._kinds[scene is not None and scene.medical]
        seconds = self._spell_s(f"on_scene_{kind}", unit)
        carries = scene is not None and scene.carrier == unit.ident and bool(self.hospitals)
        return seconds, "transporting" if carries else "returning", None

    def _transport(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        ways = [self._way(unit, hospital) for hospital in self.hospitals]
        seconds, way = min(ways, key=lambda one: (one[1] is None, one[0]), default=(60.0, None))
        return seconds, "at_hospital", way

    def _hand_over(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        return self._spell_s("at_hospital", unit), "returning", None

    def _stands(self, unit: UnitLike) -> Point | None:
        """Give where a unit waits for work: at the post it stands by at, else at its own."""
        home = self.homes.get(unit.ident)
        return home if unit.covering is None else self.posts.get(unit.covering, home)

    def _is_home(self, unit: UnitLike) -> bool:
        home = self._stands(unit)
        if home is None or unit.lon is None or unit.lat is None:
            return True
        way = Way.along([unit.lon, home[0]], [unit.lat, home[1]], time_s=0.0)
        return way.along_m[-1] < HOME_M

    def _set_off(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        """A crew that was freed away from its post turns for home."""
        return self.stands_s, "returning", None

    def _return(self, unit: UnitLike, scene: Scene | None) -> tuple[float, str, Way | None]:
        seconds, way = self._way(unit, self._stands(unit))
        return seconds, "available", way
