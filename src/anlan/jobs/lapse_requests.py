"""Erasing requests for a mediation that nobody confirmed within 7 days."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, BadInput, Refused, Role

ACTOR = Actor("job:lapse_requests", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(minutes=30)
FIRST_LOOK_AFTER = timedelta(seconds=30)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.lapse_requests")


def lapse_due(*, real_now: datetime) -> int:
    """End and erase every request whose 7 days are over, in every town; gives how many."""
    from anlan.kernel.places.queries import towns

    return sum(_lapse_town(town, real_now=real_now) for town in towns())


def _lapse_town(town: Any, *, real_now: datetime) -> int:
    from anlan.areas.mediation import queries, services
    from anlan.kernel.cases.services import erase_case

    at = town.clock.at(real_now)
    stamp: dict[str, Any] = {
        "town_key": town.key,
        "actor": ACTOR,
        "at": at,
        "recorded_at": real_now,
    }
    erased = 0
    for case_id in queries.lapsed_requests(town.key, at=at):
        try:
            services.let_lapse(case_id, **stamp)
            # Killed between these two, it is erased with what was kept long enough: after a day.
            erase_case(case_id, reason="unconfirmed", ended_as="not_confirmed", **stamp)
        except (Refused, BadInput) as fault:  # confirmed meanwhile: it stays
            log.info("request.kept", outcome=getattr(fault, "code", "bad_input"))
            continue
        erased += 1
    return erased


def start() -> threading.Event:
    """Erase what is due beside the server, looking every half hour; set the event to end it."""
    return beside(
        lambda: lapse_due(real_now=datetime.now(UTC)),
        name="lapse-requests",
        every=EVERY,
        first_after=FIRST_LOOK_AFTER,
        towns_time=True,
    )
