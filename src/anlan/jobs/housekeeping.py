"""Erasing what has a set life: sign-in traces, ended sessions, repeated writes."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from anlan.jobs.beside import beside

EVERY = timedelta(hours=6)

log = structlog.get_logger("anlan.jobs.housekeeping")


def erase_expired(*, real_now: datetime) -> dict[str, int]:
    """Erase everything whose time is over; gives how many rows of each kind went."""
    from django.conf import settings

    from anlan.kernel.cases.services import forget_paces, sweep_files
    from anlan.kernel.ledger.services import forget_client_writes
    from anlan.kernel.staff.services import forget_sign_in_traces

    kept_since = real_now - timedelta(days=settings.ANLAN_CLIENT_WRITES_DAYS)
    return {
        "sign_in_traces": forget_sign_in_traces(real_now=real_now),
        "client_writes": forget_client_writes(before=kept_since),
        "paces": forget_paces(before=real_now),
        "files_without_a_document": sweep_files(real_now=real_now),
    }


def start() -> threading.Event:
    """Erase now and every few hours beside the server; set the event to end it."""
    return beside(_look, name="housekeeping", every=EVERY, first_after=timedelta())


def _look() -> None:
    gone = erase_expired(real_now=datetime.now(UTC))
    log.info("housekeeping.done", count=sum(gone.values()))
