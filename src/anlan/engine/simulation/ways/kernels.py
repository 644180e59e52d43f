"""Where units are, how long their ways take, and which of them stand ready at their posts.

Compiled and inlined: a helper that is not inlined gets each table's nine words on the stack. The
tables and their columns stand in columns.py.
"""

from __future__ import annotations

from anlan.engine.simulation.columns import (
    ARRIVES,
    BASE,
    BITS,
    FAR,
    FAR_KEY,
    FIXED,
    HALF,
    HEADS_FOR,
    HOST,
    HOUR_MS,
    KEY_SHIFT,
    LEAVES,
    MOVING,
    MOVING_SINCE,
    NO_WAY,
    NONE,
    ORIGIN,
    ORIGINS,
    PART,
    PARTS,
    PARTS_IN,
    PLACES_IN,
    POST,
    ROAM_AT,
    ROAM_N,
    ROAMER,
    SHIFT,
    START_MS,
    ZERO,
    Array,
    inlined,
    lean,
    whole,
)


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
def mixture_at(unit: Array, u: int, at: int, work: Array) -> int:
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
    ms_to: Array, unit: Array, u: int, at: int, target: int, end_ms: int, gone: int, work: Array
) -> int:
    """This will give the free-flow time of a unit on the road: `place_at` and `free_flow` in one.

    `end_ms` is that from where it goes. Where no place need be left out, parts need not be put in
    order: what rounding left over belongs to the first of the heaviest.
    """
    n, end = unit[u, ORIGINS], unit[u, HEADS_FOR]
    if n == 4:
        return free_flow(ms_to, target, mixture_at(unit, u, at, work), work)
    known, total, rest, most, most_ms = False, ZERO, ZERO + PARTS, NONE, ZERO
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
    end_ms = whole(ms_to[target, unit[u, HEADS_FOR]])
    if at >= unit[u, ARRIVES]:
        return end_ms
    return road_ms(ms_to, unit, u, at, target, end_ms, gone_by(unit, u, at), work)


@inlined
def end_ms_of(ms_to: Array, home: Array, unit: Array, u: int, target: int) -> int:
    """This will give the free-flow time from where a unit goes: mostly from the row of `home`."""
    host = unit[u, HOST]
    if host < 0 or unit[u, HEADS_FOR] != unit[u, BASE]:
        return whole(ms_to[target, unit[u, HEADS_FOR]])
    ms = home[target, host] >> KEY_SHIFT
    return ms if ms < FAR else ZERO + NO_WAY


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
def end_move(unit: Array, u: int, at: int) -> None:
    """This will count how long a unit was on its way to another base, where it was."""
    if unit[u, MOVING_SINCE] >= 0:
        unit[u, MOVING] += min(at, unit[u, ARRIVES]) - unit[u, MOVING_SINCE]
        unit[u, MOVING_SINCE] = -1
