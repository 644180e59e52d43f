"""One simulated stretch of time: lays out the loop's tables, runs it, reads the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from anlan.engine.simulation import columns as k
from anlan.engine.simulation import kernels
from anlan.engine.simulation.log import Progress
from anlan.engine.simulation.relocation.kernels import LEFT_OUT, cover_of
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.ways.kernels import end_move, now_idle
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
COUNTED: Final = {
    "no_such_unit": k.NOBODY_CAN,
    "slots_that_waited": k.WAITED,
    "lost": k.LOST,
    "diverted": k.DIVERTED,
    "cancelled_while_waiting": k.DROPPED,
}


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
    tables = Tables.laid_out(world, fleet, policy, calls, out)
    orders, until, finished = len(calls.orders.call), ORDERS_AT_A_TIME, True
    while (ended := tables.run(until)) != k.DONE:
        if ended == k.NEEDS_ROOM:
            tables.lengthen()
            continue
        if progress is not None:
            progress("simulating", until / orders)
        if stop is not None and stop():
            finished = False
            break
        until += ORDERS_AT_A_TIME
    return tables.trace(out, finished=finished)


@dataclass
class Tables:
    """The tables of the compiled loop (columns.py says what they hold)."""

    home: I8
    scale: Any
    option: I8
    slot: I8
    order: I8
    unit: I8
    away: I8
    change: I8
    keep: I8
    base_of: I8
    moves: I8
    world: World
    policy: Policy
    slot_of_row: I8

    def __post_init__(self) -> None:
        self.scalar = np.zeros(k.SCALARS, np.int64)
        self.scalar[k.DUE_AT] = k.NOT_DUE
        self.rule = pack(self.policy.move_up)
        self.cover = cover_of(self.rule, self.unit[:, k.POST])
        self.work = np.zeros((8, k.MOST_SENT + 8 + len(self.rule.bases)), np.int64)
        units = len(self.unit)
        self.who, self.base = np.zeros(units, np.int64), np.zeros(units, np.int64)
        self.base_ms = np.zeros((units, len(self.rule.bases)), np.int64)
        for u in np.flatnonzero(self.unit[:, k.STATUS] == k.IDLE):
            now_idle(self.unit, self.away, self.scalar, int(u), 0)

    @classmethod
    def laid_out(
        cls, world: World, fleet: Fleet, policy: Policy, calls: CallStream, out: Written
    ) -> Tables:
        """Lay the tables out, as they are before the first event."""
        scale = np.ones(len(fleet)) if fleet.turnout_scale is None else fleet.turnout_scale
        return cls(
            home=_home(world, fleet),
            scale=np.append(scale, policy.road_turnout).astype(np.float64),
            option=_options(world, policy),
            slot=_slots(world, calls, out),
            order=_orders(calls),
            unit=_units(fleet, policy),
            away=_away(fleet),
            change=np.ascontiguousarray(np.column_stack(fleet.changes_ms())),
            keep=np.array([rule.keep for rule in policy.cover], np.int64),
            base_of=_base_of(world, policy.move_up),
            moves=np.zeros((FIRST_MOVES + 2 * len(fleet), 5), np.int64),
            world=world,
            policy=policy,
            slot_of_row=calls.orders.slot,
        )

    def run(self, until: int) -> int:
        """Live through the events until order number `until` (DONE, PAUSED or NEEDS_ROOM)."""
        ended: int = kernels.run(
            self.world.ms_to, self.home, self.world.factors, self.option, self.scale, self.slot,
            self.order, self.unit, self.away, self.scalar, self.keep, self.change, self.rule,
            self.cover, self.base_of, self.moves, self.who, self.base, self.base_ms, self.work,
            until,
        )  # fmt: skip
        return ended

    def lengthen(self) -> None:
        """Give the list of moves more room."""
        more = np.zeros((len(self.moves) + len(self.unit), 5), np.int64)
        self.moves = np.concatenate([self.moves, more])

    def trace(self, out: Written, *, finished: bool) -> Trace:
        """Read the answer."""
        columns = (k.DISPATCH, k.EN_ROUTE, k.ON_SCENE, k.TRANSPORT, k.AT_HOSPITAL, k.AVAILABLE)
        read = dict(zip(TIMES, columns, strict=True))
        read |= {"unit": k.WHO, "from_place": k.FROM, "hospital": k.WHERE}
        for name, column in read.items():
            getattr(out, name)[self.slot_of_row] = self.slot[:, column]
        ends = int(self.scalar[k.ENDS])
        for u in range(len(self.unit)):
            end_move(self.unit, u, ends)
        out.busy_ms, out.moving_ms = self.unit[:, k.BUSY], self.unit[:, k.MOVING]
        moves = self.moves[: int(self.scalar[k.MOVES_N])].tolist()
        out.moves = [(at, u, start, to, there) for at, u, start, to, there in moves]
        counts = {name: int(self.scalar[at]) for name, at in COUNTED.items()}
        return out.trace(ends_ms=ends, counts=counts, finished=finished)


def _home(world: World, fleet: Fleet) -> I8:
    """Lay out the keys by which units at their posts are ordered, for each target."""
    post = np.asarray(fleet.post, np.int64)
    ms = world.ms_to[:, np.maximum(post, 0)].astype(np.int64)
    ms = np.where((ms == NO_WAY) | (post < 0)[None, :], k.FAR, ms)
    spare = np.array([max(0, len(one) - 1) for one in fleet.capabilities], np.int64)
    # fancy indexing may lay columns out first; the loop reads along a row
    return np.ascontiguousarray(
        (ms << k.KEY_SHIFT) | (spare << k.UNIT_BITS) | np.arange(len(fleet))
    )


def _away(fleet: Fleet) -> I8:
    away = np.full((max(1, len(fleet.vocabulary)) + 1, len(fleet)), k.FAR_KEY, np.int64)
    away[k.DUE] = k.NOT_DUE
    return away


def _options(world: World, policy: Policy) -> I8:
    option = np.zeros(k.FIXED + world.classes, np.int64)
    option[k.WAITS], option[k.DIVERT] = policy.waits, policy.divert
    option[k.CLOSEST] = policy.dispatch == "closest"
    option[k.COVER_MS] = round(policy.cover_penalty_s * 1000.0)
    option[k.DIVERT_MS] = round(policy.divert_penalty_s * 1000.0)
    option[k.START_MS] = world.start_ms
    option[k.SIMPLE] = not policy.divert and (policy.dispatch == "closest" or not policy.cover)
    option[k.FIXED :] = world.fixed_ms
    return option


def _slots(world: World, calls: CallStream, out: Written) -> I8:
    """Lay out each slot's spells, in the order in which they are decided."""
    row = calls.orders.slot
    call = calls.call[row]
    slot = np.full((len(row), k.SLOT_COLUMNS), NEVER, np.int64)
    slot[:, k.SCENE], slot[:, k.GRAVITY] = calls.place[call], calls.priority[call]
    slot[:, k.BIT] = out.bits.view(np.int64)[row]
    spells = (out.turnout_ms, out.on_scene_ms, out.handover_ms, out.transport_ms, out.cancelled_ms)
    places = (k.TURNOUT, k.SPELL, k.HANDOVER, k.RIDE, k.CANCELLED)
    for column, spell in zip(places, spells, strict=True):
        slot[:, column] = spell[row]
    slot[:, k.HOSPITAL] = _hospitals(world, calls, out)[row]
    slot[:, k.LOGGED] = -1 if calls.logged_unit is None else calls.logged_unit[row]
    slot[:, k.OF_ORDER] = out.order_of[row]
    slot[:, [k.WHO, k.FROM, k.WHERE]] = -1
    slot[:, k.OPEN] = 0
    return slot


