"""Inspections that come due are planned, and cases that a broken line left out are opened."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, BadInput, Refused, Role

ACTOR = Actor("job:inspections", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(hours=1)
FIRST_LOOK_AFTER = timedelta(minutes=1)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.inspections")


def look_once(*, real_now: datetime) -> dict[str, int]:
    """Plan and open what is due in every town; gives how many of each were made."""
    from anlan.areas.hazards import services
    from anlan.kernel.places.queries import towns

    made = {"planned": 0, "opened": 0}
    steps: dict[str, Callable[..., int]] = {
        "planned": services.plan_due_inspections,
        "opened": services.open_cases_of_failures,
    }
    for town in towns():
        at = town.clock.at(real_now)
        for name, step in steps.items():
            try:
                made[name] += step(town_key=town.key, actor=ACTOR, at=at, recorded_at=real_now)
            except (BadInput, Refused):  # of one town: the others are looked after all the same
                log.warning("inspections.refused", town=town.key, where=name, exc_info=True)
    return made


def start() -> threading.Event:
    """Do so beside the server, hourly; set the event to end it."""
    return beside(
        _look, name="inspections", every=EVERY, first_after=FIRST_LOOK_AFTER, towns_time=True
    )


def _look() -> None:
    log.info("inspections.looked", count=sum(look_once(real_now=datetime.now(UTC)).values()))
