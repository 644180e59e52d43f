"""One decision of a move-up rule: which free unit should go to which base now."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from anlan.engine.siting.move_up.kernels import best_base, comply, double_standard
from anlan.engine.siting.move_up.rules import ComplianceTable, Dmexclp, MoveUp

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

NONE, COMPLIANCE, DMEXCLP, DDSM = 0, 1, 2, 3
MOST_FREE = 1024


class Packed(NamedTuple):
    """A move-up rule as the compiled loops read it; columns that a rule does not use are empty."""

    rule: int
    bases: I8
    units: I8  # compliance: [free, base]
    gain_of: F8  # DMEXCLP: (1 - q) q^k
    demand: F8
    ptr: I8  # DMEXCLP: base b reaches demand reached[ptr[b]:ptr[b + 1]]
    reached: I8
    near: Bools
    far: Bools
    share: float
    cost_per_ms: float
    room: I8


def pack(rule: MoveUp | None) -> Packed:
    """Turn a rule into columns for the compiled loops; None is "no move-up"."""
    bases = np.zeros(0, np.int64) if rule is None else np.ascontiguousarray(rule.bases, np.int64)
    empty = Packed(
        rule=NONE,
        bases=bases,
        units=np.zeros((0, len(bases)), np.int64),
        gain_of=np.zeros(0),
        demand=np.zeros(0),
        ptr=np.zeros(1, np.int64),
        reached=np.zeros(0, np.int64),
        near=np.zeros((0, 0), np.bool_),
        far=np.zeros((0, 0), np.bool_),
        share=0.0,
        cost_per_ms=0.0,
        room=np.full(len(bases), MOST_FREE, np.int64),
    )
    if rule is None:
        return empty
    if isinstance(rule, ComplianceTable):
        return empty._replace(rule=COMPLIANCE, units=np.ascontiguousarray(rule.units, np.int64))
    if rule.room is not None:
        empty = empty._replace(room=np.ascontiguousarray(rule.room, np.int64))
    demand = np.ascontiguousarray(rule.demand, np.float64)
    if isinstance(rule, Dmexclp):
        base, reached = np.nonzero(rule.covers)
        counts = np.bincount(base, minlength=len(bases))
        return empty._replace(
            rule=DMEXCLP,
            gain_of=(1.0 - rule.busy) * _powers(rule.busy),
            demand=demand,
            ptr=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
            reached=reached.astype(np.int64),
        )
    return empty._replace(
        rule=DDSM,
        demand=demand,
        near=np.ascontiguousarray(rule.near, np.bool_),
        far=np.ascontiguousarray(rule.far, np.bool_),
        share=float(rule.share),
        cost_per_ms=rule.move_cost_per_s / 1000.0,
    )


def _powers(busy: float) -> F8:
    """Give q^k by repeated multiplication, which every machine does alike."""
    powers = np.ones(MOST_FREE)
    for k in range(1, MOST_FREE):
        powers[k] = powers[k - 1] * busy
    return powers


def targets_of(rule: MoveUp, *, ms_to_base: I8, base: I8, freed: int, sent: bool) -> I8:
    """Give the base for each free unit that may move, -1 where it stays as it is.

    `ms_to_base[row, b]` are milliseconds, 2**31 - 1 where no road leads; `base[row]` is the base
    where the unit is or is going. `freed` is the row of the unit that just got free (-1: none),
    which DMEXCLP places; `sent` says that a unit was just sent to a call, after which DDSM acts.
    """
    packed = pack(rule)
    ms_to_base = np.ascontiguousarray(ms_to_base, np.int64)
    base = np.ascontiguousarray(base, np.int64)
    target: I8 = np.full(len(base), -1, np.int64)
    if packed.rule == COMPLIANCE:
        target = comply(packed.units, base, ms_to_base)
    elif packed.rule == DMEXCLP and freed >= 0:
        target[freed] = best_base(
            packed.gain_of, packed.demand, packed.ptr, packed.reached, packed.room, base,
            ms_to_base, freed,
        )  # fmt: skip
    elif packed.rule == DDSM and sent:
        target = double_standard(
            packed.near, packed.far, packed.demand, packed.share, packed.cost_per_ms, packed.room,
            base, ms_to_base,
        )  # fmt: skip
    return target
