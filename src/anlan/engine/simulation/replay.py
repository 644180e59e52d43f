"""A log lived again: the same calls and spells, modelled travel, and one of two policies.

`recorded` sends the units that the log sent. `recommended` sends, at the log's own moments, as
many units of each kind as the log sent to that call, chosen by engine/assignment among the units
that are free in the modelled world. docs/method/replay.md states every rule.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np

from anlan.engine.assignment import AssignmentProblem, CandidateTable, CoverArea, Need, solve
from anlan.engine.assignment.problem import MOST_UNITS_SENT, Candidate
from anlan.engine.simulation.log import F8, Bools, Index, Log, Progress, Travel, UnusableLog
from anlan.engine.simulation.spells import Spells, measure_spells
from anlan.engine.simulation.tracks import Place, Track, times_to

Policy = Literal["recorded", "recommended"]
PROGRESS_EVERY: Final = 200


@dataclass(frozen=True)
class CoverRule:
    """A cover area keeps so many units of a capability, while `recommended` chooses."""

    key: str
    label: str
    capability: str
    keep: int


@dataclass(frozen=True)
class Modelled:
    """Modelled times; row r stands for row r of the log, whichever unit goes in its place.

    `unit[r]` is -1 where nobody was ever sent. Times are nan where the state did not occur.
    `wait_s` is how long the row's unit was sent after the log's moment, for want of a free one.
    """

    unit: Index
    dispatch_s: F8
    en_route_s: F8
    on_scene_s: F8
    transport_s: F8
    hospital_s: F8
    available_s: F8
    wait_s: F8


@dataclass(frozen=True)
class Replay:
    """A replayed log: the modelled times, the spells used, and what was counted on the way."""

    policy: Policy
    modelled: Modelled
    spells: Spells
    counts: Mapping[str, int]


def replay(
    log: Log,
    *,
    travel: Travel,
    policy: Policy,
    cover: tuple[CoverRule, ...] = (),
    cover_penalty_s: float = 120.0,
    progress: Progress | None = None,
) -> Replay:
    """Live the log again under a policy; the same inputs give the same answer to the last bit."""
    spells, counts = measure_spells(log)
    world = _World.at_start(log, spells, travel, counts)
    if policy == "recorded":
        _follow_log(world, progress=progress)
    else:
        _Chooser(world, cover=cover, cover_penalty_s=cover_penalty_s).run(progress=progress)
    return Replay(policy=policy, modelled=world.out, spells=spells, counts=dict(+world.counts))


@dataclass
class _World:
    """The modelled town: where units are, until when they are taken, and what came of each row."""

    log: Log
    spells: Spells
    travel: Travel
    counts: Counter[str]
    tracks: list[Track]
    free_at_s: F8
    first_row: Index  # [unit] the row before which nobody knows where the unit stood, or -1
    out: Modelled
    nearest_hospital: dict[int, int] = field(default_factory=dict)

    @classmethod
    def at_start(cls, log: Log, spells: Spells, travel: Travel, counts: Counter[str]) -> _World:
        rows, units = len(log.responses), len(log.units)
        order = np.lexsort((np.arange(rows), log.responses.dispatch_s))
        first_row = np.full(units, -1, np.intp)
        first_row[log.responses.unit[order[::-1]]] = order[::-1]
        start = np.where(log.units.start >= 0, log.units.start, log.units.post)
        unknown = start < 0
        met = unknown & (first_row >= 0)
        start[met] = log.calls.point[log.responses.call[first_row[met]]]
        counts["start_unknown"] = int(met.sum())
        return cls(
            log=log,
            spells=spells,
            travel=travel,
            counts=counts,
            tracks=[Track([-np.inf], [{int(point): 1.0}]) for point in start],
            free_at_s=np.where(start >= 0, -np.inf, np.inf),
            first_row=np.where(unknown, first_row, -1),
            out=Modelled(np.full(rows, -1, np.intp), *(np.full(rows, np.nan) for _ in range(7))),
        )

    def seconds_to_call(self, row: int, units: Index, *, at_s: float) -> F8:
        """Give each unit's travel to the row's call, leaving where it stands at a time."""
        call = int(self.log.responses.call[row])
        places = [self.tracks[unit].place_at(at_s) for unit in units]
        seconds = times_to(places, int(self.log.calls.point[call]), at_s=at_s, travel=self.travel)
        first = self.first_row[units]
        for at in np.flatnonzero(first >= 0):
            observed = float(self.spells.travel_s[first[at]])
            if int(self.log.responses.call[first[at]]) == call and np.isfinite(observed):
                seconds[at] = observed
        return seconds

    def send(self, unit: int, *, row: int, at_s: float, travel_s: float) -> None:
        """Send a unit in the place of a row of the log, with that row's own spells."""
        spells, out = self.spells, self.out
        self.first_row[unit] = -1
        start = self.tracks[unit].place_at(at_s)
        out.unit[row], out.dispatch_s[row] = unit, at_s
        out.wait_s[row] = at_s - self.log.responses.dispatch_s[row]
        scene: Place = {int(self.log.calls.point[self.log.responses.call[row]]): 1.0}
        turnout_s = float(spells.turnout_s[row])
        if spells.cancelled[row]:
            track = self._until_cancelled(row, at_s, start, scene, turnout_s, travel_s)
        else:
            track = self._until_free(row, at_s, start, scene, turnout_s, travel_s)
        free_s = out.available_s[row] = track.times[-1]
        self.free_at_s[unit] = max(free_s, self.free_at_s[unit])
        post = int(self.log.units.post[unit])
        if post >= 0:
            back_s = times_to([track.places[-1]], post, at_s=free_s, travel=self.travel)[0]
            if np.isfinite(back_s) and back_s > 0:
                track.times.append(free_s + float(back_s))
                track.places.append({post: 1.0})
        self.tracks[unit] = track

    def _until_free(
        self, row: int, at_s: float, start: Place, scene: Place, turnout_s: float, travel_s: float
    ) -> Track:
        spells, out = self.spells, self.out
        out.en_route_s[row] = leaves_s = at_s + turnout_s
        out.on_scene_s[row] = arrives_s = leaves_s + travel_s
        done_s = arrives_s + float(spells.on_scene_s[row])
        track = Track([at_s, leaves_s, arrives_s, done_s], [start, start, scene, scene])
        if np.isfinite(spells.transport_s[row]):
            hospital = self._hospital(next(iter(scene)), at_s=done_s)
            out.transport_s[row] = done_s
            out.hospital_s[row] = there_s = done_s + float(spells.transport_s[row])
            track.times += [there_s, there_s + float(spells.hospital_s[row])]
            track.places += [hospital, hospital]
        return track

    def _until_cancelled(
        self, row: int, at_s: float, start: Place, scene: Place, turnout_s: float, travel_s: float
    ) -> Track:
        free_s = at_s + float(self.spells.committed_s[row])
        if not np.isfinite(turnout_s) or at_s + turnout_s >= free_s:
            return Track([at_s, free_s], [start, start])
        self.out.en_route_s[row] = leaves_s = at_s + turnout_s
        way = Track([at_s, leaves_s, leaves_s + travel_s], [start, start, scene])
        return Track([at_s, leaves_s, free_s], [start, start, way.place_at(free_s)])

    def _hospital(self, scene: int, *, at_s: float) -> Place:
        """Give the hospital nearest the scene by road; the scene itself where there is none."""
        if not len(self.log.hospitals):
            return {scene: 1.0}
        if scene not in self.nearest_hospital:
            seconds = self.travel(self.log.hospitals, scene, at_s)
            self.nearest_hospital[scene] = int(self.log.hospitals[int(np.argmin(seconds))])
        return {self.nearest_hospital[scene]: 1.0}


