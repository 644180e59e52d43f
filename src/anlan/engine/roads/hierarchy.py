"""The hierarchy over a street graph: its shape (once per graph) and its weights (per snapshot)."""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from anlan.engine.roads import kernels
from anlan.engine.roads.graph import Progress, RoadGraph

logger = logging.getLogger(__name__)

INF = int(kernels.INF)
FORMAT = 1
# More changed inputs than this and customizing everything anew is cheaper than repairing.
REPAIR_AT_MOST = 400

I4 = npt.NDArray[np.int32]
U4 = npt.NDArray[np.uint32]
Segments = frozenset[int]
Costs = Mapping[int, tuple[int, int]]  # ms (along, against) by segment


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """What depends on the streets only, not on their weights; nodes by rank (see kernels)."""

    rank: I4
    ptr: I4
    up: I4
    parent: I4
    ways: I4
    arc_of: I4
    in_ptr: I4
    in_list: I4
    tail: I4
    dn_ptr: I4
    dn_tail: I4
    dn_arc: I4

    @property
    def nodes(self) -> int:
        """This will count the nodes."""
        return len(self.parent)

    @property
    def arcs(self) -> int:
        """This will count the arcs of the chordal supergraph."""
        return len(self.up)


def shape_of(
    graph: RoadGraph, *, cache_dir: Path | None = None, progress: Progress | None = None
) -> Shape:
    """This will order and contract the graph, or read that from the cache beside it."""
    tell = progress or (lambda label, share: None)
    path = cache_dir / f"hierarchy-{_digest(graph)}.npz" if cache_dir else None
    if path is not None and path.exists():
        tell("reading the hierarchy", 0.0)
        stored = _read(path)
        if stored is not None:
            return stored
    tell("ordering the nodes", 0.0)
    order = node_order(len(graph.node_lon), graph.seg_from, graph.seg_to)
    tell("building the hierarchy", 0.5)
    shape = build_shape(graph, order)
    if path is not None:
        _write(path, shape)
    return shape


def node_order(n: int, seg_from: I4, seg_to: I4) -> I4:
    """This will give a nested-dissection order: order[rank] is the node contracted as that rank."""
    ptr, adjacent = _adjacency(n, seg_from, seg_to)
    if len(adjacent) == 0:
        return np.arange(n, dtype=np.int32)
    import pymetis

    # The first array; with the second, contraction fills the graph and does not end.
    order, _ = pymetis.nested_dissection(pymetis.CSRAdjacency(ptr, adjacent))
    return np.asarray(order, np.int32)


def build_shape(graph: RoadGraph, order: I4) -> Shape:
    """This will contract the graph in the given order."""
    n = len(graph.node_lon)
    rank = np.empty(n, np.int32)
    rank[order] = np.arange(n, dtype=np.int32)
    ways = np.column_stack([rank[graph.seg_from], rank[graph.seg_to]]).astype(np.int32)
    drivable = graph.seg_forward | graph.seg_backward
    used = ways[drivable]
    adj_ptr, adj = _adjacency(n, used[:, 0], used[:, 1])
    ptr, up, parent = kernels.fill_in(n, adj_ptr, adj)
    arc_of = kernels.map_inputs(ways, drivable, ptr, up)
    tail = np.repeat(np.arange(n, dtype=np.int32), np.diff(ptr))
    by_arc = np.argsort(arc_of, kind="stable").astype(np.int32)
    unmapped = int((arc_of < 0).sum())
    by_head = np.argsort(up, kind="stable").astype(np.int32)
    return Shape(
        rank=rank,
        ptr=ptr,
        up=up,
        parent=parent,
        ways=ways,
        arc_of=arc_of,
        in_ptr=_pointers(arc_of[arc_of >= 0], len(up)),
        in_list=by_arc[unmapped:].copy(),
        tail=tail,
        dn_ptr=_pointers(up, n),
        dn_tail=tail[by_head],
        dn_arc=by_head,
    )


def _pointers(owner: I4, count: int) -> I4:
    """Give CSR pointers for members counted by owner."""
    return np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=count))]).astype(np.int32)


