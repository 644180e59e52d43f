"""A deployment simulated many times: what each replication brought, and where to run them.

Replication r of a seed draws the same calls and breakdowns for every deployment, so the studies of
two deployments with one seed can be compared call by call.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from joblib import Parallel, delayed

from anlan.engine.simulation.log import F8, Index, Progress
from anlan.engine.simulation.pattern import CallPattern, Quantiles, draw_stream
from anlan.engine.simulation.run import Stop, simulate
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.world import Fleet, Policy, UnusableWorld, World


@dataclass(frozen=True)
class Drawing:
    """Calls to be drawn anew in each replication, from 0 to below `duration_s`."""

    pattern: CallPattern
    duration_s: float


@dataclass(frozen=True)
class Breakdowns:
    """Each unit breaks down so often an hour, at any time, and is out for a drawn spell."""

    per_hour: float
    lasts: Quantiles

    def __post_init__(self) -> None:
        if not 0 <= self.per_hour <= 60:
            raise UnusableWorld("Breakdowns an hour are from 0 to 60.")


@dataclass(frozen=True)
class Scenario:
    """A deployment in its town: a log's own calls (a stream) or calls to be drawn."""

    world: World
    fleet: Fleet
    policy: Policy
    calls: CallStream | Drawing
    breakdowns: Breakdowns | None = None

    @property
    def by_chance(self) -> bool:
        """Tell whether replications differ; a log's own calls are one and the same."""
        return isinstance(self.calls, Drawing) or self.breakdowns is not None


@dataclass(frozen=True)
class Outcome:
    """What one replication brought, by call (index c) and by unit (index u).

    `response_s[c]` is receipt to first unit on scene, `full_s[c]` to the last of those that came,
    nan where nobody came; `wait_s[c]` is how long after it was asked for the first unit was sent.
    `first_unit[c]` is who came first (-1: nobody). `short[c]` counts places left open.
    """

    replication: int
    received_s: F8
    place: Index
    kind: Index
    priority: Index
    response_s: F8
    full_s: F8
    wait_s: F8
    first_unit: Index
    short: Index
    sent: Index  # [unit]
    busy_s: F8  # [unit]
    moving_s: F8  # [unit]
    service_s: F8  # [unit]
    moves: int
    ends_s: float
    events: int
    counts: Mapping[str, int]

    def __len__(self) -> int:
        """Count the calls."""
        return len(self.received_s)


@dataclass(frozen=True)
class Study:
    """The outcomes of a scenario; fewer than `asked` where it was stopped."""

    outcomes: tuple[Outcome, ...]
    seed: int
    asked: int
    units: tuple[str, ...]

    @property
    def finished(self) -> bool:
        """Tell whether all replications that were asked for are here."""
        return len(self.outcomes) == self.asked


