"""The simulation as a compiled loop. Its plain twin is reference.py; a test compares every column.

All times are whole milliseconds and all arithmetic on them is in integers, but for products with
the hour's factor, rounded half up; so the same input gives the same bits on any machine. State
stands in few wide tables whose columns are named below, and loops pass the tables themselves:
taking one out of a tuple counts its references, which took half of the time; for the same reason
what allocates nothing is compiled without counting (`_nrt=False`).

- `ms_to[to, from]`: free-flow milliseconds. `home[to, u]`: a key that orders units at their posts:
  the same from unit u's post (FAR: no way), then what u can do besides, then u (KEY_SHIFT bits).
- `factor[class, hour]`, `option` (how the desk acts; from FIXED on each class's fixed part),
  `scale[u]` (turnout; the last entry is the share that a unit on the road needs).
- `slot[s]` (those of one order lie together), `order[o]`, `unit[u]`: read and written.
- `away[b, u]`: 0 where unit u stands at its post, free and able to do b; else FAR's key. The last
  row, DUE, holds when u gets free (NOT_DUE: it is not at a call).
- `scalar`: lengths and counts. `work`: room for mixtures of places and for lists of slots.

Some columns are lists of their own: ROAMER of `unit` the idle units that are not at their post,
QUEUED of `order` the waiting orders by rank.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anlan.engine.assignment.kernels import TICKS_PER_MS, bit_count, choose_units
from anlan.engine.siting.move_up.kernels import best_base, comply, double_standard, spared

Array = Any
_OPTIONS: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
_jit: Any = njit  # its types do not know `_nrt`
lean: Any = _jit(**_OPTIONS, _nrt=False)
inlined: Any = _jit(**_OPTIONS, _nrt=False, forceinline=True)
allocating: Any = _jit(**_OPTIONS, _nrt=True)
whole: Any = np.int64
NONE: Any = np.int64(-1)  # typed, so that each helper is compiled once
ZERO: Any = np.int64(0)
NEVER = 2**62
NOT_DUE = 2**63 - 1
NO_WAY = 2**31 - 1
FAR = 2**29  # in `home` and `away`: no way, or not standing there; two of them still add
KEY_SHIFT, UNIT_BITS = 20, 14
FAR_KEY = FAR << KEY_SHIFT
DUE = -1  # the last row of `away`
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
ENDS_AT, DIVERT_UNTIL, MOVING_SINCE, ROAM_AT, POST, AREA, BITS = range(16, 23)
BUSY, MOVING, MAY_MOVE, ROAMER, UNIT_COLUMNS = range(23, 28)
# columns of `slot`: read, then written
SCENE, GRAVITY, BIT, TURNOUT, SPELL, HANDOVER, RIDE, CANCELLED, HOSPITAL, LOGGED = range(10)
OF_ORDER, WHO, DISPATCH, EN_ROUTE, ON_SCENE, TRANSPORT, AT_HOSPITAL, AVAILABLE = range(10, 18)
FROM, WHERE, OPEN, SLOT_COLUMNS = range(18, 22)
# columns of `order`
ASKED, CLASS, FIRST, LAST, RANK, FRESH, QUEUED, ORDER_COLUMNS = range(8)
# columns of `change`
CHANGED, CHANGE_AT, BEGINS = range(3)
# `scalar`
QUEUE_N, ROAM_N, NEXT_ORDER, NEXT_CHANGE, MOVES_N, ENDS, DUE_AT, DUE_UNIT = range(8)
NOBODY_CAN, WAITED, LOST, DIVERTED, DROPPED, SCALARS = range(8, 14)
# `option`
WAITS, DIVERT, CLOSEST, COVER_MS, DIVERT_MS, START_MS, SIMPLE, FIXED = range(8)
# rows of `work`
PLACES_IN, PARTS_IN, SLOTS_IN, WHO_IN, TOOK_IN, LINE_IN, SLOT_LINE_IN, GIVEN_IN = range(8)
DONE, PAUSED, NEEDS_ROOM = range(3)


# ---------------------------------------------------------------- places and times


@inlined
def share_gone(done_ms: int, whole_ms: int) -> int:
    """This will give the part of a way that is done, rounded down.

    A trip lasts less than 2**33 ms, so both products and the quotient's floor are exact in floats,
    which divide several times faster than integers.
    """
    return whole(done_ms * float(PARTS) / whole_ms)


@inlined
def place_at(unit: Array, u: int, at: int, work: Array) -> int:
    """This will say where a unit is: up to four places with their parts, the heaviest first."""
    if at >= unit[u, ARRIVES]:
        work[PLACES_IN, 0], work[PARTS_IN, 0] = unit[u, HEADS_FOR], PARTS
        return ZERO + 1
    return mixture_at(unit, u, at, work)


@lean
def mixture_at(unit: Array, u: int, at: int, work: Array) -> int:  # noqa: C901 - innermost, whole
    """This will say where a unit on the road is, as `place_at`."""
    n = unit[u, ORIGINS]
    for k in range(n):
        work[PLACES_IN, k], work[PARTS_IN, k] = unit[u, ORIGIN + k], unit[u, PART + k]
    if at <= unit[u, LEAVES]:
        return n
    leaves, target = unit[u, LEAVES], unit[u, HEADS_FOR]
    gone = share_gone(at - leaves, unit[u, ARRIVES] - leaves)
    known = False
    for k in range(n):
        work[PARTS_IN, k] = (work[PARTS_IN, k] * (PARTS - gone)) >> SHIFT
        if work[PLACES_IN, k] == target:
            work[PARTS_IN, k] += gone
            known = True
    if not known:
        work[PLACES_IN, n], work[PARTS_IN, n] = target, gone
        n += 1
    for k in range(1, n):
        place, part = work[PLACES_IN, k], work[PARTS_IN, k]
        back = k
        while back > 0 and work[PARTS_IN, back - 1] < part:
            work[PLACES_IN, back] = work[PLACES_IN, back - 1]
            work[PARTS_IN, back] = work[PARTS_IN, back - 1]
            back -= 1
        work[PLACES_IN, back], work[PARTS_IN, back] = place, part
    n = min(n, 4)
    while work[PARTS_IN, n - 1] == 0:
        n -= 1
    total = 0
    for k in range(n):
        total += work[PARTS_IN, k]
    work[PARTS_IN, 0] += PARTS - total
    return n


@inlined
def scaled(free_ms: int, factor: Array, option: Array, at: int, trip: int) -> int:
    """This will turn free-flow time into the time of a trip of this class that leaves now."""
    if free_ms >= NO_WAY:
        return ZERO + NO_WAY
    hour = (option[START_MS] + at) // HOUR_MS % 168
    return whole(free_ms * factor[trip, hour] + 0.5) + option[FIXED + trip]


@inlined
def free_flow(ms_to: Array, target: int, n: int, work: Array) -> int:
    """This will give the free-flow time from the mixture of places in `work`."""
    total = ZERO
    for k in range(n):
        ms = whole(ms_to[target, work[PLACES_IN, k]])
        if ms == NO_WAY:
            return ZERO + NO_WAY
        total += work[PARTS_IN, k] * ms
    return (total + HALF) >> SHIFT


@inlined
def gone_by(unit: Array, u: int, at: int) -> int:
    """This will give the part of its way that a unit on the road has done."""
    if at <= unit[u, LEAVES]:
        return ZERO
    return share_gone(at - unit[u, LEAVES], unit[u, ARRIVES] - unit[u, LEAVES])


@inlined
def road_ms(
    ms_to: Array, unit: Array, u: int, at: int, target: int, gone: int, work: Array
) -> int:
    """This will give the free-flow time of a unit on the road: `place_at` and `free_flow` in one.

    Where no place need be left out, parts need not be put in order: what rounding left over
    belongs to the first of the heaviest.
    """
    n, end = unit[u, ORIGINS], unit[u, HEADS_FOR]
    if n == 4:
        return free_flow(ms_to, target, mixture_at(unit, u, at, work), work)
    end_ms, known = whole(ms_to[target, end]), False
    total, rest, most, most_ms = ZERO, ZERO + PARTS, NONE, ZERO
    for k in range(n + 1):
        if k < n:
            ms, part = whole(ms_to[target, unit[u, ORIGIN + k]]), unit[u, PART + k]
            part = (part * (PARTS - gone)) >> SHIFT
            if unit[u, ORIGIN + k] == end:
                part, known = part + gone, True
        else:
            ms, part = end_ms, (ZERO if known else gone)
        if part == 0:
            continue
        if ms == NO_WAY:
            return ZERO + NO_WAY
        total, rest = total + part * ms, rest - part
        if part > most:
            most, most_ms = part, ms
    return (total + rest * most_ms + HALF) >> SHIFT


@lean
def unit_ms(ms_to: Array, unit: Array, u: int, at: int, target: int, work: Array) -> int:
    """This will give a unit's free-flow time to a place, from where it is."""
    if at >= unit[u, ARRIVES]:
        return whole(ms_to[target, unit[u, HEADS_FOR]])
    return road_ms(ms_to, unit, u, at, target, gone_by(unit, u, at), work)


