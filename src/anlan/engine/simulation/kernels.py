"""The simulation as a compiled loop. Its plain twin is reference.py; a test compares every column.

All times are whole milliseconds and all arithmetic on them is in integers, but for one rounded
product with the hour's factor; so the same input gives the same bits on any machine. State stands
in few wide tables whose columns are named below: a unit's row lies together in the cache, and
loops pass few arrays on. Tables: `unit[u]`, `slot[s]` (read), `out[s]` (written), `call[c]`,
`order[o]`, `change[n]`, `scalar`, `count`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from anlan.engine.assignment.kernels import TICKS_PER_MS, bit_count, choose_units
from anlan.engine.siting.move_up.kernels import best_base, comply, double_standard

Array = Any
NEVER = 2**62
NO_WAY = 2**31 - 1
FAR = 2**29  # in the tables of home travel: no way, or not standing there; two of them still add
PARTS = 1 << 20
HALF = 1 << 19
SHIFT = 20
HOUR_MS = 3_600_000
MOST_SENT = 40
OFF, IDLE, TAKEN = 0, 1, 2
NO_RULE, COMPLIANCE, DMEXCLP, DDSM = 0, 1, 2, 3

# columns of `unit`
STATUS, IN_SERVICE, SLOT, BASE, HEADS_FOR, LEAVES, ARRIVES, ORIGINS = range(8)
ORIGIN, PART = 8, 12  # four columns each
FREE_AT, ENDS_AT, DIVERT_UNTIL, MOVING_SINCE, HEAP_AT, ROAM_AT, POST, AREA = range(16, 24)
BITS, BUSY, MOVING, MAY_MOVE, UNIT_COLUMNS = 24, 25, 26, 27, 28
# columns of `slot`
CALL, BIT, TURNOUT, SPELL, HANDOVER, RIDE, CANCELLED, HOSPITAL, LOGGED, OF_ORDER = range(10)
# columns of `out`
WHO, DISPATCH, EN_ROUTE, ON_SCENE, TRANSPORT, AT_HOSPITAL, AVAILABLE, FROM, WHERE, OPEN = range(10)
# columns of `call`, `order`, `change`
PLACE, PRIORITY, CLASS = range(3)
ASKED, OF_CALL, FIRST, LAST, RANK, FRESH = range(6)
CHANGED, CHANGE_AT, BEGINS = range(3)
# `scalar`
HEAP_N, QUEUE_N, ROAM_N, NEXT_ORDER, NEXT_CHANGE, MOVES_N, ENDS = range(7)
# `count`
NOBODY_CAN, WAITED, LOST, DIVERTED, DROPPED = range(5)
# `option`
WAITS, DIVERT, CLOSEST, COVER_MS, DIVERT_MS, START_MS = range(6)
DONE, PAUSED, NEEDS_ROOM = range(3)


# ---------------------------------------------------------------- places and times


@njit(cache=True, nogil=True)
def place_at(  # noqa: C901 - the innermost loop, in one piece
    unit: Array, u: int, at: int, place: Array, part: Array
) -> int:  # fmt: skip
    """This will say where a unit is: up to four places with their parts, the heaviest first."""
    if at >= unit[u, ARRIVES]:
        place[0], part[0] = unit[u, HEADS_FOR], PARTS
        return 1
    n = unit[u, ORIGINS]
    for k in range(n):
        place[k], part[k] = unit[u, ORIGIN + k], unit[u, PART + k]
    if at <= unit[u, LEAVES]:
        return n
    leaves, target = unit[u, LEAVES], unit[u, HEADS_FOR]
    gone = (at - leaves) * PARTS // (unit[u, ARRIVES] - leaves)
    known = False
    for k in range(n):
        part[k] = part[k] * (PARTS - gone) // PARTS
        if place[k] == target:
            part[k] += gone
            known = True
    if not known:
        place[n], part[n] = target, gone
        n += 1
    for k in range(1, n):
        p, w = place[k], part[k]
        back = k
        while back > 0 and part[back - 1] < w:
            place[back], part[back] = place[back - 1], part[back - 1]
            back -= 1
        place[back], part[back] = p, w
    n = min(n, 4)
    while part[n - 1] == 0:
        n -= 1
    total = 0
    for k in range(n):
        total += part[k]
    part[0] += PARTS - total
    return n


@njit(cache=True, nogil=True)
def scaled(free_ms: int, factor: Array, fixed: Array, start_ms: int, at: int, trip: int) -> int:
    """This will turn free-flow time into the time of a trip of this class that leaves now."""
    if free_ms >= NO_WAY:
        return NO_WAY
    hour = (start_ms + at) // HOUR_MS % 168
    return np.int64(np.rint(free_ms * factor[trip, hour])) + fixed[trip]


@njit(cache=True, nogil=True)
def free_flow(ms_to: Array, target: int, n: int, place: Array, part: Array) -> int:
    """This will give the free-flow time from a mixture of places."""
    total = 0
    for k in range(n):
        ms = np.int64(ms_to[target, place[k]])
        if ms == NO_WAY:
            return NO_WAY
        total += part[k] * ms
    return (total + HALF) >> SHIFT


@njit(cache=True, nogil=True)
def unit_ms(ms_to: Array, unit: Array, u: int, at: int, target: int, mix: Array) -> int:
    """This will give a unit's free-flow time to a place, from where it is."""
    if at >= unit[u, ARRIVES]:
        return np.int64(ms_to[target, unit[u, HEADS_FOR]])
    n = place_at(unit, u, at, mix[0], mix[1])
    return free_flow(ms_to, target, n, mix[0], mix[1])


