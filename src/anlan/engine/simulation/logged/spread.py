"""Runs replications one after another, over cores with joblib, or over machines with Dask.

All three give the same outcomes in the same order: a replication hangs on its number and the seed
alone. `stop` is asked between replications; what is done is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from anlan.engine.simulation.logged.outcomes import Outcome, Prepared, run

Job = tuple[int, int]
"""Which of the prepared scenarios, and which replication."""


def run_all(
    prepared: Sequence[Prepared],
    jobs: Sequence[Job],
    *,
    workers: int = 1,
    client: Any = None,
    stop: Callable[[], bool] | None = None,
    progress: Callable[[int], None] | None = None,
) -> dict[Job, Outcome]:
    """Run all jobs, or those begun before `stop` said so; `client` is a Dask client."""
    done: dict[Job, Outcome] = {}
    for job, outcome in _outcomes(prepared, jobs, workers=workers, client=client):
        done[job] = outcome
        if progress is not None:
            progress(len(done))
        if stop is not None and stop():
            break
    return done


def _outcomes(
    prepared: Sequence[Prepared], jobs: Sequence[Job], *, workers: int, client: Any
) -> Iterator[tuple[Job, Outcome]]:
    if client is not None:
        yield from _on_machines(prepared, jobs, client)
    elif workers > 1 and len(jobs) > 1:
        yield from _on_cores(prepared, jobs, workers)
    else:
        for which, replication in jobs:
            yield (which, replication), run(prepared[which], replication)


def _on_cores(
    prepared: Sequence[Prepared], jobs: Sequence[Job], workers: int
) -> Iterator[tuple[Job, Outcome]]:
    from joblib import Parallel, delayed

    parallel = Parallel(n_jobs=workers, return_as="generator")
    outcomes = parallel(delayed(run)(prepared[which], number) for which, number in jobs)
    try:
        yield from zip(jobs, outcomes, strict=True)
    finally:
        outcomes.close()


def _on_machines(
    prepared: Sequence[Prepared], jobs: Sequence[Job], client: Any
) -> Iterator[tuple[Job, Outcome]]:
    scattered = [client.scatter(one, broadcast=True) for one in prepared]
    futures = [client.submit(run, scattered[which], number, pure=False) for which, number in jobs]
    try:
        for job, future in zip(jobs, futures, strict=True):
            yield job, future.result()
    finally:
        client.cancel(futures)
