"""One replication of one scenario, and what is kept of it; plain arrays, so that it travels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from anlan.engine.simulation.logged.draws import Chance, TripModel, breakdowns_of, draw
from anlan.engine.simulation.run import simulate
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.world import Fleet, Policy, World

F8 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A scenario with all that its replications need; goes to other processes and machines."""

    chance: Chance
    world: World
    fleet: Fleet
    policy: Policy
    calls: CallStream
    model: TripModel
    seed: int
    duration_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """What became of the calls of one replication; index c, nan where nobody came.

    `of_call[c]` is the logged call that c is or is like, `received_s` counts from the start.
    `response_s` runs from receipt to the first unit on scene, `sent_s` from that unit's dispatch,
    `travel_s` is its own travel, `first_unit[c]` which it was (-1 none). Unit columns by fleet.
    """

    replication: int
    of_call: Index
    received_s: F8
    response_s: F8
    sent_s: F8
    travel_s: F8
    first_unit: Index
    busy_s: F8
    service_s: F8
    sent: Index
    moves: Index
    waited: int
    never: int


def run(prepared: Prepared, replication: int) -> Outcome:
    """Simulate one replication; the same input gives the same answer on any machine."""
    drawn = draw(
        prepared.calls,
        chance=prepared.chance,
        model=prepared.model,
        seed=prepared.seed,
        replication=replication,
        duration_s=prepared.duration_s,
        starts_at_hour_of_week=prepared.world.starts_at_hour_of_week,
    )
    fleet = prepared.fleet
    broken = breakdowns_of(
        tuple(fleet.keys),
        prepared.chance,
        seed=prepared.seed,
        replication=replication,
        duration_s=prepared.duration_s,
    )
    if broken is not None:
        fleet = replace(fleet, breakdowns=broken)
    trace = simulate(prepared.world, fleet, prepared.policy, drawn.stream)
    return _kept(trace, drawn.stream, drawn.of_call, drawn.turnout_s, fleet, replication)


def _kept(
    trace: Trace, calls: CallStream, of_call: Index, turnout_s: F8, fleet: Fleet, replication: int
) -> Outcome:
    first = _first_slot(trace.on_scene_s, calls.call, len(calls))
    came = first >= 0
    slot = np.where(came, first, 0)
    arrived = np.where(came, trace.on_scene_s[slot], np.nan)
    served = trace.unit >= 0
    return Outcome(
        replication=replication,
        of_call=of_call,
        received_s=calls.received_s,
        response_s=arrived - calls.received_s,
        sent_s=arrived - np.where(came, trace.dispatch_s[slot], np.nan),
        travel_s=arrived - np.where(came, trace.dispatch_s[slot] + turnout_s[slot], np.nan),
        first_unit=np.where(came, trace.unit[slot], -1),
        busy_s=trace.busy_s,
        service_s=trace.service_s,
        sent=np.bincount(trace.unit[served], minlength=len(fleet)).astype(np.intp),
        moves=np.bincount(trace.moves.unit, minlength=len(fleet)).astype(np.intp),
        waited=int(np.count_nonzero(trace.wait_s > 0)),
        never=int(trace.counts.get("never_served", 0)),
    )


def _first_slot(on_scene_s: F8, call: Index, calls: int) -> Index:
    """Give the slot whose unit came first to each call, -1 where none came."""
    order = np.lexsort((np.arange(len(call)), np.nan_to_num(on_scene_s, nan=np.inf)))
    order = order[np.isfinite(on_scene_s[order])][::-1]
    first = np.full(calls, -1, np.intp)
    first[call[order]] = order
    return first