@njit(cache=True, nogil=True)
def go_to(
    ms_to: Array, factor: Array, fixed: Array, option: Array, unit: Array, u: int, place: int,
    at: int, mix: Array,
) -> None:  # fmt: skip
    """This will let a unit that nobody needs go somewhere; where no road leads it stays."""
    n = place_at(unit, u, at, mix[0], mix[1])
    trip = NO_WAY
    if place >= 0:
        ms = free_flow(ms_to, place, n, mix[0], mix[1])
        trip = scaled(ms, factor, fixed, option[START_MS], at, 0)
    unit[u, ORIGINS] = n
    for k in range(n):
        unit[u, ORIGIN + k], unit[u, PART + k] = mix[0, k], mix[1, k]
    unit[u, LEAVES] = at
    if trip == NO_WAY:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = mix[0, 0], at
    elif n == 1 and mix[0, 0] == place:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = place, at
    else:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = place, at + trip


# ---------------------------------------------------------------- who stands at home, who roams


@njit(cache=True, nogil=True)
def stands(unit: Array, away: Array, u: int, far: int) -> None:
    """This will mark, for each thing it can do, that a unit stands ready at its post (or not)."""
    bits = unit[u, BITS]
    for b in range(len(away)):
        if bits & (np.int64(1) << b):
            away[b, u] = far


@njit(cache=True, nogil=True)
def roam(unit: Array, roaming: Array, scalar: Array, u: int) -> None:
    """This will put an idle unit among those that are looked at one by one."""
    if unit[u, ROAM_AT] < 0:
        n = scalar[ROAM_N]
        roaming[n], unit[u, ROAM_AT] = u, n
        scalar[ROAM_N] = n + 1


@njit(cache=True, nogil=True)
def unroam(unit: Array, roaming: Array, scalar: Array, u: int) -> None:
    """This will take a unit from among those."""
    at = unit[u, ROAM_AT]
    if at >= 0:
        n = scalar[ROAM_N] - 1
        last = roaming[n]
        roaming[at], unit[last, ROAM_AT] = last, at
        unit[u, ROAM_AT] = -1
        scalar[ROAM_N] = n


@njit(cache=True, nogil=True)
def now_idle(unit: Array, away: Array, roaming: Array, scalar: Array, u: int, at: int) -> None:
    """This will let an idle unit be found: at its post, or roaming."""
    if at >= unit[u, ARRIVES] and unit[u, HEADS_FOR] == unit[u, POST]:
        unroam(unit, roaming, scalar, u)
        stands(unit, away, u, 0)
    else:
        stands(unit, away, u, FAR)
        roam(unit, roaming, scalar, u)


@njit(cache=True, nogil=True)
def not_idle(unit: Array, away: Array, roaming: Array, scalar: Array, u: int) -> None:
    """This will let a unit no longer be found."""
    stands(unit, away, u, FAR)
    unroam(unit, roaming, scalar, u)


