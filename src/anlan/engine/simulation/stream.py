"""Calls with everything that chance decides about them, by column: what a simulation is fed.

All chance stands here, drawn beforehand. Two deployments that are fed one stream therefore meet
the same calls, the same turnouts and the same spells: common random numbers by construction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from anlan.engine.assignment.problem import MOST_UNITS_SENT as MOST_SENT
from anlan.engine.simulation.log import F8, Bools, Index, Log
from anlan.engine.simulation.spells import measure_spells
from anlan.engine.simulation.world import I8, U8, Fleet, World, whole_ms


class UnusableStream(ValueError):
    """One clear sentence: what in the calls cannot be simulated."""


@dataclass(frozen=True)
class CallStream:
    """Calls (index c) and the places of their run cards, slots (index s).

    `kind[c]` is the call's type (any index), `priority[c]` its rank, lower first, `trip_class[c]`
    the class of the way to it (World.factor). A slot wants one unit that can do
    `vocabulary[capability[s]]`, for call `call[s]`, from `asked_s[s]` on (receipt + processing).
    Slots of one call asked at one moment are one run card, decided together, in this order: a run
    of equal capabilities is one line, earlier lines first.

    The slot's own spells, whoever goes: `turnout_s`, `on_scene_s`, `handover_s` (nan: nobody is
    taken to a hospital), `transport_s` (nan: by road), `hospital` (a place; -1: the nearest that
    takes the type), `cancelled_s` (nan: not cancelled; else let go so long after the dispatch, or
    after asking where nobody went). `logged_unit[s]` is the unit (index of the fleet) that really
    went, -1 unknown: it keeps its slot where it is chosen too.
    """

    received_s: F8
    place: Index
    kind: Index
    priority: Index
    vocabulary: tuple[str, ...]
    call: Index
    capability: Index
    asked_s: F8
    turnout_s: F8
    on_scene_s: F8
    handover_s: F8
    trip_class: Index | None = None
    transport_s: F8 | None = None
    hospital: Index | None = None
    cancelled_s: F8 | None = None
    logged_unit: Index | None = None

    def __post_init__(self) -> None:
        calls, slots = len(self.received_s), len(self.call)
        for column in (self.place, self.kind, self.priority, self.trip_class):
            if column is not None and len(column) != calls:
                raise UnusableStream("The columns of the calls are not of one length.")
        spells = (self.turnout_s, self.on_scene_s, self.handover_s, self.transport_s)
        others = (self.capability, self.asked_s, self.hospital, self.cancelled_s, self.logged_unit)
        for spell in (*spells, *others):
            if spell is not None and len(spell) != slots:
                raise UnusableStream("The columns of the slots are not of one length.")
        for spell in (*spells, self.cancelled_s):
            if spell is not None and (spell < 0).any():
                raise UnusableStream("A spell is below 0.")
        self._check_values()
        if len(self.orders.first) > 1 and int(np.diff(self.orders.first).max()) > MOST_SENT:
            raise UnusableStream(f"A call asks for more than {MOST_SENT} units at one moment.")

    def _check_values(self) -> None:
        calls, slots = len(self.received_s), len(self.call)
        if slots and not 0 <= self.call.min() <= self.call.max() < calls:
            raise UnusableStream("A slot belongs to a call that is not there.")
        if slots and not 0 <= self.capability.min() <= self.capability.max() < len(self.vocabulary):
            raise UnusableStream("A slot wants a capability that has no name.")
        if not np.isfinite(self.received_s).all() or not np.isfinite(self.asked_s).all():
            raise UnusableStream("A call has no time; leave such calls out first.")
        lacking = ~np.isfinite(self.turnout_s) | ~np.isfinite(self.on_scene_s)
        if (lacking & ~np.isfinite(self._cancelled)).any():
            raise UnusableStream("A slot has no turnout or no time on scene, and is not cancelled.")
        if slots and (self.asked_s < self.received_s[self.call]).any():
            raise UnusableStream("A unit is asked for before its call was received.")

    def __len__(self) -> int:
        """Count the calls."""
        return len(self.received_s)

    @property
    def _cancelled(self) -> F8:
        return np.full(len(self.call), np.nan) if self.cancelled_s is None else self.cancelled_s

    @cached_property
    def orders(self) -> Orders:
        """Give the run cards, in the order in which they are decided."""
        asked = whole_ms(self.asked_s)
        slot = np.lexsort((np.arange(len(self.call)), self.call, asked)).astype(np.int64)
        call, at = np.asarray(self.call, np.int64)[slot], asked[slot]
        opens = np.ones(len(slot), np.bool_)
        opens[1:] = (call[1:] != call[:-1]) | (at[1:] != at[:-1])
        first = np.flatnonzero(opens).astype(np.int64)
        return Orders(
            asked_ms=at[first],
            call=call[first],
            first=np.append(first, len(slot)).astype(np.int64),
            slot=slot,
        )

    def bits_of(self, fleet: Fleet) -> U8:
        """Give the capability that each slot wants as the fleet's bit, 0 where no unit has it."""
        of = {name: np.uint64(1 << at) for at, name in enumerate(fleet.vocabulary)}
        named = np.array([of.get(name, np.uint64(0)) for name in self.vocabulary], np.uint64)
        return np.append(named, np.uint64(0))[self.capability]

    def keep(self, calls: Bools) -> CallStream:
        """Leave out the calls that are not marked, with their slots."""
        number = np.cumsum(calls) - 1
        slots = np.asarray(calls[self.call], np.bool_)
        kept: dict[str, Any] = {
            name: None if getattr(self, name) is None else getattr(self, name)[calls]
            for name in ("received_s", "place", "kind", "priority", "trip_class")
        }
        for name in ("capability", "asked_s", "turnout_s", "on_scene_s", "handover_s"):
            kept[name] = getattr(self, name)[slots]
        for name in ("transport_s", "hospital", "cancelled_s", "logged_unit"):
            column = getattr(self, name)
            kept[name] = None if column is None else column[slots]
        return replace(self, call=number[self.call[slots]].astype(np.intp), **kept)

    def check(self, world: World) -> None:
        """Refuse calls at places, classes or hospitals that the world does not have."""
        if len(self) and not 0 <= self.place.min() <= self.place.max() < world.places:
            raise UnusableStream("A call is at a place that the world does not have.")
        if len(self.asked_s) and self.asked_s.min() < 0:
            raise UnusableStream("A call is before the start; times count from the start.")
        kinds = np.zeros(1, np.intp) if self.trip_class is None else self.trip_class
        if len(kinds) and not 0 <= kinds.min() <= kinds.max() < world.classes:
            raise UnusableStream("A call has a trip class that the world does not have.")
        hospital = np.full(1, -1) if self.hospital is None else self.hospital
        if len(hospital) and not -1 <= hospital.min() <= hospital.max() < world.places:
            raise UnusableStream("A hospital is at a place that the world does not have.")
        if world.takes is not None and len(self) and self.kind.max() >= len(world.takes):
            raise UnusableStream("`takes` has no row for a call's type.")