def replicate(
    scenario: Scenario,
    *,
    replications: int = 30,
    seed: int = 1,
    workers: int = 1,
    client: Any = None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Study:
    """Simulate a scenario several times, on several cores or machines; the answer is the same.

    `workers` are processes of this machine (joblib). `client` is a `distributed.Client` instead:
    its machines need this library. A scenario without chance is run once, whatever is asked.
    `stop()` is looked at between replications (of several at a time: between handfuls); what is
    done then is given back. `progress(label, share)` is told after each.
    """
    if replications < 1 or workers < 1:
        raise UnusableWorld("Ask for at least one replication and one worker.")
    asked = replications if scenario.by_chance else 1
    done: list[Outcome] = []
    for outcome in _outcomes(scenario, asked, seed, workers, client, stop):
        done.append(outcome)
        if progress is not None:
            progress("replications", len(done) / asked)
    done.sort(key=lambda one: one.replication)
    return Study(tuple(done), seed=seed, asked=asked, units=tuple(scenario.fleet.keys))


def _outcomes(
    scenario: Scenario, asked: int, seed: int, workers: int, client: Any, stop: Stop | None
) -> Iterator[Outcome]:
    """Yield outcomes as they come, until all are here or `stop` says so."""
    stopped = stop or (lambda: False)
    if client is not None:
        yield from _by_dask(scenario, asked, seed, client, stopped)
        return
    handful = min(workers, asked)
    if handful == 1:
        for number in range(asked):
            if stopped():
                return
            yield one_replication(scenario, seed=seed, replication=number)
        return
    with Parallel(n_jobs=handful) as pool:
        for first in range(0, asked, handful):
            if stopped():
                return
            numbers = range(first, min(first + handful, asked))
            yield from pool(
                delayed(one_replication)(scenario, seed=seed, replication=n) for n in numbers
            )


def _by_dask(
    scenario: Scenario, asked: int, seed: int, client: Any, stopped: Stop
) -> Iterator[Outcome]:
    from distributed import as_completed  # only those who have machines to spread over load it

    everywhere = client.scatter(scenario, broadcast=True)
    futures = [
        client.submit(one_replication, everywhere, seed=seed, replication=n, pure=False)
        for n in range(asked)
    ]
    for future in as_completed(futures):
        yield future.result()
        if stopped():
            client.cancel([one for one in futures if not one.done()])
            return


def one_replication(scenario: Scenario, *, seed: int, replication: int) -> Outcome:
    """Draw one replication's chances, simulate it, and sum it up by call and unit."""
    calls = calls_of(scenario, seed=seed, replication=replication)
    fleet = fleet_of(scenario, seed=seed, replication=replication)
    trace = simulate(scenario.world, fleet, scenario.policy, calls)
    return outcome_of(trace, calls, replication=replication, units=len(fleet))


def calls_of(scenario: Scenario, *, seed: int, replication: int) -> CallStream:
    """Give the calls of one replication."""
    if isinstance(scenario.calls, CallStream):
        return scenario.calls
    return draw_stream(
        scenario.calls.pattern,
        duration_s=scenario.calls.duration_s,
        seed=seed,
        replication=replication,
        starts_at_hour_of_week=scenario.world.starts_at_hour_of_week,
    )


def fleet_of(scenario: Scenario, *, seed: int, replication: int) -> Fleet:
    """Give the fleet with one replication's breakdowns: a unit's own, whoever stands beside it."""
    chance, fleet = scenario.breakdowns, scenario.fleet
    if chance is None:
        return fleet
    lasts = scenario.calls
    until_s = lasts.duration_s if isinstance(lasts, Drawing) else float(np.max(lasts.asked_s))
    drawn: list[F8] = []
    for unit, key in enumerate(fleet.keys):
        entropy = [seed, replication, zlib.crc32(key.encode())]
        rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
        own = _breakdowns(chance, until_s, rng)
        given = np.zeros((0, 2)) if fleet.breakdowns is None else fleet.breakdowns[unit]
        drawn.append(np.concatenate([np.asarray(given, np.float64).reshape(-1, 2), own]))
    return replace(fleet, breakdowns=drawn)


def _breakdowns(chance: Breakdowns, until_s: float, rng: np.random.Generator) -> F8:
    spans: list[tuple[float, float]] = []
    at = 0.0
    while chance.per_hour > 0:
        at += -float(np.log1p(-rng.random())) * 3600.0 / chance.per_hour
        if at >= until_s:
            break
        lasts = float(chance.lasts.at(np.array([rng.random()]))[0])
        spans.append((round(at, 3), round(at, 3) + lasts))
        at += lasts
    return np.array(spans, np.float64).reshape(-1, 2)


def outcome_of(trace: Trace, calls: CallStream, *, replication: int, units: int) -> Outcome:
    """Sum a trace up by call and by unit."""
    count = len(calls)
    first = trace.first_on_scene_s(calls)
    last, waits = np.full(count, np.nan), np.full(count, np.nan)
    np.fmax.at(last, calls.call, trace.on_scene_s)
    np.fmin.at(waits, calls.call, trace.wait_s)
    who = np.full(count, -1, np.intp)
    is_first = np.flatnonzero(trace.on_scene_s == first[calls.call])[::-1]
    who[calls.call[is_first]] = trace.unit[is_first]  # of two at one moment the earlier slot's
    unfilled = np.bincount(calls.call[trace.unit < 0], minlength=count)
    return Outcome(
        replication=replication,
        received_s=calls.received_s,
        place=calls.place,
        kind=calls.kind,
        priority=calls.priority,
        response_s=first - calls.received_s,
        full_s=last - calls.received_s,
        wait_s=waits,
        first_unit=who,
        short=unfilled.astype(np.intp),
        sent=np.bincount(trace.unit[trace.unit >= 0], minlength=units).astype(np.intp),
        busy_s=trace.busy_s,
        moving_s=trace.moving_s,
        service_s=trace.service_s,
        moves=len(trace.moves),
        ends_s=trace.ends_s,
        events=trace.events,
        counts=dict(trace.counts),
    )


Group = Callable[[Outcome], Index]
"""group(outcome) -> index per call, -1 for calls in no group."""


def by_hour(world: World) -> Group:
    """Group calls by the hour of the day in which they were received, 0 … 23."""
    begins = world.starts_at_hour_of_week
    return lambda one: (((one.received_s / 3600.0 + begins) // 1).astype(np.intp)) % 24


def by_place(group_of_place: Sequence[int] | Index) -> Group:
    """Group calls by where they are: `group_of_place[place]`, -1 for no group."""
    of = np.asarray(group_of_place, np.intp)
    return lambda one: of[one.place]


def by_kind() -> Group:
    """Group calls by their type."""
    return lambda one: np.asarray(one.kind, np.intp)


def by_priority() -> Group:
    """Group calls by their priority."""
    return lambda one: np.asarray(one.priority, np.intp)