@njit(cache=True, nogil=True)
def nearest(  # noqa: C901 - the row at home, then those on the road; fill_wholly's twin
    ms_to: Array, home_ms: Array, factor: Array, fixed: Array, start_ms: int, unit: Array,
    away: Array, roaming: Array, scalar: Array, bit: int, target: int, trip: int, at: int,
    mix: Array,
) -> tuple[int, int]:  # fmt: skip
    """This will find the nearest idle unit with a capability: (unit or -1, milliseconds).

    Of equal times the one that can do least besides goes, then the first. Units at home are
    found in a row of travel times; only those on the road are looked at one by one.
    """
    b = 0
    while not bit & (np.int64(1) << b):
        b += 1
    row, off = home_ms[target], away[b]
    least = np.int32(FAR)
    for u in range(len(row)):
        least = min(least, row[u] + off[u])
    best, best_ms, best_spare = -1, NO_WAY, 0
    if least < FAR:
        hour = (start_ms + at) // HOUR_MS % 168
        # free-flow times that round to one trip differ by less than this
        margin = least + np.int64(1.0 / factor[trip, hour]) + 2
        for u in range(len(row)):
            if row[u] + off[u] < margin and row[u] < FAR and off[u] == 0:
                ms = scaled(np.int64(row[u]), factor, fixed, start_ms, at, trip)
                spare = bit_count(unit[u, BITS] & ~bit)
                if ms < best_ms or (ms == best_ms and spare < best_spare):
                    best, best_ms, best_spare = u, ms, spare
    k = 0
    while k < scalar[ROAM_N]:
        u = roaming[k]
        if at >= unit[u, ARRIVES] and unit[u, HEADS_FOR] == unit[u, POST]:
            unroam(unit, roaming, scalar, u)  # it is home by now
            stands(unit, away, u, 0)
            known = True
        else:
            known = False
        if unit[u, BITS] & bit:
            free_ms = unit_ms(ms_to, unit, u, at, target, mix)
            ms = scaled(free_ms, factor, fixed, start_ms, at, trip)
            spare = bit_count(unit[u, BITS] & ~bit)
            if ms < NO_WAY and (best < 0 or (ms, spare, u) < (best_ms, best_spare, best)):
                best, best_ms, best_spare = u, ms, spare
        if not known:
            k += 1
    return best, best_ms


# ---------------------------------------------------------------- when units get free


@njit(cache=True, nogil=True)
def sift(heap: Array, unit: Array, scalar: Array, i: int) -> None:
    """This will put the unit at place i of the heap where its time of getting free belongs."""
    n = scalar[HEAP_N]
    u = heap[i]
    t = unit[u, FREE_AT]
    while i > 0:
        up = (i - 1) >> 1
        other = heap[up]
        if (unit[other, FREE_AT], other) <= (t, u):
            break
        heap[i], unit[other, HEAP_AT] = other, i
        i = up
    while True:
        down = 2 * i + 1
        if down >= n:
            break
        other = heap[down]
        if down + 1 < n:
            beside = heap[down + 1]
            if (unit[beside, FREE_AT], beside) < (unit[other, FREE_AT], other):
                down, other = down + 1, beside
        if (unit[other, FREE_AT], other) >= (t, u):
            break
        heap[i], unit[other, HEAP_AT] = other, i
        i = down
    heap[i], unit[u, HEAP_AT] = u, i


@njit(cache=True, nogil=True)
def push(heap: Array, unit: Array, scalar: Array, u: int) -> None:
    """This will note when a unit gets free, or note it anew."""
    if unit[u, HEAP_AT] < 0:
        n = scalar[HEAP_N]
        heap[n], unit[u, HEAP_AT] = u, n
        scalar[HEAP_N] = n + 1
    sift(heap, unit, scalar, unit[u, HEAP_AT])


@njit(cache=True, nogil=True)
def pop(heap: Array, unit: Array, scalar: Array) -> int:
    """This will take out the unit that gets free first."""
    u = heap[0]
    n = scalar[HEAP_N] - 1
    scalar[HEAP_N] = n
    unit[u, HEAP_AT] = -1
    if n > 0:
        last = heap[n]
        heap[0], unit[last, HEAP_AT] = last, 0
        sift(heap, unit, scalar, 0)
    return u


# ---------------------------------------------------------------- dispatch


@njit(cache=True, nogil=True)
def end_move(unit: Array, u: int, at: int) -> None:
    """This will count how long a unit was on its way to another base, where it was."""
    if unit[u, MOVING_SINCE] >= 0:
        unit[u, MOVING] += min(at, unit[u, ARRIVES]) - unit[u, MOVING_SINCE]
        unit[u, MOVING_SINCE] = -1


