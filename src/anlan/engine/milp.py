"""Mixed-integer programmes by HiGHS: passed as arrays, stopped by a function, read honestly.

HiGHS's own model status and dual bound are read; an objective is never trusted, callers count it
anew from the solution.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import highspy
import numpy as np
import numpy.typing as npt
from scipy import sparse

F8 = npt.NDArray[np.float64]
Stop = Callable[[], bool]
INF = float(highspy.kHighsInf)
_KINDS = highspy.cb.HighsCallbackType
_INTERRUPTS = (
    _KINDS.kCallbackMipInterrupt,
    _KINDS.kCallbackSimplexInterrupt,
    _KINDS.kCallbackIpmInterrupt,
)
_ROW_WISE, _MINIMISE, _MAXIMISE = 2, 1, -1
Outcome = Literal["optimal", "infeasible", "stopped"]


@dataclass(frozen=True, eq=False)
class Milp:
    """Columns with costs, limits and which are whole; rows of a sparse matrix with limits."""

    cost: F8
    lower: F8
    upper: F8
    whole: npt.NDArray[np.bool_]
    matrix: sparse.csr_array
    row_lower: F8
    row_upper: F8
    maximise: bool = False


@dataclass(frozen=True, eq=False)
class MilpAnswer:
    """`x` is a feasible point or None; `bound` is proven, infinite where nothing is."""

    outcome: Outcome
    x: F8 | None
    bound: float


class _Solver(highspy.Highs):
    """HiGHS without a word on standard output, which belongs to the command's one document."""

    def enableCallbacks(self) -> None:
        """Be silent first: registering HiGHS's callbacks would print its banner."""
        self.silent()


def load(milp: Milp, *, seed: int) -> _Solver:
    """This will hand a programme to HiGHS, ready to run and exact: no gap is let through."""
    solver = _Solver()
    options: dict[str, Any] = {
        "mip_rel_gap": 0.0,
        "mip_abs_gap": 1e-7,
        "random_seed": seed % 2**31,
        "parallel": "off",  # threads would make the answer depend on the machine
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    rows, columns = milp.matrix.shape
    solver.passModel(
        columns,
        rows,
        milp.matrix.nnz,
        _ROW_WISE,
        _MAXIMISE if milp.maximise else _MINIMISE,
        0.0,
        milp.cost,
        milp.lower,
        milp.upper,
        milp.row_lower,
        milp.row_upper,
        milp.matrix.indptr.astype(np.int32),
        milp.matrix.indices.astype(np.int32),
        milp.matrix.data.astype(np.float64),
        milp.whole.astype(np.int32),
    )
    return solver


def solve_milp(
    milp: Milp,
    *,
    seed: int,
    stop: Stop,
    start: tuple[npt.NDArray[np.int64], F8] | None = None,
    enough: Callable[[float, float], bool] | None = None,
    root_only: bool = False,
) -> MilpAnswer:
    """This will run HiGHS until a proof, or until `stop()`, or `enough(primal, dual bound)`.

    `start` gives some columns and their values, from which HiGHS completes a first solution.
    `root_only` leaves branching out: a fixed amount of work.
    """
    solver = load(milp, seed=seed)
    if root_only:
        solver.setOptionValue("mip_max_nodes", 1)
    if start is not None:
        columns, values = start
        solver.setSolution(len(columns), columns.astype(np.int32), values.astype(np.float64))

    def ask(kind: Any, _message: str, seen: Any, told: Any, _data: Any) -> None:
        if stop() or (
            enough is not None
            and kind == int(_KINDS.kCallbackMipInterrupt)
            and enough(seen.mip_primal_bound, seen.mip_dual_bound)
        ):
            told.user_interrupt = True

    solver.setCallback(ask, None)
    for kind in _INTERRUPTS:
        solver.startCallback(kind)
    solver.run()
    return _answer(solver, milp)


def _answer(solver: _Solver, milp: Milp) -> MilpAnswer:
    status, info = solver.getModelStatus(), solver.getInfo()
    states = highspy.HighsModelStatus
    if status in (states.kInfeasible, states.kUnboundedOrInfeasible):
        return MilpAnswer("infeasible", None, -INF if milp.maximise else INF)
    has_point = info.primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    x = np.array(solver.getSolution().col_value, np.float64) if has_point else None
    if status == states.kOptimal and x is not None:
        bound = info.mip_dual_bound if milp.whole.any() else info.objective_function_value
        return MilpAnswer("optimal", x, float(bound))
    bound = float(info.mip_dual_bound) if milp.whole.any() else (INF if milp.maximise else -INF)
    return MilpAnswer("stopped", x, bound)
