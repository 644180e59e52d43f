"""Compiled loops of the hierarchy: build, customize, search, update, unpack.

Nodes are named by rank: 0 is contracted first, n - 1 last. An *arc* (a, b), a < b, stands for
both directions: `up[p]` is b, `U[p]` the milliseconds from a to b, `D[p]` from b to a. Arcs of a
lie at `ptr[a]:ptr[a + 1]`, sorted by head. An *input* 2 * segment + direction (0 along, 1 against
the shape) is a drivable direction of a street. INF is "no way": two of them still fit into
uint32, and every stored value is at most INF. `ways[s]` is (rank at the start, rank at the end);
`cost[s]` is (ms along, ms against). Arcs that a search follows have unsigned pointers and heads:
numba then leaves out its test for negative indices, a third of a sweep's time. A sweep takes a
node's arcs by twos, the last one twice where their number is odd: most nodes have one to four, so
a loop over single arcs often ends where the processor did not expect it, half of a sweep's time.

Source: Dibbelt, Strasser, Wagner, "Customizable Contraction Hierarchies" (2016); Delling,
Goldberg, Nowatzyk, Werneck, "PHAST" (2011); Buchhold, Sanders, Wagner, "Real-time traffic
assignment using engineered CCH" (2019), for elimination-tree searches.
Every kernel is tested against scipy's Dijkstra in tests/unit/engine/roads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

INF = np.uint32(2**31 - 1)
NO_WAY = np.int32(INF)
TILE = 64  # columns whose distances stay in the cache while all rows are written
LANES = 16  # sweeps that run side by side in `sweep_lanes`; 16 uint32 fill one cache line
# numba works out types by itself; what arrays hold stands in the module's docstring
Array = Any
Ms = Any

WORD = np.uint64(6)  # 64 nodes' marks in a word of bits
IN_WORD = np.uint64(63)
NOTHING = np.uint64(0)
BIT = np.uint64(1)
NEXT, PAIR = np.uint32(1), np.uint32(2)


# ---------------------------------------------------------------- build


@njit(cache=True, nogil=True)
def fill_in(n: int, adj_ptr: Array, adj: Array) -> tuple[Array, Array, Array]:
    """This will contract nodes in rank order: (ptr, up, parent) of the chordal supergraph."""
    ptr = np.zeros(n + 1, np.int32)
    up = np.empty(max(len(adj), 16), np.int32)
    parent = np.full(n, -1, np.int32)
    mark = np.full(n, -1, np.int32)
    first_child = np.full(n, -1, np.int32)
    next_child = np.full(n, -1, np.int32)
    found = np.empty(n, np.int32)
    m = 0
    for v in range(n):
        k = 0
        mark[v] = v
        for a in range(adj_ptr[v], adj_ptr[v + 1]):
            u = adj[a]
            if u > v and mark[u] != v:
                mark[u] = v
                found[k] = u
                k += 1
        child = first_child[v]
        while child != -1:
            for a in range(ptr[child], ptr[child + 1]):
                u = up[a]
                if mark[u] != v:
                    mark[u] = v
                    found[k] = u
                    k += 1
            child = next_child[child]
        if m + k > len(up):
            longer = np.empty(max(m + k, 2 * len(up)), np.int32)
            longer[:m] = up[:m]
            up = longer
        up[m : m + k] = np.sort(found[:k])
        if k > 0:
            p = up[m]
            parent[v] = p
            next_child[v] = first_child[p]
            first_child[p] = v
        m += k
        ptr[v + 1] = m
    return ptr, up[:m].copy(), parent


@njit(cache=True, nogil=True)
def find_arc(ptr: Array, up: Array, a: int, b: int) -> int:
    """This will give the number of arc (a, b), a < b, which must exist."""
    low = ptr[a]
    high = ptr[a + 1]
    while low < high:
        middle = (low + high) >> 1
        if up[middle] < b:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def map_inputs(ways: Array, drivable: Array, ptr: Array, up: Array) -> Array:
    """This will give the arc that each input stands on; -1 for loops and undrivable streets."""
    arc_of = np.full(2 * len(ways), -1, np.int32)
    for s in range(len(ways)):
        a = ways[s, 0]
        b = ways[s, 1]
        if drivable[s] and a != b:
            p = find_arc(ptr, up, min(a, b), max(a, b))
            arc_of[2 * s] = p
            arc_of[2 * s + 1] = p
    return arc_of


# ---------------------------------------------------------------- weights


@njit(cache=True, nogil=True)
def customize(arc_of: Array, ways: Array, cost: Array, ptr: Array, up: Array, U: Array, D: Array):  # type: ignore[no-untyped-def]
    """This will set U and D to the cheapest way through lower nodes, for all arcs."""
    U[:] = INF
    D[:] = INF
    for i in range(len(arc_of)):
        p = arc_of[i]
        if p >= 0:
            w = cost[i >> 1, i & 1]
            if (ways[i >> 1, 0] < ways[i >> 1, 1]) == ((i & 1) == 0):
                U[p] = min(U[p], w)
            else:
                D[p] = min(D[p], w)
    for v in range(len(ptr) - 1):
        end = ptr[v + 1]
        for i in range(ptr[v], end):
            a = up[i]
            ui = U[i]
            di = D[i]
            p = ptr[a]
            for j in range(i + 1, end):
                b = up[j]
                while up[p] != b:
                    p += 1
                x = di + U[j]
                if x < U[p]:
                    U[p] = x
                x = D[j] + ui
                if x < D[p]:
                    D[p] = x


@njit(cache=True, nogil=True)
def perfect(ptr: Array, up: Array, U: Array, D: Array) -> tuple[Array, Array]:
    """This will give true distances along every arc, (up, down); U and D stay as they are.

    An arc that is longer than the true distance is on no shortest path and can be left out of a
    search (perfect customization, section 5.3 of the CCH paper).
    """
    pu = U.copy()
    pd = D.copy()
    for v in range(len(ptr) - 2, -1, -1):
        end = ptr[v + 1]
        for i in range(ptr[v], end):
            p = ptr[up[i]]
            for j in range(i + 1, end):
                while up[p] != up[j]:
                    p += 1
                pu[i] = min(pu[i], np.uint32(pu[j] + pd[p]))
                pu[j] = min(pu[j], np.uint32(pu[i] + pu[p]))
                pd[i] = min(pd[i], np.uint32(pu[p] + pd[j]))
                pd[j] = min(pd[j], np.uint32(pd[p] + pd[i]))
    return pu, pd


@njit(cache=True, nogil=True)
def prune(ptr: Array, up: Array, W: Array, true: Array) -> tuple[Array, Array, Array]:
    """This will keep the arcs that are as short as the true distance: (ptr, head, weight)."""
    n = len(ptr) - 1
    kept_ptr = np.zeros(n + 1, np.uint32)
    head = np.empty(len(up), np.uint32)
    weight = np.empty(len(up), np.uint32)
    m = 0
    for v in range(n):
        for a in range(ptr[v], ptr[v + 1]):
            if W[a] < INF and W[a] <= true[a]:
                head[m] = up[a]
                weight[m] = W[a]
                m += 1
        kept_ptr[v + 1] = m
    return kept_ptr, head[:m].copy(), weight[:m].copy()


@njit(cache=True, nogil=True)
def _push(heap: Array, size: int, p: int) -> int:
    i = size
    while i > 0 and heap[(i - 1) >> 1] > p:
        heap[i] = heap[(i - 1) >> 1]
        i = (i - 1) >> 1
    heap[i] = p
    return size + 1


@njit(cache=True, nogil=True)
def _pop(heap: Array, size: int) -> int:
    """Move the least arc to the end of the heap; it is heap[size - 1] afterwards."""
    least = heap[0]
    size -= 1
    last = heap[size]
    i = 0
    while 2 * i + 1 < size:
        c = 2 * i + 1
        if c + 1 < size and heap[c + 1] < heap[c]:
            c += 1
        if heap[c] >= last:
            break
        heap[i] = heap[c]
        i = c
    heap[i] = last
    heap[size] = least
    return size


@njit(cache=True, nogil=True)
def update(  # noqa: C901 - the triangle loops are inlined for speed
    changed: Array,
    arc_of: Array,
    in_ptr: Array,
    in_list: Array,
    ways: Array,
    cost: Array,
    ptr: Array,
    up: Array,
    tail: Array,
    dn_ptr: Array,
    dn_tail: Array,
    dn_arc: Array,
    U: Array,
    D: Array,
    queued: Array,
    heap: Array,
) -> int:
    """This will repair U and D in place after the inputs `changed` got new costs.

    Arcs are taken in ascending order (so lower triangles are final) and passed on only where an
    upper triangle may notice. `queued` is all False before and after. Returns arcs recomputed.
    """
    size = 0
    for i in changed:
        p = arc_of[i]
        if p >= 0 and not queued[p]:
            queued[p] = True
            size = _push(heap, size, p)
    count = 0
    while size > 0:
        size = _pop(heap, size)
        p = heap[size]
        queued[p] = False
        count += 1
        a = tail[p]
        b = up[p]
        new_u = np.int64(INF)
        new_d = np.int64(INF)
        for q in range(in_ptr[p], in_ptr[p + 1]):
            i = in_list[q]
            w = np.int64(cost[i >> 1, i & 1])
            if (ways[i >> 1, 0] < ways[i >> 1, 1]) == ((i & 1) == 0):
                new_u = min(new_u, w)
            else:
                new_d = min(new_d, w)
        x = dn_ptr[a]
        y = dn_ptr[b]
        while x < dn_ptr[a + 1] and y < dn_ptr[b + 1]:
            if dn_tail[x] < dn_tail[y]:
                x += 1
            elif dn_tail[x] > dn_tail[y]:
                y += 1
            else:
                i = dn_arc[x]
                j = dn_arc[y]
                new_u = min(new_u, np.int64(D[i]) + np.int64(U[j]))
                new_d = min(new_d, np.int64(D[j]) + np.int64(U[i]))
                x += 1
                y += 1
        old_u = np.int64(U[p])
        old_d = np.int64(D[p])
        if new_u == old_u and new_d == old_d:
            continue
        U[p] = new_u
        D[p] = new_d
        for j in range(ptr[a], ptr[a + 1]):
            c = up[j]
            if c == b:
                continue
            r = find_arc(ptr, up, min(b, c), max(b, c))
            if queued[r]:
                continue
            uj = np.int64(U[j])
            dj = np.int64(D[j])
            # b -> a -> c and c -> a -> b, before and after
            out_old = old_d + uj
            out_new = new_d + uj
            back_old = dj + old_u
            back_new = dj + new_u
            out_now = np.int64(U[r]) if b < c else np.int64(D[r])
            back_now = np.int64(D[r]) if b < c else np.int64(U[r])
            if (
                out_new < out_now
                or back_new < back_now
                or (out_old == out_now and out_new != out_old)
                or (back_old == back_now and back_new != back_old)
            ):
                queued[r] = True
                size = _push(heap, size, r)
    return count


# ---------------------------------------------------------------- the ends: points on streets


@njit(cache=True, nogil=True)
def leave(cost: Array, s: int, fraction: float) -> tuple[Ms, Ms]:
    """This will give the ms from a point on street s to its (start, end)."""
    along = np.int64(cost[s, 0])
    against = np.int64(cost[s, 1])
    to_end = np.int64(INF)
    to_start = np.int64(INF)
    if along < INF:
        to_end = along - np.int64(np.rint(fraction * along))
    if against < INF:
        to_start = np.int64(np.rint(fraction * against))
    return to_start, to_end


@njit(cache=True, nogil=True)
def enter(cost: Array, s: int, fraction: float) -> tuple[Ms, Ms]:
    """This will give the ms from the (start, end) of street s to a point on it."""
    along = np.int64(cost[s, 0])
    against = np.int64(cost[s, 1])
    from_start = np.int64(INF)
    from_end = np.int64(INF)
    if along < INF:
        from_start = np.int64(np.rint(fraction * along))
    if against < INF:
        from_end = against - np.int64(np.rint(fraction * against))
    return from_start, from_end


@njit(cache=True, nogil=True)
def straight(cost: Array, s: int, start: float, end: float) -> Ms:
    """This will give the ms from one point to another on the same street without leaving it.

    The stretch is rounded once: a difference of two rounded times could fall as the street slows.
    """
    along = np.int64(cost[s, 0])
    against = np.int64(cost[s, 1])
    best = np.int64(INF)
    if along < INF and end >= start:
        best = np.int64(np.rint((end - start) * along))
    if against < INF and end <= start:
        best = min(best, np.int64(np.rint((start - end) * against)))
    return best


@njit(cache=True, nogil=True)
def ends(cost: Array, s: int, fraction: float, leaving: bool) -> tuple[Ms, Ms]:
    """This will give `leave` or `enter`."""
    if leaving:
        return leave(cost, s, fraction)
    return enter(cost, s, fraction)


@njit(cache=True, nogil=True)
def direct(cost: Array, s: int, here: float, there: float, leaving: bool) -> Ms:
    """This will give `straight` from `here` to `there`, or back when not leaving."""
    if leaving:
        return straight(cost, s, here, there)
    return straight(cost, s, there, here)


# ---------------------------------------------------------------- searches


@njit(cache=True, nogil=True)
def climb(
    a: int,
    at_a: int,
    b: int,
    at_b: int,
    ptr: Array,
    head: Array,
    W: Array,
    parent: Array,
    dist: Array,
) -> None:
    """This will search upward from two seeds; `dist` must be INF on both paths to the root."""
    dist[a] = min(dist[a], np.uint32(at_a))
    dist[b] = min(dist[b], np.uint32(at_b))
    while a != -1 or b != -1:
        if a == b:
            b = -1
        if a == -1 or (b != -1 and b < a):
            a, b = b, a
        d = dist[a]
        if d < INF:
            for e in range(ptr[a], ptr[a + 1]):
                x = np.uint32(d + W[e])
                if x < dist[head[e]]:
                    dist[head[e]] = x
        a = parent[a]


@njit(cache=True, nogil=True)
def lowered(d: Any, v: Any, ptr: Array, head: Array, W: Array, dist: Array) -> Any:
    """This will give the least of `d` and what node v's arcs bring down to it."""
    e = ptr[v]
    end = ptr[v + BIT]
    while e < end:
        f = min(np.uint32(e + NEXT), np.uint32(end - NEXT))
        x = np.uint32(dist[head[e]] + W[e])
        y = np.uint32(dist[head[f]] + W[f])
        d = min(d, min(x, y))
        e = np.uint32(e + PAIR)
    return d