@inlined
def go_to(
    ms_to: Array, factor: Array, option: Array, unit: Array, u: int, place: int, at: int,
    work: Array,
) -> None:  # fmt: skip
    """This will let a unit that nobody needs go somewhere; where no road leads it stays."""
    n = place_at(unit, u, at, work)
    trip = ZERO + NO_WAY
    if place >= 0:
        trip = scaled(free_flow(ms_to, place, n, work), factor, option, at, ZERO)
    unit[u, ORIGINS] = n
    for k in range(n):
        unit[u, ORIGIN + k], unit[u, PART + k] = work[PLACES_IN, k], work[PARTS_IN, k]
    unit[u, LEAVES] = at
    if trip == NO_WAY:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = work[PLACES_IN, 0], at
    elif n == 1 and work[PLACES_IN, 0] == place:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = place, at
    else:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = place, at + trip


# ---------------------------------------------------------------- who stands at home, who roams


@inlined
def stands(unit: Array, away: Array, u: int, far: int) -> None:
    """This will mark, for each thing it can do, that a unit stands ready at its post (or not)."""
    bits = unit[u, BITS]
    for b in range(len(away) - 1):
        if (bits >> b) & 1:
            away[b, u] = far


@inlined
def roam(unit: Array, scalar: Array, u: int) -> None:
    """This will put an idle unit among those that are looked at one by one."""
    if unit[u, ROAM_AT] < 0:
        n = scalar[ROAM_N]
        unit[n, ROAMER], unit[u, ROAM_AT] = u, n
        scalar[ROAM_N] = n + 1


