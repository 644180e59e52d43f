"""Compliance tables worked out: each row one unit more than the row before."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from anlan.engine.siting.move_up.rules import ComplianceTable, Dmexclp

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]


def nested_table(rule: Dmexclp, *, most: int) -> ComplianceTable:
    """Give a compliance table for 0 to `most` free units, each row adding one unit's best base.

    A unit goes where it adds the most expected cover (MEXCLP, Daskin 1983, greedily; the measure
    is submodular, so a row reaches at least 1 - 1/e of the best possible, Nemhauser, Wolsey &
    Fisher 1978). Rows nest: when one more unit is taken, at most one place is given up. Of equal
    gains the first base wins.
    """
    covered = np.zeros(len(rule.demand), np.int64)
    units = np.zeros((most + 1, len(rule.bases)), np.int64)
    room = np.full(len(rule.bases), most) if rule.room is None else np.asarray(rule.room)
    for k in range(1, most + 1):
        units[k] = units[k - 1]
        worth: F8 = rule.demand * (1.0 - rule.busy) * rule.busy ** covered.astype(np.float64)
        gain = np.where(units[k] < room, rule.covers @ worth, -1.0)
        best = int(gain.argmax())
        if gain[best] < 0:
            continue  # no base has room: the unit stays where it is
        units[k, best] += 1
        covered += rule.covers[best]
    return ComplianceTable(np.asarray(rule.bases, np.int64), units)
