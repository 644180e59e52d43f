"""What is wanted of the sites: the published models, each with its own figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from anlan.engine.siting.problem import UnusableSiting


@dataclass(frozen=True)
class PMedian:
    """Lower the weighted sum of each demand's cost to its nearest site (Hakimi 1964).

    Choose `p` sites, the existing ones counted, or as many as `budget` pays for (the problem's
    `site_cost`). Where the problem has a `capacity`, a demand may go to a farther site; it may be
    divided between sites unless `divisible` is False.
    """

    p: int | None = None
    budget: float | None = field(default=None, kw_only=True)
    divisible: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        _one_limit(self.p, self.budget)


@dataclass(frozen=True)
class PCenter:
    """Lower the greatest cost of any demand to its nearest site (the vertex p-center; Hakimi 1964).

    Demands of weight 0 do not count; other weights do not matter.
    """

    p: int | None = None
    budget: float | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _one_limit(self.p, self.budget)


@dataclass(frozen=True)
class SetCovering:
    """Use the fewest sites that have every demand within `radius` (LSCP; Toregas et al. 1971).

    With the problem's `site_cost`, the cheapest instead of the fewest. Demands of weight 0 need
    no cover.
    """

    radius: float

    def __post_init__(self) -> None:
        _radii((self.radius,))


@dataclass(frozen=True)
class MaximalCovering:
    """Raise the weight that lies within `radius` of a site (MCLP; Church & ReVelle 1974).

    `radius` may be several, with the `share` of the weight that counts as covered within each
    (Berman & Krass 2002): `radius=(300, 600), share=(1, .5)` counts half of what is reached
    between 300 and 600. Choose `p` sites or spend a `budget`. Where the problem has a `capacity`,
    a site covers no more weight than that.
    """

    p: int | None = None
    radius: float | Sequence[float] = field(kw_only=True)
    share: float | Sequence[float] = field(default=1.0, kw_only=True)
    budget: float | None = field(default=None, kw_only=True)
    divisible: bool = field(default=True, kw_only=True)

    def __post_init__(self) -> None:
        _one_limit(self.p, self.budget)
        _radii(self.radii)
        shares = self.shares
        if len(shares) != len(self.radii):
            raise UnusableSiting("Give one share per radius.")
        falling = all(a >= b for a, b in pairwise(shares))
        if not falling or not all(0 < each <= 1 for each in shares):
            raise UnusableSiting("Shares lie above 0, up to 1, and do not rise with the radius.")

    @property
    def radii(self) -> tuple[float, ...]:
        """This will give the radii, rising."""
        return _several(self.radius)

    @property
    def shares(self) -> tuple[float, ...]:
        """This will give the share that counts within each radius."""
        return _several(self.share)


@dataclass(frozen=True)
class BackupCovering:
    """Raise the weight that two sites cover (Hogan & ReVelle 1986).

    Without `first_share` (BACOP1) every demand is covered once, and the weight covered twice is
    raised. With it (BACOP2) cover once is a goal too: `first_share` times the weight covered once
    plus (1 - `first_share`) times the weight covered twice. `per_site` units may stand at a site.
    """

    p: int
    radius: float = field(kw_only=True)
    first_share: float | None = field(default=None, kw_only=True)
    per_site: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        _radii((self.radius,))
        _per_site(self.per_site)
        if self.first_share is not None and not 0 <= self.first_share <= 1:
            raise UnusableSiting("The share of the first cover lies from 0 to 1.")


@dataclass(frozen=True)
class ExpectedCovering:
    """Raise the weight that a free unit is expected to cover (MEXCLP; Daskin 1983).

    Each of `units` is busy with probability `busy`, by itself; with k units within `radius` a
    demand is covered with probability 1 - busy ** k. `per_site` units may stand at a site (all of
    them where none is said).
    """

    units: int
    radius: float = field(kw_only=True)
    busy: float = field(kw_only=True)
    per_site: int | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        _radii((self.radius,))
        _per_site(self.per_site)
        if not 0 <= self.busy < 1:
            raise UnusableSiting("The busy fraction lies from 0 to below 1.")


@dataclass(frozen=True)
class DoubleStandard:
    """Raise the weight with two units within `near` (DSM; Gendreau, Laporte & Semet 1997).

    Every demand has a unit within `far`, and the `share` of the weight one within `near`. `units`
    are placed, at most `per_site` at a site.
    """

    units: int
    near: float = field(kw_only=True)
    far: float = field(kw_only=True)
    share: float = field(kw_only=True)
    per_site: int = field(default=1, kw_only=True)

    def __post_init__(self) -> None:
        _radii((self.near,))
        _radii((self.far,))
        _per_site(self.per_site)
        if not self.near <= self.far:
            raise UnusableSiting("The near radius is greater than the far one.")
        if not 0 <= self.share <= 1:
            raise UnusableSiting("The share within the near radius lies from 0 to 1.")


Model = (
    PMedian
    | PCenter
    | SetCovering
    | MaximalCovering
    | BackupCovering
    | ExpectedCovering
    | DoubleStandard
)


def _one_limit(p: int | None, budget: float | None) -> None:
    if (p is None) == (budget is None):
        raise UnusableSiting("Give p or a budget, one of the two.")
    if budget is not None and not 0 <= budget < float("inf"):
        raise UnusableSiting("The budget is negative or not finite.")


def _radii(radii: tuple[float, ...]) -> None:
    if not radii or not all(0 <= each < float("inf") for each in radii):
        raise UnusableSiting("A radius is negative, not finite or missing.")
    if any(a >= b for a, b in pairwise(radii)):
        raise UnusableSiting("Give the radii rising.")


def _per_site(per_site: int | None) -> None:
    if per_site is not None and per_site < 1:
        raise UnusableSiting("At least one unit may stand at a site.")


def _several(given: float | Sequence[float]) -> tuple[float, ...]:
    if isinstance(given, (int, float)):
        return (float(given),)
    return tuple(float(each) for each in given)
