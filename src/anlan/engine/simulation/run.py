"""One simulated stretch of time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from anlan.engine.simulation import kernels as k
from anlan.engine.simulation.log import Bools, Progress
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.world import (
    I8,
    NEVER,
    NO_WAY,
    Fleet,
    Policy,
    World,
    check_fleet,
    whole_ms,
)
from anlan.engine.simulation.written import TIMES, Written
from anlan.engine.siting.move_up import MoveUp, pack

Stop = Callable[[], bool]
ORDERS_AT_A_TIME: Final = 20_000
FIRST_MOVES: Final = 4096
COUNTED: Final = (
    "no_such_unit",
    "slots_that_waited",
    "lost",
    "diverted",
    "cancelled_while_waiting",
)


def simulate(
    world: World,
    fleet: Fleet,
    policy: Policy,
    calls: CallStream,
    *,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Trace:
    """Live through the calls; the same input gives the same answer to the last bit, anywhere.

    `progress(label, share)` is told, and `stop()` looked at, every few thousand calls; a trace
    that was stopped has `finished` False and holds what was simulated until then.
    """
    check_fleet(world, fleet, policy)
    calls.check(world)
    out = Written.for_calls(fleet, calls)
    town = _town(world, fleet, policy, calls, out)
    state = _state(fleet, policy, calls, town)
    rule = pack(policy.move_up)
    orders, until, finished = len(state.order), ORDERS_AT_A_TIME, True
    while True:
        ended = k.run(town, state, rule, until)
        if ended == k.DONE:
            break
        if ended == k.NEEDS_ROOM:
            state = state._replace(moves=_longer(state.moves, len(fleet)))
            continue
        if progress is not None:
            progress("simulating", until / orders)
        if stop is not None and stop():
            finished = False
            break
        until += ORDERS_AT_A_TIME
    return _trace(state, out, finished=finished)


def _longer(moves: I8, units: int) -> I8:
    return np.concatenate([moves, np.zeros((len(moves) + units, 5), np.int64)])


def _town(world: World, fleet: Fleet, policy: Policy, calls: CallStream, out: Written) -> k.Town:
    """Lay out what the loop reads."""
    post = np.asarray(fleet.post, np.int64)
    home = world.ms_to[:, np.maximum(post, 0)]
    home = np.where((home == NO_WAY) | (post < 0)[None, :], k.FAR, home)
    unit, at, begins = fleet.changes_ms()
    classes = np.zeros(len(calls), np.int64) if calls.trip_class is None else calls.trip_class
    return k.Town(
        ms_to=world.ms_to,
        home_ms=np.ascontiguousarray(home, np.int32),
        factor=world.factors,
        fixed=world.fixed_ms,
        option=_options(world, policy),
        road_turnout=float(policy.road_turnout),
        scale=np.ones(len(fleet))
        if fleet.turnout_scale is None
        else np.ascontiguousarray(fleet.turnout_scale, np.float64),
        slot=_slots(world, calls, out),
        call=_columns(calls.place, calls.priority, classes),
        order_slot=calls.orders.slot,
        change=_columns(unit, at, begins),
        keep=np.array([rule.keep for rule in policy.cover], np.int64),
        base_of=_base_of(world, policy.move_up),
    )


def _options(world: World, policy: Policy) -> I8:
    option = np.zeros(6, np.int64)
    option[k.WAITS], option[k.DIVERT] = policy.waits, policy.divert
    option[k.CLOSEST] = policy.dispatch == "closest"
    option[k.COVER_MS] = round(policy.cover_penalty_s * 1000.0)
    option[k.DIVERT_MS] = round(policy.divert_penalty_s * 1000.0)
    option[k.START_MS] = world.start_ms
    return option


def _columns(*columns: object) -> I8:
    return np.ascontiguousarray(np.column_stack([np.asarray(c, np.int64) for c in columns]))


def _slots(world: World, calls: CallStream, out: Written) -> I8:
    """Lay out each slot's spells and where its patient would go."""
    slots = len(calls.call)
    logged = np.full(slots, -1) if calls.logged_unit is None else calls.logged_unit
    bits = out.bits.view(np.int64)
    return _columns(
        calls.call, bits, out.turnout_ms, out.on_scene_ms, out.handover_ms, out.transport_ms,
        out.cancelled_ms, _hospitals(world, calls, out), logged, out.order_of,
    )  # fmt: skip


def _hospitals(world: World, calls: CallStream, out: Written) -> I8:
    """Give each transport's hospital: its own, or the nearest that takes the type; else -1."""
    found = np.full(len(calls.call), -1, np.int64)
    rides = np.flatnonzero(out.handover_ms < NEVER)
    place, kind = calls.place[calls.call[rides]], calls.kind[calls.call[rides]]
    if len(world.hospitals) and len(rides):
        ms = world.ms_to[np.asarray(world.hospitals)[:, None], place[None, :]].astype(np.int64)
        if world.takes is not None:
            takes: Bools = world.takes[kind].T
            ms = np.where(takes, ms, NO_WAY)
        nearest = ms.argmin(0)
        there = ms[nearest, np.arange(len(rides))] < NO_WAY
        found[rides[there]] = np.asarray(world.hospitals)[nearest[there]]
    if calls.hospital is not None:
        own = np.asarray(calls.hospital)[rides]
        given = rides[own >= 0]
        road = world.ms_to[own[own >= 0], place[own >= 0]] != NO_WAY
        found[given] = np.where(road, own[own >= 0], -1)
    return found


