"""Which post reaches which place how soon: one road matrix, then figures for any hour and minutes.

A post's time to a place is `before + fixed(h) + factor(h) × free flow`, so that the order of posts
is the same at every hour and one matrix of free-flow seconds answers for all of them.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.demand import Calls, Ground, Points, calls_of, ground, log_of
from anlan.areas.coverage.queries.rows import Speeds
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import PostRow, UnitRow
from anlan.kernel.places.queries.state import TownState
from anlan.kernel.places.queries.units import covers

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork, SnapBatch

F4 = npt.NDArray[np.float32]
F8 = npt.NDArray[np.float64]
I4 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

HOURS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Places that are to be reached: `free_s[post, place]` seconds at free flow, inf if no way."""

    points: Points
    segment: I4
    free_s: F4


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """All that a kind of post reaches in a town, before any hour or minutes are asked for."""

    posts: tuple[PostRow, ...]
    calls: Calls
    ground: Ground
    at_calls: Places
    at_people: Places
    at_area: Places


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """Seconds to each place by the first post due and by the second; `post` is the first's index.

    -1 and inf where none comes.
    """

    first_s: F8
    second_s: F8
    post: I4


_fields: dict[tuple[Path, str], tuple[object, tuple[PostRow, ...], Ground, Field]] = {}
_lock = threading.Lock()


def field(state: TownState, *, kind: str, network: RoadNetwork) -> Field:
    """Give the field of a kind, kept until the town's roads, posts, calls or people change."""
    folder = places.town_folder(state.town.key)
    posts = tuple(one for one in places.posts(state.town.key) if one.kind == kind)
    land = ground(state, graph=network.graph)
    log = log_of(state)
    with _lock:
        held = _fields.get((folder, kind))
        if held is not None and held[0] is state.epoch and held[1] == posts and held[2] is land:
            return held[3]
        calls = calls_of(log, kind=kind, zone=state.town.tz)
        found = measure(network, posts, land=land, calls=calls, kind=kind)
        _fields[folder, kind] = (state.epoch, posts, land, found)
        return found


def measure(
    network: RoadNetwork, posts: tuple[PostRow, ...], *, land: Ground, calls: Calls, kind: str
) -> Field:
    """Measure free-flow seconds from each post to each place, all streets open.

    To a hospital the way is measured from the place, since patients are brought there.
    """
    snaps = network.snap_many([one.lon for one in posts], [one.lat for one in posts])

    def at(points: Points) -> Places:
        return _places(network, snaps, points, toward=kind == "hospital")

    return Field(
        posts=posts,
        calls=calls,
        ground=land,
        at_calls=at(calls.points),
        at_people=at(land.people),
        at_area=at(land.area),
    )


def _places(network: RoadNetwork, posts: SnapBatch, points: Points, *, toward: bool) -> Places:
    snaps = network.snap_many(points.lon, points.lat)
    if not len(posts) or not len(points):
        return Places(points, snaps.segment, np.empty((len(posts), len(points)), np.float32))
    free = network.with_closures(())
    seconds = free.matrix(snaps, posts).T if toward else free.matrix(posts, snaps)
    return Places(points, snaps.segment, (seconds / free.factor).astype(np.float32))


def staffed(
    posts: Sequence[PostRow], units: Sequence[UnitRow], *, unit_kinds: Sequence[str]
) -> Bools:
    """Say which post counts at which hour, shape (24, posts).

    Without `unit_kinds` every post does. With them, one that has a unit of these kinds whose daily
    hours cover the middle of the hour (a unit without hours is always on duty).
    """
    on = np.ones((HOURS, len(posts)), bool)
    if not unit_kinds:
        return on
    mine: dict[str, list[UnitRow]] = {one.ref: [] for one in posts}
    for unit in units:
        if unit.kind in unit_kinds and unit.post in mine:
            mine[unit.post].append(unit)
    for place, post in enumerate(posts):
        for hour in range(HOURS):
            on[hour, place] = any(_on_duty(unit, hour) for unit in mine[post.ref])
    return on