@njit(cache=True, nogil=True)
def sweep(ptr: Array, head: Array, W: Array, dist: Array) -> None:
    """This will carry `dist` from the top down to every node (PHAST)."""
    for i in range(len(ptr) - 2, -1, -1):
        v = np.uint64(i)
        dist[v] = lowered(dist[v], v, ptr, head, W, dist)


@njit(cache=True, nogil=True)
def all_to_one(
    one: int,
    fraction: float,
    leaving: bool,
    ways: Array,
    cost: Array,
    up_ptr: Array,
    up_head: Array,
    up_w: Array,
    down_ptr: Array,
    down_head: Array,
    down_w: Array,
    parent: Array,
    dist: Array,
) -> None:
    """This will write ms between one point and every node into `dist` (`leaving`: from it)."""
    dist[:] = INF
    at_a, at_b = ends(cost, one, fraction, leaving)
    climb(ways[one, 0], at_a, ways[one, 1], at_b, up_ptr, up_head, up_w, parent, dist)
    sweep(down_ptr, down_head, down_w, dist)


@intrinsic
def leading_zeros(typing: Any, word: Any) -> Any:
    """This will count the zeros before the highest bit of a word that is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.ctlz(args[0], context.get_constant(types.boolean, 1))

    return types.uint64(types.uint64), generate


@njit(cache=True, nogil=True)
def mark(start: int, parent: Array, marks: Array, dist: Array) -> None:
    """This will mark the path from a node to the root, with `dist` INF on what is new of it."""
    v = np.int64(start)
    while v >= 0:
        u = np.uint64(v)
        bit = BIT << (u & IN_WORD)
        if marks[u >> WORD] & bit:
            return
        marks[u >> WORD] |= bit
        dist[u] = INF
        v = np.int64(parent[u])


@njit(cache=True, nogil=True)
def some_to_one(
    one: int,
    fraction: float,
    many: Array,
    leaving: bool,
    ways: Array,
    cost: Array,
    up_ptr: Array,
    up_head: Array,
    up_w: Array,
    down_ptr: Array,
    down_head: Array,
    down_w: Array,
    parent: Array,
    dist: Array,
    marks: Array,
) -> None:
    """This will do the same for the ends of the many streets only (RPHAST); the rest is left over.

    All that lies above those ends is marked, then settled from the top down. `marks` has a bit
    for each node, all 0 before and after.
    """
    mark(ways[one, 0], parent, marks, dist)
    mark(ways[one, 1], parent, marks, dist)
    at_a, at_b = ends(cost, one, fraction, leaving)
    climb(ways[one, 0], at_a, ways[one, 1], at_b, up_ptr, up_head, up_w, parent, dist)
    for i in range(len(many)):
        mark(ways[many[i], 0], parent, marks, dist)
        mark(ways[many[i], 1], parent, marks, dist)
    w = np.uint64(len(marks))
    while w > NOTHING:
        w -= BIT
        word = marks[w]
        marks[w] = NOTHING
        while word != NOTHING:
            high = IN_WORD - leading_zeros(word)  # type: ignore[call-arg]  # numba gives the first
            word ^= BIT << high
            v = (w << WORD) | high
            dist[v] = lowered(dist[v], v, down_ptr, down_head, down_w, dist)


@njit(cache=True, nogil=True)
def read_points(
    one: int,
    one_fraction: float,
    many: Array,
    fractions: Array,
    leaving: bool,
    ways: Array,
    cost: Array,
    dist: Array,
    scale: float,
    out: Array,
) -> None:
    """This will write seconds between the one point and the many, from the nodes' ms."""
    for i in range(len(many)):
        s = many[i]
        end_a, end_b = ends(cost, s, fractions[i], not leaving)
        best = min(np.int64(dist[ways[s, 0]]) + end_a, np.int64(dist[ways[s, 1]]) + end_b)
        if s == one:
            best = min(best, direct(cost, s, one_fraction, fractions[i], leaving))
        out[i] = best * scale if best < INF else np.inf


