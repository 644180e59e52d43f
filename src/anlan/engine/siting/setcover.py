"""Set covering (LSCP), and the vertex p-center by asking it for one radius after another."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from anlan.engine.milp import INF, Milp, solve_milp
from anlan.engine.siting.coverage import fewer_columns, fewer_rows
from anlan.engine.siting.models import PCenter, SetCovering
from anlan.engine.siting.problem import (
    F8,
    I8,
    Mask,
    NoSuchSiting,
    SitingProblem,
    UnusableSiting,
)
from anlan.engine.siting.result import SitingResult, Stop, make_result

METHOD = "dominated rows and columns dropped, HiGHS"
TOLERANCE = 1e-7  # of HiGHS: a bound that close to the value meets it
CENTER_METHOD = "set covering by HiGHS at radii found by bisection"


def solve_set_covering(
    problem: SitingProblem, model: SetCovering, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will use the fewest sites, or the cheapest, that have every demand within the radius."""
    priced = problem.site_cost is not None
    price = _prices(problem)
    cover = Cover(problem, problem.cost <= model.radius, price)
    if cover.missing:
        raise NoSuchSiting(
            f"Of the demands, {cover.missing} have no site within {model.radius:g} "
            "that may be used, so no choice covers all."
        )
    sites, floor = cover.cheapest(seed=seed, stop=stop, root_only=not prove)
    old = 0.0 if priced else float(len(problem.existing))
    return make_result(
        sites,
        value=old + _spent(problem, price, sites),
        bound=old + floor,
        sense="min",
        method=METHOD,
        whole=bool(np.array_equal(price, np.rint(price))),
        tolerance=TOLERANCE,
    )


def solve_p_center(
    problem: SitingProblem, model: PCenter, *, seed: int, stop: Stop, prove: bool
) -> SitingResult:
    """This will find the least radius within which p sites, or a budget, have every demand.

    Greedy covers and packings bracket it first; then HiGHS proves each radius possible or not.
    """
    search = _Radii(problem, model, seed=seed)
    search.bracket()
    while prove and search.low < search.high and not stop():
        if not search.halve(stop):
            break
    sites = search.filled()
    value = float(_greatest(problem, sites))
    if not np.isfinite(value):
        raise NoSuchSiting("No choice of so many sites reaches every demand.")
    low = float(search.radii[search.low])
    return make_result(sites, value=value, bound=low, sense="min", method=CENTER_METHOD)


def _greatest(problem: SitingProblem, sites: tuple[int, ...]) -> float:
    rows = problem.cost[problem.weight > 0]
    return float(rows[:, list(sites)].min(axis=1).max(initial=0.0))


def _prices(problem: SitingProblem) -> F8:
    return np.ones(problem.sites) if problem.site_cost is None else problem.site_cost


def _spent(problem: SitingProblem, price: F8, sites: tuple[int, ...]) -> float:
    return float(price[[site for site in sites if site not in problem.existing]].sum())


class _Radii:
    """The radii that can be the answer, rising; `low` to `high` is where the least one lies."""

    def __init__(self, problem: SitingProblem, model: PCenter, *, seed: int) -> None:
        self.problem, self.seed, self.p = problem, seed, model.p
        if model.p is not None:
            problem.check_count(model.p)
            self.price, self.limit = np.ones(problem.sites), float(model.p - len(problem.existing))
        else:
            assert model.budget is not None
            if problem.site_cost is None:
                raise UnusableSiting("A budget needs what each site costs.")
            self.price, self.limit = problem.site_cost, model.budget
        rows = problem.cost[np.ix_(problem.weight > 0, problem.open_sites)]
        self.radii = np.unique(np.append(rows, 0.0))
        nearest = rows.min(axis=1).max(initial=0.0)  # nobody is nearer than the nearest site
        self.low, self.high = int(np.searchsorted(self.radii, nearest)), len(self.radii) - 1
        self.sites: tuple[int, ...] = self._widest()

    def _widest(self) -> tuple[int, ...]:
        """This will give sites for the greatest radius: any, where every pair has a way."""
        new = self.problem.new_sites
        cheap = new[np.argsort(self.price[new], kind="stable")[:1]] if self.limit > 0 else new[:0]
        fits = self.price[cheap].sum() <= self.limit
        sites = (*self.problem.existing, *(int(one) for one in cheap if fits))
        if not sites:
            raise NoSuchSiting("The budget pays for no site, and there is none yet.")
        return tuple(sorted(sites))

    def bracket(self) -> None:
        """This will lower `high` by greedy covers, and raise `low` by packings."""
        low, high = self.low, self.high
        while low < high:
            middle = (low + high) // 2
            cover = self._cover(middle)
            sites = None if cover.missing else cover.with_old(cover.greedy())
            if sites and _spent(self.problem, self.price, sites) <= self.limit + 1e-9:
                high, self.sites = middle, sites
            else:
                low = middle + 1
        self.high = max(high, self.low)
        low, high = self.low, self.high
        while low < high:  # and raise `low` by demands that share no site, which prove it
            middle = (low + high) // 2
            cover = self._cover(middle)
            if cover.missing or cover.packing() > self.limit + 1e-9:
                low = self.low = middle + 1
            else:
                high = middle

    def halve(self, stop: Stop) -> bool:
        """This will decide the middle radius, and say whether it could before `stop()`."""
        middle = (self.low + self.high) // 2
        cover = self._cover(middle)
        if cover.missing:
            self.low = middle + 1
            return True
        sites, floor = cover.cheapest(seed=self.seed, stop=stop, limit=self.limit)
        if _spent(self.problem, self.price, sites) <= self.limit + 1e-9:
            self.high, self.sites = middle, sites
        elif floor > self.limit + 1e-6:
            self.low = middle + 1
        else:
            return False
        return True

    def filled(self) -> tuple[int, ...]:
        """This will add the sites that p still allows, each where the farthest demand gains."""
        sites = list(self.sites)
        while self.p is not None and len(sites) < self.p:
            rows = self.problem.cost[self.problem.weight > 0]
            rest = np.setdiff1d(self.problem.new_sites, sites)
            nearest = rows[:, sites].min(axis=1) if len(rows) else np.zeros(0)
            worst = np.minimum(rows[:, rest], nearest[:, None]).max(axis=0, initial=0.0)
            sites.append(int(rest[worst.argmin()]))
        return tuple(sorted(sites))

    def _cover(self, at: int) -> Cover:
        return Cover(self.problem, self.problem.cost <= self.radii[at], self.price)


