"""The figures of a study: responses, differences, areas, hours, cells, units, each with its n."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.studies.estimates import Estimate, Sample
from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.worlds import Built
from anlan.engine.simulation.logged.outcomes import Outcome
from anlan.kernel.places.queries.roads import CELL_RESOLUTION

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

LEAST_SHOWN = 5
"""Fewer calls than this show no figure: a home must not be told from its neighbours."""
OVER_S = 30.0
SAME_S = 0.0005
HOUR_BANDS = tuple((first, first + 4) for first in range(0, 24, 4))
BIN_S, OUTER_S = 30, 600


@dataclass(frozen=True, slots=True, eq=False)
class Pooled:
    """All replications of a scenario after one another; index k. Nan where nobody came."""

    response_s: F8
    sent_s: F8
    travel_s: F8
    of_call: I8

    @classmethod
    def of(cls, outcomes: Sequence[Outcome]) -> Pooled:
        """Put the replications after one another."""
        return cls(
            response_s=np.concatenate([one.response_s for one in outcomes]),
            sent_s=np.concatenate([one.sent_s for one in outcomes]),
            travel_s=np.concatenate([one.travel_s for one in outcomes]),
            of_call=np.concatenate([one.of_call for one in outcomes]).astype(np.int64),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Where each logged call belongs: its first-due post, local hour of receipt, rank, cell."""

    post: tuple[str, ...]
    rank: I8
    cell: tuple[str, ...]


def groups_of(ground: Ground, built: Built) -> Groups:
    """Say which post of the first scenario is first due at each logged call, and its cell."""
    posts = sorted({(home, int(at)) for home, at in zip(built.home, built.fleet.post, strict=True)})
    standing = np.array([at for _, at in posts], np.intp)
    times = np.asarray(built.world.travel_s)[np.ix_(standing, built.calls.place)]
    first = np.argmin(times, axis=0)
    return Groups(
        post=tuple(posts[at][0] for at in first.tolist()),
        rank=ground.rank,
        cell=tuple(
            h3.latlng_to_cell(lat, lon, CELL_RESOLUTION)
            for lon, lat in zip(ground.log.lon.tolist(), ground.log.lat.tolist(), strict=True)
        ),
    )


def local_hours(ground: Ground, outcomes: Sequence[Outcome]) -> tuple[I8, list[I8]]:
    """Give the local hour of each pooled call, and each replication's days from the first."""
    zone, begins = ground.town.tz, ground.starts_at.timestamp()
    first = ground.starts_at.toordinal()
    hours, days = [], []
    for one in outcomes:
        at = [datetime.fromtimestamp(begins + s, zone) for s in one.received_s.tolist()]
        hours += [each.hour for each in at]
        days.append(np.array([each.toordinal() - first for each in at], np.int64))
    return np.array(hours, np.int64), days


def plain(estimate: Estimate) -> dict[str, Any]:
    """Give an estimate as plain data."""
    return asdict(estimate)


def response_figures(sample: Sample, pooled: Pooled) -> dict[str, Any]:
    """Give mean, median and ninth tenth of the response, and how many had none."""
    response = pooled.response_s
    return {
        "mean": plain(sample.mean(response)),
        "p50": plain(sample.quantile(response, 0.5)),
        "p90": plain(sample.quantile(response, 0.9)),
        "unreached": float(np.count_nonzero(~np.isfinite(response)) / sample.replications),
    }


def paired_figures(sample: Sample, a: Pooled, b: Pooled) -> dict[str, Any]:
    """Compare first arrivals call by call: B less A, over calls that both reach."""
    gap = b.response_s - a.response_s
    both = np.isfinite(gap)
    later, sooner = (gap > OVER_S) & both, (gap < -OVER_S) & both
    known = gap[both]
    return {
        "mean": sample.mean(gap),
        "later": sample.total(later.astype(np.float64)),
        "sooner": sample.total(sooner.astype(np.float64)),
        "over_s": OVER_S,
        "n": round(int(both.sum()) / sample.replications),
        "differing": float((np.abs(known) > SAME_S).sum() / sample.replications),
        "same": bool((np.abs(known) <= SAME_S).all()) and _reached_alike(a, b),
        "p10_s": float(np.quantile(known, 0.1)) if len(known) else None,
        "p90_s": float(np.quantile(known, 0.9)) if len(known) else None,
        "only_a": _only(a, b, sample),
        "only_b": _only(b, a, sample),
        "histogram": histogram(gap, replications=sample.replications),
    }


