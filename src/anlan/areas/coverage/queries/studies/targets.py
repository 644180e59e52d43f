"""Goals by which responses are judged: the scenario's own, else the town's service levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.studies.ground import Ground, type_priorities
from anlan.areas.coverage.rules.scenarios import Scenario
from anlan.kernel.places.catalogue import read_catalogue

Bools = npt.NDArray[np.bool_]

INTERVALS = ("response", "dispatch_to_scene", "travel")
USUAL_MINUTES = (5.0, 8.0, 10.0)
"""Where the town's levels speak of no interval that a simulation has."""


@dataclass(frozen=True, slots=True, eq=False)
class Target:
    """So many seconds, for a share of calls; `holds_for[c]` marks the logged calls it is about."""

    interval: str
    goal_s: float
    share: float | None
    profile: str
    groups: tuple[str, ...]
    urgent: bool
    holds_for: Bools


def targets_of(scenario: Scenario, ground: Ground) -> tuple[Target, ...]:
    """Give the goals, in the order of the file or of the town's profiles."""
    everyone = np.ones(ground.calls, np.bool_)
    if scenario.targets.minutes:
        return _own(scenario.targets.minutes, everyone)
    chosen = [
        _from_level(profile["code"], level, ground)
        for profile in read_catalogue("service_levels.toml")["profiles"]
        if profile["code"] in ground.town.level_profiles
        for level in profile["levels"]
        if level["interval"] in INTERVALS
    ]
    return tuple(chosen) or _own(USUAL_MINUTES, everyone)


def _own(minutes: Sequence[float], everyone: Bools) -> tuple[Target, ...]:
    return tuple(Target("response", 60 * one, None, "", (), False, everyone) for one in minutes)


def _from_level(profile: str, level: dict[str, Any], ground: Ground) -> Target:
    groups = tuple(level.get("groups", ()))
    urgent = bool(level.get("urgent", False))
    of_type = {one["code"]: one["group"] for one in read_catalogue("incident_types.toml")["types"]}
    types = ground.log.types
    holds = np.array([not groups or of_type.get(one) in groups for one in types], np.bool_)
    if urgent:
        holds &= type_priorities(types) == 1
    return Target(
        interval=level["interval"],
        goal_s=float(level["goal_s"]),
        share=level.get("share"),
        profile=profile,
        groups=groups,
        urgent=urgent,
        holds_for=holds,
    )