@inlined
def unroam(unit: Array, scalar: Array, u: int) -> None:
    """This will take a unit from among those."""
    at = unit[u, ROAM_AT]
    if at >= 0:
        n = scalar[ROAM_N] - 1
        last = unit[n, ROAMER]
        unit[at, ROAMER], unit[last, ROAM_AT] = last, at
        unit[u, ROAM_AT] = -1
        scalar[ROAM_N] = n


@inlined
def now_idle(unit: Array, away: Array, scalar: Array, u: int, at: int) -> None:
    """This will let an idle unit be found: at its post, or roaming."""
    if at >= unit[u, ARRIVES] and unit[u, HEADS_FOR] == unit[u, POST]:
        unroam(unit, scalar, u)
        stands(unit, away, u, ZERO)
    else:
        stands(unit, away, u, ZERO + FAR_KEY)
        roam(unit, scalar, u)


@inlined
def not_idle(unit: Array, away: Array, scalar: Array, u: int) -> None:
    """This will let a unit no longer be found."""
    stands(unit, away, u, ZERO + FAR_KEY)
    unroam(unit, scalar, u)


@inlined
def nearest(  # noqa: C901 - the row at home, then those on the road; fill_wholly's twin
    ms_to: Array, home: Array, factor: Array, option: Array, unit: Array, away: Array,
    scalar: Array, bit: int, target: int, trip: int, at: int, work: Array,
) -> tuple[int, int]:  # fmt: skip
    """This will find the nearest idle unit with a capability: (unit or -1, milliseconds).

    Of equal times the one that can do least besides goes, then the first. Units at home are
    found in a row of travel times; only those on the road are looked at one by one.
    """
    units = len(unit)
    b = ZERO
    while not (bit >> b) & 1:
        b += 1
    least = whole(FAR_KEY)
    for u in range(units):
        least = min(least, home[target, u] + away[b, u])
    hour = (option[START_MS] + at) // HOUR_MS % 168
    rate, fixed = factor[trip, hour], option[FIXED + trip]
    best, best_ms, best_spare = NONE, ZERO + NO_WAY, ZERO
    if least < FAR_KEY:
        best = least & ((1 << UNIT_BITS) - 1)
        best_spare = (least >> UNIT_BITS) & ((1 << (KEY_SHIFT - UNIT_BITS)) - 1)
        best_ms = whole((least >> KEY_SHIFT) * rate + 0.5) + fixed
        if rate < 1.0:  # then free-flow times that differ may round to one trip
            for u in range(units):
                key = home[target, u] + away[b, u]
                ms = whole((key >> KEY_SHIFT) * rate + 0.5) + fixed
                if key < FAR_KEY and ms <= best_ms:
                    spare = (key >> UNIT_BITS) & ((1 << (KEY_SHIFT - UNIT_BITS)) - 1)
                    if ms < best_ms or spare < best_spare or (spare == best_spare and u < best):
                        best, best_ms, best_spare = ZERO + u, ms, spare
    k = ZERO
    while k < scalar[ROAM_N]:
        u = unit[k, ROAMER]
        if unit[u, BITS] & bit:
            free_ms, gone = whole(ms_to[target, unit[u, HEADS_FOR]]), ZERO
            if at < unit[u, ARRIVES]:  # what it has still to go from there is a bound
                gone = gone_by(unit, u, at)
                free_ms = (gone * free_ms + HALF) >> SHIFT if unit[u, ORIGINS] < 4 else ZERO
            if free_ms < NO_WAY and whole(free_ms * rate + 0.5) + fixed <= best_ms:
                if at < unit[u, ARRIVES]:
                    free_ms = road_ms(ms_to, unit, u, at, target, gone, work)
                ms = whole(free_ms * rate + 0.5) + fixed
                if free_ms < NO_WAY and ms <= best_ms:
                    spare = bit_count(unit[u, BITS] & ~bit)
                    if ms < best_ms or spare < best_spare or (spare == best_spare and u < best):
                        best, best_ms, best_spare = u, ms, spare
        if at >= unit[u, ARRIVES] and unit[u, HEADS_FOR] == unit[u, POST]:
            unroam(unit, scalar, u)  # it is home by now; another takes its place in the list
            stands(unit, away, u, ZERO)
        else:
            k += 1
    return best, best_ms