def _on_duty(unit: UnitRow, hour: int) -> bool:
    if unit.on_time is None or unit.off_time is None:
        return True
    return covers(unit.on_time, unit.off_time, time(hour, 30))


class Clock:
    """Turns free-flow seconds into arrivals at an hour, or as the mean over the day."""

    def __init__(self, speeds: Speeds, *, before_s: float, on: Bools) -> None:
        self.factor = np.array([one.factor for one in speeds.hours])
        self.start_s = before_s + np.array([one.fixed_s for one in speeds.hours])
        self.on = on
        self._ranked: dict[tuple[int, bytes], Arrival] = {}

    def arrival(self, reached: Places, *, hour: int | None) -> Arrival:
        """Give arrivals at an hour; for None the mean over the day's hours."""
        if hour is not None:
            return self._at(reached, hour)
        if (self.on == self.on[0]).all():
            return self._timed(reached, 0, self.factor.mean(), self.start_s.mean())
        each = [self._at(reached, one) for one in range(HOURS)]
        first = np.mean([one.first_s for one in each], axis=0)
        second = np.mean([one.second_s for one in each], axis=0)
        return Arrival(first, second, each[12].post)

    def arrival_of_calls(self, reached: Places, calls: Calls) -> Arrival:
        """Give each call's arrivals at the hour in which it came, shape (calls,)."""
        first, second = np.full(len(calls), np.inf), np.full(len(calls), np.inf)
        post = np.full(len(calls), -1, np.int32)
        for hour in range(HOURS):
            mine = np.flatnonzero(calls.hour == hour)
            at, point = self._at(reached, hour), calls.point[mine]
            first[mine], second[mine], post[mine] = (
                at.first_s[point],
                at.second_s[point],
                at.post[point],
            )
        return Arrival(first, second, post)

    def within(self, reached: Places, *, post: int, hour: int | None, seconds: float) -> Bools:
        """Say which places a post reaches by itself in so many seconds."""
        if hour is not None:
            limit = (seconds - self.start_s[hour]) / self.factor[hour]
            return reached.free_s[post] <= limit if self.on[hour, post] else _none(reached)
        limit = (seconds - self.start_s.mean()) / self.factor.mean()
        return reached.free_s[post] <= limit if self.on[:, post].all() else _none(reached)

    def calls_within(self, reached: Places, calls: Calls, *, post: int, seconds: float) -> Bools:
        """Say which calls a post reaches by itself, each at the hour in which it came."""
        limit = (seconds - self.start_s) / self.factor
        limit = np.where(self.on[:, post], limit, -1.0)
        return reached.free_s[post][calls.point] <= limit[calls.hour]

    def _at(self, reached: Places, hour: int) -> Arrival:
        return self._timed(reached, hour, self.factor[hour], self.start_s[hour])

    def _timed(self, reached: Places, hour: int, factor: float, start_s: float) -> Arrival:
        free = self._rank(reached, hour)
        return Arrival(start_s + factor * free.first_s, start_s + factor * free.second_s, free.post)

    def _rank(self, reached: Places, hour: int) -> Arrival:
        """Give the first two at free flow among the posts on duty; kept, since hours share them."""
        key = (id(reached), self.on[hour].tobytes())
        if key not in self._ranked:
            self._ranked[key] = rank(reached.free_s, self.on[hour])
        return self._ranked[key]


def _none(reached: Places) -> Bools:
    return np.zeros(len(reached.points), bool)


def rank(free_s: F4, on: Bools) -> Arrival:
    """Give for each place the first and second post among those on duty; ties to the earlier."""
    chosen = np.flatnonzero(on)
    count = free_s.shape[1]
    if not len(chosen) or not count:
        return Arrival(np.full(count, np.inf), np.full(count, np.inf), np.full(count, -1, np.int32))
    rows = free_s[chosen].astype(np.float64)
    best = rows.argmin(axis=0)
    first = rows[best, np.arange(count)]
    rows[best, np.arange(count)] = np.inf
    post = np.where(np.isfinite(first), chosen[best], -1).astype(np.int32)
    return Arrival(first, rows.min(axis=0), post)
