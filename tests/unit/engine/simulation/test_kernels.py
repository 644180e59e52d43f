"""The compiled loop equals the plain one, column for column, with everything switched on."""

from __future__ import annotations

import dataclasses

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.simulation import CallStream, CoverRule, Fleet, Policy, Trace, World, simulate
from anlan.engine.simulation.reference import simulate_plainly
from anlan.engine.siting.move_up import ComplianceTable, Ddsm, Dmexclp, MoveUp

PLACES, BASES = 9, 4
NAMES = ("engine", "medic", "truck")


def same(one: Trace, other: Trace) -> None:
    for name in (f.name for f in dataclasses.fields(Trace)):
        ours, theirs = getattr(one, name), getattr(other, name)
        if name == "moves":
            for column in dataclasses.fields(ours):
                left, right = getattr(ours, column.name), getattr(theirs, column.name)
                np.testing.assert_array_equal(left, right, err_msg=f"moves.{column.name}")
        else:
            np.testing.assert_array_equal(ours, theirs, err_msg=name)


def a_world(rng: np.random.Generator) -> World:
    travel = rng.random((PLACES, PLACES)) * 600
    np.fill_diagonal(travel, 0)
    travel[rng.random(travel.shape) < 0.04] = np.inf
    return World(
        travel,
        hospitals=np.array([1, 5]),
        factor=0.5 + rng.random((3, 168)),
        fixed_s=rng.random(3) * 20,
        starts_at_hour_of_week=float(rng.random() * 168),
        takes=rng.random((2, 2)) < 0.8,
    )


def a_fleet(rng: np.random.Generator, units: int, areas: int) -> Fleet:
    cuts = [np.sort(rng.random((2, 2)) * 9000, axis=1) for _ in range(units)]
    holes = [np.sort(rng.random((1, 2)) * 9000, axis=1) for _ in range(units)]
    return Fleet(
        keys=[f"U{u}" for u in range(units)],
        kind=["unit"] * units,
        capabilities=[
            frozenset(n for n in NAMES if rng.random() < 0.5) or frozenset({"engine"})
            for _ in range(units)
        ],
        post=rng.permutation(PLACES)[:units],
        start=rng.integers(-1, PLACES, units),
        duty=cuts if rng.random() < 0.5 else None,
        breakdowns=holes if rng.random() < 0.5 else None,
        area=rng.integers(-1, areas, units) if areas else None,
        turnout_scale=0.5 + rng.random(units),
        moves_up=rng.random(units) < 0.8,
    )


def some_calls(rng: np.random.Generator, count: int, units: int) -> CallStream:
    wanted = rng.integers(1, 5, count)
    call = np.repeat(np.arange(count), wanted)
    slots = len(call)
    received = np.sort(np.round(rng.random(count) * 8000, 3))
    later = np.where(rng.random(slots) < 0.2, 300.0, 0.0)
    capability = rng.integers(0, 4, slots)  # "boat" is a capability that no unit has
    order = np.lexsort((capability, call))
    return CallStream(
        received_s=received,
        place=rng.integers(0, PLACES, count),
        kind=rng.integers(0, 2, count),
        priority=rng.integers(0, 3, count),
        trip_class=rng.integers(0, 3, count),
        vocabulary=(*NAMES, "boat"),
        call=call,
        capability=np.where(rng.random() < 0.5, capability[order], capability),
        asked_s=received[call] + 60 + later,
        turnout_s=np.round(rng.random(slots) * 90, 3),
        on_scene_s=np.round(rng.random(slots) * 1500, 3),
        handover_s=np.where(rng.random(slots) < 0.4, np.round(rng.random(slots) * 900, 3), np.nan),
        transport_s=np.where(rng.random(slots) < 0.3, 100.0, np.nan),
        hospital=np.where(rng.random(slots) < 0.2, 3, -1),
        cancelled_s=np.where(rng.random(slots) < 0.2, np.round(rng.random(slots) * 500, 3), np.nan),
        logged_unit=rng.integers(-1, units, slots),
    )


def a_rule(rng: np.random.Generator) -> MoveUp | None:
    bases, demand = np.arange(BASES), rng.random(6)
    near = rng.random((BASES, 6)) < 0.5
    choice = int(rng.integers(0, 4))
    if choice == 0:
        return None
    if choice == 1:
        table = np.zeros((5, BASES), np.int64)
        for k in range(1, 5):
            table[k] = np.bincount(rng.integers(0, BASES, k), minlength=BASES)
        return ComplianceTable(bases, table)
    room = None if rng.random() < 0.5 else np.full(BASES, 2)
    if choice == 2:
        return Dmexclp(bases, near, demand, busy=0.4, room=room)
    far = near | (rng.random((BASES, 6)) < 0.5)
    return Ddsm(bases, near, far, demand, share=0.8, move_cost_per_s=0.001, room=room)


# The same examples each time: of two units at one place, equal in every figure, the desk's solver
# may send the other one, and then all that follows differs.
@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.booleans(), st.booleans(), st.booleans(), st.integers(0, 3))
def test_the_compiled_loop_equals_the_plain_one(
    seed: int, closest: bool, divert: bool, waits: bool, areas: int
) -> None:
    rng = np.random.default_rng(seed)
    units = int(rng.integers(1, 9))
    world, calls = a_world(rng), some_calls(rng, int(rng.integers(1, 40)), units)
    policy = Policy(
        dispatch="closest" if closest else "recommended",
        cover=tuple(
            CoverRule(f"a{a}", f"A{a}", NAMES[a % 3], int(rng.integers(0, 3))) for a in range(areas)
        ),
        divert=divert,
        waits=waits,
        road_turnout=0.5,
        move_up=a_rule(rng),
    )
    fleet = a_fleet(rng, units, areas)
    same(simulate(world, fleet, policy, calls), simulate_plainly(world, fleet, policy, calls))


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.integers(0, 2**32), st.booleans())
def test_of_equal_ways_both_loops_take_the_same(seed: int, divert: bool) -> None:
    rng = np.random.default_rng(seed)
    units = int(rng.integers(2, 9))
    travel = 60.0 * rng.integers(1, 4, (PLACES, PLACES))
    np.fill_diagonal(travel, 0)
    world = World(travel, hospitals=np.array([1, 5]))
    calls = some_calls(rng, int(rng.integers(1, 40)), units)
    whole = {name: 60.0 for name in ("turnout_s", "on_scene_s")}
    calls = dataclasses.replace(
        calls,
        received_s=60.0 * np.floor(calls.received_s / 60),
        asked_s=60.0 * np.floor(calls.asked_s / 60),
        trip_class=None,
        **{name: each * np.floor(getattr(calls, name) / each) for name, each in whole.items()},
    )
    policy = Policy(dispatch="closest", divert=divert, move_up=a_rule(rng))
    fleet = dataclasses.replace(a_fleet(rng, units, 0), turnout_scale=None, moves_up=None)
    same(simulate(world, fleet, policy, calls), simulate_plainly(world, fleet, policy, calls))
