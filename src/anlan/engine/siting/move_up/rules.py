"""The three move-up rules, stated once, for the simulation and for the live board alike.

All of them see free units that may move, each with the base where it is or is going, and the
seconds from where each is to each base. docs/method/simulation.md has formulas and sources.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


class UnusableMoveUp(ValueError):
    """One clear sentence: what in the move-up rule cannot be used."""


@dataclass(frozen=True)
class ComplianceTable:
    """How many units stand at which base, for each number of free units.

    `bases[b]` is the place of base b; `units[k, b]` how many stand there when k units are free
    (row k sums to at most k; more free units than rows use the last row). Units at a base that
    has no more than the table wants stay; of the others those with the least travel altogether
    fill the places that lack one, and the rest stay as they are.
    """

    bases: I8
    units: I8

    def __post_init__(self) -> None:
        if self.units.ndim != 2 or self.units.shape[1] != len(self.bases) or not len(self.units):
            raise UnusableMoveUp("The table needs one row for each count and one column a base.")
        if (self.units < 0).any() or (self.units.sum(1) > np.arange(len(self.units))).any():
            raise UnusableMoveUp("Row k of the compliance table places at most k units.")


@dataclass(frozen=True)
class Dmexclp:
    """Send each unit that gets free where it adds the most expected cover (Jagtenberg et al. 2015).

    `covers[b, d]` says whether a unit at base b reaches demand d in time; `demand[d]` its weight;
    `busy` the share q of its time that a unit is taken. `room[b]` is the most units that base b
    holds (None: no limit).
    """

    bases: I8
    covers: Bools
    demand: F8
    busy: float
    room: I8 | None = None

    def __post_init__(self) -> None:
        _check_cover(self.bases, self.covers, self.demand, self.room)
        if not 0 <= self.busy < 1:
            raise UnusableMoveUp("The busy share is from 0 to below 1.")


@dataclass(frozen=True)
class Ddsm:
    """After each dispatch, cover as much demand twice as moves are worth (Gendreau et al. 2001).

    `near[b, d]` and `far[b, d]` say what base b reaches within the shorter and the longer time.
    All demand should be within `far` of a free unit and the share `share` within `near`. A second
    counts `move_cost_per_s` units of demand; a base holds `room[b]` units at most.
    """

    bases: I8
    near: Bools
    far: Bools
    demand: F8
    share: float = 0.9
    move_cost_per_s: float = 0.0
    room: I8 | None = None

    def __post_init__(self) -> None:
        _check_cover(self.bases, self.near, self.demand, self.room)
        _check_cover(self.bases, self.far, self.demand, self.room)
        if (self.near & ~self.far).any():
            raise UnusableMoveUp("What is within the shorter time is within the longer one too.")
        if not 0 <= self.share <= 1 or not self.move_cost_per_s >= 0:
            raise UnusableMoveUp("The share is from 0 to 1, the cost of a second 0 or more.")


MoveUp = ComplianceTable | Dmexclp | Ddsm


def _check_cover(bases: I8, covers: Bools, demand: F8, room: I8 | None) -> None:
    if covers.shape != (len(bases), len(demand)) or not len(bases):
        raise UnusableMoveUp("What bases cover needs one row a base and one column a demand.")
    if not np.isfinite(demand).all() or (demand < 0).any():
        raise UnusableMoveUp("A demand's weight is below 0 or missing.")
    if room is not None and (len(room) != len(bases) or (room < 0).any()):
        raise UnusableMoveUp("Give the room of each base, 0 or more.")
