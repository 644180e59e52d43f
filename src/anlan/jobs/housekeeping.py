"""Erasing what has a set life: sign-in traces, ended sessions, records of repeated writes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

EVERY = timedelta(hours=6)

log = structlog.get_logger("anlan.jobs.housekeeping")


def erase_expired(*, real_now: datetime) -> dict[str, int]:
    """Erase everything whose time is over; gives how many rows of each kind went."""
    from django.conf import settings

    from anlan.kernel.ledger.services import forget_client_writes
    from anlan.kernel.staff.services import forget_sign_in_traces

    kept_since = real_now - timedelta(days=settings.ANLAN_CLIENT_WRITES_DAYS)
    return {
        "sign_in_traces": forget_sign_in_traces(real_now=real_now),
        "client_writes": forget_client_writes(before=kept_since),
    }


def start() -> threading.Event:
    """Erase now and every few hours beside the server; set the event to end it."""
    stop = threading.Event()
    threading.Thread(target=_run, args=(stop,), name="housekeeping", daemon=True).start()
    return stop


def _run(stop: threading.Event) -> None:
    from django.db import DatabaseError, connection

    while True:
        try:
            gone = erase_expired(real_now=datetime.now(UTC))
            log.info("housekeeping.done", count=sum(gone.values()))
        except DatabaseError:  # a busy or absent database now is tried again later
            log.warning("housekeeping.failed", exc_info=True)
        finally:
            connection.close()
        if stop.wait(EVERY.total_seconds()):
            return
