"""What a study ran, before it is written down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from anlan.areas.coverage.queries.studies.worlds import Built
from anlan.engine.simulation.logged.outcomes import Outcome


@dataclass(frozen=True, slots=True, eq=False)
class Ran:
    """What was run: both scenarios (or one) with their outcomes, replication by replication."""

    built: Sequence[Built]
    outcomes: Sequence[Sequence[Outcome]]
    asked: int
    stopped: bool
    seed: int
