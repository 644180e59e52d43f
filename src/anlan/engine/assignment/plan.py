"""What an assignment answers: plans, what is missing, and why, as codes with parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from anlan.engine.assignment.problem import Need

Status = Literal["full", "partial", "none"]
Param = str | float | int


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: a code of docs/method/assignment.md and what its sentence needs."""

    code: str
    params: Mapping[str, Param]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A unit of a plan and the need that it fills."""

    key: str
    for_capability: str
    travel_s: float


@dataclass(frozen=True, slots=True)
class Plan:
    """Units that go together, in the order of the run card's lines, the nearest first.

    `cost_s` is the objective: travel seconds of all units, the weight of the first arrival, and
    the penalties. `breaks_cover` names the cover areas (keys) that fall below what they keep, or
    fall further. Without units both arrivals are None.
    """

    units: tuple[Chosen, ...]
    first_arrival_s: float | None
    full_arrival_s: float | None
    cost_s: float
    breaks_cover: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AssignmentResult:
    """The answer. `alternatives` are the next best plans that fill the same needs, in order.

    `missing` are the needs, or the parts of them, that no unit can fill. "none": not one unit
    goes (`best` has no units).
    """

    status: Status
    best: Plan
    alternatives: tuple[Plan, ...]
    missing: tuple[Need, ...]
    reasons: tuple[Reason, ...]
