"""Background work beside the server: one thread a job, done again and again until it is ended."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import structlog

log = structlog.get_logger("anlan.jobs")
SOON = timedelta(minutes=1)  # a server that starts has other things to do


def beside(
    once: Callable[[], object], *, name: str, every: timedelta, first_after: timedelta = SOON
) -> threading.Event:
    """Do something again and again in a thread of its own; set the event to end it.

    A busy or absent database now is tried again the next time, and logged; so is any other fault,
    as an error: work that ended in silence would be missed by nobody until it counts.
    """
    stop = threading.Event()
    thread = threading.Thread(
        target=_run, args=(once, stop, name, every, first_after), name=name, daemon=True
    )
    thread.start()
    return stop


def _run(
    once: Callable[[], object],
    stop: threading.Event,
    name: str,
    every: timedelta,
    first_after: timedelta,
) -> None:
    from django.db import DatabaseError, connection

    pause = first_after
    while not stop.wait(pause.total_seconds()):
        pause = every
        try:
            once()
        except DatabaseError:
            log.warning("job.failed", where=name, exc_info=True)
        except Exception:
            log.error("job.failed", where=name, exc_info=True)
        finally:
            connection.close()
