"""Compiled loops of isochrones: a search that ends at its bound, and the streets it reached.

Nodes and segments are the graph's own (no ranks). Streets that meet at node v stand at
`ptr[v]:ptr[v + 1]`: `out[e]` is 2 * segment + direction as driven from v, `head[e]` the node at
the other end, all unsigned. `cost` is flat: `cost[2 * segment + direction]` in ms, INF where
closed. `turn` is 0 when leaving the origins and 1 when driving to them: then the other direction
of a street counts.

Source: Dijkstra (1959) with several origins that start at once, and buckets for a queue (Dial 1969;
Denardo and Fox 1979 for buckets wider than the shortest street); the sweep is PHAST (see
`roads.kernels`).
Tested against scipy's Dijkstra and the hierarchy in tests/unit/engine/roads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anlan.engine.roads.kernels import INF, ends, straight

Array = Any
NONE = np.int32(-1)
HALF = np.uint64(32)  # a key of the sweep is (ms, origin): the lesser key comes first
LOW = np.uint64(0xFFFFFFFF)
NEXT, PAIR = np.uint32(1), np.uint32(2)


@njit(cache=True, nogil=True)
def spread(  # noqa: C901 - queue and search are inlined: as calls they cost half as much again
    segments: Array,
    fractions: Array,
    leaving: bool,
    limit: int,
    seg_from: Array,
    seg_to: Array,
    streets: Array,
    cost: Array,
    ptr: Array,
    out: Array,
    head: Array,
    dist: Array,
    first: Array,
    bucket: Array,
    queue: Array,
    found: Array,
) -> int:
    """This will find every node within `limit` ms; gives their number, in `found`, in no order.

    `dist` must be INF everywhere; then it holds ms and `first` the origin that comes first, for
    the nodes found. Of origins that come at the same ms the lowest number counts. Gives -1 where
    the queue is too small, and leaves `dist` as it was: then so much is reached that a sweep of
    the whole town costs less.

    Rows of `queue` are (node, ms, next row of its bucket, or -1); buckets have one width, a power
    of two in ms, and serve the last come first. A node that gets an earlier time or a lower
    origin is queued again, so that it is passed on again.
    """
    turn = np.uint32(0) if leaving else NEXT
    shift = 0
    while limit >> shift >= len(bucket):
        shift += 1
    bucket[:] = NONE
    size = 0
    count = 0
    top: Any = 0
    for i in range(len(segments)):
        s = segments[i]
        at_a, at_b = ends(streets, s, fractions[i], leaving)
        for side in range(2):
            u = seg_from[s] if side == 0 else seg_to[s]
            x = at_a if side == 0 else at_b
            if x > limit or x >= np.int64(dist[u]):
                continue
            if size == len(queue):
                forget(found, count, dist)
                return -1
            if dist[u] == INF:
                found[count] = u
                count += 1
            dist[u] = x
            first[u] = i
            b = x >> shift
            top = max(top, b)
            queue[size, 0] = u
            queue[size, 1] = x
            queue[size, 2] = bucket[b]
            bucket[b] = size
            size += 1
    at = 0
    while at <= top:
        q = bucket[at]
        if q == NONE:
            at += 1
            continue
        bucket[at] = queue[q, 2]
        v = np.uint64(queue[q, 0])
        ms = np.int64(queue[q, 1])
        if ms != np.int64(dist[v]):
            continue
        by = first[v]
        for e in range(ptr[v], ptr[v + np.uint64(1)]):
            x = ms + np.int64(cost[out[e] ^ turn])
            w = head[e]
            old = np.int64(dist[w])
            if x > limit or x > old or (x == old and by >= first[w]):
                continue
            if size == len(queue):
                forget(found, count, dist)
                return -1
            if old == np.int64(INF):
                found[count] = w
                count += 1
            dist[w] = x
            first[w] = by
            b = x >> shift
            top = max(top, b)
            queue[size, 0] = w
            queue[size, 1] = x
            queue[size, 2] = bucket[b]
            bucket[b] = size
            size += 1
    return count


@njit(cache=True, nogil=True)
def sweep_keys(
    segments: Array,
    fractions: Array,
    leaving: bool,
    ways: Array,
    streets: Array,
    up_ptr: Array,
    up_head: Array,
    up_w: Array,
    down_ptr: Array,
    down_head: Array,
    down_w: Array,
    parent: Array,
    keys: Array,
) -> None:
    """This will write every node's (ms, origin) by climbing from all origins, then one sweep.

    Nodes are named by rank here, as in the hierarchy. Adding ms to a key keeps its origin, so
    the least key is the earliest time and, of equal times, the lowest origin.
    """
    keys[:] = (np.uint64(INF) << HALF) | LOW
    seen = np.zeros(len(parent), np.bool_)
    above = np.empty(len(parent), np.int32)
    count = 0
    for i in range(len(segments)):
        s = segments[i]
        at_a, at_b = ends(streets, s, fractions[i], leaving)
        for side in range(2):
            v = ways[s, side]
            x = at_a if side == 0 else at_b
            keys[v] = min(keys[v], (np.uint64(x) << HALF) | np.uint64(i))
            while v != -1 and not seen[v]:
                seen[v] = True
                above[count] = v
                count += 1
                v = parent[v]
    for a in np.sort(above[:count]):
        if keys[a] >> HALF < np.uint64(INF):
            for e in range(up_ptr[a], up_ptr[a + 1]):
                x = keys[a] + (np.uint64(up_w[e]) << HALF)
                keys[up_head[e]] = min(keys[up_head[e]], x)
    for i in range(len(parent) - 1, -1, -1):
        u = np.uint64(i)
        key = keys[u]
        c = down_ptr[u]
        end = down_ptr[u + np.uint64(1)]
        while c < end:  # by twos, as in `roads.kernels.lowered`
            f = min(np.uint32(c + NEXT), np.uint32(end - NEXT))
            x = keys[down_head[c]] + (np.uint64(down_w[c]) << HALF)
            y = keys[down_head[f]] + (np.uint64(down_w[f]) << HALF)
            key = min(key, min(x, y))
            c = np.uint32(c + PAIR)
        keys[u] = key


@njit(cache=True, nogil=True)
def collect(limit: int, rank: Array, keys: Array) -> tuple[Array, Array, Array]:
    """This will give the nodes within `limit` ms by number: (node, ms, origin)."""
    node = np.empty(len(rank), np.int32)
    ms = np.empty(len(rank), np.uint32)
    first = np.empty(len(rank), np.int32)
    m = 0
    for v in range(len(rank)):
        key = keys[rank[v]]
        if key >> HALF <= np.uint64(limit):
            node[m] = v
            ms[m] = key >> HALF
            first[m] = key & LOW
            m += 1
    return node[:m].copy(), ms[:m].copy(), first[:m].copy()


@njit(cache=True, nogil=True)
def lay(nodes: Array, ms: Array, dist: Array) -> None:
    """This will write the known nodes' ms into `dist`."""
    for i in range(len(nodes)):
        dist[nodes[i]] = ms[i]