@dataclass(frozen=True)
class Orders:
    """Run cards: order o is decided at `asked_ms[o]` for `call[o]`; slots first[o]:first[o + 1]."""

    asked_ms: I8
    call: I8
    first: I8
    slot: I8


def stream_from_log(log: Log, *, trip_class: Index | None = None) -> CallStream:
    """Make a stream of a log's own calls: as many units of each kind as it sent, its own spells.

    Slot s of the stream is the s-th logged response with a dispatch time, those of one call by
    kind (first to arrive first); spells that the log lacks are the kind's median, as in `replay`.
    """
    calls, rows = log.calls, log.responses
    spells, _ = measure_spells(log)
    timed = np.flatnonzero(np.isfinite(rows.dispatch_s))
    kinds = sorted(set(log.units.kind))
    number = np.array([kinds.index(kind) for kind in log.units.kind], np.intp)
    kind = number[rows.unit[timed]]
    row = timed[_by_line(rows.call[timed], rows.dispatch_s[timed], kind, rows.on_scene_s[timed])]
    lacks = np.full(len(row), np.nan)
    gone = spells.cancelled[row]
    return CallStream(
        received_s=calls.received_s,
        place=calls.point,
        kind=calls.kind,
        priority=np.zeros(len(calls), np.intp) if calls.priority is None else calls.priority,
        trip_class=trip_class,
        vocabulary=tuple(kinds),
        call=rows.call[row],
        capability=number[rows.unit[row]],
        asked_s=np.maximum(rows.dispatch_s[row], calls.received_s[rows.call[row]]),
        turnout_s=spells.turnout_s[row],
        on_scene_s=np.where(gone, np.nan, spells.on_scene_s[row]),
        handover_s=np.where(gone, np.nan, spells.hospital_s[row]),
        transport_s=np.where(gone, lacks, spells.transport_s[row]),
        cancelled_s=np.where(gone, spells.committed_s[row], np.nan),
        logged_unit=rows.unit[row],
    )


def _by_line(call: Index, asked_s: F8, kind: Index, arrives_s: F8) -> Index:
    """Order responses by call, moment, line (the kind that arrived first is first), arrival."""
    arrives = np.nan_to_num(arrives_s, nan=np.inf)
    order = np.lexsort((np.arange(len(call)), arrives, asked_s, call))
    rank = np.zeros(len(call), np.intp)
    seen: dict[tuple[int, float, int], int] = {}
    for place, at in enumerate(order):
        key = (int(call[at]), float(asked_s[at]), int(kind[at]))
        rank[at] = seen.setdefault(key, place)
    return np.lexsort((np.arange(len(call)), arrives, rank, asked_s, call)).astype(np.intp)
