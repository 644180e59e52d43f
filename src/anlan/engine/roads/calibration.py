"""One factor between free flow and what crews really need, with its error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class Factor:
    """`value` times the modelled seconds is the estimate; errors are |estimate - observed|.

    `bias_s` is the mean of estimate - observed; `mean_abs_pct_error` is in percent of observed.
    """

    value: float
    n: int
    p50_error_s: float
    p90_error_s: float
    mean_abs_error_s: float
    bias_s: float
    mean_abs_pct_error: float


def fit_factor(modelled_s: npt.ArrayLike, observed_s: npt.ArrayLike) -> Factor:
    """This will fit the factor with the least total absolute error.

    That is the median of observed / modelled, weighted by modelled: a few wild times in a log
    move it little, and long trips count by their length. Pairs that are not finite or not above
    zero are left out (`n` says how many were used). Raises ValueError where none is left.
    """
    modelled = np.asarray(modelled_s, np.float64)
    observed = np.asarray(observed_s, np.float64)
    if modelled.shape != observed.shape or modelled.ndim != 1:
        raise ValueError("Give one observed time for each modelled time.")
    usable = np.isfinite(modelled) & np.isfinite(observed) & (modelled > 0) & (observed > 0)
    modelled, observed = modelled[usable], observed[usable]
    if len(modelled) == 0:
        raise ValueError("There is no trip with both a modelled and an observed time above zero.")
    ratio = observed / modelled
    order = np.argsort(ratio, kind="stable")
    weight = np.cumsum(modelled[order])
    value = float(ratio[order][np.searchsorted(weight, weight[-1] / 2)])
    error = value * modelled - observed
    off = np.abs(error)
    return Factor(
        value=value,
        n=len(modelled),
        p50_error_s=float(np.percentile(off, 50)),
        p90_error_s=float(np.percentile(off, 90)),
        mean_abs_error_s=float(off.mean()),
        bias_s=float(error.mean()),
        mean_abs_pct_error=float((off / observed).mean() * 100.0),
    )