@njit(cache=True, nogil=True)
def forget(nodes: Array, count: int, dist: Array) -> None:
    """This will make the nodes unknown (INF) again."""
    for i in range(count):
        dist[nodes[i]] = INF


@njit(cache=True, nogil=True)
def pieces(
    nodes: Array,
    limit: float,
    leaving: bool,
    cost: Array,
    ptr: Array,
    out: Array,
    head: Array,
    dist: Array,
    room: int,
) -> tuple[Array, Array, Array]:
    """This will give what is reached of each street from its ends: (segment, start, end).

    `nodes` are settled within `limit` ms, `room` the number of street ends at them. A street is
    looked at once: from its start, or from its end where the start is not reached.
    """
    segment = np.empty(room, np.int32)
    start = np.empty(room)
    end = np.empty(room)
    m = 0
    near_side = 0 if leaving else 1
    for i in range(len(nodes)):
        v = nodes[i]
        for e in range(ptr[v], ptr[v + 1]):
            s = out[e] >> 1
            at_end = (out[e] & 1) == 1
            other = np.float64(dist[head[e]])
            if at_end and other <= limit:
                continue
            here = np.float64(dist[v])
            ms_a = other if at_end else here
            ms_b = here if at_end else other
            near = cost[2 * s + near_side]
            far = cost[2 * s + 1 - near_side]
            up_to = 0.0
            down_to = 1.0
            if ms_a < limit and near < INF:
                up_to = min(1.0, (limit - ms_a) / near)
            if ms_b < limit and far < INF:
                down_to = max(0.0, 1.0 - (limit - ms_b) / far)
            if up_to >= down_to:
                up_to = 1.0
                down_to = 1.0
            if up_to > 0.0:
                segment[m] = s
                start[m] = 0.0
                end[m] = up_to
                m += 1
            if down_to < 1.0:
                segment[m] = s
                start[m] = down_to
                end[m] = 1.0
                m += 1
    return segment[:m].copy(), start[:m].copy(), end[:m].copy()