def _reached_alike(a: Pooled, b: Pooled) -> bool:
    return bool((np.isfinite(a.response_s) == np.isfinite(b.response_s)).all())


def _only(one: Pooled, other: Pooled, sample: Sample) -> float:
    """Count the calls that one scenario reaches and the other doesn't."""
    only = np.isfinite(one.response_s) & ~np.isfinite(other.response_s)
    return float(only.sum() / sample.replications)


def histogram(gap: F8, *, replications: int) -> dict[str, Any]:
    """Count differences in bins of 30 s, the outermost holding all beyond ten minutes."""
    edges = np.arange(-OUTER_S, OUTER_S + BIN_S, BIN_S)
    known = gap[np.isfinite(gap)]
    differs = known[np.abs(known) > 0.5]
    counts, _ = np.histogram(np.clip(differs, -OUTER_S, OUTER_S - 1e-6), bins=edges)
    return {
        "edges_s": edges.tolist(),
        "counts": (counts / replications).tolist(),
        "same": float((len(known) - len(differs)) / replications),
    }


def rows_by(
    keys: Sequence[str] | I8, order: Sequence[Any], *, sample: Sample, columns: dict[str, F8]
) -> Iterator[dict[str, Any]]:
    """Give one row a group with the mean of each column; groups under five calls are withheld.

    `keys[k]` is the group of pooled call k; `order` the groups as the rows stand. Counted are the
    calls that have all columns.
    """
    named = np.asarray(keys)
    whole = np.all([np.isfinite(values) for values in columns.values()], axis=0)
    for key in order:
        mine = (named == key) & whole
        calls = int(mine.sum()) / sample.replications
        row: dict[str, Any] = {"key": key if isinstance(key, str) else int(key)}
        if 0 < calls < LEAST_SHOWN:
            yield row | {"n": None} | dict.fromkeys(columns)
        elif calls:
            means = {
                name: plain(sample.mean(values, chosen=mine)) for name, values in columns.items()
            }
            yield row | {"n": round(calls)} | means


def cells_of(cell: Sequence[str], values: F8, *, sample: Sample) -> list[dict[str, Any]]:
    """Give each area cell's mean with its count; under five calls both are withheld."""
    names, index = np.unique(np.array(cell), return_inverse=True)
    known = np.isfinite(values)
    n = np.bincount(index[known], minlength=len(names)) / sample.replications
    sums = np.bincount(index[known], values[known], minlength=len(names)) / sample.replications
    rows = []
    for at, name in enumerate(names.tolist()):
        if n[at] <= 0:
            continue
        few = n[at] < LEAST_SHOWN
        rows.append(
            {
                "cell": name,
                "n": None if few else round(float(n[at])),
                "mean_s": None if few else float(sums[at] / n[at]),
            }
        )
    return rows


def unit_rows(built: Built, outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """Give each unit's post, share of its time taken, and calls and moves a day of service."""
    busy = np.mean([one.busy_s for one in outcomes], axis=0)
    service = np.mean([one.service_s for one in outcomes], axis=0)
    sent = np.mean([one.sent for one in outcomes], axis=0)
    moves = np.mean([one.moves for one in outcomes], axis=0)
    return {
        key: {
            "kind": built.deployment.units[at].kind,
            "post": built.home[at],
            "busy": float(busy[at] / service[at]) if service[at] > 0 else None,
            "sent": float(sent[at]),
            "moves": float(moves[at]),
        }
        for at, key in enumerate(built.fleet.keys)
    }
