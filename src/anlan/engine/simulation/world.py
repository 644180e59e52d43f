"""The town that a simulation lives in: places with travel times, units, and how it is run.

A place is an index into the travel matrix: posts, bases, hospitals and call places alike. Times
are seconds from the start of the simulation; inside, everything counts in whole milliseconds, so
that the same input gives the same answer on any machine. docs/method/simulation.md has the rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from anlan.engine.assignment.problem import (
    LARGEST_PENALTY_S,
    LONGEST_TRAVEL_S,
    MOST_CAPABILITIES,
)
from anlan.engine.simulation.log import F8, Bools, Index
from anlan.engine.simulation.replay import CoverRule
from anlan.engine.siting.move_up import MoveUp

I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]
U8 = npt.NDArray[np.uint64]
Real = npt.NDArray[np.floating]

HOURS: Final = 168
NO_WAY: Final = 2**31 - 1
NEVER: Final = 2**62
MOST_UNITS: Final = 2**14
MOVES: Final = 0
"""The trip class of every trip that is not to a call: home, to a base, to a hospital."""


class UnusableWorld(ValueError):
    """One clear sentence: what in the world, the fleet or the policy cannot be simulated."""


def whole_ms(seconds: Real) -> I8:
    """Turn seconds into whole milliseconds; not finite becomes NEVER (below: -NEVER)."""
    scaled = np.nan_to_num(
        np.asarray(seconds, np.float64) * 1000.0, nan=NEVER, posinf=NEVER, neginf=-NEVER
    )
    return np.rint(np.clip(scaled, -float(NEVER), float(NEVER))).astype(np.int64)


@dataclass(frozen=True)
class World:
    """Places and how long it takes between them.

    `travel_s[a, b]` is the free-flow time from place a to place b, inf where no road leads. A trip
    of class k that leaves in hour h of the week takes factor[k, h] × free flow + fixed_s[k];
    class 0 is every trip that is not to a call, and calls name their class. Without `factor` and
    `fixed_s` all trips take the free-flow time. Hour 0 is Monday 00:00 in town, and the simulation
    starts at `starts_at_hour_of_week` (24.5: Tuesday, half past midnight).
    `hospitals` are places; `takes[type, h]` says which hospital takes patients of which call
    type, None: all take all.
    """

    travel_s: Real
    hospitals: Index = field(default_factory=lambda: np.zeros(0, np.intp))
    factor: F8 | None = None
    fixed_s: F8 | None = None
    starts_at_hour_of_week: float = 0.0
    takes: Bools | None = None

    def __post_init__(self) -> None:
        places = len(self.travel_s)
        if self.travel_s.shape != (places, places):
            raise UnusableWorld("The travel times need one row and one column for each place.")
        if self.factor is not None:
            good = self.factor.ndim == 2 and self.factor.shape[1] == HOURS and len(self.factor) > 0
            if not good or not np.isfinite(self.factor).all() or (self.factor <= 0).any():
                raise UnusableWorld("Factors need a row of 168 figures above 0 for each class.")
        if self.fixed_s is not None and (
            len(self.fixed_s) != self.classes or not (self.fixed_s >= 0).all()
        ):
            raise UnusableWorld("Give one fixed time, 0 or more, for each trip class.")
        if len(self.hospitals) and not 0 <= self.hospitals.min() <= self.hospitals.max() < places:
            raise UnusableWorld("A hospital is not among the places.")
        if self.takes is not None and self.takes.shape[1:] != (len(self.hospitals),):
            raise UnusableWorld("`takes` needs one column for each hospital.")
        if not 0 <= self.starts_at_hour_of_week < HOURS:
            raise UnusableWorld("The start is an hour of the week, from 0 to below 168.")

    @property
    def places(self) -> int:
        """Count the places."""
        return len(self.travel_s)

    @property
    def classes(self) -> int:
        """Count the trip classes."""
        if self.factor is not None:
            return len(self.factor)
        return 1 if self.fixed_s is None else len(self.fixed_s)

    @cached_property
    def ms_to(self) -> I4:
        """Give free-flow milliseconds, i4[to, from] (a row holds all that one target asks for)."""
        seconds = np.ascontiguousarray(self.travel_s.T, np.float64)
        finite = np.isfinite(seconds)
        if np.isnan(seconds).any() or (seconds < 0).any():
            raise UnusableWorld("A travel time is below 0 or missing; give inf for no road.")
        if (seconds[finite] > LONGEST_TRAVEL_S).any():
            raise UnusableWorld("Two places are more than five days apart; give inf for no road.")
        return np.where(finite, np.rint(np.where(finite, seconds, 0.0) * 1000.0), NO_WAY).astype(
            np.int32
        )

    @cached_property
    def factors(self) -> F8:
        """Give the factors, f8[class, 168]."""
        if self.factor is None:
            return np.ones((self.classes, HOURS))
        return np.ascontiguousarray(self.factor, np.float64)

    @cached_property
    def fixed_ms(self) -> I8:
        """Give the fixed part of each class's trips in milliseconds."""
        return np.zeros(self.classes, np.int64) if self.fixed_s is None else whole_ms(self.fixed_s)

    @property
    def start_ms(self) -> int:
        """Give the start as milliseconds of the week."""
        return round(self.starts_at_hour_of_week * 3_600_000)


