"""The report's lines and bars: shares by seconds, figures by hour, differences, areas."""

from __future__ import annotations

from dataclasses import replace
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
Bools = npt.NDArray[np.bool_]

CURVE_S = np.arange(0, 1801, 15)
BIN_S = 30
OUTER_S = 600
CELL_RESOLUTION = 8
LEAST_IN_CELL = 5
"""An area with fewer pairs shows no figure: a home must not be told from its neighbours."""


def write_series(
    inputs: Inputs, *, recorded: Modelled, recommended: Modelled | None, known: Bools
) -> dict[str, Any]:
    """Give what plots and map are drawn from, over first arrivals: of all units, and of `known`.

    `known` marks the rows whose units have a known post in every column; where there are none,
    "known_post" is None.
    """
    every = np.ones(len(known), bool)
    return {
        "all": _of_rows(inputs, recorded, recommended, every),
        "known_post": _of_rows(inputs, recorded, recommended, known) if known.any() else None,
    }


def _of_rows(
    inputs: Inputs, recorded: Modelled, recommended: Modelled | None, rows: Bools
) -> dict[str, Any]:
    log = inputs.log
    worlds = {"observed": observed_times(log), "recorded": recorded}
    if recommended is not None:
        worlds["recommended"] = recommended
    responses = {name: _response(log, times, rows) for name, times in worlds.items()}
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


def _response(log: Log, times: Modelled, rows: Bools) -> F8:
    arrived = np.where(rows, times.on_scene_s, np.nan)
    return first_on_scene(log, replace(times, on_scene_s=arrived)) - log.calls.received_s


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