@njit(cache=True, nogil=True)
def commit(  # noqa: C901 - one unit's states in their order
    ms_to: Array, factor: Array, fixed: Array, option: Array, road_turnout: float, scale: Array,
    unit: Array, slot: Array, out: Array, call: Array, u: int, s: int, at: int, trip: int,
    mix: Array,
) -> None:  # fmt: skip
    """This will send a unit and work out when it is where, and when it is free again."""
    end_move(unit, u, at)
    turnout = slot[s, TURNOUT]
    if turnout < NEVER:
        if scale[u] != 1.0:
            turnout = np.int64(np.rint(turnout * scale[u]))
        if unit[u, LEAVES] <= at < unit[u, ARRIVES]:
            turnout = np.int64(np.rint(turnout * road_turnout))
    n = place_at(unit, u, at, mix[0], mix[1])
    unit[u, ORIGINS] = n
    for k in range(n):
        unit[u, ORIGIN + k], unit[u, PART + k] = mix[0, k], mix[1, k]
    scene = call[slot[s, CALL], PLACE]
    leaves = at + turnout if turnout < NEVER else NEVER
    arrives = leaves + trip if leaves < NEVER else NEVER
    unit[u, HEADS_FOR], unit[u, LEAVES], unit[u, ARRIVES] = scene, leaves, arrives
    unit[u, STATUS], unit[u, SLOT] = TAKEN, s
    out[s, WHO], out[s, DISPATCH], out[s, FROM], out[s, OPEN] = u, at, mix[0, 0], 0
    if slot[s, CANCELLED] < NEVER:
        done = at + slot[s, CANCELLED]
        unit[u, ENDS_AT], unit[u, DIVERT_UNTIL] = -1, done
        if leaves < done:
            out[s, EN_ROUTE] = leaves
    else:
        out[s, EN_ROUTE], out[s, ON_SCENE] = leaves, arrives
        unit[u, DIVERT_UNTIL], unit[u, ENDS_AT] = arrives, scene
        done = arrives + slot[s, SPELL]
        if slot[s, HANDOVER] < NEVER:
            hospital, ride = slot[s, HOSPITAL], slot[s, RIDE]
            out[s, TRANSPORT] = done
            if hospital >= 0:
                unit[u, ENDS_AT] = out[s, WHERE] = hospital
            if ride == NEVER:
                ride = 0
                if hospital >= 0:
                    ms = np.int64(ms_to[hospital, scene])
                    ride = scaled(ms, factor, fixed, option[START_MS], done, 0)
            out[s, AT_HOSPITAL] = done + ride
            done += ride + slot[s, HANDOVER]
    unit[u, FREE_AT] = done


@njit(cache=True, nogil=True)
def enqueue(order: Array, queue: Array, scalar: Array, o: int) -> None:
    """This will put an order in the queue by its rank."""
    at = scalar[QUEUE_N]
    while at > 0 and order[queue[at - 1], RANK] > order[o, RANK]:
        queue[at] = queue[at - 1]
        at -= 1
    queue[at] = o
    scalar[QUEUE_N] += 1


@njit(cache=True, nogil=True)
def take(
    unit: Array, slot: Array, out: Array, order: Array, queue: Array, scalar: Array, count: Array,
    u: int, at: int,
) -> bool:  # fmt: skip
    """This will take a unit off the lesser call that it heads for; False where it is idle."""
    if unit[u, STATUS] != TAKEN:
        return False
    s = unit[u, SLOT]
    count[DIVERTED] += 1
    unit[u, BUSY] += at - out[s, DISPATCH]
    for column in range(DISPATCH, AVAILABLE + 1):
        out[s, column] = NEVER
    out[s, WHO] = out[s, FROM] = out[s, WHERE] = -1
    out[s, OPEN] = 1
    o = slot[s, OF_ORDER]
    order[o, FRESH] = 1
    for at_ in range(scalar[QUEUE_N]):
        if queue[at_] == o:
            return True
    enqueue(order, queue, scalar, o)
    return True


@njit(cache=True, nogil=True)
def open_slots(
    slot: Array, out: Array, order: Array, order_slot: Array, count: Array, o: int, at: int,
    slots: Array,
) -> int:  # fmt: skip
    """This will list an order's open slots, and let go those that were cancelled by now."""
    n = 0
    for k in range(order[o, FIRST], order[o, LAST]):
        s = order_slot[k]
        if not out[s, OPEN]:
            continue
        if at >= order[o, ASKED] + slot[s, CANCELLED]:
            out[s, OPEN] = 0
            count[DROPPED] += 1
            continue
        slots[n] = s
        n += 1
    return n


@njit(cache=True, nogil=True)
def pair_slots(
    slot: Array, slots: Array, n: int, line_of_slot: Array, who: Array, line_of: Array, sent: int,
    slot_of: Array,
) -> None:  # fmt: skip
    """This will give each unit its slot: its own if the log sent it, else its line's next."""
    used = np.zeros(n, np.bool_)
    for k in range(sent):
        slot_of[k] = -1
        for at in range(n):
            s = slots[at]
            if not used[at] and line_of_slot[at] == line_of[k] and slot[s, LOGGED] == who[k]:
                used[at], slot_of[k] = True, s
                break
    for k in range(sent):
        if slot_of[k] >= 0:
            continue
        for at in range(n):
            if not used[at] and line_of_slot[at] == line_of[k]:
                used[at], slot_of[k] = True, slots[at]
                break