def _adjacency(n: int, a: I4, b: I4) -> tuple[I4, I4]:
    """Give the undirected neighbours of each node, without loops and duplicates."""
    apart = a != b
    tail = np.concatenate([a[apart], b[apart]]).astype(np.int64)
    head = np.concatenate([b[apart], a[apart]]).astype(np.int64)
    pairs = np.unique(tail * n + head)
    return _pointers((pairs // max(n, 1)).astype(np.int32), n), (pairs % max(n, 1)).astype(np.int32)


# ---------------------------------------------------------------- cache


def _digest(graph: RoadGraph) -> str:
    """Name the topology: the same streets give the same name, whatever their weights."""
    digest = hashlib.sha256(f"{FORMAT} {len(graph.node_lon)}".encode())
    for array in (graph.seg_from, graph.seg_to, graph.seg_forward | graph.seg_backward):
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:20]


_FIELDS = tuple(Shape.__dataclass_fields__)


def _read(path: Path) -> Shape | None:
    """Read a cached shape; a damaged file is told in the log and made anew."""
    try:
        with np.load(path, allow_pickle=False) as stored:
            return Shape(**{name: stored[name] for name in _FIELDS})
    except Exception as error:  # noqa: BLE001 - zip, numpy and the OS each raise their own
        logger.warning("The cached hierarchy %s is damaged and is made anew: %s", path.name, error)
        return None


def _write(path: Path, shape: Shape) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        with partial.open("wb") as out:
            np.savez(out, **{name: getattr(shape, name) for name in _FIELDS})
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


# ---------------------------------------------------------------- weights


@dataclass(frozen=True, slots=True, eq=False)
class SearchGraph:
    """Arcs that a search follows, for one direction of the weights."""

    ptr: U4
    head: U4
    weight: U4


@dataclass(frozen=True, eq=False)
class Weights:
    """One state of all streets, customized; never changed after it is made.

    `cost[s]` is (ms along, ms against); U and D are the arcs' weights (see kernels).
    """

    shape: Shape
    cost: U4
    U: U4
    D: U4

    @classmethod
    def of(cls, shape: Shape, cost: U4) -> Weights:
        """This will customize the hierarchy for these costs."""
        up = np.empty(shape.arcs, np.uint32)
        down = np.empty(shape.arcs, np.uint32)
        kernels.customize(shape.arc_of, shape.ways, cost, shape.ptr, shape.up, up, down)
        return cls(shape=shape, cost=cost, U=up, D=down)

    @cached_property
    def pruned(self) -> tuple[SearchGraph, SearchGraph]:
        """This will leave out arcs on no shortest path: (up, down); made when needed."""
        shape = self.shape
        true_up, true_down = kernels.perfect(shape.ptr, shape.up, self.U, self.D)
        return (
            SearchGraph(*kernels.prune(shape.ptr, shape.up, self.U, true_up)),
            SearchGraph(*kernels.prune(shape.ptr, shape.up, self.D, true_down)),
        )

    @property
    def search(self) -> tuple[SearchGraph, SearchGraph]:
        """This will give (up, down) to search on: pruned where that is made already."""
        if "pruned" in self.__dict__:
            return self.pruned
        ptr, head = self.shape.ptr.view(np.uint32), self.shape.up.view(np.uint32)
        return SearchGraph(ptr, head, self.U), SearchGraph(ptr, head, self.D)


class Workshop:
    """Makes one state of the weights from another; its owner lets one thread in at a time.

    The arrays of a state that nobody looks at any more are repaired and used again, so a closure
    copies nothing. While somebody still holds that state, a copy is made instead.
    """

    def __init__(self, first: Weights) -> None:
        self._open = first
        self._queued = np.zeros(first.shape.arcs, np.bool_)
        self._heap = np.empty(first.shape.arcs + 1, np.int32)
        self._retired: tuple[weakref.ref[Weights], _State] | None = None

    def make(self, now: Weights, was: Segments, cost_of: Costs) -> Weights:
        """This will give the state in which the named segments cost what `cost_of` says.

        `was` are the segments on which `now` differs from the open streets.
        """
        base = self._take_spare() or _State(now.cost.copy(), now.U.copy(), now.D.copy(), was)
        touched = np.array(sorted(base.segments | set(cost_of)), np.int32)
        after = self._open.cost[touched]
        for row, segment in enumerate(touched.tolist()):
            if segment in cost_of:
                after[row] = cost_of[segment]
        rows, sides = np.nonzero(base.cost[touched] != after)
        base.cost[touched] = after
        self._repair((2 * touched[rows] + sides).astype(np.int32), base)
        return Weights(shape=self._open.shape, cost=base.cost, U=base.U, D=base.D)

    def retire(self, old: Weights, segments: Segments) -> None:
        """This will keep the arrays of a state that was replaced, for when nobody holds it."""
        if old is not self._open:
            self._retired = weakref.ref(old), _State(old.cost, old.U, old.D, segments)

    def _take_spare(self) -> _State | None:
        if self._retired is None or self._retired[0]() is not None:
            return None
        _, state = self._retired
        self._retired = None
        return state

    def _repair(self, inputs: I4, state: _State) -> None:
        shape = self._open.shape
        if len(inputs) > REPAIR_AT_MOST:
            kernels.customize(
                shape.arc_of, shape.ways, state.cost, shape.ptr, shape.up, state.U, state.D
            )
            return
        kernels.update(
            inputs,
            shape.arc_of,
            shape.in_ptr,
            shape.in_list,
            shape.ways,
            state.cost,
            shape.ptr,
            shape.up,
            shape.tail,
            shape.dn_ptr,
            shape.dn_tail,
            shape.dn_arc,
            state.U,
            state.D,
            self._queued,
            self._heap,
        )


@dataclass(frozen=True, slots=True, eq=False)
class _State:
    """Arrays of weights, and the segments on which they differ from the open streets."""

    cost: U4
    U: U4
    D: U4
    segments: Segments


class Scratch(threading.local):
    """Each thread's own arrays for a query, sized for one shape."""

    def __init__(self, nodes: int) -> None:
        self.dist = np.empty(nodes, np.uint32)
        self.marks = np.zeros(nodes // 64 + 1, np.uint64)
