"""A log's calls simulated under another deployment, with chance drawn anew each time.

Where `simulation.study` draws calls from a pattern, this keeps a log's own calls (or draws calls
like them), gives each trip what real trips leave over, and keeps track of which logged call is
which. Nothing here knows a town or a database, so replications run on any core or machine.
"""

from __future__ import annotations

from anlan.engine.simulation.logged.draws import Chance, DrawnStream, TripModel, draw, take_calls
from anlan.engine.simulation.logged.outcomes import Outcome, Prepared, run
from anlan.engine.simulation.logged.spread import run_all

__all__ = [
    "Chance",
    "DrawnStream",
    "Outcome",
    "Prepared",
    "TripModel",
    "draw",
    "run",
    "run_all",
    "take_calls",
]