# ---------------------------------------------------------------- when units get free


@inlined
def first_due(away: Array, scalar: Array) -> None:
    """This will find the unit that gets free first; of equal times the first unit.

    Two plain loops over a row, which become vectors: quicker than a heap up to hundreds of units.
    """
    units = away.shape[1]
    at, first = ZERO + NOT_DUE, units
    for u in range(units):
        at = min(at, away[DUE, u])
    for u in range(units):
        first = min(first, u if away[DUE, u] == at else units)
    scalar[DUE_AT], scalar[DUE_UNIT] = at, first


@inlined
def note_due(away: Array, scalar: Array, u: int, at: int) -> None:
    """This will note when a unit gets free, or note it anew."""
    was = away[DUE, u]
    away[DUE, u] = at
    if at < scalar[DUE_AT] or (at == scalar[DUE_AT] and u < scalar[DUE_UNIT]):
        scalar[DUE_AT], scalar[DUE_UNIT] = at, u
    elif was <= scalar[DUE_AT]:
        first_due(away, scalar)


# ---------------------------------------------------------------- dispatch


@inlined
def end_move(unit: Array, u: int, at: int) -> None:
    """This will count how long a unit was on its way to another base, where it was."""
    if unit[u, MOVING_SINCE] >= 0:
        unit[u, MOVING] += min(at, unit[u, ARRIVES]) - unit[u, MOVING_SINCE]
        unit[u, MOVING_SINCE] = -1


@lean
def send(  # noqa: C901 - one unit's states in their order
    ms_to: Array, factor: Array, option: Array, scale: Array, slot: Array, unit: Array,
    away: Array, scalar: Array, u: int, s: int, at: int, trip: int, work: Array,
) -> None:  # fmt: skip
    """This will send a unit and work out when it is where, and when it is free again."""
    if unit[u, STATUS] == IDLE:
        not_idle(unit, away, scalar, u)
    end_move(unit, u, at)
    turnout = slot[s, TURNOUT]
    if turnout < NEVER:
        if scale[u] != 1.0:
            turnout = whole(turnout * scale[u] + 0.5)
        if unit[u, LEAVES] <= at < unit[u, ARRIVES]:
            turnout = whole(turnout * scale[len(unit)] + 0.5)
    n = place_at(unit, u, at, work)
    unit[u, ORIGINS] = n
    for k in range(n):
        unit[u, ORIGIN + k], unit[u, PART + k] = work[PLACES_IN, k], work[PARTS_IN, k]
    scene = slot[s, SCENE]
    leaves = at + turnout if turnout < NEVER else ZERO + NEVER
    arrives = leaves + trip if leaves < NEVER else ZERO + NEVER
    unit[u, HEADS_FOR], unit[u, LEAVES], unit[u, ARRIVES] = scene, leaves, arrives
    unit[u, STATUS], unit[u, SLOT] = TAKEN, s
    slot[s, WHO], slot[s, DISPATCH], slot[s, OPEN] = u, at, 0
    slot[s, FROM] = work[PLACES_IN, 0]
    if slot[s, CANCELLED] < NEVER:
        done = at + slot[s, CANCELLED]
        unit[u, ENDS_AT], unit[u, DIVERT_UNTIL] = -1, done
        if leaves < done:
            slot[s, EN_ROUTE] = leaves
    else:
        slot[s, EN_ROUTE], slot[s, ON_SCENE] = leaves, arrives
        unit[u, DIVERT_UNTIL], unit[u, ENDS_AT] = arrives, scene
        done = arrives + slot[s, SPELL]
        if slot[s, HANDOVER] < NEVER:
            hospital, ride = slot[s, HOSPITAL], slot[s, RIDE]
            slot[s, TRANSPORT] = done
            if hospital >= 0:
                unit[u, ENDS_AT] = slot[s, WHERE] = hospital
            if ride == NEVER:
                ride = ZERO
                if hospital >= 0:
                    ride = scaled(whole(ms_to[hospital, scene]), factor, option, done, ZERO)
            slot[s, AT_HOSPITAL] = done + ride
            done += ride + slot[s, HANDOVER]
    note_due(away, scalar, u, done)


@lean
def enqueue(order: Array, scalar: Array, o: int) -> None:
    """This will put an order in the queue by its rank."""
    at = scalar[QUEUE_N]
    while at > 0 and order[order[at - 1, QUEUED], RANK] > order[o, RANK]:
        order[at, QUEUED] = order[at - 1, QUEUED]
        at -= 1
    order[at, QUEUED] = o
    scalar[QUEUE_N] += 1


