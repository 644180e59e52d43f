"""How far a study's town lies from what was observed: whole, by hour, area, rank and trip."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
from django.utils.translation import gettext as _
from scipy.stats import spearmanr

from anlan.areas.coverage.queries.studies import figures as fig
from anlan.areas.coverage.queries.studies import sentences as say
from anlan.areas.coverage.queries.studies.calibrating import Calibration
from anlan.areas.coverage.queries.studies.ground import Ground


def calibration_figures(
    ground: Ground, calibration: Calibration, groups: fig.Groups, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Give how far the town as it is, simulated, lies from what was observed."""
    c = calibration
    everyone = np.ones(ground.calls, bool)
    hours = np.array([at.hour for at in _received(ground)])
    same = [a == b for a, b in zip(c.first_unit, c.observed_unit, strict=True) if a and b]
    return {
        "method": c.method,
        "folds": c.folds,
        **say.in_both(lambda: _calibration_method(c.method)),
        "all": _error(c, everyone),
        "hours": [
            {"from": low, "to": high} | _error(c, (hours >= low) & (hours < high))
            for low, high in fig.HOUR_BANDS
        ],
        "areas": [
            {"key": post, "label": labels.get(post, post)}
            | _error(c, np.array([one == post for one in groups.post]))
            for post in sorted(set(groups.post), key=lambda one: labels.get(one, one))
        ],
        "by_rank": [
            {"label": name} | _error(c, ground.rank == at) for at, name in enumerate(ground.ranks)
        ],
        "same_first_unit": float(np.mean(same)) if same else None,
        "trips": _trip_error(c.trip_off_s),
        "trips_one_factor": _trip_error(c.one_factor_off_s),
        "rank_correlation": _rank_correlation(c),
        "fixed_s": ground.model.fixed_s,
        "factor_low": float(ground.model.factor.min()),
        "factor_high": float(ground.model.factor.max()),
    }


def _received(ground: Ground) -> list[Any]:
    return [datetime.fromtimestamp(s, ground.town.tz) for s in ground.log.received_s.tolist()]


def _calibration_method(method: str) -> str:
    if method == "no_log":
        return _("No log: the model's error is not known.")
    if method == "leave_days_out":
        return _("Each day is simulated with trip times fitted on the other days only.")
    return _(
        "The log has too few trips from known posts to fit trip times, so nothing is calibrated."
    )


def _error(c: Calibration, chosen: Any) -> dict[str, Any]:
    """Give observed against simulated for some calls; under five calls all is withheld."""
    seen = chosen & np.isfinite(c.observed_s) & np.isfinite(c.simulated_s).all(axis=0)
    n = int(seen.sum())
    if n < fig.LEAST_SHOWN:
        return {"n": None if n else 0, "observed": None, "simulated": None}
    observed, simulated = c.observed_s[seen], c.simulated_s[:, seen]
    off = np.abs(c.expected_s[seen] - observed)
    off = off[np.isfinite(off)]
    return {
        "n": n,
        "observed": _three(observed),
        "simulated": _three(simulated.ravel()),
        "bias_s": float(simulated.mean() - observed.mean()),
        "half_off_s": float(np.median(off)) if len(off) else None,
        "tenth_off_s": float(np.quantile(off, 0.9)) if len(off) else None,
    }


def _three(values: Any) -> dict[str, float]:
    p50, p90 = np.quantile(values, [0.5, 0.9])
    return {"mean_s": float(values.mean()), "p50_s": float(p50), "p90_s": float(p90)}


def _trip_error(off: Any) -> dict[str, Any] | None:
    if not len(off):
        return None
    p50, p90 = np.quantile(np.abs(off), [0.5, 0.9])
    return {
        "n": len(off),
        "mean_s": float(off.mean()),
        "median_s": float(np.median(off)),
        "half_off_s": float(p50),
        "tenth_off_s": float(p90),
    }


def _rank_correlation(c: Calibration) -> float | None:
    both = np.isfinite(c.observed_s) & np.isfinite(c.expected_s)
    if both.sum() < 3 or not np.ptp(c.observed_s[both]) or not np.ptp(c.expected_s[both]):
        return None
    return float(spearmanr(c.observed_s[both], c.expected_s[both])[0])
