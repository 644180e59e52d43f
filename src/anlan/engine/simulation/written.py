"""The columns that a simulation writes while it runs, in whole milliseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from anlan.engine.simulation.log import F8
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Moves, Trace
from anlan.engine.simulation.world import I8, NEVER, U8, Fleet, whole_ms

TIMES = ("dispatch", "en_route", "on_scene", "transport", "at_hospital", "available")


def _column(spell: F8 | None, slots: int) -> I8:
    return np.full(slots, NEVER, np.int64) if spell is None else whole_ms(spell)


@dataclass
class Written:
    """Slot columns read (spells, NEVER where there is none) and written (NEVER: not yet)."""

    calls: CallStream
    bits: U8
    turnout_ms: I8
    on_scene_ms: I8
    handover_ms: I8
    transport_ms: I8
    cancelled_ms: I8
    order_of: I8
    position: I8
    unit: I8
    dispatch: I8
    en_route: I8
    on_scene: I8
    transport: I8
    at_hospital: I8
    available: I8
    from_place: I8
    hospital: I8
    busy_ms: I8
    moving_ms: I8
    spans: tuple[I8, I8]
    moves: list[tuple[int, int, int, int, int]] = field(default_factory=list)

    @classmethod
    def for_calls(cls, fleet: Fleet, calls: CallStream) -> Written:
        """Lay out the columns for these calls."""
        slots, orders = len(calls.call), calls.orders
        order_of, position = np.zeros(slots, np.int64), np.zeros(slots, np.int64)
        order_of[orders.slot] = np.repeat(np.arange(len(orders.call)), np.diff(orders.first))
        position[orders.slot] = np.arange(slots)
        return cls(
            calls=calls,
            bits=calls.bits_of(fleet),
            turnout_ms=_column(calls.turnout_s, slots),
            on_scene_ms=_column(calls.on_scene_s, slots),
            handover_ms=_column(calls.handover_s, slots),
            transport_ms=_column(calls.transport_s, slots),
            cancelled_ms=_column(calls.cancelled_s, slots),
            order_of=order_of,
            position=position,
            unit=np.full(slots, -1, np.int64),
            from_place=np.full(slots, -1, np.int64),
            hospital=np.full(slots, -1, np.int64),
            busy_ms=np.zeros(len(fleet), np.int64),
            moving_ms=np.zeros(len(fleet), np.int64),
            spans=fleet.spans_ms(),
            dispatch=np.full(slots, NEVER, np.int64),
            en_route=np.full(slots, NEVER, np.int64),
            on_scene=np.full(slots, NEVER, np.int64),
            transport=np.full(slots, NEVER, np.int64),
            at_hospital=np.full(slots, NEVER, np.int64),
            available=np.full(slots, NEVER, np.int64),
        )

    def clear(self, slot: int) -> None:
        """Forget what a slot's unit did, since it was taken off."""
        for name in TIMES:
            getattr(self, name)[slot] = NEVER
        self.unit[slot] = self.from_place[slot] = self.hospital[slot] = -1

    def trace(self, *, ends_ms: int, counts: Mapping[str, int], finished: bool = True) -> Trace:
        """Give the answer: seconds, nan where a state never came."""
        times = {name: _seconds(getattr(self, name)) for name in TIMES}
        rows = np.array(self.moves, np.int64).reshape(-1, 5)
        changes = sum(int(np.isfinite(times[name]).sum()) for name in TIMES)
        switched = self.spans[1][(self.spans[1] > 0) & (self.spans[1] <= ends_ms)]
        return Trace(
            unit=self.unit.astype(np.intp),
            dispatch_s=times["dispatch"],
            en_route_s=times["en_route"],
            on_scene_s=times["on_scene"],
            transport_s=times["transport"],
            hospital_s=times["at_hospital"],
            available_s=times["available"],
            from_place=self.from_place.astype(np.intp),
            hospital=self.hospital.astype(np.intp),
            wait_s=times["dispatch"] - self.calls.asked_s,
            moves=Moves(
                at_s=rows[:, 0] / 1000.0,
                unit=rows[:, 1].astype(np.intp),
                from_place=rows[:, 2].astype(np.intp),
                to_place=rows[:, 3].astype(np.intp),
                arrives_s=rows[:, 4] / 1000.0,
            ),
            busy_s=self.busy_ms / 1000.0,
            moving_s=self.moving_ms / 1000.0,
            service_s=self._service_ms(ends_ms) / 1000.0,
            ends_s=ends_ms / 1000.0,
            events=len(self.calls.orders.call) + changes + 2 * len(rows) + len(switched),
            counts={name: count for name, count in self._counted(counts).items() if count},
            finished=finished,
        )

    def _service_ms(self, ends_ms: int) -> I8:
        unit, spans = self.spans
        inside = np.clip(np.minimum(spans[:, 1], ends_ms) - np.maximum(spans[:, 0], 0), 0, None)
        total = np.zeros(len(self.busy_ms), np.int64)
        np.add.at(total, unit, inside)
        return total

    def _counted(self, counts: Mapping[str, int]) -> dict[str, int]:
        """Add what shows only at the end: slots that nobody ever filled, and why."""
        found = dict(counts)
        lost = counts.get("lost", 0) + counts.get("no_such_unit", 0)
        dropped = counts.get("cancelled_while_waiting", 0)
        found["never_served"] = int((self.unit < 0).sum()) - lost - dropped
        return found


def _seconds(ms: I8) -> F8:
    return np.where(ms == NEVER, np.nan, ms / 1000.0)