# ---------------------------------------------------------------- matrices


@njit(cache=True, nogil=True)
def select(nodes: Array, parent: Array) -> Array:
    """This will give every node on the paths from `nodes` to the root, highest first."""
    wanted = np.zeros(len(parent), np.bool_)
    count = 0
    for v in nodes:
        while v != -1 and not wanted[v]:
            wanted[v] = True
            count += 1
            v = parent[v]
    chosen = np.empty(count, np.int32)
    for v in range(len(parent)):
        if wanted[v]:
            count -= 1
            chosen[count] = v
    return chosen


@njit(cache=True, nogil=True)
def restrict(chosen: Array, ptr: Array, head: Array, W: Array) -> tuple[Array, Array, Array, Array]:
    """This will copy the arcs of the chosen nodes, numbered by place: (place, ptr, head, W)."""
    place = np.full(len(ptr) - 1, -1, np.int32)
    count = 0
    for i in range(len(chosen)):
        place[chosen[i]] = i
        count += ptr[chosen[i] + 1] - ptr[chosen[i]]
    sub_ptr = np.zeros(len(chosen) + 1, np.uint32)
    sub_head = np.empty(count, np.uint32)
    sub_w = np.empty(count, np.uint32)
    m = 0
    for i in range(len(chosen)):
        v = chosen[i]
        for e in range(ptr[v], ptr[v + 1]):
            sub_head[m] = place[head[e]]
            sub_w[m] = W[e]
            m += 1
        sub_ptr[i + 1] = m
    return place, sub_ptr, sub_head, sub_w