def _follow_log(world: _World, *, progress: Progress | None) -> None:
    """Send what the log sent, when it sent it; a unit still taken is counted and goes too."""
    rows = world.log.responses
    order = np.lexsort((np.arange(len(rows)), rows.call, rows.dispatch_s))
    last_free_s = np.full(len(world.log.units), -np.inf)
    for done, row in enumerate(order):
        if progress is not None and done % PROGRESS_EVERY == 0:
            progress("recorded", done / len(order))
        at_s, unit = float(rows.dispatch_s[row]), int(rows.unit[row])
        if not np.isfinite(at_s):
            world.counts["dispatch_missing"] += 1
            continue
        if at_s < last_free_s[unit]:
            world.counts["unit_on_two_calls"] += 1
        elif at_s < world.free_at_s[unit] < np.inf:
            world.counts["unit_late_from_last_call"] += 1
        last_free_s[unit] = np.fmax(last_free_s[unit], rows.available_s[row])
        travel_s = world.seconds_to_call(int(row), np.array([unit]), at_s=at_s)[0]
        if not np.isfinite(travel_s):
            world.counts["no_road"] += 1
            continue
        world.send(unit, row=int(row), at_s=at_s, travel_s=float(travel_s))


@dataclass
class _Waiting:
    """Rows of one call, decided at one moment, that still want a unit."""

    call: int
    at_s: float
    rows: list[int]


