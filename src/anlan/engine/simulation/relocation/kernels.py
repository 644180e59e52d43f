"""Move-up within the compiled loop: cover is kept up to date, and only what a rule asks is timed.

What stands where changes by few units between two decisions, so counts are carried on: `Cover`
holds them, COUNTED of `unit` where each unit was counted last. The decisions are those of
siting/move_up/kernels.py, which the board and reference.py ask; a test compares every move.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from anlan.engine.pairing.kernels import COLUMN_OF, LEFT, REALS, WHOLES, pair_within
from anlan.engine.simulation.columns import (
    ARRIVES,
    BASE,
    COMPLIANCE,
    COUNTED,
    DMEXCLP,
    HOST,
    IDLE,
    MAY_MOVE,
    MOVES_N,
    MOVING_SINCE,
    NO_WAY,
    NONE,
    ORIGIN,
    STATUS,
    ZERO,
    Array,
    allocating,
    inlined,
    lean,
)
from anlan.engine.simulation.ways.kernels import (
    end_move,
    free_flow,
    go_to,
    now_idle,
    place_at,
    scaled,
)
from anlan.engine.siting.move_up.decide import Packed
from anlan.engine.siting.move_up.kernels import double_standard, total_of

LEFT_OUT = -2  # in COUNTED: not idle, or it may not move
NOT_PAIRED = -1
ONE_WAY = 2 * NO_WAY - 1  # a cost from here on: no road leads there


class Cover(NamedTuple):
    """What idle units that may move cover; a base's gain is worked out anew where it is stale."""

    host: Any  # i8[base]: a unit whose post is there, NONE for none
    standing: Any  # i8[base]: units there or on their way there
    covered: Any  # i8[demand]: DMEXCLP's columns from here on
    worth: Any  # f8[demand]: what one more unit would add
    gain: Any  # f8[base]: the sum of it over what the base reaches
    stale: Any  # bool[base]
    shares: Any  # bool[base, base]: both reach one demand
    cost: Any  # f8[place, unit]: compliance tables' room for a pairing, from here on
    reals: Any
    wholes: Any


def cover_of(rule: Packed, post: Any) -> Cover:
    """Lay out the cover of a town where nobody is counted yet."""
    bases, demands = len(rule.bases), len(rule.demand)
    paired = len(post) if rule.rule == COMPLIANCE else 0
    reach = np.zeros((bases, demands), np.int64)
    if rule.rule == DMEXCLP:
        for b in range(bases):
            reach[b, rule.reached[rule.ptr[b] : rule.ptr[b + 1]]] = 1
    host = np.full(bases, NONE, np.int64)
    for u in range(len(post)):
        host[rule.bases == post[u]] = u
    return Cover(
        host=host,
        standing=np.zeros(bases, np.int64),
        covered=np.zeros(demands, np.int64),
        worth=rule.demand * rule.gain_of[0] if rule.rule == DMEXCLP else np.zeros(demands),
        gain=np.zeros(bases),
        stale=np.ones(bases, np.bool_),
        shares=(reach @ reach.T) > 0,
        cost=np.empty((paired, paired)),
        reals=np.empty((REALS, paired)),
        wholes=np.empty((WHOLES, paired), np.int64),
    )


@inlined
def counts_at(unit: Array, base_of: Array, u: int) -> int:
    """This will give the base where a unit counts, NONE for no base, LEFT_OUT where it doesn't."""
    if unit[u, STATUS] != IDLE or not unit[u, MAY_MOVE]:
        return ZERO + LEFT_OUT
    return base_of[unit[u, BASE]] if unit[u, BASE] >= 0 else NONE


