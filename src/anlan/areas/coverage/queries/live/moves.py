"""Which moves would bring cover back, by expected cover with busy units (Daskin 1983).

A cell within reach of k free units is covered with probability 1 - q^k when each is taken for a
share q of its time. Moves are looked at one by one against how things stand, as DMEXCLP does
(Jagtenberg, Bhulai & van der Mei 2015). docs/method/live-cover.md
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.rules.live import MOST_MOVES

F8 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
I8 = npt.NDArray[np.int64]

#: of moves whose gains differ by less than this share of all calls the shortest drive is taken
AS_GOOD = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Free units and bases: `unit_reach[u, c]`, `base_reach[b, c]` say what is reached in time.

    `weight[c]` are the calls expected in cell c. `drive_s[u, b]` is inf where no move is wanted.
    """

    unit_reach: Bools
    base_reach: Bools
    weight: F8
    drive_s: F8
    busy: float

    def count(self) -> I8:
        """Give how many free units reach each cell."""
        return np.asarray(self.unit_reach.sum(axis=0, dtype=np.int64))


def expected_gain(now: Standing) -> F8:
    """Give what each move adds to the expected cover, in weight, shape (units, bases)."""
    count, q = now.count(), now.busy
    more = now.weight * (1 - q) * q**count
    less = now.weight * (1 - q) * q ** np.maximum(count - 1, 0)
    units, bases = now.unit_reach.astype(np.float64), now.base_reach.astype(np.float64)
    gained = (bases @ more)[np.newaxis, :] - (units * more) @ bases.T
    lost = (units @ less)[:, np.newaxis] - (units * less) @ bases.T
    return np.asarray(gained - lost)


def share_after(now: Standing, *, unit: int, base: int) -> float:
    """Give the share of all calls that some free unit reaches once a unit has moved to a base."""
    others = now.count() - now.unit_reach[unit]
    reached = (others > 0) | now.base_reach[base]
    return float(now.weight[reached].sum() / now.weight.sum())


def best_moves(now: Standing) -> list[tuple[int, int]]:
    """Give the best moves as (unit, base): no unit and no base twice, the best first."""
    if not now.drive_s.size or now.weight.sum() <= 0:
        return []
    gain = np.where(np.isfinite(now.drive_s), expected_gain(now), -np.inf)
    slack = AS_GOOD * float(now.weight.sum())
    found: list[tuple[int, int]] = []
    while len(found) < MOST_MOVES and gain.max() > 0:
        as_good = (gain > 0) & (gain >= gain.max() - slack)
        drive_s = np.where(as_good, now.drive_s, np.inf)
        unit, base = np.unravel_index(int(drive_s.argmin()), drive_s.shape)
        found.append((int(unit), int(base)))
        gain[unit, :] = -np.inf
        gain[:, base] = -np.inf
    return found
