"""A use case as one change, done once for each client's key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from anlan.kernel.ledger.services.writing import Write, write
from anlan.kernel.values import Actor

Gave = TypeVar("Gave")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes in which town, at which town time and real time, under which client key."""

    town_key: str
    actor: Actor
    at: datetime
    recorded_at: datetime
    client_key: str | None = None


def write_once(
    change: Callable[[Write], Gave], *, action: str, asked: Mapping[str, object], stamp: Stamp
) -> Gave:
    """Carry a change out in the one transaction of a use case, and give what it gives.

    Sent again under its client's key, nothing is changed and what it gave then is given: an id, a
    code, a list of them, or nothing; anything else can't be kept and is refused. `asked` is all
    that the service was asked for: the same key with something else in it is refused too.
    `change` looks up, changes and records its entry.
    """
    with write(
        town=stamp.town_key,
        actor=stamp.actor,
        action=action,
        at=stamp.at,
        recorded_at=stamp.recorded_at,
        client_key=stamp.client_key,
        asked=asked,
    ) as entry:
        if entry.replayed:
            earlier: Gave = entry.result["gave"]
            return earlier
        gave = change(entry)
        entry.result = {"gave": gave}
    return gave
