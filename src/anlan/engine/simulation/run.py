"""One simulated stretch of time."""

from __future__ import annotations

from collections.abc import Callable

from anlan.engine.simulation.log import Progress
from anlan.engine.simulation.reference import simulate_plainly
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.world import Fleet, Policy, World

Stop = Callable[[], bool]


def simulate(
    world: World,
    fleet: Fleet,
    policy: Policy,
    calls: CallStream,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Trace:
    """Live through the calls; the same input gives the same answer to the last bit, anywhere."""
    del progress, stop
    return simulate_plainly(world, fleet, policy, calls)
