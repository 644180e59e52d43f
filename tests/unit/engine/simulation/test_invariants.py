"""What must hold in any simulated town, whatever is drawn."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.engine.simulation.test_kernels import a_fleet, a_rule, a_world, same, some_calls
from tests.unit.engine.simulation.towns import calls, fleet, road

from anlan.engine.simulation import CallStream, Policy, simulate
from anlan.engine.simulation.warming import warm

STATES = ("dispatch_s", "en_route_s", "on_scene_s", "transport_s", "hospital_s", "available_s")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.booleans(), st.booleans())
def test_nothing_is_lost_and_no_unit_is_in_two_places(seed: int, divert: bool, waits: bool) -> None:
    rng = np.random.default_rng(seed)
    units = int(rng.integers(1, 9))
    world, stream = a_world(rng), some_calls(rng, int(rng.integers(1, 60)), units)
    policy = Policy(divert=divert, waits=waits, move_up=a_rule(rng))
    crews = a_fleet(rng, units, 0)
    trace = simulate(world, crews, policy, stream)
    reasons = ("lost", "no_such_unit", "cancelled_while_waiting", "never_served")
    left = sum(trace.counts.get(reason, 0) for reason in reasons)
    assert int((trace.unit >= 0).sum()) + left == len(trace.unit)
    times = np.column_stack([getattr(trace, name) for name in STATES])
    for row in times[trace.unit >= 0]:
        known = row[np.isfinite(row)]
        assert (np.diff(known) >= 0).all()
        assert np.isfinite(row[[0, -1]]).all()
    for u in range(units):
        own = trace.unit == u
        starts, ends = trace.dispatch_s[own], trace.available_s[own]
        order = np.lexsort((ends, starts))
        assert (starts[order][1:] >= ends[order][:-1]).all()
    for s in np.flatnonzero(trace.unit >= 0):
        able = crews.capabilities[trace.unit[s]]
        assert stream.vocabulary[stream.capability[s]] in able


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32))
def test_the_same_seed_gives_the_same_trace(seed: int) -> None:
    def once() -> object:
        rng = np.random.default_rng(seed)
        return simulate(a_world(rng), a_fleet(rng, 5, 0), Policy(), some_calls(rng, 20, 5))

    same(once(), once())  # type: ignore[arg-type]


def one_queue(rng: np.random.Generator, count: int) -> CallStream:
    """Calls at one place, each with its own spell."""
    rows = [(float(t), 0, "engine") for t in np.sort(np.round(rng.random(count) * 4000, 3))]
    stream = calls(rows)
    stream.on_scene_s[:] = np.round(rng.random(count) * 900, 3)
    return stream


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.integers(1, 5))
def test_one_unit_more_keeps_no_call_waiting_longer_where_no_way_is_long(
    seed: int, units: int
) -> None:
    # One queue, first come first served, each call with its own spell, all ways of no length:
    # the Kiefer-Wolfowitz vector falls with each server. With ways that take time it need not.
    stream = one_queue(np.random.default_rng(seed), 40)
    few = simulate(road([0]), fleet([0] * units), Policy(dispatch="closest"), stream)
    more = simulate(road([0]), fleet([0] * (units + 1)), Policy(dispatch="closest"), stream)
    assert (more.wait_s <= few.wait_s).all()


def test_a_stopped_simulation_says_so_and_keeps_what_happened() -> None:
    rows = [(float(at), 0, "engine") for at in range(60_000)]
    stream = calls(rows, on_scene=0.25)
    told: list[float] = []
    trace = simulate(
        road([0]), fleet([0]), Policy(), stream,
        progress=lambda _label, share: told.append(share), stop=lambda: len(told) == 2,
    )  # fmt: skip
    assert not trace.finished
    assert trace.ends_s < 40_001
    assert int((trace.unit >= 0).sum()) == 40_000
    assert told == [1 / 3, 2 / 3]


def test_kernels_warm_up_with_a_word_of_progress() -> None:
    told: list[str] = []
    warm(progress=lambda label, _share: told.append(label))
    assert told[0] == "compiling the simulation"