def _hospitals(world: World, calls: CallStream, out: Written) -> I8:
    """Give each transport's hospital: its own, or the nearest that takes the type; else -1."""
    found = np.full(len(calls.call), -1, np.int64)
    rides = np.flatnonzero(out.handover_ms < NEVER)
    place, kind = calls.place[calls.call[rides]], calls.kind[calls.call[rides]]
    hospitals = np.asarray(world.hospitals, np.intp)
    best = np.full(len(rides), NO_WAY, np.int64)
    for number, hospital in enumerate(hospitals):
        ms = world.ms_to[hospital, place].astype(np.int64)
        if world.takes is not None:
            ms = np.where(world.takes[kind, number], ms, NO_WAY)
        nearer = ms < best
        found[rides[nearer]], best[nearer] = hospital, ms[nearer]
    if calls.hospital is not None:
        own = np.asarray(calls.hospital)[rides]
        given = own >= 0
        road = world.ms_to[own[given], place[given]] != NO_WAY
        found[rides[given]] = np.where(road, own[given], -1)
    return found


def _base_of(world: World, rule: MoveUp | None) -> I8:
    numbers = np.full(world.places, -1, np.int64)
    if rule is not None:
        bases = np.asarray(rule.bases, np.int64)
        numbers[bases[::-1]] = np.arange(len(bases))[::-1]  # of two numbers the first counts
    return numbers


def _units(fleet: Fleet, policy: Policy) -> I8:
    unit = np.zeros((len(fleet), k.UNIT_COLUMNS), np.int64)
    unit[:, [k.SLOT, k.ROAM_AT, k.MOVING_SINCE]] = -1
    unit[:, k.POST] = unit[:, k.BASE] = fleet.post
    unit[:, k.HEADS_FOR] = unit[:, k.ORIGIN] = fleet.starts_at
    unit[:, k.ORIGINS], unit[:, k.PART] = 1, k.PARTS
    unit[:, k.BITS] = fleet.bits.view(np.int64)
    unit[:, k.COUNTED], unit[:, k.HOST] = LEFT_OUT, np.arange(len(fleet))
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
    """Lay out the run cards; the row after the last stands at NEVER."""
    orders = calls.orders
    count = len(orders.call)
    received = whole_ms(calls.received_s)[orders.call]
    priority = np.asarray(calls.priority, np.int64)[orders.call]
    order = np.zeros((count + 1, k.ORDER_COLUMNS), np.int64)
    order[count, k.ASKED] = NEVER
    order[:count, k.ASKED] = orders.asked_ms
    order[:count, k.CLASS] = 0 if calls.trip_class is None else calls.trip_class[orders.call]
    if count:
        order[:count, k.FIRST], order[:count, k.LAST] = orders.first[:-1], orders.first[1:]
    by_rank = np.lexsort((orders.asked_ms, orders.call, received, priority))
    order[by_rank, k.RANK] = np.arange(count)
    return order