@lean
def take(slot: Array, order: Array, unit: Array, scalar: Array, u: int, at: int) -> bool:
    """This will take a unit off the lesser call that it heads for; False where it is idle."""
    if unit[u, STATUS] != TAKEN:
        return False
    s = unit[u, SLOT]
    scalar[DIVERTED] += 1
    unit[u, BUSY] += at - slot[s, DISPATCH]
    for column in range(DISPATCH, AVAILABLE + 1):
        slot[s, column] = NEVER
    slot[s, WHO] = slot[s, FROM] = slot[s, WHERE] = -1
    slot[s, OPEN] = 1
    o = slot[s, OF_ORDER]
    order[o, FRESH] = 1
    for place in range(scalar[QUEUE_N]):
        if order[place, QUEUED] == o:
            return True
    enqueue(order, scalar, o)
    return True


@lean
def pair_slots(slot: Array, work: Array, n: int, sent: int) -> None:
    """This will give each unit its slot: its own if the log sent it, else its line's next.

    Reads the slots, the line of each, and the units sent with theirs; writes GIVEN_IN.
    """
    for own in (True, False):
        for k in range(sent):
            if not own and work[GIVEN_IN, k] >= 0:
                continue
            if own:
                work[GIVEN_IN, k] = -1
            for i in range(n):
                s = work[SLOTS_IN, i]
                if s < 0 or work[SLOT_LINE_IN, i] != work[LINE_IN, k]:
                    continue
                if not own or slot[s, LOGGED] == work[WHO_IN, k]:
                    work[GIVEN_IN, k], work[SLOTS_IN, i] = s, -1
                    break


@lean
def fill_simply(
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    unit: Array, away: Array, scalar: Array, n: int, trip: int, at: int, work: Array,
) -> None:  # fmt: skip
    """This will fill slots one by one with the nearest idle unit: no cover, nobody diverted."""
    sent, lacking = ZERO, NONE
    for k in range(n):
        line, s = work[SLOT_LINE_IN, k], work[SLOTS_IN, k]
        if line == lacking:
            continue
        u, ms = nearest(
            ms_to, home, factor, option, unit, away, scalar, slot[s, BIT], slot[s, SCENE],
            trip, at, work,
        )  # fmt: skip
        if u < 0:
            lacking = line
            continue
        not_idle(unit, away, scalar, u)
        work[WHO_IN, sent], work[TOOK_IN, sent], work[LINE_IN, sent] = u, ms, line
        sent += 1
    pair_slots(slot, work, n, sent)
    for k in range(sent):
        send(
            ms_to, factor, option, scale, slot, unit, away, scalar, work[WHO_IN, k],
            work[GIVEN_IN, k], at, work[TOOK_IN, k], work,
        )  # fmt: skip


@allocating
def fill_wholly(  # noqa: C901 - lists who may go, chooses, sends
    ms_to: Array, factor: Array, option: Array, scale: Array, slot: Array, order: Array,
    unit: Array, away: Array, scalar: Array, keep: Array, n: int, trip: int, at: int, work: Array,
) -> bool:  # fmt: skip
    """This will choose a whole run card at once; True where a unit was diverted."""
    units, areas, first = len(unit), len(keep), work[SLOTS_IN, 0]
    who, ms = np.empty(units, np.int64), np.empty(units, np.int64)
    bits, area = np.empty(units, np.int64), np.empty(units, np.int64)
    taken, have = np.zeros(units, np.bool_), np.zeros(areas, np.int64)
    able = ZERO
    for u in range(units):
        status = unit[u, STATUS]
        if status == TAKEN:
            lesser = slot[unit[u, SLOT], GRAVITY] > slot[first, GRAVITY]
            if not (option[DIVERT] and lesser and at < unit[u, DIVERT_UNTIL]):
                continue
        elif status != IDLE:
            continue
        covered = unit[u, AREA] if status == IDLE else NONE
        if covered >= 0:
            have[covered] += 1
        free_ms = unit_ms(ms_to, unit, u, at, slot[first, SCENE], work)
        time = scaled(free_ms, factor, option, at, trip)
        if time == NO_WAY:
            continue
        who[able], ms[able], bits[able], area[able] = u, time, unit[u, BITS], covered
        taken[able] = status == TAKEN
        able += 1
    if able == 0:
        return False
    lines = work[SLOT_LINE_IN, n - 1] + 1
    wanted, count = np.zeros(lines, np.int64), np.zeros(lines, np.int64)
    for k in range(n):
        wanted[work[SLOT_LINE_IN, k]] = slot[work[SLOTS_IN, k], BIT]
        count[work[SLOT_LINE_IN, k]] += 1
    chosen, line_of = np.empty(n, np.int64), np.empty(n, np.int64)
    if option[CLOSEST]:
        sent = closest(
            bits[:able], ms[:able], taken[:able], wanted, count, option[DIVERT_MS], chosen, line_of
        )
    else:
        sent = choose_units(
            bits[:able], ms[:able], taken[:able], area[:able], wanted, count, have, keep,
            float(option[COVER_MS] * TICKS_PER_MS), float(option[DIVERT_MS] * TICKS_PER_MS),
            chosen, line_of,
        )  # fmt: skip
    for k in range(sent):
        work[WHO_IN, k], work[TOOK_IN, k] = who[chosen[k]], ms[chosen[k]]
        work[LINE_IN, k] = line_of[k]
    pair_slots(slot, work, n, sent)
    diverted = False
    for k in range(sent):
        u = work[WHO_IN, k]
        diverted |= take(slot, order, unit, scalar, u, at)
        send(
            ms_to, factor, option, scale, slot, unit, away, scalar, u, work[GIVEN_IN, k], at,
            work[TOOK_IN, k], work,
        )  # fmt: skip
    return diverted


