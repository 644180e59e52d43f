"""Choosing p columns so that each row's nearest one costs least in all, with a proof.

The core of the p-median and of maximal covering: greedy, swaps with shakes, the Lagrangian dual of
"each row is served once", sites fixed by their reduced costs, and branch and bound over what is
left. docs/method/siting.md has the formulas.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from anlan.engine.siting import kernels
from anlan.engine.siting.problem import F8, I8
from anlan.engine.siting.result import Stop

SHAKES = 10  # the most swaps of one shake
ROUND = 50  # shakes between two looks at the clock
ROUNDS, FEW_ROUNDS = 16, 4  # few where branching follows, which finds what shakes miss
ROOT_STEPS, NODE_STEPS = 600, 120  # of the dual, between two looks at the clock
ROOT_PARTS = 6
PATIENCE, NODE_PATIENCE = 40, 8  # steps without a gain after which the step is halved
NODE_SCALE = 0.3


@dataclass(frozen=True, eq=False)
class Lists:
    """Each row's sites by rising cost, and each site's rows; see kernels.py for the arrays."""

    ptr: I8
    site: np.ndarray
    cost: F8
    far: F8
    col_ptr: I8
    col_row: np.ndarray
    col_cost: F8
    whole: bool

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """This will give what every kernel of swaps takes."""
        return (*self.by_row, self.col_ptr, self.col_row, self.col_cost)

    @property
    def by_row(self) -> tuple[np.ndarray, ...]:
        """This will give what the dual takes."""
        return (self.ptr, self.site, self.cost, self.far)

    @property
    def sites(self) -> int:
        """This will give how many sites there are."""
        return len(self.col_ptr) - 1


def make_lists(cost: F8, far: F8, p: int) -> Lists:
    """This will list the pairs that can matter where p of the columns are chosen.

    A row's nearest of p sites costs at most its (m - p + 1)-th least, so `far` is lowered to that,
    and pairs not below `far` are left out. No choice of p sites changes its value by this.
    """
    rows, sites = cost.shape
    far = np.minimum(far, np.partition(cost, sites - p, axis=1)[:, sites - p])
    far = np.ascontiguousarray(far, np.float64)
    by_site, by_row = np.nonzero(np.ascontiguousarray(cost.T) < far)
    listed = cost[by_row, by_site]
    col_ptr = np.concatenate([[0], np.cumsum(np.bincount(by_site, minlength=sites))])
    order = np.lexsort((by_site, listed, by_row))
    ptr = np.concatenate([[0], np.cumsum(np.bincount(by_row, minlength=rows))])
    total = float(far.sum())
    figures = (far, listed)
    whole = total < 2**52 and all(np.array_equal(each, np.rint(each)) for each in figures)
    return Lists(
        ptr=ptr.astype(np.int64),
        site=by_site[order].astype(np.int32),
        cost=np.ascontiguousarray(listed[order]),
        far=far,
        col_ptr=col_ptr.astype(np.int64),
        col_row=by_row.astype(np.int32),
        col_cost=np.ascontiguousarray(listed),
        whole=whole,
    )


@dataclass(frozen=True, eq=False)
class Found:
    """The best columns found, their value, a proven floor, and how many nodes were branched on.

    `state` is what the root's reduced costs prove of any better choice: 1 in it, -1 not, 0 open.
    """

    chosen: I8
    value: float
    bound: float
    nodes: int
    state: npt.NDArray[np.int8]


def solve_nearest(lists: Lists, p: int, *, seed: int, stop: Stop, prove: bool) -> Found:
    """This will choose p columns; with `prove`, until the floor meets the value or `stop` says so.

    Without it a fixed amount of work is done, and the floor is the root's dual.
    """
    search = _Search(lists, p, seed=seed, stop=stop)
    state = search.begin(FEW_ROUNDS if prove else ROUNDS)
    if prove:
        search.branch()
    return Found(np.sort(search.chosen), search.value, search.floor(), search.nodes, state)


@dataclass(eq=False)
class _Node:
    """A part of all choices: `state` is 1 for open sites, -1 for closed ones, 0 for free ones.

    `bound` is proven for it; `dual` is that of `price`, where each site is `worth` so much.
    """

    bound: float
    price: F8
    state: npt.NDArray[np.int8]
    dual: float = -np.inf
    worth: F8 = field(default_factory=lambda: np.zeros(0))
    often: F8 = field(default_factory=lambda: np.zeros(0))


class _Search:
    """One run: the best choice so far and the open nodes of branch and bound."""

    def __init__(self, lists: Lists, p: int, *, seed: int, stop: Stop) -> None:
        self.lists, self.p, self.stop = lists, p, stop
        self.rng = np.random.Generator(np.random.PCG64(seed))
        self.chosen: I8 = kernels.greedy(lists.arrays, p)
        self.value = np.inf
        self.nodes = 0
        self._waiting: list[tuple[float, int, _Node]] = []
        self._number = 0
        self._crumb = 1e-11 * float(lists.far.sum())

    @property
    def cutoff(self) -> float:
        """This will give the floor at which nothing better is left."""
        if self.lists.whole:
            return self.value - 1 + 1e-6
        return self.value - 1e-10 * max(1.0, self.value)

    def floor(self) -> float:
        """This will give the proven floor: the least bound of the open nodes, or the value."""
        low = self._waiting[0][0] if self._waiting else self.value
        return self.value if low >= self.cutoff else low

    def begin(self, rounds: int) -> npt.NDArray[np.int8]:
        """This will do the fixed first part: swaps, the root's dual, shakes until proven.

        Gives what is then known of each site in any better choice.
        """
        self._try(self.chosen, 0)
        root = _Node(-np.inf, self._prices(), np.zeros(self.lists.sites, np.int8))
        scale = 1.0
        for _ in range(ROOT_PARTS):
            scale = self._bound(root, ROOT_STEPS, scale, PATIENCE)
            if root.bound >= self.cutoff or scale < 1e-3 or self.stop():
                break
        for _ in range(rounds):
            if root.bound >= self.cutoff or self.stop():
                break
            self._try(self.chosen, ROUND)
        self._narrow(root)
        self._keep(root)
        return root.state.copy()

    def branch(self) -> None:
        """This will split open nodes, the lowest first, until none can hold a better choice."""
        while self._waiting and self._waiting[0][0] < self.cutoff and not self.stop():
            node = heapq.heappop(self._waiting)[2]
            self._narrow(node)
            if self._is_one(node):
                continue
            self.nodes += 1
            free = np.flatnonzero(node.state == 0)
            at = free[int(np.argmin(np.abs(node.often[free] - 0.5)))]
            for side in (1, -1):
                state = node.state.copy()
                state[at] = side
                child = _Node(node.bound, node.price, state)
                if not self._is_one(child):
                    self._bound(child, NODE_STEPS, NODE_SCALE, NODE_PATIENCE)
                    self._keep(child)

    def _is_one(self, node: _Node) -> bool:
        """This will try and settle a node that holds one choice or none."""
        opened, free = int((node.state > 0).sum()), int((node.state == 0).sum())
        if opened == self.p or opened + free == self.p:
            self._try(np.flatnonzero(node.state > (0 if opened == self.p else -1)), 0)
            return True
        return opened > self.p or opened + free < self.p

    def _keep(self, node: _Node) -> None:
        if node.bound < self.cutoff:
            self._number += 1
            heapq.heappush(self._waiting, (node.bound, self._number, node))

    def _prices(self) -> F8:
        """This will begin with each row's second least cost."""
        ptr, _, cost, far = self.lists.by_row
        at = ptr[:-1] + 1
        second = far.copy()
        has = at < ptr[1:]
        second[has] = cost[at[has]]
        return second

    def _try(self, start: I8, shakes: int) -> None:
        """This will improve a choice by swaps and keep it where it is the best so far."""
        value, chosen = kernels.improve(
            self.lists.arrays,
            np.ascontiguousarray(start, np.int64),
            self.rng.random((shakes, 2 * min(self.p, SHAKES))),
            self._crumb,
        )
        if not np.isfinite(self.value) or value < self.value - self._crumb:
            self.value, self.chosen = float(value), chosen

    def _bound(self, node: _Node, steps: int, scale: float, patience: int) -> float:
        """This will raise a node's bound, try the sites it opens, and give the step's new scale."""
        dual, node.price, node.worth, node.often, scale = kernels.dual_ascent(
            self.lists.by_row,
            node.price,
            node.state,
            self.p,
            self.value,
            self.cutoff,
            steps,
            scale,
            patience,
        )
        node.dual = float(dual)
        node.bound = max(node.bound, node.dual)
        self._try(self._opened(node), 0)
        self._narrow(node)
        return float(scale)

    def _opened(self, node: _Node) -> I8:
        key = np.where(node.state > 0, -np.inf, np.where(node.state < 0, np.inf, node.worth))
        return np.argsort(key, kind="stable")[: self.p]

    def _narrow(self, node: _Node) -> None:
        """This will fix sites by reduced cost: what another state would cost reaches the cutoff."""
        opened = np.zeros(len(node.state), np.bool_)
        opened[self._opened(node)] = True
        free = node.state == 0
        inside, outside = free & opened, free & ~opened
        if not inside.any() or not outside.any():
            return
        last, next_one = node.worth[inside].max(), node.worth[outside].min()
        node.state[outside & (node.dual + node.worth - last >= self.cutoff)] = -1
        node.state[inside & (node.dual - node.worth + next_one >= self.cutoff)] = 1
