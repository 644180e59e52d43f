"""What a siting model answers: the sites, what they are worth, and what is proven about it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Status = Literal["optimal", "feasible"]
Sense = Literal["min", "max"]
Stop = Callable[[], bool]

PROOF_GAP = 1e-9


def never() -> bool:
    """Say no: the limit of a run without a limit."""
    return False


@dataclass(frozen=True)
class SitingResult:
    """Chosen sites (columns of the cost, ascending, the existing ones among them).

    `units[k]` stand at `sites[k]`; 1 each where the model has no units. `value` is the model's
    objective, counted anew from the sites. `bound` is proven: no choice is below it where `sense`
    is "min", none above it where it is "max"; None where none was asked for. `status` is "optimal"
    only where the bound proves it. `method` says by what.
    """

    sites: tuple[int, ...]
    value: float
    bound: float | None
    sense: Sense
    status: Status
    method: str
    units: tuple[int, ...]

    @property
    def optimal(self) -> bool:
        """This will say whether no better choice exists, and this is proven."""
        return self.status == "optimal"

    @property
    def gap(self) -> float | None:
        """This will give how far the best possible can lie from the value, as a share.

        |value - bound| / max(|value|, |bound|): with "min", no choice is lower by more than this
        share of the value; with "max", the value is below the bound by this share of it.
        """
        if self.bound is None:
            return None
        most = max(abs(self.value), abs(self.bound))
        return 0.0 if most == 0 else abs(self.value - self.bound) / most


def make_result(
    sites: tuple[int, ...],
    *,
    value: float,
    bound: float | None,
    sense: Sense,
    method: str,
    units: tuple[int, ...] = (),
    whole: bool = False,
    tolerance: float = PROOF_GAP,
) -> SitingResult:
    """This will round a bound where values are `whole` numbers and say what is proven.

    A bound on the wrong side of the value by rounding errors is put on the value; an infinite one
    says nothing and is None.
    """
    if bound is not None and not math.isfinite(bound):
        bound = None
    if bound is not None:
        sign = 1.0 if sense == "min" else -1.0
        low, level = sign * bound, sign * value
        if whole:
            low = math.ceil(low - 1e-6)
        if level - low <= tolerance * max(1.0, abs(level)):
            low = level
        bound = sign * min(low, level)
    proven = bound is not None and bound == value
    return SitingResult(
        sites=sites,
        value=value,
        bound=bound,
        sense=sense,
        status="optimal" if proven else "feasible",
        method=method,
        units=units or (1,) * len(sites),
    )
