"""Which streets meet at each node, for searches on the streets themselves."""

from __future__ import annotations

import threading
from functools import cached_property

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.graph import I4, RoadGraph
from anlan.engine.roads.kernels import INF


class Corners:
    """This will give each node's streets; made when first asked, one for all snapshots of a town.

    It depends on the streets only: costs are looked up in a snapshot, so closures change nothing.
    """

    def __init__(self, graph: RoadGraph) -> None:
        self._graph = graph
        self._own = threading.local()

    @cached_property
    def streets(self) -> tuple[I4, I4, I4]:
        """This will give (ptr, out, head): at node v stand `ptr[v]:ptr[v + 1]` street ends.

        `out` is 2 * segment + direction as driven from v, `head` the node at the other end.
        """
        start, end = self._graph.seg_from, self._graph.seg_to
        n = len(self._graph.node_lon)
        drivable = np.flatnonzero(self._graph.seg_forward | self._graph.seg_backward)
        out = np.concatenate([2 * drivable, 2 * drivable + 1]).astype(np.int32)
        tail = np.concatenate([start[drivable], end[drivable]])
        head = np.concatenate([end[drivable], start[drivable]])
        order = np.argsort(tail, kind="stable")
        ptr = np.concatenate([[0], np.cumsum(np.bincount(tail, minlength=n))]).astype(np.int32)
        return ptr, out[order], head[order]

    @property
    def scratch(self) -> CornerScratch:
        """This will give the calling thread's own arrays."""
        if not hasattr(self._own, "scratch"):
            self._own.scratch = CornerScratch(len(self._graph.node_lon), len(self.streets[1]))
        scratch: CornerScratch = self._own.scratch
        return scratch


class CornerScratch:
    """One thread's arrays for a search: `dist` is INF everywhere between two searches."""

    def __init__(self, nodes: int, ends: int) -> None:
        self.dist = np.full(nodes, INF, np.uint32)
        self.first = np.empty(nodes, np.int32)
        self.settled = np.empty(nodes, np.int32)
        self._heap = np.empty(ends + 64, np.uint64)

    def heap_for(self, origins: int) -> npt.NDArray[np.uint64]:
        """This will give room for each street end once and both ends of each origin's street."""
        if 2 * origins > 64:
            return np.empty(len(self._heap) + 2 * origins, np.uint64)
        return self._heap