@njit(cache=True, nogil=True)
def sweep_lanes(sub_ptr: Array, sub_head: Array, sub_w: Array, dist: Array) -> None:
    """This will carry LANES searches down at once; dist has shape (chosen, LANES)."""
    for i in range(len(sub_ptr) - 1):
        for e in range(sub_ptr[i], sub_ptr[i + 1]):
            u = sub_head[e]
            w = sub_w[e]
            for k in range(LANES):
                x = np.uint32(dist[u, k] + w)
                dist[i, k] = min(dist[i, k], x)


@njit(cache=True, nogil=True)
def column_ends(
    cols: Array, fractions: Array, leaving: bool, ways: Array, cost: Array, place: Array
) -> Array:
    """This will give each column's (place of start, ms, place of end, ms), shape (columns, 4)."""
    found = np.empty((len(cols), 4), np.uint32)
    for j in range(len(cols)):
        s = cols[j]
        end_a, end_b = ends(cost, s, fractions[j], not leaving)
        found[j, 0] = place[ways[s, 0]]
        found[j, 1] = end_a
        found[j, 2] = place[ways[s, 1]]
        found[j, 3] = end_b
    return found


@njit(cache=True, nogil=True)
def matrix_block(
    first: int,
    rows: Array,
    row_fractions: Array,
    columns: Array,
    leaving: bool,
    ways: Array,
    cost: Array,
    up_ptr: Array,
    up_head: Array,
    up_w: Array,
    parent: Array,
    place: Array,
    sub_ptr: Array,
    sub_head: Array,
    sub_w: Array,
    scale: float,
    out: Array,
) -> None:
    """This will fill rows first … first + LANES of `out`, seconds from rows to columns.

    Not `leaving`: from columns to rows. Points on one street get their direct way elsewhere.
    """
    width = min(LANES, len(rows) - first)
    dist = np.full((len(sub_ptr) - 1, LANES), INF, np.uint32)
    one = np.full(len(parent), INF, np.uint32)
    for k in range(width):
        s = rows[first + k]
        start_a, start_b = ends(cost, s, row_fractions[first + k], leaving)
        climb(ways[s, 0], start_a, ways[s, 1], start_b, up_ptr, up_head, up_w, parent, one)
        for side in range(2):
            v = ways[s, side]
            while v != -1:
                if place[v] >= 0:
                    dist[place[v], k] = min(dist[place[v], k], one[v])
                one[v] = INF
                v = parent[v]
    sweep_lanes(sub_ptr, sub_head, sub_w, dist)
    gather_lanes(first, width, columns, dist, scale, out)


