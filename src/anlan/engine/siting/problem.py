"""What is sited: demands, sites, and what between them; checked once, then never changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


class UnusableSiting(ValueError):
    """One clear sentence: what in the siting problem cannot be used."""


class NoSuchSiting(ValueError):
    """One clear sentence: no choice of sites keeps the conditions, or none was found."""


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Demands and sites: what a model of this package is asked about.

    `cost[demand, site]` is from 0 up, in any unit (seconds, minutes, metres), infinite where no
    way leads; rows are demands, columns sites, and a site is named by its column everywhere.
    `weights[demand]` (people, calls) is from 0 up; all are 1 where none are given. `existing`
    sites are kept in every answer and count towards p; `forbidden` ones are never chosen.
    `site_cost[site]` is what a budget pays for and what set covering adds up; an existing site
    costs nothing. `capacity[site]` is the weight that a site can serve. Arrays are copied and
    then read-only. Raises UnusableSiting with one sentence.
    """

    cost: F8
    weights: F8 | None = field(default=None, kw_only=True)
    existing: Sequence[int] = field(default=(), kw_only=True)
    forbidden: Sequence[int] = field(default=(), kw_only=True)
    site_cost: F8 | None = field(default=None, kw_only=True)
    capacity: F8 | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        cost = _frozen(self.cost, "The cost")
        if cost.ndim != 2 or 0 in cost.shape:
            raise UnusableSiting("Give cost as demand × site, at least one of each.")
        if np.isnan(cost).any() or (cost < 0).any():
            raise UnusableSiting("A cost is negative or no number.")
        demands, sites = cost.shape
        weights = np.ones(demands) if self.weights is None else self.weights
        put = object.__setattr__
        put(self, "cost", cost)
        put(self, "weights", _figures(weights, demands, "weight", "demand"))
        for name in ("site_cost", "capacity"):
            given = getattr(self, name)
            if given is not None:
                put(self, name, _figures(given, sites, name.replace("_", " "), "site"))
        put(self, "existing", _columns(self.existing, sites, "An existing"))
        put(self, "forbidden", _columns(self.forbidden, sites, "A forbidden"))
        if set(self.existing) & set(self.forbidden):
            raise UnusableSiting("A site is both existing and forbidden.")

    @property
    def demands(self) -> int:
        """This will give how many demands there are."""
        return int(self.cost.shape[0])

    @property
    def sites(self) -> int:
        """This will give how many sites there are, the forbidden ones counted."""
        return int(self.cost.shape[1])

    @property
    def weight(self) -> F8:
        """This will give the weights, 1 each where none were given."""
        assert self.weights is not None
        return self.weights

    @property
    def open_sites(self) -> I8:
        """This will give the sites that may be chosen: all but the forbidden, ascending."""
        return np.setdiff1d(np.arange(self.sites), np.array(self.forbidden, np.int64))

    @property
    def new_sites(self) -> I8:
        """This will give the sites that may be added: neither forbidden nor existing, ascending."""
        return np.setdiff1d(self.open_sites, np.array(self.existing, np.int64))

    def check_count(self, p: int) -> None:
        """Refuse a number of sites that the existing and the open ones do not allow."""
        low, high = max(1, len(self.existing)), len(self.open_sites)
        if not low <= p <= high:
            raise UnusableSiting(f"p is {p}; give a number from {low} to {high}, old ones counted.")


def _frozen(given: object, what: str) -> F8:
    try:
        array = np.array(given, np.float64, order="C")
    except (TypeError, ValueError) as error:
        raise UnusableSiting(f"{what} is no array of numbers.") from error
    array.flags.writeable = False
    return array


def _figures(given: object, length: int, what: str, each: str) -> F8:
    array = _frozen(given, f"The {what}")
    if array.shape != (length,):
        raise UnusableSiting(f"Give one {what} per {each}: {length} of them.")
    if not np.isfinite(array).all() or (array < 0).any():
        raise UnusableSiting(f"A {what} is negative or not finite.")
    return array


def _columns(given: Sequence[int], sites: int, what: str) -> tuple[int, ...]:
    columns = tuple(sorted(int(one) for one in given))
    if len(set(columns)) != len(columns) or any(not 0 <= one < sites for one in columns):
        raise UnusableSiting(f"{what} site stands twice or is not a column of the cost.")
    return columns
