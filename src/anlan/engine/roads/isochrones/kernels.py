"""Compiled loops of isochrones: a search that ends at its bound, and the streets it reached.

Nodes and segments are the graph's own (no ranks). Streets that meet at node v stand at
`ptr[v]:ptr[v + 1]`: `out[e]` is 2 * segment + direction as driven from v, `head[e]` the node at
the other end. `cost` is flat: `cost[2 * segment + direction]` in ms, INF where closed. `turn` is 0
when leaving the origins and 1 when driving to them: then the other direction of a street counts.

Source: Dijkstra (1959), with several origins that start at once; keys of the heap hold
(ms, node), so that entries overtaken meanwhile are known by their ms.
Tested against scipy's Dijkstra and the hierarchy in tests/unit/engine/roads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from anlan.engine.roads.kernels import INF, ends, straight

Array = Any
LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


@njit(cache=True, nogil=True)
def _push(heap: Array, size: int, key: Any) -> int:
    """Put a key into a heap of four children a node, which is shallower than one of two."""
    i = size
    while i > 0 and heap[(i - 1) >> 2] > key:
        heap[i] = heap[(i - 1) >> 2]
        i = (i - 1) >> 2
    heap[i] = key
    return size + 1


@njit(cache=True, nogil=True)
def _drop_least(heap: Array, size: int) -> int:
    size -= 1
    last = heap[size]
    i = 0
    while 4 * i + 1 < size:
        c = 4 * i + 1
        for j in range(c + 1, min(c + 4, size)):
            if heap[j] < heap[c]:
                c = j
        if heap[c] >= last:
            break
        heap[i] = heap[c]
        i = c
    heap[i] = last
    return size


@njit(cache=True, nogil=True)
def reach(
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
    heap: Array,
    settled: Array,
) -> int:
    """This will settle every node within `limit` ms; gives their number, in order of arrival.

    `dist` must be INF everywhere; then it holds ms and `first` the origin that comes first, for
    the nodes in `settled`. Of origins that come at the same ms the lowest number counts: streets
    cost at least 1 ms, so a node's origin is final before it is passed on.
    """
    turn = 0 if leaving else 1
    size = 0
    for i in range(len(segments)):
        s = segments[i]
        at_a, at_b = ends(streets, s, fractions[i], leaving)
        for side in range(2):
            u = seg_from[s] if side == 0 else seg_to[s]
            ms = at_a if side == 0 else at_b
            if ms <= limit and ms < np.int64(dist[u]):
                dist[u] = ms
                first[u] = i
                size = _push(heap, size, (np.uint64(ms) << HALF) | np.uint64(u))
    count = 0
    while size > 0:
        key = heap[0]
        size = _drop_least(heap, size)
        v = np.int64(key & LOW)
        ms = np.int64(key >> HALF)
        if ms != np.int64(dist[v]):
            continue
        settled[count] = v
        count += 1
        by = first[v]
        for e in range(ptr[v], ptr[v + 1]):
            u = head[e]
            x = ms + np.int64(cost[out[e] ^ turn])
            if x > limit:
                continue
            if x < np.int64(dist[u]):
                dist[u] = x
                first[u] = by
                size = _push(heap, size, (np.uint64(x) << HALF) | np.uint64(u))
            elif x == np.int64(dist[u]) and by < first[u]:
                first[u] = by
    return count


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
