"""How long each logged response took in each state: what both policies keep, call by call."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np

from anlan.engine.simulation.log import F8, Bools, Index, Log


@dataclass(frozen=True)
class Spells:
    """Seconds per row of the log; nan where the state did not occur.

    `cancelled`: the log has no arrival, so the unit is let go `committed_s` after its dispatch.
    `*_known`: the log itself has the figure; where it lacks one that the model needs, the median
    of the same kind stands in and the figures leave the row out.
    """

    turnout_s: F8
    travel_s: F8
    on_scene_s: F8
    transport_s: F8
    hospital_s: F8
    committed_s: F8
    cancelled: Bools
    turnout_known: Bools
    travel_known: Bools


def measure_spells(log: Log) -> tuple[Spells, Counter[str]]:
    """Take the spells from the log, fill what the model needs, and count each repair."""
    rows = log.responses
    counts: Counter[str] = Counter()
    kinds = np.unique(np.array(log.units.kind, np.str_), return_inverse=True)[1].astype(np.intp)
    kind = kinds[rows.unit]
    arrived = np.isfinite(rows.on_scene_s)
    carried = np.isfinite(rows.transport_s) | np.isfinite(rows.hospital_s)
    left = np.where(np.isfinite(rows.transport_s), rows.transport_s, rows.hospital_s)
    reached = np.where(np.isfinite(rows.hospital_s), rows.hospital_s, rows.available_s)
    raw = {
        "turnout": rows.en_route_s - rows.dispatch_s,
        "travel": rows.on_scene_s - rows.en_route_s,
        "on_scene": np.where(carried, left, rows.available_s) - rows.on_scene_s,
        "transport": np.where(carried, reached - left, np.nan),
        "hospital": np.where(carried, rows.available_s - reached, np.nan),
        "committed": rows.available_s - rows.dispatch_s,
    }
    counts["spell_below_zero"] = int(sum((value < 0).sum() for value in raw.values()))
    known = {name: np.isfinite(value) & (value >= 0) for name, value in raw.items()}
    clean = {name: np.where(known[name], value, np.nan) for name, value in raw.items()}
    wanted = {
        "turnout": arrived,
        "on_scene": arrived,
        "transport": arrived & carried,
        "hospital": arrived & carried,
        "committed": ~arrived,
    }
    for name, needed in wanted.items():
        lacking = needed & ~known[name]
        counts[f"{name}_filled"] = int(lacking.sum())
        clean[name][lacking] = _medians(clean[name], kind=kind)[kind[lacking]]
    counts["cancelled_before_scene"] = int((~arrived).sum())
    spells = Spells(
        turnout_s=clean["turnout"],
        travel_s=clean["travel"],
        on_scene_s=clean["on_scene"],
        transport_s=np.where(arrived & carried, clean["transport"], np.nan),
        hospital_s=np.where(arrived & carried, clean["hospital"], np.nan),
        committed_s=clean["committed"],
        cancelled=~arrived,
        turnout_known=known["turnout"],
        travel_known=known["travel"],
    )
    return spells, +counts


def _medians(values: F8, *, kind: Index) -> F8:
    """Give each kind's median, the median of all where a kind has no figure, 0 where nobody has."""
    finite = np.isfinite(values)
    overall = float(np.median(values[finite])) if finite.any() else 0.0
    count = int(kind.max(initial=-1)) + 1
    return np.array(
        [
            np.median(values[finite & (kind == one)]) if (finite & (kind == one)).any() else overall
            for one in range(count)
        ],
        np.float64,
    )