@njit(cache=True, nogil=True)
def gather_lanes(
    first: int, width: int, columns: Array, dist: Array, scale: float, out: Array
) -> None:
    """This will write seconds to the columns, by tiles that fit the cache."""
    for begin in range(0, len(columns), TILE):
        end = min(begin + TILE, len(columns))
        for k in range(width):
            line = out[first + k]
            for j in range(begin, end):
                x = np.uint32(dist[columns[j, 0], k] + columns[j, 1])
                y = np.uint32(dist[columns[j, 2], k] + columns[j, 3])
                best = np.int32(min(x, y, INF))
                line[j] = best * scale if best < NO_WAY else np.inf


@njit(cache=True, nogil=True)
def go_straight(
    rows: Array,
    row_fractions: Array,
    cols: Array,
    col_fractions: Array,
    leaving: bool,
    cost: Array,
    scale: float,
    out: Array,
) -> None:
    """This will put the direct way into `out`, between points that share a street."""
    first = np.full(len(cost), -1, np.int32)
    following = np.empty(len(rows), np.int32)
    for i in range(len(rows)):
        following[i] = first[rows[i]]
        first[rows[i]] = i
    for j in range(len(cols)):
        i = first[cols[j]]
        while i != -1:
            ms = direct(cost, cols[j], row_fractions[i], col_fractions[j], leaving)
            if ms < INF:
                out[i, j] = min(out[i, j], ms * scale)
            i = following[i]