class Town(NamedTuple):
    """What is read: tables as the module's docstring names them; see run.py for how they are laid.

    `ms_to[to, from]` free-flow ms; `home_ms[to, u]` the same from unit u's post (FAR: no way);
    `base_of[place]` is the number of a move-up base, -1 where there is none.
    """

    ms_to: Array
    home_ms: Array
    factor: Array
    fixed: Array
    option: Array
    road_turnout: float
    scale: Array
    slot: Array
    call: Array
    order_slot: Array
    change: Array
    keep: Array
    base_of: Array


class State(NamedTuple):
    """What is written while the simulation runs, so that it can pause and go on."""

    unit: Array
    out: Array
    order: Array
    away: Array
    roaming: Array
    heap: Array
    queue: Array
    moves: Array
    scalar: Array
    count: Array
    mix: Array


@njit(cache=True, nogil=True)
def send(town: Town, state: State, u: int, s: int, at: int, trip: int) -> bool:
    """This will send a unit in a slot's place; True where it was diverted from another call."""
    diverted = take(
        state.unit, town.slot, state.out, state.order, state.queue, state.scalar, state.count,
        u, at,
    )  # fmt: skip
    if not diverted:
        not_idle(state.unit, state.away, state.roaming, state.scalar, u)
    commit(
        town.ms_to, town.factor, town.fixed, town.option, town.road_turnout, town.scale,
        state.unit, town.slot, state.out, town.call, u, s, at, trip, state.mix,
    )  # fmt: skip
    push(state.heap, state.unit, state.scalar, u)
    return diverted


@njit(cache=True, nogil=True)
def fill_simply(
    town: Town, state: State, slots: Array, n: int, target: int, trip: int, at: int
) -> None:
    """This will fill slots one by one with the nearest idle unit: no cover, nobody diverted."""
    who, line_of = np.empty(n, np.int64), np.zeros(n, np.int64)
    took, line_of_slot = np.empty(n, np.int64), np.zeros(n, np.int64)
    sent, line, lacking = 0, 0, False
    for k in range(n):
        bit = town.slot[slots[k], BIT]
        if k > 0 and bit != town.slot[slots[k - 1], BIT]:
            line += 1
            lacking = False
        line_of_slot[k] = line
        if lacking:
            continue
        u, ms = nearest(
            town.ms_to, town.home_ms, town.factor, town.fixed, town.option[START_MS], state.unit,
            state.away, state.roaming, state.scalar, bit, target, trip, at, state.mix,
        )  # fmt: skip
        if u < 0:
            lacking = True
            continue
        not_idle(state.unit, state.away, state.roaming, state.scalar, u)
        who[sent], took[sent], line_of[sent] = u, ms, line
        sent += 1
    slot_of = np.empty(n, np.int64)
    pair_slots(town.slot, slots, n, line_of_slot, who, line_of, sent, slot_of)
    for k in range(sent):
        send(town, state, who[k], slot_of[k], at, took[k])


@njit(cache=True, nogil=True)
def fill_wholly(  # noqa: C901 - lists who may go, chooses, sends
    town: Town, state: State, slots: Array, n: int, target: int, trip: int, at: int
) -> bool:
    """This will choose a whole run card at once; True where a unit was diverted."""
    unit, option, areas = state.unit, town.option, len(town.keep)
    units = len(unit)
    rank = town.call[town.slot[slots[0], CALL], PRIORITY]
    who, ms = np.empty(units, np.int64), np.empty(units, np.int64)
    bits, area = np.empty(units, np.int64), np.empty(units, np.int64)
    taken = np.zeros(units, np.bool_)
    have = np.zeros(areas, np.int64)
    able = 0
    for u in range(units):
        status = unit[u, STATUS]
        if status == TAKEN:
            lesser = town.call[town.slot[unit[u, SLOT], CALL], PRIORITY] > rank
            if not (option[DIVERT] and lesser and at < unit[u, DIVERT_UNTIL]):
                continue
        elif status != IDLE:
            continue
        covered = unit[u, AREA] if status == IDLE else -1
        if covered >= 0:
            have[covered] += 1
        free_ms = unit_ms(town.ms_to, unit, u, at, target, state.mix)
        time = scaled(free_ms, town.factor, town.fixed, option[START_MS], at, trip)
        if time == NO_WAY:
            continue
        who[able], ms[able], bits[able], area[able] = u, time, unit[u, BITS], covered
        taken[able] = status == TAKEN
        able += 1
    if able == 0:
        return False
    line_of_slot = np.zeros(n, np.int64)
    wanted, count = np.zeros(n, np.int64), np.zeros(n, np.int64)
    line = 0
    for k in range(n):
        bit = town.slot[slots[k], BIT]
        if k > 0 and bit != wanted[line]:
            line += 1
        wanted[line] = bit
        count[line] += 1
        line_of_slot[k] = line
    sent_k, line_of = np.empty(n, np.int64), np.empty(n, np.int64)
    if option[CLOSEST]:
        sent = closest(bits[:able], ms[:able], taken[:able], wanted[: line + 1],
                       count[: line + 1], option[DIVERT_MS], sent_k, line_of)  # fmt: skip
    else:
        sent = choose_units(
            bits[:able], ms[:able], taken[:able], area[:able], wanted[: line + 1],
            count[: line + 1], have, town.keep, float(option[COVER_MS] * TICKS_PER_MS),
            float(option[DIVERT_MS] * TICKS_PER_MS), sent_k, line_of,
        )  # fmt: skip
    slot_of, chosen = np.empty(n, np.int64), np.empty(n, np.int64)
    for k in range(sent):
        chosen[k] = who[sent_k[k]]
    pair_slots(town.slot, slots, n, line_of_slot, chosen, line_of, sent, slot_of)
    diverted = False
    for k in range(sent):
        diverted |= send(town, state, chosen[k], slot_of[k], at, ms[sent_k[k]])
    return diverted