@allocating
def closest(
    bits: Array, ms: Array, taken: Array, wanted: Array, count: Array, divert_ms: int,
    sent: Array, line_of: Array,
) -> int:  # fmt: skip
    """This will give each slot in turn the nearest that is left; diverting has its price."""
    used = np.zeros(len(ms), np.bool_)
    number = ZERO
    for line in range(len(wanted)):
        for _ in range(count[line]):
            best, best_ms, best_spare = NONE, ZERO, ZERO
            for k in range(len(ms)):
                if used[k] or not bits[k] & wanted[line]:
                    continue
                price = ms[k] + (divert_ms if taken[k] else 0)
                spare = bit_count(bits[k] & ~wanted[line])
                sooner = price < best_ms or (price == best_ms and spare < best_spare)
                if best < 0 or sooner:
                    best, best_ms, best_spare = ZERO + k, price, spare
            if best < 0:
                break
            used[best] = True
            sent[number], line_of[number] = best, line
            number += 1
    return number


@lean
def fill(
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    order: Array, unit: Array, away: Array, scalar: Array, keep: Array, o: int, at: int,
    work: Array,
) -> tuple[int, int, bool]:  # fmt: skip
    """This will send the best units to an order's open slots: (sent, still open, any diverted).

    Slots that were cancelled by now are let go first.
    """
    n, line = ZERO, ZERO
    for s in range(order[o, FIRST], order[o, LAST]):
        if not slot[s, OPEN]:
            continue
        if at >= order[o, ASKED] + slot[s, CANCELLED]:
            slot[s, OPEN] = 0
            scalar[DROPPED] += 1
            continue
        if n > 0 and slot[s, BIT] != slot[work[SLOTS_IN, n - 1], BIT]:
            line += 1
        work[SLOTS_IN, n], work[SLOT_LINE_IN, n] = s, line
        n += 1
    if n == 0:
        return ZERO, ZERO, False
    diverted, trip = False, order[o, CLASS]
    if option[SIMPLE] and (line == 0 or option[CLOSEST]):
        fill_simply(ms_to, home, factor, option, scale, slot, unit, away, scalar, n, trip, at, work)
    else:
        diverted = fill_wholly(
            ms_to, factor, option, scale, slot, order, unit, away, scalar, keep, n, trip, at, work
        )
    left = open_in(slot, order, o)
    return n - left, left, diverted


# ---------------------------------------------------------------- the queue


@inlined
def helps(slot: Array, order: Array, o: int, bits: int) -> bool:
    """This will tell whether a unit that can do this fits an open slot of an order."""
    found = False
    for s in range(order[o, FIRST], order[o, LAST]):
        found = found or (slot[s, OPEN] != 0 and slot[s, BIT] & bits != 0)
    return found


@inlined
def open_in(slot: Array, order: Array, o: int) -> int:
    """This will count an order's open slots."""
    n = ZERO
    for s in range(order[o, FIRST], order[o, LAST]):
        n += slot[s, OPEN]
    return n


@lean
def lose(slot: Array, order: Array, scalar: Array, o: int) -> None:
    """This will leave an order's open slots to a neighbour."""
    for s in range(order[o, FIRST], order[o, LAST]):
        scalar[LOST] += slot[s, OPEN]
        slot[s, OPEN] = 0


@lean
def serve_queue(
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    order: Array, unit: Array, away: Array, scalar: Array, keep: Array, u: int, at: int,
    work: Array,
) -> bool:  # fmt: skip
    """This will try the waiting orders that unit u can help, and those just reopened."""
    sent, place = False, ZERO
    while place < scalar[QUEUE_N]:
        o = order[place, QUEUED]
        idle = u >= 0 and unit[u, STATUS] == IDLE
        if order[o, FRESH] or (idle and helps(slot, order, o, unit[u, BITS])):
            order[o, FRESH] = 0
            went, _, _ = fill(
                ms_to, home, factor, option, scale, slot, order, unit, away, scalar, keep, o,
                at, work,
            )  # fmt: skip
            sent = sent or went > 0
        place += 1
    kept = ZERO
    for k in range(scalar[QUEUE_N]):
        o = order[k, QUEUED]
        if option[WAITS] and open_in(slot, order, o):
            order[kept, QUEUED] = o
            kept += 1
        else:
            lose(slot, order, scalar, o)
    scalar[QUEUE_N] = kept
    return sent


