"""What single moves add to the expected cover, wherever the free units are: for a live board.

A demand within reach of k free units is covered with probability 1 - q^k when each of them is
taken for a share q of its time (Daskin 1983, MEXCLP); DMEXCLP places a freed unit by the same
measure (Jagtenberg, Bhulai & van der Mei 2015), and tests compare the two. Here every free unit and
every base is looked at, each move by itself against how things stand.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anlan.engine.siting.move_up.rules import UnusableMoveUp

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class FreeUnits:
    """Free units and bases: `unit_reach[u, d]`, `base_reach[b, d]` say what is reached in time.

    `demand[d]` is what is expected at d; `busy` the share q of its time that a unit is taken.
    """

    unit_reach: Bools
    base_reach: Bools
    demand: F8
    busy: float

    def __post_init__(self) -> None:
        places = self.demand.shape
        if self.unit_reach.shape[1:] != places or self.base_reach.shape[1:] != places:
            raise UnusableMoveUp("What is reached needs one column for each demand.")
        if not np.isfinite(self.demand).all() or (self.demand < 0).any():
            raise UnusableMoveUp("A demand's weight is below 0 or missing.")
        if not 0 <= self.busy < 1:
            raise UnusableMoveUp("The busy share is from 0 to below 1.")

    @property
    def count(self) -> I8:
        """This will give how many free units reach each demand."""
        return np.asarray(self.unit_reach.sum(axis=0, dtype=np.int64))


def expected_cover(units: FreeUnits) -> float:
    """This will give the expected demand that a free unit reaches in time."""
    return float((units.demand * (1.0 - units.busy**units.count)).sum())


def expected_gains(units: FreeUnits) -> F8:
    """This will give what each move adds to the expected cover, shape (units, bases).

    Negative where a unit is worth more where it is.
    """
    count, q = units.count, units.busy
    one_more = units.demand * (1.0 - q) * q**count
    one_less = units.demand * (1.0 - q) * q ** np.maximum(count - 1, 0)
    at, base = units.unit_reach.astype(np.float64), units.base_reach.astype(np.float64)
    gained = (base @ one_more)[np.newaxis, :] - (at * one_more) @ base.T
    lost = (at @ one_less)[:, np.newaxis] - (at * one_less) @ base.T
    return np.asarray(gained - lost)


def reached_after(units: FreeUnits, *, unit: int, base: int) -> float:
    """This will give the demand that some free unit reaches once `unit` has moved to `base`."""
    others = units.count - units.unit_reach[unit]
    return float(units.demand[(others > 0) | units.base_reach[base]].sum())


def best_moves(
    units: FreeUnits, *, drive_s: F8, most: int, as_good: float
) -> list[tuple[int, int]]:
    """This will give up to `most` moves as (unit, base), best first, no unit and no base twice.

    `drive_s[u, b]` is inf where no move is wanted. Of moves that gain less than the best by at most
    `as_good` demand, the one with the shortest drive is taken. Every move given gains.
    """
    if drive_s.shape != (len(units.unit_reach), len(units.base_reach)):
        raise UnusableMoveUp("Drives need one row for each unit and one column for each base.")
    gain = np.where(np.isfinite(drive_s), expected_gains(units), -np.inf)
    found: list[tuple[int, int]] = []
    while len(found) < most and gain.size and gain.max() > 0:
        near_best = (gain > 0) & (gain >= gain.max() - as_good)
        unit, base = np.unravel_index(
            int(np.where(near_best, drive_s, np.inf).argmin()), drive_s.shape
        )
        found.append((int(unit), int(base)))
        gain[unit, :] = -np.inf
        gain[:, base] = -np.inf
    return found
