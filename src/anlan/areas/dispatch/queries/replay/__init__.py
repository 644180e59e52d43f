"""Replay of a logged period: what was, what the model makes of it, and what ours would have been.

It reads the town and writes nothing into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.dispatch.queries.replay.document import Runs, write_document
from anlan.areas.dispatch.queries.replay.inputs import paced, read_inputs, read_period
from anlan.engine.simulation.replay import Replay, replay
from anlan.kernel.places import queries as places

Policy = Literal["recorded", "recommended"]
Progress = Callable[[str, float], None]
Lines = tuple[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]], ...]

__all__ = ["Policy", "ReplayReport", "replay_report"]


@dataclass(frozen=True, slots=True, eq=False)
class ReplayReport:
    """The report's document (report.json as it stands) and the street lines its map is drawn on."""

    document: dict[str, Any]
    streets: Lines


def replay_report(
    town_key: str,
    *,
    begins: str,
    ends: str,
    policy: Policy,
    seed: int,
    pace: Callable[[float], None] | None = None,
    progress: Progress | None = None,
) -> ReplayReport:
    """This will replay the calls received from `begins` to `ends` (local, half-open) and report.

    `recommended` is compared with `recorded`, so both are run for it. `pace` is told the town's
    time (seconds since 1970) as the replay goes on and may hold it up. `seed` draws the bootstrap.
    Raises BadInput in one sentence where there is nothing to replay.
    """
    town = places.town(town_key)
    period = read_period(begins, ends, zone=town.tz)
    say = progress or (lambda label, share: None)
    say(_("Reading the log"), 0.0)
    inputs = read_inputs(town_key, period)
    say(_("Reading the log"), 1.0)
    runs: dict[str, Replay] = {}
    for one in ("recorded", "recommended")[: 1 if policy == "recorded" else 2]:
        label = _("Replaying as recorded") if one == "recorded" else _("Replaying as recommended")
        held_up = pace is not None and one == policy
        runs[one] = replay(
            inputs.log,
            travel=paced(inputs.travel, pace=pace) if held_up and pace else inputs.travel,
            policy=one,  # type: ignore[arg-type]
            cover=inputs.cover if one == "recommended" else (),
            progress=lambda _label, share, label=label: say(label, share),  # type: ignore[misc]
        )
        say(label, 1.0)
    document = write_document(
        town, inputs, Runs(runs["recorded"], runs.get("recommended")), policy=policy, seed=seed
    )
    return ReplayReport(document=document, streets=_streets(town_key, inputs.period.starts_at))


def _streets(town_key: str, at: Any) -> Lines:
    graph = places.network(town_key, at=at).graph
    ends = graph.geo_ptr[1:-1]
    lon, lat = np.split(graph.geo_lon, ends), np.split(graph.geo_lat, ends)
    return tuple(zip(lon, lat, strict=True))