@njit(cache=True, nogil=True)
def merge(segment: Array, start: Array, end: Array) -> int:
    """This will join pieces that touch, in place and sorted by (segment, start); gives how many."""
    m = 0
    for i in range(len(segment)):
        if m > 0 and segment[m - 1] == segment[i] and start[i] <= end[m - 1]:
            end[m - 1] = max(end[m - 1], end[i])
        else:
            segment[m] = segment[i]
            start[m] = start[i]
            end[m] = end[i]
            m += 1
    return m


@njit(cache=True, nogil=True)
def read_points(
    segments: Array,
    fractions: Array,
    leaving: bool,
    seg_from: Array,
    seg_to: Array,
    streets: Array,
    dist: Array,
    first: Array,
    ms: Array,
    by: Array,
) -> None:
    """This will write each point's ms by way of its street's ends, and whose they are (-1: INF)."""
    for i in range(len(segments)):
        s = segments[i]
        at_a, at_b = ends(streets, s, fractions[i], not leaving)
        a = seg_from[s]
        b = seg_to[s]
        x = np.int64(dist[a]) + at_a
        y = np.int64(dist[b]) + at_b
        ms[i] = min(x, y, np.int64(INF))
        by[i] = -1
        if ms[i] < np.int64(INF):
            by[i] = first[a] if x == ms[i] else first[b]
            if x == y:
                by[i] = min(first[a], first[b])


@njit(cache=True, nogil=True)
def read_straight(
    points: Array,
    fractions: Array,
    origins: Array,
    origin_fractions: Array,
    order: Array,
    leaving: bool,
    streets: Array,
    ms: Array,
    by: Array,
) -> None:
    """This will put in the direct way from an origin on the point's own street.

    `order` sorts the origins by segment, and by number within one.
    """
    for i in range(len(points)):
        s = points[i]
        low = 0
        high = len(order)
        while low < high:
            middle = (low + high) >> 1
            if origins[order[middle]] < s:
                low = middle + 1
            else:
                high = middle
        while low < len(order) and origins[order[low]] == s:
            o = order[low]
            here = origin_fractions[o] if leaving else fractions[i]
            there = fractions[i] if leaving else origin_fractions[o]
            x = straight(streets, s, here, there)
            if x < ms[i] or (x == ms[i] and x < np.int64(INF) and o < by[i]):
                ms[i] = x
                by[i] = o
            low += 1


@njit(cache=True, nogil=True)
def cut(
    segment: Array, start: Array, end: Array, geo_ptr: Array, x: Array, y: Array
) -> tuple[Array, Array, Array]:
    """This will give the shape of each piece: (x, y, piece number), points along the segment."""
    room = 0
    for i in range(len(segment)):
        room += geo_ptr[segment[i] + 1] - geo_ptr[segment[i]] + 2
    px = np.empty(room)
    py = np.empty(room)
    owner = np.empty(room, np.int64)
    m = 0
    for i in range(len(segment)):
        low = geo_ptr[segment[i]]
        high = geo_ptr[segment[i] + 1]
        whole = 0.0
        for g in range(low + 1, high):
            whole += np.hypot(x[g] - x[g - 1], y[g] - y[g - 1])
        begin = start[i] * whole
        stop = end[i] * whole
        run = 0.0
        begun = False
        for g in range(low + 1, high):
            leg = np.hypot(x[g] - x[g - 1], y[g] - y[g - 1])
            last = g == high - 1
            if not begun and (run + leg >= begin or last):
                t = min(max((begin - run) / leg, 0.0), 1.0) if leg > 0.0 else 0.0
                px[m] = x[g - 1] + t * (x[g] - x[g - 1])
                py[m] = y[g - 1] + t * (y[g] - y[g - 1])
                owner[m] = i
                m += 1
                begun = True
            if begun:
                t = min(max((stop - run) / leg, 0.0), 1.0) if leg > 0.0 else 1.0
                px[m] = x[g - 1] + t * (x[g] - x[g - 1])
                py[m] = y[g - 1] + t * (y[g] - y[g - 1])
                owner[m] = i
                m += 1
                if run + leg >= stop:
                    break
            run += leg
    return px[:m].copy(), py[:m].copy(), owner[:m].copy()


