"""Which streets meet at each node, for searches on the streets themselves."""

from __future__ import annotations

import threading
from functools import cached_property

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.graph import RoadGraph
from anlan.engine.roads.kernels import INF

U4 = npt.NDArray[np.uint32]


class Corners:
    """This will give each node's streets; made when first asked, one for all snapshots of a town.

    It depends on the streets only: costs are looked up in a snapshot, so closures change nothing.
    """

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._own = threading.local()

    @cached_property
    def streets(self) -> tuple[U4, U4, U4]:
        """This will give (ptr, out, head): at node v stand `ptr[v]:ptr[v + 1]` street ends.

        `out` is 2 * segment + direction as driven from v, `head` the node at the other end.
        """
        start, end = self._graph.seg_from, self._graph.seg_to
        n = len(self._graph.node_lon)
        drivable = np.flatnonzero(self._graph.seg_forward | self._graph.seg_backward)
        out = np.concatenate([2 * drivable, 2 * drivable + 1]).astype(np.uint32)
        tail = np.concatenate([start[drivable], end[drivable]])
        head = np.concatenate([end[drivable], start[drivable]]).astype(np.uint32)
        order = np.argsort(tail, kind="stable")
        ptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))]).astype(np.uint32)
        return ptr, out[order], head[order]

    @property
    def scratch(self) -> CornerScratch:
        """This will give the calling thread's own arrays."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = CornerScratch(len(self._graph.node_lon))
        scratch: CornerScratch = self._own.scratch
        return scratch


# A search that queues more than this share of the nodes ends, and the town is swept instead: each
# place in the queue costs a search about seven times what a node costs a sweep.
QUEUE_SHARE = 1 / 7
LEAST_QUEUE = 512
BUCKETS = 4096


class CornerScratch:
    """One thread's arrays for a search: `dist` is INF everywhere between two searches."""

    def __init__(self, nodes: int) -> None:
        room = max(int(nodes * QUEUE_SHARE), LEAST_QUEUE)
        self.dist = np.full(nodes, INF, np.uint32)
        self.first = np.empty(nodes, np.int32)
        self.bucket = np.empty(BUCKETS, np.int32)
        self.queue = np.empty((room, 3), np.int32)
        self.found = np.empty(room, np.int32)

    @cached_property
    def keys(self) -> npt.NDArray[np.uint64]:
        """This will give room for a sweep's keys."""
        return np.empty(len(self.dist), np.uint64)
