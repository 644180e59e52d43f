"""Background work beside the server: one thread a job, done again and again until it is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

log = structlog.get_logger("anlan.jobs")
SOON = timedelta(minutes=1)  # a server that starts has other things to do
SHORTEST = timedelta(seconds=5)  # between two looks, however fast a made-up town's clock runs


def beside(
    once: Callable[[], object],
    *,
    name: str,
    every: timedelta,
    first_after: timedelta = SOON,
    towns_time: bool = False,
) -> threading.Event:
    """Do something again and again in a thread of its own; set the event to end it.

    `towns_time` says that `every` is a span of the towns' time: what is due by a town's clock is
    done as often by it where that runs faster than ours.
    A busy or absent database now is tried again the next time, and logged; so is any other fault,
    as an error: work that ended in silence would be missed by nobody until it counts.
    """
    stop = threading.Event()
    thread = threading.Thread(
        target=_run,
        args=(once, stop, name, every, first_after, towns_time),
        name=name,
        daemon=True,
    )
    thread.start()
    return stop


def _run(
    once: Callable[[], object],
    stop: threading.Event,
    name: str,
    every: timedelta,
    first_after: timedelta,
    towns_time: bool,
) -> None:
    from django.db import DatabaseError, connection

    pause, between = first_after, every
    while not stop.wait(pause.total_seconds()):
        try:
            if towns_time:
                between = by_the_fastest_clock(every)
            once()
        except DatabaseError:
            log.warning("job.failed", where=name, exc_info=True)
        except Exception:
            log.error("job.failed", where=name, exc_info=True)
        finally:
            connection.close()
        pause = between


def by_the_fastest_clock(span: timedelta) -> timedelta:
    """Give how long a span of town time lasts in reality where a town's clock runs fastest.

    Never longer than the span itself, and never less than a few seconds.
    """
    from anlan.kernel.places.queries import towns

    lasts = (town.clock.real_delay(span) for town in towns())
    return min(span, max(SHORTEST, min(lasts, default=span)))