@njit(cache=True, nogil=True)
def stamp(
    x: Array,
    y: Array,
    owner: Array,
    west: float,
    south: float,
    cell: float,
    radius: float,
    grid: Array,
) -> None:
    """This will mark the cells of `grid` (north, east) whose middle is near a line.

    Points i - 1 and i are joined where they have one owner.
    """
    r = radius / cell
    for g in range(1, len(x)):
        if owner[g] != owner[g - 1]:
            continue
        ax = (x[g - 1] - west) / cell
        ay = (y[g - 1] - south) / cell
        bx = (x[g] - west) / cell
        by = (y[g] - south) / cell
        dx = bx - ax
        dy = by - ay
        square = dx * dx + dy * dy
        for j in range(int(np.floor(min(ay, by) - r)), int(np.ceil(max(ay, by) + r)) + 1):
            cy = j + 0.5
            for i in range(int(np.floor(min(ax, bx) - r)), int(np.ceil(max(ax, bx) + r)) + 1):
                if grid[j, i]:
                    continue
                cx = i + 0.5
                t = 0.0
                if square > 0.0:
                    t = min(max(((cx - ax) * dx + (cy - ay) * dy) / square, 0.0), 1.0)
                ex = cx - ax - t * dx
                ey = cy - ay - t * dy
                if ex * ex + ey * ey <= r * r:
                    grid[j, i] = True


@njit(cache=True, nogil=True)
def outline(grid: Array) -> tuple[Array, Array]:  # noqa: C901 - one walk along the borders
    """This will walk around marked cells: (corners as (east, north), ring number of each).

    The marked side is on the left, so outer rings run against the clock and holes with it. The
    first corner of a ring is the south-west corner of a marked cell. The grid's rim is unmarked.
    """
    rows, cols = grid.shape
    used = np.zeros((rows, cols), np.bool_)
    corner = np.empty((1024, 2), np.int32)
    ring = np.empty(1024, np.int32)
    m = 0
    k = 0
    for row in range(1, rows):
        for col in range(cols):
            if not grid[row, col] or grid[row - 1, col] or used[row, col]:
                continue
            j = row
            i = col
            d = 0  # 0 east, 1 north, 2 west, 3 south
            last = -1
            while True:
                if d == 0:
                    used[j, i] = True
                if d != last:
                    if m == len(ring):
                        longer = np.empty((2 * m, 2), np.int32)
                        longer[:m] = corner
                        corner = longer
                        more = np.empty(2 * m, np.int32)
                        more[:m] = ring
                        ring = more
                    corner[m, 0] = i
                    corner[m, 1] = j
                    ring[m] = k
                    m += 1
                last = d
                if d == 0:
                    i += 1
                elif d == 1:
                    j += 1
                elif d == 2:
                    i -= 1
                else:
                    j -= 1
                # left first: two cells that touch in a corner only stay apart
                for turn in (1, 0, 3):
                    c = (last + turn) & 3
                    if c == 0:
                        go = grid[j, i] and not grid[j - 1, i]
                    elif c == 1:
                        go = grid[j, i - 1] and not grid[j, i]
                    elif c == 2:
                        go = grid[j - 1, i - 1] and not grid[j, i - 1]
                    else:
                        go = grid[j - 1, i] and not grid[j - 1, i - 1]
                    if go:
                        d = c
                        break
                if j == row and i == col and d == 0:
                    break
            k += 1
    return corner[:m].copy(), ring[:m].copy()
