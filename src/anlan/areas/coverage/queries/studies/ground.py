"""What a study stands on: a town's roads, posts, units of simulated kinds, and its calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.studies.pool import (
    Pool,
    draw_pool,
    drawn_kinds,
    drawn_period,
    seconds_of,
)
from anlan.areas.coverage.queries.studies.trips import I8, Trips, fit_trips, trips_of
from anlan.areas.coverage.rules.coverage import COUNTS
from anlan.areas.coverage.rules.scenarios import Period, Scenario
from anlan.engine.roads import RoadNetwork
from anlan.engine.simulation.logged import TripModel
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import read_catalogue
from anlan.kernel.places.queries.calls import LoggedPeriod, logged_period, travel_pairs
from anlan.kernel.values import BadInput

Index = npt.NDArray[np.intp]

KNOWN_SHARE = 0.9
"""A kind is simulated of itself where so many of its logged responses are of units with a post."""
LEAST_URGENT = 9


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A town as a study reads it; both of two compared scenarios stand on one.

    `log` holds the calls of the period that a unit of a simulated kind answered, and only such
    responses. `rank[c]` is the trip class of call c less 1, 0 the most urgent; `ranks` say what
    each is. `units` stand at a post or a point of their own.
    `pool` is there in a made-up town without a log: `log` then holds its calls, with no response.
    """

    town: places.TownRow
    network: RoadNetwork
    starts_at: datetime
    ends_at: datetime
    log: LoggedPeriod
    rank: I8
    ranks: tuple[str, ...]
    posts: tuple[places.PostRow, ...]
    units: tuple[places.UnitRow, ...]
    kinds: tuple[str, ...]
    left_out: tuple[tuple[str, int], ...]
    whole_trips: Trips
    model: TripModel
    pool: Pool | None = None

    @property
    def times(self) -> int:
        """Say how many times the period's calls `log` holds: 1 but for a pool of drawn ones."""
        return 1 if self.pool is None else self.pool.times

    @property
    def calls(self) -> int:
        """Count the calls."""
        return len(self.log.numbers)

    @property
    def days(self) -> int:
        """Count the local days that the period touches."""
        last = (self.ends_at - timedelta(microseconds=1)).date()
        return (last - self.starts_at.date()).days + 1

    @property
    def duration_s(self) -> float:
        """Give how long the period is."""
        return seconds_of((self.starts_at, self.ends_at))

    def since_start(self, seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Turn seconds since 1970 into seconds since the period began, whole milliseconds."""
        relative: npt.NDArray[np.float64] = np.round(seconds - self.starts_at.timestamp(), 3)
        return relative


def read_ground(town_key: str, scenario: Scenario) -> Ground:
    """Read what a scenario's study needs; BadInput in one sentence where the town lacks it."""
    state = places.town_state(town_key)
    town = state.town
    whole = logged_period(town_key)
    if not whole.numbers and town.made_up:
        return _drawn_ground(state, scenario)
    if not whole.numbers:
        raise BadInput(
            _(
                "The town {key} has no logged calls, so nothing can be simulated. "
                "Import some: anlan calls import {key} FILE"
            ).format(key=town_key)
        )
    starts_at, ends_at = _period(scenario.period, whole, town)
    network = places.network_of(state, at=starts_at)
    everyone = tuple(one for one in places.units(town_key) if one.lon is not None)
    kinds = _kinds(scenario, whole, {one.ident for one in everyone if one.post or not one.inferred})
    log, left_out = _simulated(
        logged_period(town_key, starts_at=starts_at, ends_at=ends_at), kinds=kinds
    )
    ranks = _ranks(whole)
    rank = _rank_of(whole, ranks)
    pairs = travel_pairs(whole, network=network)
    trips = trips_of(pairs, rank=rank, zone=town.tz)
    return Ground(
        town=town,
        network=network,
        starts_at=starts_at,
        ends_at=ends_at,
        log=log,
        rank=_rank_of(log, ranks),
        ranks=ranks,
        posts=places.posts(town_key),
        units=tuple(one for one in everyone if one.kind in kinds and _has_home(one)),
        kinds=kinds,
        left_out=left_out,
        whole_trips=trips,
        model=fit_trips(trips, classes=len(ranks), town_factor=town.factor),
    )


def _drawn_ground(state: places.TownState, scenario: Scenario) -> Ground:
    """Read a made-up town without a log: its calls are a pool drawn from its pattern."""
    town = state.town
    starts_at, ends_at = period = drawn_period(scenario.period, town)
    posts = places.posts(town.key)
    homes = [one for one in places.units(town.key) if one.lon is not None and _has_home(one)]
    kinds = drawn_kinds(scenario, homes)
    pool = draw_pool(
        town,
        period,
        units=homes,
        kinds=kinds,
        hospitals=any(one.kind == "hospital" for one in posts),
        priority_of=_type_priority,
    )
    ranks = _ranks(pool.log)
    nothing, none = np.zeros(0), np.zeros(0, np.int64)
    trips = Trips(nothing, nothing, none, none, none)
    return Ground(
        town=town,
        network=places.network_of(state, at=starts_at),
        starts_at=starts_at,
        ends_at=ends_at,
        log=pool.log,
        rank=_rank_of(pool.log, ranks),
        ranks=ranks,
        posts=posts,
        units=tuple(one for one in homes if one.kind in kinds),
        kinds=kinds,
        left_out=pool.left_out,
        whole_trips=trips,
        model=fit_trips(trips, classes=len(ranks), town_factor=town.factor),
        pool=pool,
    )


def _has_home(unit: places.UnitRow) -> bool:
    """Say whether a unit's place is known: a post, or a point that was entered, not inferred."""
    return unit.post is not None or (unit.lon is not None and not unit.inferred)


def _period(asked: Period, log: LoggedPeriod, town: places.TownRow) -> tuple[datetime, datetime]:
    first, last = (datetime.fromtimestamp(s, town.tz) for s in log.received_s[[0, -1]].tolist())
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    after = last.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    starts_at = _local(asked.starts_at, town) or midnight
    ends_at = _local(asked.ends_at, town) or after
    if seconds_of((starts_at, ends_at)) <= 0:
        raise BadInput(_("The period is empty: “to” must lie after “from”."))
    return starts_at, ends_at


def _local(at: datetime | None, town: places.TownRow) -> datetime | None:
    if at is None:
        return None
    return at.replace(tzinfo=town.tz) if at.tzinfo is None else at.astimezone(town.tz)


def _kinds(scenario: Scenario, log: LoggedPeriod, homes: set[str]) -> tuple[str, ...]:
    """Give the kinds that are simulated: those asked for, else those whose places are known."""
    sent: Counter[str] = Counter()
    known: Counter[str] = Counter()
    for place, times in Counter(log.unit.tolist()).items():
        unit = log.units[place]
        sent[unit.kind] += times
        known[unit.kind] += times if unit.ident in homes else 0
    added = tuple(one.kind for one in scenario.units.add)
    if scenario.units.kinds:
        for kind in scenario.units.kinds:
            if not known[kind] and kind not in added:
                raise BadInput(
                    _(
                        "No unit of the kind “{kind}” has a known post and a logged call; known "
                        "here: {known}."
                    ).format(kind=kind, known=", ".join(sorted(+known)) or "–")
                )
        return tuple(dict.fromkeys((*scenario.units.kinds, *added)))
    of_themselves = [one for one in sorted(sent) if known[one] >= KNOWN_SHARE * sent[one]]
    if not of_themselves:
        raise BadInput(
            _(
                "No kind of unit has known posts, so the simulation would not know where they "
                "stand. Give posts: anlan units import {key} FILE"
            ).format(key="KEY")
        )
    return tuple(dict.fromkeys((*of_themselves, *added)))


def _simulated(
    log: LoggedPeriod, *, kinds: Sequence[str]
) -> tuple[LoggedPeriod, tuple[tuple[str, int], ...]]:
    """Keep responses of simulated kinds and the calls that have one; say what was left out."""
    row = np.array([one.kind in kinds for one in log.units], bool)[log.unit]
    row &= np.isfinite(log.dispatched_s)
    # Police posts are judged only on calls that people made (scope.md, rail 4): what police units
    # went to of themselves is no call of the study.
    police = np.array(["police" in one.capabilities for one in log.units], bool)[log.unit]
    asked_for = np.array([one in COUNTS["police"] for one in log.types], bool)[log.call]
    row &= ~police | asked_for
    call = np.zeros(len(log.numbers), bool)
    call[log.call[row]] = True
    if not call.any():
        raise BadInput(
            _("No call of this period was answered by a simulated kind of unit: {kinds}.").format(
                kinds=", ".join(kinds)
            )
        )
    left_out = (
        ("calls_of_other_kinds", int((~call).sum())),
        ("responses_of_other_kinds", int((~row).sum())),
    )
    number = np.cumsum(call) - 1
    chosen = np.flatnonzero(call).tolist()
    rows: dict[str, Any] = {
        name: getattr(log, name)[row]
        for name in (
            "unit",
            "dispatched_s",
            "en_route_s",
            "on_scene_s",
            "transporting_s",
            "at_hospital_s",
            "available_s",
        )
    }
    calls: dict[str, Any] = {
        name: getattr(log, name)[call]
        for name in ("ringing_s", "received_s", "entered_s", "lon", "lat")
    }
    words: dict[str, Any] = {
        name: tuple(getattr(log, name)[at] for at in chosen)
        for name in ("numbers", "types", "priorities")
    }
    kept = replace(log, call=number[log.call[row]].astype(np.int32), **rows, **calls, **words)
    return kept, left_out


def _ranks(log: LoggedPeriod) -> tuple[str, ...]:
    """Name the classes of calls: the log's priorities, else the catalogue's by type."""
    if any(log.priorities):
        return tuple(sorted(set(log.priorities), key=lambda one: (one == "", one)))
    return tuple(sorted({str(_type_priority(one)) for one in log.types}))


def _rank_of(log: LoggedPeriod, ranks: tuple[str, ...]) -> I8:
    words = log.priorities
    if not any(words) or not set(words) <= set(ranks):
        words = tuple(str(_type_priority(one)) for one in log.types)
    place = {word: at for at, word in enumerate(ranks)}
    return np.array([place.get(word, len(ranks) - 1) for word in words], np.int64)


def type_priorities(types: Sequence[str]) -> Index:
    """Give each type's urgency by the catalogue, 1 the most urgent."""
    return np.array([_type_priority(one) for one in types], np.intp)


def _type_priority(code: str) -> int:
    return _priorities().get(code, LEAST_URGENT)


@cache
def _priorities() -> dict[str, int]:
    return {
        one["code"]: int(one["priority"]) for one in read_catalogue("incident_types.toml")["types"]
    }
