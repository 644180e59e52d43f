"""The report's lines and bars: shares by seconds, figures by hour, differences, areas."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.dispatch.queries.replay.inputs import Inputs
from anlan.engine.simulation.log import Log
from anlan.engine.simulation.replay import Modelled
from anlan.engine.simulation.report import SAME_S, first_on_scene, observed_times

F8 = npt.NDArray[np.float64]

CURVE_S = np.arange(0, 1801, 15)
BIN_S = 30
OUTER_S = 600
CELL_RESOLUTION = 8
LEAST_IN_CELL = 5
"""An area with fewer pairs shows no figure: a home must not be told from its neighbours."""


def write_series(
    inputs: Inputs, *, recorded: Modelled, recommended: Modelled | None
) -> dict[str, Any]:
    """Give what the plots and the map are drawn from, over first arrivals."""
    log = inputs.log
    responses = {
        "observed": _response(log, observed_times(log)),
        "recorded": _response(log, recorded),
    }
    if recommended is not None:
        responses["recommended"] = _response(log, recommended)
    gap = None if recommended is None else responses["recommended"] - responses["recorded"]
    error = responses["recorded"] - responses["observed"]
    return {
        "curve": {"seconds": CURVE_S.tolist()}
        | {name: _shares(values) for name, values in responses.items()},
        "by_hour": _by_hour(inputs, responses),
        "model_error": _histogram(error),
        "differences": None if gap is None else _histogram(gap),
        "cells": _cells(inputs, responses, error if gap is None else gap),
        "cells_show": "model_error" if gap is None else "differences",
    }


def _response(log: Log, times: Modelled) -> F8:
    return first_on_scene(log, times) - log.calls.received_s


def _shares(seconds: F8) -> list[float]:
    known = np.sort(seconds[np.isfinite(seconds)])
    if not len(known):
        return []
    return (np.searchsorted(known, CURVE_S, side="right") / len(known)).tolist()


def _by_hour(inputs: Inputs, responses: dict[str, F8]) -> list[dict[str, Any]]:
    zone = inputs.period.starts_at.tzinfo
    hours = np.array(
        [datetime.fromtimestamp(float(at), zone).hour for at in inputs.log.calls.received_s]
    )
    rows = []
    for hour in range(24):
        row: dict[str, Any] = {"hour": hour, "calls": int((hours == hour).sum())}
        for name, values in responses.items():
            known = values[(hours == hour) & np.isfinite(values)]
            row[name] = (
                {"p50_s": float(np.median(known)), "p90_s": float(np.quantile(known, 0.9))}
                if len(known)
                else None
            )
        rows.append(row)
    return rows


def _histogram(gap: F8) -> dict[str, Any]:
    """Count differences in bins of 30 s; those beyond ten minutes stand in the outermost.

    Calls without a difference (half a second or less) are counted apart, in no bin.
    """
    edges = np.arange(-OUTER_S, OUTER_S + BIN_S, BIN_S)
    known = gap[np.isfinite(gap)]
    differs = known[np.abs(known) > SAME_S]
    counts, _ = np.histogram(np.clip(differs, -OUTER_S, OUTER_S - 1e-6), bins=edges)
    return {
        "edges_s": edges.tolist(),
        "counts": counts.tolist(),
        "n": len(known),
        "same": len(known) - len(differs),
    }


def _cells(inputs: Inputs, responses: dict[str, F8], gap: F8) -> list[dict[str, Any]]:
    logged = inputs.logged
    cells = np.array(
        [
            h3.latlng_to_cell(float(lat), float(lon), CELL_RESOLUTION)
            for lon, lat in zip(logged.lon, logged.lat, strict=True)
        ]
    )
    paired = np.isfinite(gap)
    rows = []
    for cell in np.unique(cells[paired]):
        mine = paired & (cells == cell)
        few = int(mine.sum()) < LEAST_IN_CELL
        rows.append(
            {
                "cell": str(cell),
                "n": None if few else int(mine.sum()),
                "median_s": None if few else float(np.median(gap[mine])),
                "mean_s": None if few else float(gap[mine].mean()),
                "observed_p50_s": None if few else _median(responses["observed"][mine]),
            }
        )
    return rows


def _median(values: F8) -> float | None:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if len(known) else None