@inlined
def move(
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    moves: Array, u: int, place: int, host: int, at: int, work: Array,
) -> None:  # fmt: skip
    """This will send an idle unit to another base; `host` is a unit whose post is there."""
    end_move(unit, u, at)
    unit[u, BASE], unit[u, HOST] = place, host
    go_to(ms_to, factor, option, unit, u, place, at, work)
    now_idle(unit, away, scalar, u, at)
    unit[u, MOVING_SINCE] = at
    n = scalar[MOVES_N]
    moves[n, 0], moves[n, 1], moves[n, 2] = at, u, unit[u, ORIGIN]
    moves[n, 3], moves[n, 4] = place, unit[u, ARRIVES]
    scalar[MOVES_N] = n + 1


# ---------------------------------------------------------------- DMEXCLP


@inlined
def recount(rule: Array, cover: Array, b: int, by: int) -> None:
    """This will count one unit more, or one less, at a base."""
    cover.standing[b] += by
    for at in range(rule.ptr[b], rule.ptr[b + 1]):
        d = rule.reached[at]
        cover.covered[d] += by
        cover.worth[d] = rule.demand[d] * rule.gain_of[cover.covered[d]]
    for c in range(len(cover.stale)):
        cover.stale[c] |= cover.shares[b, c]


@lean
def place_freed(  # noqa: C901 - who counts now, then the bases in turn; `best_base` is its twin
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    rule: Array, cover: Array, base_of: Array, moves: Array, at: int, freed: int, work: Array,
) -> None:  # fmt: skip
    """This will let the unit that got free go where it adds the most expected cover (DMEXCLP).

    A way is timed only where a base gains as much as the best one so far.
    """
    own = counts_at(unit, base_of, freed)
    if own == LEFT_OUT:
        return
    for u in range(len(unit)):
        now = counts_at(unit, base_of, u) if u != freed else ZERO + LEFT_OUT
        was = unit[u, COUNTED]
        if now != was:
            unit[u, COUNTED] = now
            if was >= 0:
                recount(rule, cover, was, NONE)
            if now >= 0:
                recount(rule, cover, now, ZERO + 1)
    n = place_at(unit, freed, at, work)
    best, best_gain, best_ms = NONE, -1.0, ZERO
    for b in range(len(rule.bases)):
        if cover.standing[b] >= rule.room[b]:
            continue
        if cover.stale[b]:
            cover.gain[b] = total_of(cover.worth, rule.reached, rule.ptr[b], rule.ptr[b + 1])
            cover.stale[b] = False
        gain = cover.gain[b]
        if gain < best_gain:
            continue
        free_ms = free_flow(ms_to, rule.bases[b], n, work)
        ms = scaled(free_ms, factor, option, at, ZERO)
        if ms < NO_WAY and (gain > best_gain or ms < best_ms):
            best, best_gain, best_ms = ZERO + b, gain, ms
    if best >= 0 and best != own:
        move(
            ms_to, factor, option, unit, away, scalar, moves, freed, rule.bases[best],
            cover.host[best], at, work,
        )  # fmt: skip


# ---------------------------------------------------------------- compliance tables


@lean
def keep_table(  # noqa: C901 - what lacks, who is spared, who goes; `comply` is its twin
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    rule: Array, cover: Array, base_of: Array, moves: Array, who: Array, spot: Array, at: int,
    work: Array,
) -> None:  # fmt: skip
    """This will fill the places of the compliance table's row that lack a unit.

    Only units to spare are timed, and only to the places in question.
    """
    bases, n = len(rule.bases), ZERO
    for u in range(len(unit)):
        now, was = counts_at(unit, base_of, u), unit[u, COUNTED]
        n += now != LEFT_OUT
        if now != was:
            unit[u, COUNTED] = now
            if was >= 0:
                cover.standing[was] -= 1
            if now >= 0:
                cover.standing[now] += 1
    row, lacking = min(n, len(rule.units) - 1), ZERO
    for b in range(bases):
        lacking += max(ZERO, rule.units[row, b] - cover.standing[b])
    if lacking == 0:
        return
    n, wanted = ZERO, ZERO
    for u in range(len(unit)):
        b = unit[u, COUNTED]
        if b == NONE or (b >= 0 and cover.standing[b] > rule.units[row, b]):
            who[n] = u
            n += 1
    for b in range(bases):
        lacks = rule.units[row, b] - cover.standing[b]
        if lacks < 0:  # its units compete with the others for the places there
            lacks = rule.units[row, b]
        while lacks > 0 and wanted < n:
            spot[wanted] = b
            wanted, lacks = wanted + 1, lacks - 1
    if wanted > 1:
        pair(ms_to, factor, option, unit, rule.bases, cover, who, spot, n, wanted, at, work)
    elif wanted == 1:
        b, best, least = spot[0], NONE, ZERO + ONE_WAY
        spot[0] = NOT_PAIRED
        for k in range(n):
            cost = cost_of(ms_to, factor, option, unit, rule.bases, who[k], b, at, work)
            if cost < least:
                best, least = ZERO + k, cost
        n = ZERO
        if best >= 0:
            who[0], spot[0], n = who[best], b, ZERO + 1
    for k in range(n):
        u, b = who[k], spot[k]
        if b >= 0 and b != unit[u, COUNTED]:
            move(
                ms_to,
                factor,
                option,
                unit,
                away,
                scalar,
                moves,
                u,
                rule.bases[b],
                cover.host[b],
                at,
                work,
            )


