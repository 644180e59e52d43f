"""Provisional due dates: computed anew once a day, as a year's notice comes with an upgrade too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import Actor, Role

ACTOR = Actor("job:recompute-dues", frozenset({Role.ADMINISTRATOR}))
EVERY = timedelta(hours=24)
FIRST_LOOK_AFTER = timedelta(minutes=2)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.recompute_dues")


def recompute(*, real_now: datetime) -> int:
    """Compute every town's provisional due dates anew; gives how many clocks changed.

    Clocks that an upgrade brought begin in the cases that were open before.
    """
    from anlan.kernel.cases.services import begin_gained_clocks, recompute_dues
    from anlan.kernel.places.queries import towns

    changed = 0
    for town in towns():
        at = town.clock.at(real_now)
        for each in (begin_gained_clocks, recompute_dues):
            changed += each(town_key=town.key, actor=ACTOR, at=at, recorded_at=real_now)
    return changed


def start() -> threading.Event:
    """Do so beside the server, once a day; set the event to end it."""
    return beside(_look, name="recompute-dues", every=EVERY, first_after=FIRST_LOOK_AFTER)


def _look() -> None:
    log.info("dues.recomputed", count=recompute(real_now=datetime.now(UTC)))