@njit(cache=True, nogil=True)
def closest(
    bits: Array, ms: Array, taken: Array, wanted: Array, count: Array, divert_ms: int,
    sent: Array, line_of: Array,
) -> int:  # fmt: skip
    """This will give each slot in turn the nearest that is left; diverting has its price."""
    used = np.zeros(len(ms), np.bool_)
    number = 0
    for line in range(len(wanted)):
        for _ in range(count[line]):
            best, best_ms, best_spare = -1, 0, 0
            for k in range(len(ms)):
                if used[k] or not bits[k] & wanted[line]:
                    continue
                price = ms[k] + (divert_ms if taken[k] else 0)
                spare = bit_count(bits[k] & ~wanted[line])
                if best < 0 or (price, spare) < (best_ms, best_spare):
                    best, best_ms, best_spare = k, price, spare
            if best < 0:
                break
            used[best] = True
            sent[number], line_of[number] = best, line
            number += 1
    return number


@njit(cache=True, nogil=True)
def fill(town: Town, state: State, o: int, at: int) -> tuple[int, bool]:
    """This will send the best units to an order's open slots: (slots still open, any diverted)."""
    slots = np.empty(MOST_SENT, np.int64)
    n = open_slots(
        town.slot, state.out, state.order, town.order_slot, state.count, o, at, slots
    )  # fmt: skip
    if n == 0:
        return 0, False
    c = state.order[o, OF_CALL]
    target, trip = town.call[c, PLACE], town.call[c, CLASS]
    one_line = True
    for k in range(1, n):
        one_line = one_line and town.slot[slots[k], BIT] == town.slot[slots[0], BIT]
    simple = not town.option[DIVERT] and (
        town.option[CLOSEST] or (one_line and len(town.keep) == 0)
    )
    diverted = False
    if simple:
        fill_simply(town, state, slots, n, target, trip, at)
    else:
        diverted = fill_wholly(town, state, slots, n, target, trip, at)
    left = 0
    for k in range(n):
        left += state.out[slots[k], OPEN]
    return left, diverted


# ---------------------------------------------------------------- the queue


@njit(cache=True, nogil=True)
def helps(town: Town, state: State, o: int, bits: int) -> bool:
    """This will tell whether a unit that can do this fits an open slot of an order."""
    for k in range(state.order[o, FIRST], state.order[o, LAST]):
        s = town.order_slot[k]
        if state.out[s, OPEN] and town.slot[s, BIT] & bits:
            return True
    return False


@njit(cache=True, nogil=True)
def open_in(town: Town, state: State, o: int) -> int:
    """This will count an order's open slots."""
    n = 0
    for k in range(state.order[o, FIRST], state.order[o, LAST]):
        n += state.out[town.order_slot[k], OPEN]
    return n


@njit(cache=True, nogil=True)
def serve_queue(town: Town, state: State, u: int, at: int) -> bool:
    """This will try the waiting orders that unit u can help, and those just reopened."""
    queue, scalar, order = state.queue, state.scalar, state.order
    sent, place = False, 0
    while place < scalar[QUEUE_N]:
        o = queue[place]
        idle = u >= 0 and state.unit[u, STATUS] == IDLE
        if order[o, FRESH] or (idle and helps(town, state, o, state.unit[u, BITS])):
            order[o, FRESH] = 0
            before, dropped = open_in(town, state, o), state.count[DROPPED]
            left, _ = fill(town, state, o, at)
            sent = sent or left < before - (state.count[DROPPED] - dropped)
        place += 1
    kept = 0
    for at_ in range(scalar[QUEUE_N]):
        o = queue[at_]
        left = open_in(town, state, o)
        if left and town.option[WAITS]:
            queue[kept] = o
            kept += 1
        elif left:
            state.count[LOST] += left
            close_all(town, state, o)
    scalar[QUEUE_N] = kept
    return sent