class Cover:
    """Rows still to be covered by columns at a price, after what is certain is taken out."""

    def __init__(self, problem: SitingProblem, near: Mask, price: F8) -> None:
        old = list(problem.existing)
        rows = problem.weight > 0
        if old:
            rows = rows & ~near[:, old].any(axis=1)
        new = problem.new_sites
        self._old = tuple(problem.existing)
        self.missing = int((~near[np.ix_(rows, new)].any(axis=1)).sum())
        self._near, self._columns, self._price = near[np.ix_(rows, new)], new, price[new]

    def narrow(self) -> None:
        """This will drop dominated rows and columns until none is left."""
        while True:
            before = self._near.shape
            self._near = self._near[fewer_rows(self._near)]
            kept = fewer_columns(self._near, self._price)
            self._near = self._near[:, kept]
            self._columns, self._price = self._columns[kept], self._price[kept]
            if self._near.shape == before:
                return

    def greedy(self) -> I8:
        """This will cover by the column that covers most for its price, again and again."""
        left, chosen = np.ones(len(self._near), np.bool_), []
        while left.any():
            gain = self._near[left].sum(axis=0) / np.maximum(self._price, 1e-12)
            chosen.append(int(gain.argmax()))
            left &= ~self._near[:, chosen[-1]]
        return np.array(sorted(chosen), np.int64)

    def packing(self) -> float:
        """This will give a floor of any cover's price: that of some rows that share no column."""
        taken, total = np.zeros(len(self._price), np.bool_), 0.0
        for row in np.argsort(self._near.sum(axis=1), kind="stable"):
            mine = self._near[row]
            if not (mine & taken).any():
                taken |= mine
                total += float(self._price[mine].min(initial=np.inf))
        return total

    def with_old(self, chosen: I8) -> tuple[int, ...]:
        """This will name chosen columns by their sites, the existing ones among them."""
        return tuple(sorted({*self._old, *(int(self._columns[one]) for one in chosen)}))

    def cheapest(
        self, *, seed: int, stop: Stop, limit: float | None = None, root_only: bool = False
    ) -> tuple[tuple[int, ...], float]:
        """This will give the cheapest cover found, the existing sites in it, and a floor.

        With a `limit` it ends once a cover costs no more, or it is proven that none can.
        """
        self.narrow()
        best, floor = self.greedy(), self.packing()
        if limit is not None and self._price[best].sum() <= limit + 1e-9:
            return self.with_old(best), floor

        def enough(value: float, low: float) -> bool:
            return limit is not None and (value <= limit + 1e-6 or low > limit + 1e-6)

        if len(best):
            columns = np.arange(len(self._price))
            answer = solve_milp(
                self._milp(),
                seed=seed,
                stop=stop,
                start=(columns, np.isin(columns, best).astype(np.float64)),
                enough=enough,
                root_only=root_only,
            )
            floor = max(floor, answer.bound)
            if answer.x is not None:
                found = np.flatnonzero(answer.x > 0.5)
                covered = self._near[:, found].any(axis=1).all()
                if covered and self._price[found].sum() < self._price[best].sum():
                    best = found
        return self.with_old(best), floor

    def _milp(self) -> Milp:
        rows, columns = self._near.shape
        return Milp(
            cost=self._price,
            lower=np.zeros(columns),
            upper=np.ones(columns),
            whole=np.ones(columns, np.bool_),
            matrix=sparse.csr_array(self._near, dtype=np.float64),
            row_lower=np.ones(rows),
            row_upper=np.full(rows, INF),
        )