@dataclass(frozen=True)
class Fleet:
    """Units by column; index u.

    `post[u]` is the place it belongs to and returns to (-1: none, it stays where it last got
    free); `start[u]` where it stands at first (None or -1: at its post). `duty[u]` holds its
    half-open spans on duty, f8[k, 2] seconds, None: always on duty. `breakdowns[u]` holds spans
    out of service. `area[u]` is the cover area that it serves (-1: none). `turnout_scale[u]`
    multiplies each turnout. `moves_up[u]` says whether a move-up policy may move it.
    """

    keys: Sequence[str]
    kind: Sequence[str]
    capabilities: Sequence[frozenset[str]]
    post: Index
    start: Index | None = None
    duty: Sequence[F8] | None = None
    breakdowns: Sequence[F8] | None = None
    area: Index | None = None
    turnout_scale: F8 | None = None
    moves_up: Bools | None = None

    def __post_init__(self) -> None:
        columns = (self.kind, self.capabilities, self.post, self.start, self.duty)
        more = (self.breakdowns, self.area, self.turnout_scale, self.moves_up)
        for column in (*columns, *more):
            if column is not None and len(column) != len(self.keys):
                raise UnusableWorld("The columns of the fleet are not of one length.")
        if len(set(self.keys)) != len(self.keys):
            raise UnusableWorld("Two units have the same key.")
        if len(self.keys) > MOST_UNITS:
            raise UnusableWorld(f"At most {MOST_UNITS:,} units can be simulated.")
        if len(self.vocabulary) > MOST_CAPABILITIES:
            raise UnusableWorld(f"The units name more than {MOST_CAPABILITIES} capabilities.")
        if len(self.keys) and (self.starts_at < 0).any():
            key = self.keys[int(np.flatnonzero(self.starts_at < 0)[0])]
            raise UnusableWorld(f"Unit {key} has neither a post nor a place where it starts.")
        if self.turnout_scale is not None and not (self.turnout_scale >= 0).all():
            raise UnusableWorld("A turnout scale is below 0.")

    def __len__(self) -> int:
        """Count the units."""
        return len(self.keys)

    @cached_property
    def vocabulary(self) -> tuple[str, ...]:
        """Name what units can do; bit k of `bits` stands for name k."""
        return tuple(sorted({name for one in self.capabilities for name in one}))

    @cached_property
    def bits(self) -> U8:
        """Give each unit's capabilities as bits."""
        bit = {name: 1 << place for place, name in enumerate(self.vocabulary)}
        return np.array([sum(bit[n] for n in one) for one in self.capabilities], np.uint64)

    @cached_property
    def starts_at(self) -> I8:
        """Give the place where each unit stands at first."""
        if self.start is None:
            return np.asarray(self.post, np.int64)
        return np.where(np.asarray(self.start) >= 0, self.start, self.post).astype(np.int64)

    def spans_ms(self) -> tuple[I8, I8]:
        """Give when units are in service, on duty and not broken down: (unit, [from, till)) in ms.

        Spans that touch or overlap are one; rows stand by unit, then time.
        """
        units: list[int] = []
        spans: list[tuple[int, int]] = []
        for unit in range(len(self)):
            on = [(-NEVER, NEVER)] if self.duty is None else _merged(self.duty[unit])
            out = [] if self.breakdowns is None else _merged(self.breakdowns[unit])
            left = _without(on, out)
            units += [unit] * len(left)
            spans += left
        return np.array(units, np.int64), np.array(spans, np.int64).reshape(-1, 2)

    def changes_ms(self) -> tuple[I8, I8, I8]:
        """Give when service begins (1) or ends (0) after the start: (unit, ms, begins), by time.

        At one moment ends stand before begins, then by unit.
        """
        unit, spans = self.spans_ms()
        at = np.concatenate([spans[:, 0], spans[:, 1]])
        begins = np.repeat(np.array([1, 0], np.int64), len(unit))
        both = np.concatenate([unit, unit])
        order = np.lexsort((both, begins, at))
        order = order[(at[order] > 0) & (at[order] < NEVER)]
        return both[order], at[order], begins[order]