@njit(cache=True, nogil=True)
def close_all(town: Town, state: State, o: int) -> None:
    """This will leave an order's open slots to a neighbour."""
    for k in range(state.order[o, FIRST], state.order[o, LAST]):
        state.out[town.order_slot[k], OPEN] = 0


@njit(cache=True, nogil=True)
def decide(town: Town, state: State, o: int, at: int) -> bool:
    """This will decide a run card when its moment comes; True where anyone was sent."""
    able = 0
    for k in range(state.order[o, FIRST], state.order[o, LAST]):
        s = town.order_slot[k]
        if town.slot[s, BIT]:
            state.out[s, OPEN] = 1
            able += 1
        else:
            state.count[NOBODY_CAN] += 1
    if able == 0:
        return False
    dropped = state.count[DROPPED]
    left, diverted = fill(town, state, o, at)
    sent = left < able - (state.count[DROPPED] - dropped)
    state.order[o, FRESH] = 0
    if left and not town.option[WAITS]:
        state.count[LOST] += left
        close_all(town, state, o)
    elif left:
        state.count[WAITED] += left
        enqueue(state.order, state.queue, state.scalar, o)
    if diverted:
        serve_queue(town, state, -1, at)
    return sent


# ---------------------------------------------------------------- events


@njit(cache=True, nogil=True)
def get_free(town: Town, state: State, u: int, at: int) -> None:
    """This will end a unit's call and let it go home."""
    unit = state.unit
    s = unit[u, SLOT]
    state.out[s, AVAILABLE] = at
    unit[u, BUSY] += at - state.out[s, DISPATCH]
    if unit[u, ENDS_AT] >= 0:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = unit[u, ENDS_AT], at
    unit[u, SLOT] = -1
    unit[u, STATUS] = IDLE if unit[u, IN_SERVICE] else OFF
    if not unit[u, IN_SERVICE]:
        unit[u, BASE] = unit[u, POST]
    go_to(
        town.ms_to, town.factor, town.fixed, town.option, unit, u, unit[u, BASE], at, state.mix
    )  # fmt: skip
    if unit[u, STATUS] == IDLE:
        now_idle(unit, state.away, state.roaming, state.scalar, u, at)


@njit(cache=True, nogil=True)
def change_service(town: Town, state: State, u: int, at: int, begins: int) -> None:
    """This will begin or end a unit's time in service; a taken unit ends its call first."""
    unit = state.unit
    unit[u, IN_SERVICE] = begins
    if unit[u, STATUS] == TAKEN:
        return
    if begins:
        unit[u, STATUS] = IDLE
        now_idle(unit, state.away, state.roaming, state.scalar, u, at)
        return
    unit[u, STATUS] = OFF
    not_idle(unit, state.away, state.roaming, state.scalar, u)
    end_move(unit, u, at)
    unit[u, BASE] = unit[u, POST]
    go_to(
        town.ms_to, town.factor, town.fixed, town.option, unit, u, unit[u, BASE], at, state.mix
    )  # fmt: skip


# ---------------------------------------------------------------- move-up


@njit(cache=True, nogil=True)
def base_ms(town: Town, rule: Array, state: State, u: int, at: int, row: Array) -> None:
    """This will fill a row with a unit's milliseconds to each base."""
    n = place_at(state.unit, u, at, state.mix[0], state.mix[1])
    for b in range(len(rule.bases)):
        ms = free_flow(town.ms_to, rule.bases[b], n, state.mix[0], state.mix[1])
        row[b] = scaled(ms, town.factor, town.fixed, town.option[START_MS], at, 0)


@njit(cache=True, nogil=True)
def settled(units: Array, base: Array) -> bool:
    """This will tell whether the compliance table is kept already."""
    row = units[min(len(base), len(units) - 1)]
    short = row.copy()
    for k in range(len(base)):
        if base[k] >= 0:
            short[base[k]] -= 1
    return short.max() <= 0