@lean
def decide(
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    order: Array, unit: Array, away: Array, scalar: Array, keep: Array, o: int, at: int,
    work: Array,
) -> bool:  # fmt: skip
    """This will decide a run card when its moment comes; True where anyone was sent."""
    for s in range(order[o, FIRST], order[o, LAST]):
        if slot[s, BIT]:
            slot[s, OPEN] = 1
        else:
            scalar[NOBODY_CAN] += 1
    sent, left, diverted = fill(
        ms_to, home, factor, option, scale, slot, order, unit, away, scalar, keep, o, at, work
    )
    order[o, FRESH] = 0
    leave_open(option, slot, order, scalar, o, left)
    if diverted:
        serve_queue(
            ms_to, home, factor, option, scale, slot, order, unit, away, scalar, keep, NONE, at,
            work,
        )  # fmt: skip
    return sent > 0


@lean
def leave_open(option: Array, slot: Array, order: Array, scalar: Array, o: int, left: int) -> None:
    """This will let an order's open slots wait, or go to a neighbour where nobody waits."""
    if left and not option[WAITS]:
        lose(slot, order, scalar, o)
    elif left:
        scalar[WAITED] += left
        enqueue(order, scalar, o)


# ---------------------------------------------------------------- events


@inlined
def get_free(
    ms_to: Array, factor: Array, option: Array, slot: Array, unit: Array, away: Array,
    scalar: Array, u: int, at: int, work: Array,
) -> None:  # fmt: skip
    """This will end a unit's call and let it go home."""
    s = unit[u, SLOT]
    slot[s, AVAILABLE] = at
    unit[u, BUSY] += at - slot[s, DISPATCH]
    if unit[u, ENDS_AT] >= 0:
        unit[u, HEADS_FOR], unit[u, ARRIVES] = unit[u, ENDS_AT], at
    unit[u, SLOT] = -1
    unit[u, STATUS] = IDLE if unit[u, IN_SERVICE] else OFF
    if not unit[u, IN_SERVICE]:
        unit[u, BASE] = unit[u, POST]
    go_to(ms_to, factor, option, unit, u, unit[u, BASE], at, work)
    if unit[u, STATUS] == IDLE:
        now_idle(unit, away, scalar, u, at)


@lean
def change_service(
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array, u: int,
    at: int, begins: int, work: Array,
) -> None:  # fmt: skip
    """This will begin or end a unit's time in service; a taken unit ends its call first."""
    unit[u, IN_SERVICE] = begins
    if unit[u, STATUS] == TAKEN:
        return
    if begins:
        unit[u, STATUS] = IDLE
        now_idle(unit, away, scalar, u, at)
        return
    unit[u, STATUS] = OFF
    not_idle(unit, away, scalar, u)
    end_move(unit, u, at)
    unit[u, BASE] = unit[u, POST]
    go_to(ms_to, factor, option, unit, u, unit[u, BASE], at, work)


# ---------------------------------------------------------------- move-up


@inlined
def settled(units: Array, base: Array, n: int, work: Array) -> bool:
    """This will tell whether the compliance table is kept already by these n units."""
    row, lacking = min(n, len(units) - 1), ZERO
    for b in range(units.shape[1]):
        work[TOOK_IN, b] = units[row, b]
        lacking += units[row, b]
    for k in range(n):
        if base[k] >= 0 and work[TOOK_IN, base[k]] > 0:
            work[TOOK_IN, base[k]] -= 1
            lacking -= 1
    return lacking == 0


@lean
def base_times(
    ms_to: Array, factor: Array, option: Array, unit: Array, bases: Array, u: int, row: int,
    at: int, ms: Array, work: Array,
) -> None:  # fmt: skip
    """This will write a unit's milliseconds to each base into a row."""
    n = place_at(unit, u, at, work)
    for b in range(len(bases)):
        ms[row, b] = scaled(free_flow(ms_to, bases[b], n, work), factor, option, at, ZERO)


@allocating
def relocate(  # noqa: C901 - who may move, what the rule says, who goes
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    rule: Array, base_of: Array, moves: Array, who: Array, base: Array, ms: Array, at: int,
    freed: int, work: Array,
) -> None:  # fmt: skip
    """This will ask the move-up rule where units should wait now, and let them go there."""
    units, bases = len(unit), rule.bases
    n, freed_row = ZERO, NONE
    for u in range(units):
        if unit[u, STATUS] == IDLE and unit[u, MAY_MOVE]:
            if u == freed:
                freed_row = n
            who[n] = u
            base[n] = base_of[unit[u, BASE]] if unit[u, BASE] >= 0 else NONE
            n += 1
    if n == 0 or (rule.rule == DMEXCLP and freed_row < 0):
        return
    if rule.rule == COMPLIANCE and settled(rule.units, base, n, work):
        return
    if rule.rule == COMPLIANCE:
        loose = spared(rule.units, base[:n])
        for k in range(n):
            if loose[k]:
                base_times(ms_to, factor, option, unit, bases, who[k], k, at, ms, work)
    elif rule.rule == DMEXCLP:
        base_times(ms_to, factor, option, unit, bases, freed, freed_row, at, ms, work)
        b = best_base(
            rule.gain_of, rule.demand, rule.ptr, rule.reached, rule.room, base[:n], ms, freed_row
        )
        if b >= 0 and b != base[freed_row]:
            move(ms_to, factor, option, unit, away, scalar, moves, freed, bases[b], at, work)
        return
    else:
        for k in range(n):
            base_times(ms_to, factor, option, unit, bases, who[k], k, at, ms, work)
    if rule.rule == COMPLIANCE:
        target = comply(rule.units, base[:n], ms[:n])
    else:
        target = double_standard(
            rule.near, rule.far, rule.demand, rule.share, rule.cost_per_ms, rule.room, base[:n],
            ms[:n],
        )  # fmt: skip
    for k in range(n):
        b = target[k]
        if b >= 0 and b != base[k] and ms[k, b] != NO_WAY:
            move(ms_to, factor, option, unit, away, scalar, moves, who[k], bases[b], at, work)