class _Chooser:
    """Lives the log under our recommendation, event by event, in the order of time."""

    _FREE, _DUTY, _DECIDE = 0, 1, 2

    def __init__(
        self, world: _World, *, cover: tuple[CoverRule, ...], cover_penalty_s: float
    ) -> None:
        units = world.log.units
        self._world = world
        self._cover, self._cover_penalty_s = cover, cover_penalty_s
        known = units.area if cover and units.area is not None else np.full(len(units), -1, np.intp)
        if len(known) and not -1 <= int(known.min()) <= int(known.max()) < max(1, len(cover)):
            raise UnusableLog(f"A unit serves a cover area outside 0 … {len(cover) - 1}.")
        self._area = known
        self._covers = np.array(
            [
                area >= 0 and cover[area].capability in can
                for area, can in zip(known, units.capabilities, strict=True)
            ],
            np.bool_,
        )
        self._table = CandidateTable.from_candidates(
            [
                Candidate(key, kind, can, 0.0, area=int(area))
                for key, kind, can, area in zip(
                    units.keys, units.kind, units.capabilities, self._area, strict=True
                )
            ]
        )
        self._unit_of = {key: unit for unit, key in enumerate(units.keys)}
        spans = [np.asarray(one, np.float64).reshape(-1, 2) for one in units.duty]
        self._duty = np.concatenate([np.zeros((0, 2)), *spans])
        self._duty_unit = np.repeat(np.arange(len(units)), [len(one) for one in spans])
        self._queue: list[_Waiting] = []
        self._events: list[tuple[float, int, int, int]] = []
        self._batches: list[_Waiting] = []

    def run(self, *, progress: Progress | None) -> None:
        """Live through all events; what still waits at the end was never served, and is counted."""
        self._batches = list(self._decisions())
        for number, batch in enumerate(self._batches):
            heapq.heappush(self._events, (batch.at_s, self._DECIDE, number, number))
        for unit, begins_s in zip(self._duty_unit, self._duty[:, 0], strict=True):
            heapq.heappush(self._events, (float(begins_s), self._DUTY, int(unit), -1))
        decided = 0
        while self._events:
            at_s, event, _, number = heapq.heappop(self._events)
            if event == self._DECIDE:
                self._serve(self._batches[number], at_s=at_s)
                decided += 1
                if progress is not None and decided % PROGRESS_EVERY == 0:
                    progress("recommended", decided / len(self._batches))
            elif self._queue:
                self._serve_queue(at_s=at_s)
        self._world.counts["never_served"] = sum(len(one.rows) for one in self._queue)

    def _decisions(self) -> Iterator[_Waiting]:
        """Yield the log's decisions: rows of one call with one dispatch time belong together."""
        rows = self._world.log.responses
        timed = np.flatnonzero(np.isfinite(rows.dispatch_s))
        self._world.counts["dispatch_missing"] += len(rows) - len(timed)
        order = timed[np.lexsort((timed, rows.call[timed], rows.dispatch_s[timed]))]
        batch: _Waiting | None = None
        for row in order:
            call, at_s = int(rows.call[row]), float(rows.dispatch_s[row])
            if batch is not None and (batch.call, batch.at_s) == (call, at_s):
                batch.rows.append(int(row))
                continue
            if batch is not None:
                yield batch
            batch = _Waiting(call=call, at_s=at_s, rows=[int(row)])
        if batch is not None:
            yield batch

    def _serve(self, batch: _Waiting, *, at_s: float) -> None:
        self._fill(batch, at_s=at_s)
        if batch.rows:
            self._world.counts["rows_that_waited"] += len(batch.rows)
            self._queue.append(batch)
            self._queue.sort(key=self._rank)

    def _rank(self, batch: _Waiting) -> tuple[int, float, int, float]:
        calls = self._world.log.calls
        priority = 0 if calls.priority is None else int(calls.priority[batch.call])
        return (priority, float(calls.received_s[batch.call]), batch.call, batch.at_s)

    def _serve_queue(self, *, at_s: float) -> None:
        for batch in self._queue:
            self._drop_cancelled(batch, at_s=at_s)
            if batch.rows:
                self._fill(batch, at_s=at_s)
        self._queue = [batch for batch in self._queue if batch.rows]

    def _drop_cancelled(self, batch: _Waiting, *, at_s: float) -> None:
        """Let go the rows whose unit the log had cancelled before one got free here."""
        spells = self._world.spells
        over = [
            row
            for row in batch.rows
            if spells.cancelled[row] and at_s >= batch.at_s + spells.committed_s[row]
        ]
        self._world.counts["cancelled_while_waiting"] += len(over)
        batch.rows = [row for row in batch.rows if row not in over]

    def _free_units(self, at_s: float) -> Index:
        spans = (self._duty[:, 0] <= at_s) & (at_s < self._duty[:, 1])
        on_duty: Bools = np.zeros(len(self._unit_of), np.bool_)
        on_duty[self._duty_unit[spans]] = True
        return np.flatnonzero(on_duty & (self._world.free_at_s <= at_s))

    def _fill(self, batch: _Waiting, *, at_s: float) -> None:
        """Send the best free units in the place of a batch's rows; those left keep waiting."""
        world = self._world
        free = self._free_units(at_s)
        if not len(free):
            return
        travel_s = np.full(len(self._unit_of), np.inf)
        travel_s[free] = world.seconds_to_call(batch.rows[0], free, at_s=at_s)
        rows_of = self._rows_by_kind(batch)
        problem = AssignmentProblem(
            needs=tuple(Need(kind, len(rows)) for kind, rows in rows_of.items()),
            candidates=self._table.with_travel(travel_s),
            areas=self._areas(free),
            cover_penalty_s=self._cover_penalty_s,
        )
        chosen = solve(problem, alternatives=0, explain=False).best.units
        sent = [(self._unit_of[one.key], one.for_capability) for one in chosen]
        for row, unit in self._places_taken(rows_of, sent):
            world.send(unit, row=row, at_s=at_s, travel_s=float(travel_s[unit]))
            heapq.heappush(self._events, (float(world.free_at_s[unit]), self._FREE, unit, -1))
            batch.rows.remove(row)

    def _rows_by_kind(self, batch: _Waiting) -> dict[str, list[int]]:
        """Group a batch's rows by the kind of unit they want, those that arrived first in front."""
        units, rows = self._world.log.units, self._world.log.responses
        arrival = np.nan_to_num(rows.on_scene_s[batch.rows], nan=np.inf)
        rows_of: dict[str, list[int]] = {}
        for place in np.argsort(arrival, kind="stable")[:MOST_UNITS_SENT]:
            row = batch.rows[int(place)]
            rows_of.setdefault(units.kind[int(rows.unit[row])], []).append(row)
        return rows_of

    def _places_taken(
        self, rows_of: dict[str, list[int]], sent: list[tuple[int, str]]
    ) -> Iterator[tuple[int, int]]:
        """Pair units with rows: a unit that the log sent too keeps its row, then by arrival."""
        logged = self._world.log.responses.unit
        others: list[tuple[int, str]] = []
        for unit, kind in sent:
            own = [row for row in rows_of[kind] if int(logged[row]) == unit]
            if not own:
                others.append((unit, kind))
                continue
            rows_of[kind].remove(own[0])
            yield own[0], unit
        for unit, kind in others:  # the nearest first, as a plan lists them
            yield rows_of[kind].pop(0), unit

    def _areas(self, free: Index) -> tuple[CoverArea, ...]:
        covering = free[self._covers[free]]
        have = np.bincount(self._area[covering], minlength=len(self._cover))
        return tuple(
            CoverArea(rule.key, rule.label, rule.capability, rule.keep, int(count))
            for rule, count in zip(self._cover, have, strict=True)
        )