def _base_of(world: World, rule: MoveUp | None) -> I8:
    numbers = np.full(world.places, -1, np.int64)
    if rule is not None:
        bases = np.asarray(rule.bases, np.int64)
        numbers[bases[::-1]] = np.arange(len(bases))[::-1]  # of two numbers the first counts
    return numbers


def _state(fleet: Fleet, policy: Policy, calls: CallStream, town: k.Town) -> k.State:
    """Lay out what the loop writes, as it is before the first event."""
    units = len(fleet)
    roaming, scalar = np.zeros(units, np.int64), np.zeros(8, np.int64)
    away = np.full((max(1, len(fleet.vocabulary)), units), k.FAR, np.int32)
    unit = _units(fleet, policy)
    for u in np.flatnonzero(unit[:, k.STATUS] == k.IDLE):
        k.now_idle(unit, away, roaming, scalar, int(u), 0)
    slots = len(calls.call)
    out = np.full((slots, 10), NEVER, np.int64)
    out[:, [k.WHO, k.FROM, k.WHERE]] = -1
    out[:, k.OPEN] = 0
    return k.State(
        unit=unit,
        out=out,
        order=_orders(calls),
        away=away,
        roaming=roaming,
        heap=np.zeros(units, np.int64),
        queue=np.zeros(len(calls.orders.call) + 1, np.int64),
        moves=np.zeros((FIRST_MOVES + 2 * units, 5), np.int64),
        scalar=scalar,
        count=np.zeros(8, np.int64),
        mix=np.zeros((2, 6), np.int64),
    )


def _units(fleet: Fleet, policy: Policy) -> I8:
    unit = np.zeros((len(fleet), k.UNIT_COLUMNS), np.int64)
    unit[:, k.SLOT] = unit[:, k.HEAP_AT] = unit[:, k.ROAM_AT] = unit[:, k.MOVING_SINCE] = -1
    unit[:, k.POST] = unit[:, k.BASE] = fleet.post
    unit[:, k.HEADS_FOR] = unit[:, k.ORIGIN] = fleet.starts_at
    unit[:, k.ORIGINS], unit[:, k.PART] = 1, k.PARTS
    unit[:, k.BITS] = fleet.bits.view(np.int64)
    unit[:, k.AREA] = _covers(fleet, policy)
    unit[:, k.MAY_MOVE] = 1 if fleet.moves_up is None else fleet.moves_up
    owner, spans = fleet.spans_ms()
    on = owner[(spans[:, 0] <= 0) & (spans[:, 1] > 0)]
    unit[on, k.IN_SERVICE], unit[on, k.STATUS] = 1, k.IDLE
    return unit


def _covers(fleet: Fleet, policy: Policy) -> I8:
    """Give the area that each unit covers while it is idle, -1 for none."""
    area = np.full(len(fleet), -1, np.int64)
    if fleet.area is not None and policy.cover:
        for u, a in enumerate(fleet.area):
            if a >= 0 and policy.cover[a].capability in fleet.capabilities[u]:
                area[u] = a
    return area


def _orders(calls: CallStream) -> I8:
    orders = calls.orders
    received = whole_ms(calls.received_s)[orders.call]
    priority = np.asarray(calls.priority, np.int64)[orders.call]
    by_rank = np.lexsort((orders.asked_ms, orders.call, received, priority))
    rank = np.zeros(len(by_rank), np.int64)
    rank[by_rank] = np.arange(len(by_rank))
    last = orders.first[1:] if len(by_rank) else np.zeros(0, np.int64)
    first = orders.first[:-1] if len(by_rank) else np.zeros(0, np.int64)
    return _columns(orders.asked_ms, orders.call, first, last, rank, np.zeros(len(by_rank)))


def _trace(state: k.State, out: Written, *, finished: bool) -> Trace:
    """Read the answer out of the loop's tables."""
    columns = (k.DISPATCH, k.EN_ROUTE, k.ON_SCENE, k.TRANSPORT, k.AT_HOSPITAL, k.AVAILABLE)
    for name, column in zip(TIMES, columns, strict=True):
        setattr(out, name, state.out[:, column])
    out.unit, out.from_place = state.out[:, k.WHO], state.out[:, k.FROM]
    out.hospital = state.out[:, k.WHERE]
    ends = int(state.scalar[k.ENDS])
    for u in range(len(state.unit)):
        k.end_move(state.unit, u, ends)
    out.busy_ms, out.moving_ms = state.unit[:, k.BUSY], state.unit[:, k.MOVING]
    moves: I8 = state.moves[: int(state.scalar[k.MOVES_N])]
    out.moves = moves
    counts = {name: int(state.count[at]) for at, name in enumerate(COUNTED)}
    return out.trace(ends_ms=ends, counts=counts, finished=finished)