@inlined
def cost_of(
    ms_to: Array, factor: Array, option: Array, unit: Array, bases: Array, u: int, b: int,
    at: int, work: Array,
) -> int:  # fmt: skip
    """This will give what sending a unit to a base costs, ONE_WAY or more where no road leads.

    Of equal ways a unit that is there, or on its way, comes first.
    """
    free_ms = free_flow(ms_to, bases[b], place_at(unit, u, at, work), work)
    return 2 * scaled(free_ms, factor, option, at, ZERO) - (unit[u, COUNTED] == b)


@inlined
def pair(
    ms_to: Array, factor: Array, option: Array, unit: Array, bases: Array, cover: Array,
    who: Array, spot: Array, n: int, wanted: int, at: int, work: Array,
) -> None:  # fmt: skip
    """This will pair places with units at the least travel: spot[k] is then the base of who[k]."""
    for k in range(n):
        for place in range(wanted):
            cover.cost[place, k] = cost_of(
                ms_to, factor, option, unit, bases, who[k], spot[place], at, work
            )
    pair_within(cover.cost, wanted, n, cover.reals, cover.wholes)
    for place in range(wanted):
        cover.wholes[LEFT, place] = spot[place]  # a row that is done with
    for k in range(n):
        spot[k] = NOT_PAIRED
    for place in range(wanted):
        k = cover.wholes[COLUMN_OF, place]
        if cover.cost[place, k] < ONE_WAY:
            spot[k] = cover.wholes[LEFT, place]


# ---------------------------------------------------------------- DDSM


@allocating
def cover_twice(
    ms_to: Array, factor: Array, option: Array, unit: Array, away: Array, scalar: Array,
    rule: Array, cover: Array, base_of: Array, moves: Array, who: Array, base: Array, ms: Array,
    at: int, work: Array,
) -> None:  # fmt: skip
    """This will let units move while that covers more demand twice (DDSM)."""
    bases, n = rule.bases, ZERO
    for u in range(len(unit)):
        b = counts_at(unit, base_of, u)
        if b != LEFT_OUT:
            who[n], base[n] = u, b
            places = place_at(unit, u, at, work)
            for number in range(len(bases)):
                free_ms = free_flow(ms_to, bases[number], places, work)
                ms[n, number] = scaled(free_ms, factor, option, at, ZERO)
            n += 1
    if n == 0:
        return
    target = double_standard(
        rule.near, rule.far, rule.demand, rule.share, rule.cost_per_ms, rule.room, base[:n],
        ms[:n],
    )  # fmt: skip
    for k in range(n):
        b = target[k]
        if b >= 0 and b != base[k] and ms[k, b] != NO_WAY:
            move(
                ms_to,
                factor,
                option,
                unit,
                away,
                scalar,
                moves,
                who[k],
                bases[b],
                cover.host[b],
                at,
                work,
            )
