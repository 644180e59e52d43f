"""Studies: a town's calls simulated under one or two scenarios, with how sure the answer is.

It reads the town and writes nothing into it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.rules.scenarios import Scenario, ScenarioFault
from anlan.kernel.places import queries as places
from anlan.kernel.values import BadInput

Lines = tuple[tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]], ...]
Progress = Callable[[str, float], None]

MOST_REPLICATIONS = 10_000

__all__ = ["StudyReport", "streets_of", "study"]


@dataclass(frozen=True, slots=True, eq=False)
class StudyReport:
    """The report's document (report.json as it stands) and the street lines its map is drawn on."""

    document: dict[str, Any]
    streets: Lines


def study(
    town_key: str,
    scenarios: tuple[Scenario, ...],
    *,
    replications: int,
    seed: int,
    workers: int = 1,
    client: Any = None,
    progress: Progress | None = None,
    stop: Callable[[], bool] | None = None,
) -> StudyReport:
    """This will simulate one scenario, or compare two on the same calls, and report.

    `client` is a Dask client, for replications on other machines. `stop` is asked between
    replications: what is done by then is reported. Raises BadInput in one sentence where a
    scenario doesn't fit the town, or the two ask for different calls.
    """
    try:
        return _study(
            town_key,
            scenarios,
            replications=replications,
            seed=seed,
            workers=workers,
            client=client,
            say=progress or (lambda label, share: None),
            stop=stop,
        )
    except ScenarioFault as fault:
        raise BadInput(_(fault.template).format(**fault.facts)) from fault


def _study(
    town_key: str,
    scenarios: tuple[Scenario, ...],
    *,
    replications: int,
    seed: int,
    workers: int,
    client: Any,
    say: Progress,
    stop: Callable[[], bool] | None,
) -> StudyReport:
    from anlan.areas.coverage.queries.studies.calibrating import calibrate
    from anlan.areas.coverage.queries.studies.document import write_document
    from anlan.areas.coverage.queries.studies.ground import read_ground
    from anlan.areas.coverage.queries.studies.preparing import prepare_all
    from anlan.areas.coverage.queries.studies.ran import Ran
    from anlan.engine.simulation.logged.spread import run_all

    if not 1 <= replications <= MOST_REPLICATIONS:
        raise BadInput(
            _("Replications are from 1 to {most}.").format(most=f"{MOST_REPLICATIONS:,}")
        )
    scenarios = _on_the_same_calls(scenarios)
    say(_("Reading the town"), 0.0)
    ground = read_ground(town_key, scenarios[0])
    if ground.pool is not None:  # there is no log to take calls from, whatever was asked for
        scenarios = tuple(
            replace(one, calls=replace(one.calls, source="drawn")) for one in scenarios
        )
    say(_("Reading the town"), 1.0)
    label = _("Measuring the model's error")
    calibration = calibrate(
        ground, scenarios[0], seed=seed, workers=workers, progress=lambda share: say(label, share)
    )
    built, spots, prepared = prepare_all(ground, scenarios, seed=seed)
    jobs = [(which, number) for number in range(replications) for which in range(len(scenarios))]
    simulating = _("Simulating")
    done = run_all(
        prepared,
        jobs,
        workers=workers,
        client=client,
        stop=stop,
        progress=lambda count: say(simulating, count / len(jobs)),
    )
    whole = [n for n in range(replications) if all((w, n) in done for w in range(len(scenarios)))]
    if not whole:
        raise BadInput(_("It was stopped before one replication was done; nothing is reported."))
    outcomes = [[done[which, number] for number in whole] for which in range(len(scenarios))]
    ran = Ran(built, outcomes, replications, len(whole) < replications, seed)
    say(_("Writing the figures"), 0.0)
    document = write_document(ground, spots, ran, calibration)
    say(_("Writing the figures"), 1.0)
    return StudyReport(document=document, streets=streets_of(town_key, at=ground.starts_at))


def streets_of(town_key: str, *, at: datetime) -> Lines:
    """Give the lines of a town's streets, on which a report's map is drawn."""
    graph = places.network(town_key, at=at).graph
    ends = graph.geo_ptr[1:-1]
    lon, lat = np.split(graph.geo_lon, ends), np.split(graph.geo_lat, ends)
    return tuple(zip(lon, lat, strict=True))


def _on_the_same_calls(scenarios: tuple[Scenario, ...]) -> tuple[Scenario, ...]:
    """Refuse two scenarios on different calls: what is compared must be the same calls."""
    if len(scenarios) == 1:
        return scenarios
    a, b = scenarios
    for name, one, other in (
        ("period", a.period, b.period),
        ("calls", a.calls, b.calls),
        ("targets", a.targets, b.targets),
        ("units.kinds", a.units.kinds, b.units.kinds),
    ):
        if one != other:
            raise BadInput(
                _(
                    "The two scenarios differ in “{name}”; write the same in both, since what is "
                    "compared is the same calls."
                ).format(name=name)
            )
    return scenarios
