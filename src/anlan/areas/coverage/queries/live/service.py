"""How one service covers the town now, against what it usually does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.live.demand import LiveDemand
from anlan.areas.coverage.queries.live.rows import (
    AreaCover,
    CellNow,
    Move,
    ServiceCover,
    UnderWay,
    UnitNow,
)
from anlan.areas.coverage.queries.live.times import Point, TimesToCells, off_closed
from anlan.areas.coverage.rules import live as rules
from anlan.kernel.places.queries import PostRow

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork
    from anlan.engine.siting.move_up import FreeUnits

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

MOST_AREAS = 4


@dataclass(frozen=True, slots=True, eq=False)
class Speed:
    """How free-flow seconds become those of this hour."""

    factor: float
    fixed_s: float

    def of(self, free_s: npt.NDArray[np.float32]) -> F8:
        """Give the seconds of this hour."""
        return self.fixed_s + self.factor * free_s.astype(np.float64)


class ServiceNow:
    """One service at one moment: `now_s[c]`, `usual_s[c]` seconds to cell c by the first unit."""

    def __init__(
        self,
        *,
        kind: str,
        capability: str,
        posts: Sequence[PostRow],
        units: Sequence[UnitNow],
        demand: LiveDemand,
        weight: F8,
        now: TimesToCells,
        usual: TimesToCells,
        speed: Speed,
        minutes: int,
    ) -> None:
        self.kind, self.capability, self.posts = kind, capability, tuple(posts)
        self.demand, self.weight, self.minutes = demand, weight, minutes
        self.within_s = minutes * 60.0
        self._now, self._usual, self._speed = now, usual, speed
        self.crews = [one for one in units if one.on_duty and capability in one.capabilities]
        self.free = [one for one in self.crews if one.free and _point(one) is not None]
        self.post_at = {one.ref: (one.lon, one.lat) for one in self.posts}
        homes = [point for one in self.crews if (point := _home(one)) is not None]
        self.usual_s = self._first(usual, homes)
        self.now_s = self._first(now, [_sure(_point(one)) for one in self.free])
        self.settled_at = [self._settled(one) for one in self.free]
        self.settled_s = self._first(now, self.settled_at)
        self.due = self._first_due()

    def _first(self, times: TimesToCells, points: Sequence[Point]) -> F8:
        if not points:
            return np.full(len(self.weight), np.inf)
        return self._speed.of(times.of(points).min(axis=0))

    def _first_due(self) -> I8:
        """Give the index of the post first due in each cell with all streets open, -1 for none."""
        points = list(self.post_at.values())
        if not points:
            return np.full(len(self.weight), -1, np.int64)
        times = self._usual.of(points)
        return np.where(np.isfinite(times.min(axis=0)), times.argmin(axis=0), -1)

    def _settled(self, unit: UnitNow) -> Point:
        """Give where a unit will stand when nothing else happens."""
        if not unit.there:
            if unit.covering is not None and unit.covering in self.post_at:
                return self.post_at[unit.covering]
            home = _home(unit)
            if unit.covering is None and home is not None:
                return home
        return _sure(_point(unit))

    def share(self, seconds: F8, *, cells: Bools | None = None) -> float:
        """Give the share of the expected calls that is reached in time; 0 where there are none."""
        weight = self.weight if cells is None else self.weight * cells
        whole = float(weight.sum())
        return float(weight[seconds <= self.within_s].sum()) / whole if whole > 0 else 0.0

    def area(self, place: int, *, seconds: F8 | None = None) -> AreaCover:
        """Tell how a post's first-due area is covered, now or by other seconds to the cells."""
        now_s = self.now_s if seconds is None else seconds
        cells = self.due == place
        now, usual = self.share(now_s, cells=cells), self.share(self.usual_s, cells=cells)
        missing = cells & (self.usual_s <= self.within_s) & (now_s > self.within_s)
        return AreaCover(
            post=self.posts[place].ref,
            name=self.posts[place].name,
            state=rules.state_of(now, usual),
            now_min=self._mean_min(now_s, cells),
            usual_min=self._mean_min(self.usual_s, cells),
            share_now=now,
            share_usual=usual,
            lost=float(self.weight[missing].sum()),
        )

    def _mean_min(self, seconds: F8, cells: Bools) -> float | None:
        reached = cells & np.isfinite(seconds) & (self.weight > 0)
        if not reached.any():
            return None
        return float(np.average(seconds[reached], weights=self.weight[reached])) / 60.0

    def cells_not_reached(self) -> tuple[CellNow, ...]:
        """Give the cells that are not reached in time now, with their outlines as (lon, lat)."""
        found = []
        for place in np.flatnonzero((self.now_s > self.within_s) & (self.weight > 0)):
            cell = self.demand.cells[int(place)]
            ring = tuple((lon, lat) for lat, lon in h3.cell_to_boundary(cell))
            found.append(CellNow(cell, bool(self.usual_s[place] <= self.within_s), ring))
        return tuple(found)

    def told(self, network: RoadNetwork) -> ServiceCover:
        """Tell all of it: shares, areas that lost something, moves that would bring it back."""
        areas = [self.area(place) for place in range(len(self.posts))]
        now, usual = self.share(self.now_s), self.share(self.usual_s)
        least = rules.LEAST_LOSS * float(self.weight.sum())
        missed = frozenset(one.state for one in areas if one.lost >= least)
        state = rules.state_of_service(now, usual, areas=missed)
        lost = sorted((one for one in areas if one.lost > 0), key=lambda one: -one.lost)
        return ServiceCover(
            kind=self.kind,
            capability=self.capability,
            minutes=self.minutes,
            state=state if self.crews else rules.CoverState.BROKEN,
            share_now=now,
            share_usual=usual,
            share_settled=self.share(self.settled_s),
            calls_per_hour=float(self.weight.sum()),
            free=sum(one.free for one in self.crews),
            on_duty=len(self.crews),
            areas=tuple(lost[:MOST_AREAS]),
            moves=self.moves(network),
            under_way=self._under_way(),
        )

    def _under_way(self) -> tuple[UnderWay, ...]:
        names = {one.ref: one.name for one in self.posts}
        return tuple(
            UnderWay(one.ident, one.covering, names.get(one.covering, one.covering), one.there)
            for one in self.crews
            if one.covering is not None and one.free
        )

    # --- moves -----------------------------------------------------------------------------------

    def moves(self, network: RoadNetwork) -> tuple[Move, ...]:
        """Give the moves worth proposing: back home first, then those that bring most back.

        Judged as things will stand once all on their way are there, so that none is proposed twice.
        """
        from anlan.engine.siting.move_up import best_moves

        if not self.free or not self.posts or self.weight.sum() <= 0:
            return ()
        standing = self._standing()
        back = self._back(standing, network)
        settled, usual = self.share(self.settled_s), self.share(self.usual_s)
        if settled > usual - rules.LEAST_GAIN:
            return tuple(back)
        drive_s = self._drives(network)
        as_good = rules.AS_GOOD * float(self.weight.sum())
        pairs = best_moves(standing, drive_s=drive_s, most=rules.MOST_MOVES, as_good=as_good)
        found = [self._move(standing, unit, base, drive_s[unit, base]) for unit, base in pairs]
        worth = (one for one in found if rules.is_worth_proposing(one.gain, leaves=_leaves(one)))
        return (*back, *worth)

    def _standing(self) -> FreeUnits:
        from anlan.engine.siting.move_up import FreeUnits

        out = len(self.crews) - sum(one.free for one in self.crews)
        reach = self._speed.of(self._now.of(self.settled_at)) <= self.within_s
        bases = self._speed.of(self._now.of(list(self.post_at.values()))) <= self.within_s
        busy = rules.busy_share(committed=out, on_duty=len(self.crews))
        return FreeUnits(unit_reach=reach, base_reach=bases, demand=self.weight, busy=busy)

    def _drives(self, network: RoadNetwork) -> F8:
        """Give seconds from each unit that may move to each post; inf where no move is wanted."""
        drive_s = np.full((len(self.free), len(self.posts)), np.inf)
        may = [row for row, one in enumerate(self.free) if _may_move(one)]
        if not may:
            return drive_s
        seconds = self._drive(network, [self.free[row] for row in may])
        for place, row in enumerate(may):
            drive_s[row] = seconds[place]
            own = self.free[row].home
            for column, post in enumerate(self.posts):
                if post.ref == own or self.post_at[post.ref] == self.settled_at[row]:
                    drive_s[row, column] = np.inf
        drive_s[drive_s > rules.LONGEST_DRIVE.total_seconds()] = np.inf
        return drive_s

    def _drive(self, network: RoadNetwork, units: Sequence[UnitNow]) -> F8:
        start = off_closed(network, [_sure(_point(one)) for one in units])
        end = off_closed(network, list(self.post_at.values()))
        free_s = network.matrix(start, end) / network.factor
        return self._speed.of(free_s.astype(np.float32))

    def _move(
        self, standing: FreeUnits, unit: int, base: int, drive_s: float, *, back: bool = False
    ) -> Move:
        from anlan.engine.siting.move_up import reached_after

        after = reached_after(standing, unit=unit, base=base) / float(self.weight.sum())
        post = self.posts[base]
        return Move(
            unit=self.free[unit].ident,
            post=post.ref,
            name=post.name,
            back=back,
            travel_s=float(drive_s),
            gain=after - self.share(self.settled_s),
            share_after=after,
            left=self._left(unit, base),
        )

    def _left(self, unit: int, base: int) -> AreaCover | None:
        """Tell how the area that a unit leaves would be covered then."""
        one = self.free[unit]
        refs = [post.ref for post in self.posts]
        leaves = one.covering or one.home
        if leaves not in refs:
            return None
        stay = [point for row, point in enumerate(self.settled_at) if row != unit]
        seconds = self._first(self._now, [*stay, self.post_at[refs[base]]])
        return self.area(refs.index(leaves), seconds=seconds)

    def _back(self, standing: FreeUnits, network: RoadNetwork) -> list[Move]:
        """Give units that stand by elsewhere and would do as much good at home; none on its way."""
        refs = [post.ref for post in self.posts]
        away = [row for row, one in enumerate(self.free) if one.covering in refs]
        away = [row for row in away if self.free[row].there and self.free[row].home in refs]
        if not away:
            return []
        from anlan.engine.siting.move_up import expected_gains

        gains = expected_gains(standing)
        drive_s = self._drive(network, [self.free[row] for row in away])
        found = []
        for place, row in enumerate(away):
            base = refs.index(str(self.free[row].home))
            if gains[row, base] >= 0 and np.isfinite(drive_s[place, base]):
                found.append(self._move(standing, row, base, drive_s[place, base], back=True))
        return found


def _leaves(move: Move) -> rules.CoverState | None:
    return None if move.left is None else move.left.state


def _may_move(one: UnitNow) -> bool:
    """Say whether a unit may be proposed: not one that moves up already or goes off soon."""
    return one.covering is None and not one.leaves_soon


def _point(one: UnitNow) -> Point | None:
    return None if one.lon is None or one.lat is None else (one.lon, one.lat)


def _home(one: UnitNow) -> Point | None:
    return None if one.home_lon is None or one.home_lat is None else (one.home_lon, one.home_lat)


def _sure(point: Point | None) -> Point:
    assert point is not None
    return point