@lean
def move(
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    moves: Array, u: int, place: int, at: int, work: Array,
) -> None:  # fmt: skip
    """This will send an idle unit to another base."""
    end_move(unit, u, at)
    unit[u, BASE] = place
    go_to(ms_to, factor, option, unit, u, place, at, work)
    now_idle(unit, away, scalar, u, at)
    unit[u, MOVING_SINCE] = at
    n = scalar[MOVES_N]
    moves[n, 0], moves[n, 1], moves[n, 2] = at, u, unit[u, ORIGIN]
    moves[n, 3], moves[n, 4] = place, unit[u, ARRIVES]
    scalar[MOVES_N] = n + 1


# ---------------------------------------------------------------- the loop


@lean
def run(  # noqa: C901 - the event loop
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    order: Array, unit: Array, away: Array, scalar: Array, keep: Array, change: Array,
    rule: Array, base_of: Array, moves: Array, who: Array, base: Array, ms: Array, work: Array,
    until: int,
) -> int:  # fmt: skip
    """This will live through the events: DONE, or PAUSED once order number `until` is decided.

    NEEDS_ROOM: the table of moves is too short; give a longer one and call again. At one moment
    units get free first, then service begins or ends, then calls are decided.
    """
    orders, changes, acts = len(order) - 1, len(change), rule.rule != NO_RULE
    while True:
        n, c = scalar[NEXT_ORDER], scalar[NEXT_CHANGE]
        if n == orders and scalar[QUEUE_N] == 0 and scalar[DUE_AT] == NOT_DUE:
            return DONE
        if n >= until and n < orders:
            return PAUSED
        if acts and scalar[MOVES_N] + len(unit) > len(moves):
            return NEEDS_ROOM
        at, event = order[n, ASKED], 2  # the last row stands after all orders, at NEVER
        if c < changes and change[c, CHANGE_AT] <= at:
            at, event = change[c, CHANGE_AT], 1
        if scalar[DUE_AT] <= at:
            at, event = scalar[DUE_AT], 0
        if at == NEVER:
            return DONE
        scalar[ENDS] = at
        freed, sent, changed = NONE, False, True
        if event == 2:
            scalar[NEXT_ORDER] = n + 1
            s = order[n, FIRST]
            if option[SIMPLE] and s + 1 == order[n, LAST] and slot[s, BIT]:
                u, way = nearest(  # most calls of most towns: one unit, no cover, nobody diverted
                    ms_to, home, factor, option, unit, away, scalar, slot[s, BIT],
                    slot[s, SCENE], order[n, CLASS], at, work,
                )  # fmt: skip
                if at < order[n, ASKED] + slot[s, CANCELLED] and u >= 0:
                    send(
                        ms_to, factor, option, scale, slot, unit, away, scalar, u, s, at, way, work
                    )
                    sent = True
            if not sent:
                sent = decide(
                    ms_to, home, factor, option, scale, slot, order, unit, away, scalar, keep,
                    n, at, work,
                )  # fmt: skip
            changed = sent
        else:
            if event == 0:
                u = scalar[DUE_UNIT]
                note_due(away, scalar, u, ZERO + NOT_DUE)
                get_free(ms_to, factor, option, slot, unit, away, scalar, u, at, work)
            else:
                scalar[NEXT_CHANGE] = c + 1
                u = change[c, CHANGED]
                change_service(
                    ms_to, factor, option, unit, away, scalar, u, at, change[c, BEGINS], work
                )
            if unit[u, STATUS] == IDLE:
                freed = u
            changed = unit[u, STATUS] != TAKEN
            if freed >= 0 and scalar[QUEUE_N] > 0:
                sent = serve_queue(
                    ms_to, home, factor, option, scale, slot, order, unit, away, scalar, keep,
                    freed, at, work,
                )  # fmt: skip
        if (
            acts
            and changed
            and (rule.rule != DMEXCLP or freed >= 0)
            and (rule.rule != DDSM or sent)
        ):
            relocate(
                ms_to, factor, option, unit, away, scalar, rule, base_of, moves, who, base, ms,
                at, freed, work,
            )  # fmt: skip
