"""Inspections that come due are planned, and cases that a broken line left out are opened."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, Role

ACTOR = Actor("job:inspections", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(hours=1)
FIRST_LOOK_AFTER = timedelta(minutes=1)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.inspections")


def look_once(*, real_now: datetime) -> dict[str, int]:
    """Plan and open what is due in every town; gives how many of each were made."""
    from anlan.areas.hazards import services
    from anlan.kernel.places.queries import towns

    planned = opened = 0
    for town in towns():
        stamp: dict[str, Any] = {
            "town_key": town.key,
            "at": town.clock.at(real_now),
            "recorded_at": real_now,
        }
        planned += services.plan_due_inspections(actor=ACTOR, **stamp)
        opened += services.open_cases_of_failures(actor=ACTOR, **stamp)
    return {"planned": planned, "opened": opened}


def start() -> threading.Event:
    """Do so beside the server, hourly; set the event to end it."""
    return beside(_look, name="inspections", every=EVERY, first_after=FIRST_LOOK_AFTER)


def _look() -> None:
    log.info("inspections.looked", count=sum(look_once(real_now=datetime.now(UTC)).values()))