@njit(cache=True, nogil=True)
def relocate(  # noqa: C901 - who may move, what the rule says, who goes
    town: Town, state: State, rule: Array, at: int, freed: int, sent: bool
) -> None:  # fmt: skip
    """This will ask the move-up rule where units should wait now, and let them go there."""
    unit, units = state.unit, len(state.unit)
    if (rule.rule == DMEXCLP and freed < 0) or (rule.rule == DDSM and not sent):
        return
    who, base = np.empty(units, np.int64), np.empty(units, np.int64)
    n, freed_row = 0, -1
    for u in range(units):
        if unit[u, STATUS] == IDLE and unit[u, MAY_MOVE]:
            if u == freed:
                freed_row = n
            who[n] = u
            base[n] = town.base_of[unit[u, BASE]] if unit[u, BASE] >= 0 else -1
            n += 1
    if n == 0 or (rule.rule == DMEXCLP and freed_row < 0):
        return
    if rule.rule == COMPLIANCE and settled(rule.units, base[:n]):
        return
    ms = np.empty((n, len(rule.bases)), np.int64)
    for k in range(n):
        if rule.rule != DMEXCLP or k == freed_row:
            base_ms(town, rule, state, who[k], at, ms[k])
    target = np.full(n, -1, np.int64)
    if rule.rule == COMPLIANCE:
        target = comply(rule.units, base[:n], ms)
    elif rule.rule == DMEXCLP:
        target[freed_row] = best_base(
            rule.gain_of, rule.demand, rule.ptr, rule.reached, rule.room, base[:n], ms, freed_row
        )
    else:
        target = double_standard(
            rule.near, rule.far, rule.demand, rule.share, rule.cost_per_ms, rule.room, base[:n], ms
        )
    for k in range(n):
        b = target[k]
        if b >= 0 and b != base[k] and ms[k, b] != NO_WAY:
            move(town, state, who[k], rule.bases[b], at)


@njit(cache=True, nogil=True)
def move(town: Town, state: State, u: int, place: int, at: int) -> None:
    """This will send an idle unit to another base."""
    unit = state.unit
    end_move(unit, u, at)
    unit[u, BASE] = place
    place_at(unit, u, at, state.mix[0], state.mix[1])
    start = state.mix[0, 0]
    go_to(
        town.ms_to, town.factor, town.fixed, town.option, unit, u, place, at, state.mix
    )  # fmt: skip
    now_idle(unit, state.away, state.roaming, state.scalar, u, at)
    unit[u, MOVING_SINCE] = at
    n = state.scalar[MOVES_N]
    state.moves[n, 0], state.moves[n, 1], state.moves[n, 2] = at, u, start
    state.moves[n, 3], state.moves[n, 4] = place, unit[u, ARRIVES]
    state.scalar[MOVES_N] = n + 1


# ---------------------------------------------------------------- the loop


@njit(cache=True, nogil=True)
def run(town: Town, state: State, rule: Array, until: int) -> int:  # noqa: C901 - the event loop
    """This will live through the events: DONE, or PAUSED once order number `until` is decided.

    NEEDS_ROOM: the table of moves is too short; give a longer one and call again. At one moment
    units get free first, then service begins or ends, then calls are decided.
    """
    unit, scalar, order = state.unit, state.scalar, state.order
    orders, changes = len(order), len(town.change)
    while True:
        n, k = scalar[NEXT_ORDER], scalar[NEXT_CHANGE]
        if n == orders and scalar[QUEUE_N] == 0 and scalar[HEAP_N] == 0:
            return DONE
        if n >= until and n < orders:
            return PAUSED
        if rule.rule != NO_RULE and scalar[MOVES_N] + len(unit) > len(state.moves):
            return NEEDS_ROOM
        at = order[n, ASKED] if n < orders else NEVER
        event = 2
        if k < changes and town.change[k, CHANGE_AT] <= at:
            at, event = town.change[k, CHANGE_AT], 1
        if scalar[HEAP_N] > 0 and unit[state.heap[0], FREE_AT] <= at:
            at, event = unit[state.heap[0], FREE_AT], 0
        if at == NEVER:
            return DONE
        freed, sent, changed = -1, False, True
        if event == 2:
            scalar[NEXT_ORDER] = n + 1
            sent = decide(town, state, n, at)
            changed = sent
        else:
            if event == 0:
                u = pop(state.heap, unit, scalar)
                get_free(town, state, u, at)
            else:
                scalar[NEXT_CHANGE] = k + 1
                u = town.change[k, CHANGED]
                change_service(town, state, u, at, town.change[k, BEGINS])
            if unit[u, STATUS] == IDLE:
                freed = u
            changed = unit[u, STATUS] != TAKEN
            if freed >= 0 and scalar[QUEUE_N] > 0:
                sent = serve_queue(town, state, freed, at)
        if changed and rule.rule != NO_RULE:
            relocate(town, state, rule, at, freed, sent)
        scalar[ENDS] = at
