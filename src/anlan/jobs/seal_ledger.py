"""Publishing the ledgers' heads: once a day every ledger is sealed, and its witnesses are asked."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import structlog

from anlan.jobs.beside import beside
from anlan.kernel.values import BadInput, Refused

EVERY = timedelta(hours=24)
LOOK_EVERY = timedelta(hours=1)  # whether a day is over, or a witness that was away is back
FIRST_LOOK_AFTER = timedelta(minutes=1)  # a server that starts has other things to do

log = structlog.get_logger("anlan.jobs.seal_ledger")


def seal_due(*, real_now: datetime) -> int:
    """Seal every ledger whose head is a day old; ask the witnesses that did not cosign it yet.

    Gives how many ledgers were sealed. One ledger's fault does not keep the others from theirs.
    """
    from anlan.kernel.places.queries import towns

    return sum(_seal_one(town, real_now) for town in ("", *(each.key for each in towns())))


def _seal_one(town: str, real_now: datetime) -> bool:
    from anlan.kernel.ledger import queries, services

    try:
        newest = queries.sealed_at(town)
        due = newest is None or real_now - newest >= EVERY
        if due:
            sealed = services.seal(town, real_now=real_now)
            if sealed.entries:
                log.info("ledger.sealed", town=town, count=sealed.entries)
        for each in services.ask_witnesses(town):
            if each.alarm:
                log.error("ledger.second_story", town=town)
            elif not each.cosigned:
                log.warning("ledger.not_cosigned", town=town)
    except (Refused, BadInput) as fault:  # an altered ledger, a key file that is gone
        log.error("ledger.not_sealed", town=town, outcome=getattr(fault, "code", "bad_input"))
        return False
    return due


def start() -> threading.Event:
    """Seal what is due beside the server, looking every hour; set the event to end it."""
    return beside(
        lambda: seal_due(real_now=datetime.now(UTC)),
        name="seal-ledger",
        every=LOOK_EVERY,
        first_after=FIRST_LOOK_AFTER,
    )
