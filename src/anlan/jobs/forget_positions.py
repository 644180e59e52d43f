"""Erasing units' positions after 72 hours, by the town's clock."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, Role

ACTOR = Actor("job:housekeeping", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(minutes=30)  # `anlan prove` calls a point of 73 hours broken

log = structlog.get_logger("anlan.jobs.forget_positions")


def forget_old(*, real_now: datetime) -> int:
    """Erase every point whose 72 hours are over, in every town; gives how many went."""
    from anlan.areas.dispatch.services import forget_positions
    from anlan.kernel.places.queries import towns

    return sum(
        forget_positions(
            town_key=town.key, actor=ACTOR, at=town.clock.at(real_now), recorded_at=real_now
        )
        for town in towns()
    )


def start() -> threading.Event:
    """Do so now and every half hour beside the server; set the event to end it."""
    return beside(
        _look, name="forget-positions", every=EVERY, first_after=timedelta(), towns_time=True
    )


def _look() -> None:
    gone = forget_old(real_now=datetime.now(UTC))
    if gone:
        log.info("positions.erased", count=gone)
