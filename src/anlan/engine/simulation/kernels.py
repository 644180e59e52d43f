"""The simulation as a compiled loop. Its plain twin is reference.py; a test compares every column.

columns.py says what the tables hold.
"""

from __future__ import annotations

import numpy as np

from anlan.engine.assignment.kernels import TICKS_PER_MS, bit_count, choose_units
from anlan.engine.simulation.columns import (
    AREA,
    ARRIVES,
    ASKED,
    AT_HOSPITAL,
    AVAILABLE,
    BASE,
    BEGINS,
    BIT,
    BITS,
    BUSY,
    CANCELLED,
    CHANGE_AT,
    CHANGED,
    CLASS,
    CLOSEST,
    COMPLIANCE,
    COVER_MS,
    DDSM,
    DISPATCH,
    DIVERT,
    DIVERT_MS,
    DIVERT_UNTIL,
    DIVERTED,
    DMEXCLP,
    DONE,
    DROPPED,
    DUE,
    DUE_AT,
    DUE_UNIT,
    EN_ROUTE,
    ENDS,
    ENDS_AT,
    FAR_KEY,
    FIRST,
    FIXED,
    FRESH,
    FROM,
    GIVEN_IN,
    GRAVITY,
    HALF,
    HANDOVER,
    HEADS_FOR,
    HOSPITAL,
    HOST,
    HOUR_MS,
    IDLE,
    IN_SERVICE,
    KEY_SHIFT,
    LAST,
    LEAVES,
    LINE_IN,
    LOGGED,
    LOST,
    MOVES_N,
    NEEDS_ROOM,
    NEVER,
    NEXT_CHANGE,
    NEXT_ORDER,
    NO_RULE,
    NO_WAY,
    NOBODY_CAN,
    NONE,
    NOT_DUE,
    OF_ORDER,
    OFF,
    ON_SCENE,
    OPEN,
    ORIGIN,
    ORIGINS,
    PART,
    PARTS_IN,
    PAUSED,
    PLACES_IN,
    POST,
    QUEUE_N,
    QUEUED,
    RANK,
    RIDE,
    ROAM_N,
    ROAMER,
    SCENE,
    SHIFT,
    SIMPLE,
    SLOT,
    SLOT_LINE_IN,
    SLOTS_IN,
    SPELL,
    START_MS,
    STATUS,
    TAKEN,
    TOOK_IN,
    TRANSPORT,
    TURNOUT,
    UNIT_BITS,
    WAITED,
    WAITS,
    WHERE,
    WHO,
    WHO_IN,
    ZERO,
    Array,
    allocating,
    inlined,
    lean,
    whole,
)
from anlan.engine.simulation.relocation.kernels import (
    cover_twice,
    keep_table,
    place_freed,
)
from anlan.engine.simulation.ways.kernels import (
    end_move,
    end_ms_of,
    go_to,
    gone_by,
    not_idle,
    now_idle,
    place_at,
    road_ms,
    scaled,
    stands,
    unit_ms,
    unroam,
)

# ---------------------------------------------------------------- the nearest


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
            end_ms, gone = end_ms_of(ms_to, home, unit, u, target), ZERO
            free_ms = end_ms
            if at < unit[u, ARRIVES]:  # what it has still to go from there is a bound
                gone = gone_by(unit, u, at)
                free_ms = (gone * end_ms + HALF) >> SHIFT if unit[u, ORIGINS] < 4 else ZERO
            if free_ms < NO_WAY and whole(free_ms * rate + 0.5) + fixed <= best_ms:
                if at < unit[u, ARRIVES]:
                    free_ms = road_ms(ms_to, unit, u, at, target, end_ms, gone, work)
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
        unit[u, BASE], unit[u, HOST] = unit[u, POST], u
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
    unit[u, BASE], unit[u, HOST] = unit[u, POST], u
    go_to(ms_to, factor, option, unit, u, unit[u, BASE], at, work)


# ---------------------------------------------------------------- the loop


@lean
def run(  # noqa: C901 - the event loop
    ms_to: Array, home: Array, factor: Array, option: Array, scale: Array, slot: Array,
    order: Array, unit: Array, away: Array, scalar: Array, keep: Array, change: Array,
    rule: Array, cover: Array, base_of: Array, moves: Array, who: Array, base: Array, ms: Array,
    work: Array, until: int,
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
        if not acts or not changed:
            continue
        if rule.rule == DMEXCLP and freed >= 0:
            place_freed(
                ms_to, factor, option, unit, away, scalar, rule, cover, base_of, moves, at, freed,
                work,
            )  # fmt: skip
        elif rule.rule == COMPLIANCE:
            keep_table(
                ms_to, factor, option, unit, away, scalar, rule, cover, base_of, moves, who, base,
                at, work,
            )  # fmt: skip
        elif rule.rule == DDSM and sent:
            cover_twice(
                ms_to, factor, option, unit, away, scalar, rule, cover, base_of, moves, who, base,
                ms, at, work,
            )  # fmt: skip
