"""What became of each call and each unit: the answer of a simulation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from anlan.engine.simulation.log import F8, Index
from anlan.engine.simulation.stream import CallStream


@dataclass(frozen=True)
class Moves:
    """Move-ups, in the order of time; index m.

    `arrives_s` is when the unit would be there; it may be sent to a call on its way.
    """

    at_s: F8
    unit: Index
    from_place: Index
    to_place: Index
    arrives_s: F8

    def __len__(self) -> int:
        """Count the move-ups."""
        return len(self.at_s)


@dataclass(frozen=True)
class Trace:
    """A simulated stretch of time. Slots are those of the stream; nan where a state never came.

    `unit[s]` is -1 where nobody ever went. `from_place[s]` is the place where the unit was, or
    which it had last left (of several the heaviest), when it was sent. `wait_s[s]` is how long
    after asking it was sent. `busy_s[u]` is how long unit u was taken by calls, `moving_s[u]` how
    long it was on its way to another base, `service_s[u]` how long it was in service between the
    start and `ends_s`, when the last call was over. `events` counts changes of a unit's state.
    `finished` is False where `stop` ended it early: what came after `ends_s` was not simulated.
    """

    unit: Index
    dispatch_s: F8
    en_route_s: F8
    on_scene_s: F8
    transport_s: F8
    hospital_s: F8
    available_s: F8
    from_place: Index
    hospital: Index
    wait_s: F8
    moves: Moves
    busy_s: F8
    moving_s: F8
    service_s: F8
    ends_s: float
    events: int
    counts: Mapping[str, int]
    finished: bool = True

    def first_on_scene_s(self, calls: CallStream) -> F8:
        """Give, per call, when the first unit came on scene; nan where none did."""
        first = np.full(len(calls), np.nan)
        np.fmin.at(first, calls.call, self.on_scene_s)
        return first

    def response_s(self, calls: CallStream) -> F8:
        """Give, per call, the seconds from receipt to the first unit on scene."""
        answer: F8 = self.first_on_scene_s(calls) - calls.received_s
        return answer