def _merged(rows: F8) -> list[tuple[int, int]]:
    """Sort spans, join those that touch, drop empty ones."""
    pairs = whole_ms(np.asarray(rows, np.float64).reshape(-1, 2)).tolist()
    merged: list[tuple[int, int]] = []
    for begins, ends in sorted(pairs):
        if ends <= begins:
            continue
        if merged and begins <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], ends))
        else:
            merged.append((begins, ends))
    return merged


def _without(on: list[tuple[int, int]], out: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Take the second spans out of the first."""
    left: list[tuple[int, int]] = []
    for begins, ends in on:
        at = begins
        for gone, back in out:
            if gone >= ends or back <= at:
                continue
            if gone > at:
                left.append((at, gone))
            at = max(at, back)
        if at < ends:
            left.append((at, ends))
    return left


@dataclass(frozen=True)
class Policy:
    """How the desk and the duty officer act.

    `dispatch`: "recommended" chooses the whole run card as the desk does (engine/assignment);
    "closest" sends, place by place, the nearest unit that can. `cover[a]` is what area a keeps,
    priced with `cover_penalty_s` (recommended only). `divert`: a unit on its way may be taken for
    a call of a lower priority number, at `divert_penalty_s`. `waits`: places that nobody can fill
    wait in a queue by priority, then receipt; without it they go to a neighbour (lost).
    `road_turnout` is the share of the turnout that a unit already on the road needs.
    """

    dispatch: Literal["recommended", "closest"] = "recommended"
    cover: tuple[CoverRule, ...] = ()
    cover_penalty_s: float = 120.0
    divert: bool = False
    divert_penalty_s: float = 300.0
    waits: bool = True
    road_turnout: float = 1.0
    move_up: MoveUp | None = None

    def __post_init__(self) -> None:
        if self.dispatch not in ("recommended", "closest"):
            raise UnusableWorld(f"Dispatch is 'recommended' or 'closest', not {self.dispatch!r}.")
        for name in ("cover_penalty_s", "divert_penalty_s"):
            if not 0 <= getattr(self, name) <= LARGEST_PENALTY_S:
                raise UnusableWorld(f"{name} is from 0 to {LARGEST_PENALTY_S:g}.")
        if not 0 <= self.road_turnout <= 1:
            raise UnusableWorld("road_turnout is a share, from 0 to 1.")


def check_fleet(world: World, fleet: Fleet, policy: Policy) -> None:
    """Refuse units, bases or cover areas that do not fit together."""
    for place in (fleet.starts_at, fleet.post):
        if len(fleet) and not -1 <= place.min() <= place.max() < world.places:
            raise UnusableWorld("A unit's post or start is not among the places.")
    area = fleet.area if policy.cover and fleet.area is not None else np.zeros(0, np.intp)
    if len(area) and not -1 <= area.min() <= area.max() < len(policy.cover):
        raise UnusableWorld(f"A unit serves a cover area outside 0 … {len(policy.cover) - 1}.")
    if policy.move_up is not None:
        bases = np.asarray(policy.move_up.bases)
        if not 0 <= bases.min() <= bases.max() < world.places:
            raise UnusableWorld("A move-up base is not among the places.")