# ---------------------------------------------------------------- routes


@njit(cache=True, nogil=True)
def climb_keeping(
    seeds: Array,
    at: Array,
    ptr: Array,
    up: Array,
    W: Array,
    parent: Array,
    dist: Array,
    via: Array,
    prev: Array,
) -> None:
    """This will climb from two seeds and keep how each node was reached.

    `via[v]` is the arc from `prev[v]`, or -1 - seed number where the search began. `dist` must be
    all INF before.
    """
    for q in range(2):
        if at[q] < INF and at[q] < dist[seeds[q]]:
            dist[seeds[q]] = np.uint32(at[q])
            via[seeds[q]] = -1 - q
    a: Ms = np.int64(seeds[0])
    b: Ms = np.int64(seeds[1])
    while a != -1 or b != -1:
        if a == b:
            b = -1
        if a == -1 or (b != -1 and b < a):
            a, b = b, a
        d = dist[a]
        if d < INF:
            for e in range(ptr[a], ptr[a + 1]):
                x = np.uint32(d + W[e])
                if x < dist[up[e]]:
                    dist[up[e]] = x
                    via[up[e]] = e
                    prev[up[e]] = a
        a = parent[a]


@njit(cache=True, nogil=True)
def unpack(  # noqa: C901 - one stack machine, inlined
    arcs: Array,
    upward: Array,
    in_ptr: Array,
    in_list: Array,
    ways: Array,
    cost: Array,
    dn_ptr: Array,
    dn_tail: Array,
    dn_arc: Array,
    tail: Array,
    up: Array,
    U: Array,
    D: Array,
) -> Array:
    """This will turn a path of arcs, in driving order, into inputs (2 * segment + direction)."""
    n = len(dn_ptr) - 1
    stack = np.empty(len(arcs) + n + 16, np.int32)
    is_up = np.empty(len(arcs) + n + 16, np.bool_)
    out = np.empty(64, np.int32)
    size = len(arcs)
    for i in range(size):
        stack[i] = arcs[size - 1 - i]
        is_up[i] = upward[size - 1 - i]
    m = 0
    while size > 0:
        size -= 1
        p = stack[size]
        rising = is_up[size]
        goal = np.int64(U[p] if rising else D[p])
        found: Ms = -1
        for q in range(in_ptr[p], in_ptr[p + 1]):
            i = in_list[q]
            matches = ((ways[i >> 1, 0] < ways[i >> 1, 1]) == ((i & 1) == 0)) == rising
            if matches and np.int64(cost[i >> 1, i & 1]) == goal:
                found = i
                break
        if found >= 0:
            if m == len(out):
                longer = np.empty(2 * m, np.int32)
                longer[:m] = out
                out = longer
            out[m] = found
            m += 1
            continue
        a = tail[p]
        b = up[p]
        x = dn_ptr[a]
        y = dn_ptr[b]
        whole = True
        while whole and x < dn_ptr[a + 1] and y < dn_ptr[b + 1]:
            if dn_tail[x] < dn_tail[y]:
                x += 1
            elif dn_tail[x] > dn_tail[y]:
                y += 1
            else:
                i = dn_arc[x]
                j = dn_arc[y]
                if rising and np.int64(D[i]) + np.int64(U[j]) == goal:
                    stack[size] = j
                    is_up[size] = True
                    stack[size + 1] = i
                    is_up[size + 1] = False
                    whole = False
                if not rising and np.int64(D[j]) + np.int64(U[i]) == goal:
                    stack[size] = i
                    is_up[size] = True
                    stack[size + 1] = j
                    is_up[size + 1] = False
                    whole = False
                x += 1
                y += 1
        if whole:
            raise AssertionError("An arc has a weight that nothing explains.")
        size += 2
    return out[:m].copy()
