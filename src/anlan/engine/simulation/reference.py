"""The simulation in plain Python: slow, to be read, and what the compiled loop must equal.

It asks the desk's own `solve` for each run card. docs/method/simulation.md states each rule; the
comments here say which one a line is.
"""

from __future__ import annotations

import bisect
import heapq
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from anlan.engine.assignment import AssignmentProblem, CandidateTable, CoverArea, Need, solve
from anlan.engine.assignment.problem import DIVERTING, FREE
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.trace import Trace
from anlan.engine.simulation.world import (
    MOVES,
    NEVER,
    NO_WAY,
    Fleet,
    Policy,
    World,
    check_fleet,
    whole_ms,
)
from anlan.engine.simulation.written import Written
from anlan.engine.siting.move_up import targets_of

PARTS = 1 << 20
MOST_PARTS = 4
HOUR_MS = 3_600_000
OFF, IDLE, TAKEN = 0, 1, 2
GETS_FREE, SERVICE, DECIDES = 0, 1, 2
Mixture = list[tuple[int, int]]  # (place, part), the greatest part first; parts sum to PARTS


@dataclass
class _Unit:
    """Where a unit is and what it does."""

    origin: Mixture
    heads_for: int
    base: int
    leaves_ms: int = 0
    arrives_ms: int = 0
    status: int = OFF
    in_service: bool = False
    slot: int = -1
    free_ms: int = 0
    ends_at: int = -1  # the place where the call in hand ends; -1: wherever it is then
    divert_until_ms: int = -1
    moving_since_ms: int = -1


@dataclass
class _Order:
    """A run card whose open slots wait."""

    rank: tuple[int, int, int, int]
    number: int
    open: list[int]
    fresh: bool = True  # a unit was taken off it: it is tried whoever got free


@dataclass
class _Town:
    """Everything that changes, and the rules that change it."""

    world: World
    fleet: Fleet
    policy: Policy
    calls: CallStream
    out: Written
    units: list[_Unit]
    queue: list[_Order] = field(default_factory=list)
    events: list[tuple[int, int, int, int]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    sent: int = 0  # units sent so far
    changes: list[tuple[int, bool]] = field(default_factory=list)  # (unit, service begins)

    # ---------------------------------------------------------------- places and times

    def place_at(self, unit: _Unit, at: int) -> Mixture:
        """Give where a unit is: on its way, a mixture of what it left and where it goes."""
        if at >= unit.arrives_ms:
            return [(unit.heads_for, PARTS)]
        if at <= unit.leaves_ms:
            return unit.origin
        gone = (at - unit.leaves_ms) * PARTS // (unit.arrives_ms - unit.leaves_ms)
        parts: dict[int, int] = {}
        for place, part in unit.origin:
            parts[place] = part * (PARTS - gone) // PARTS
        parts[unit.heads_for] = parts.get(unit.heads_for, 0) + gone
        kept = sorted(parts.items(), key=lambda one: -one[1])[:MOST_PARTS]
        kept = [one for one in kept if one[1] > 0]
        rest = PARTS - sum(part for _, part in kept)
        return [(kept[0][0], kept[0][1] + rest), *kept[1:]]

    def trip_ms(self, start: Mixture, target: int, *, trip_class: int, at: int) -> int:
        """Give the milliseconds of a trip that leaves at a time, NO_WAY where there is none."""
        row = self.world.ms_to[target]
        total = 0
        for place, part in start:
            if row[place] == NO_WAY:
                return NO_WAY
            total += part * int(row[place])
        free_flow = (total + PARTS // 2) // PARTS
        hour = (self.world.start_ms + at) // HOUR_MS % 168
        factor = self.world.factors[trip_class, hour]
        return int(free_flow * factor + 0.5) + int(self.world.fixed_ms[trip_class])

    def class_of(self, call: int) -> int:
        """Give the class of the way to a call."""
        given = self.calls.trip_class
        return MOVES if given is None else int(given[call])

    def go_to(self, unit: _Unit, place: int, at: int) -> None:
        """Let a unit that nobody needs go somewhere; where no road leads it stays."""
        start = self.place_at(unit, at)
        trip = self.trip_ms(start, place, trip_class=MOVES, at=at) if place >= 0 else NO_WAY
        unit.origin, unit.leaves_ms = start, at
        if start == [(place, PARTS)] or trip == NO_WAY:
            unit.heads_for, unit.arrives_ms = (place, at) if trip != NO_WAY else (start[0][0], at)
        else:
            unit.heads_for, unit.arrives_ms = place, at + trip

    # ---------------------------------------------------------------- dispatch

    def fill(self, order: _Order, at: int) -> bool:
        """Send the best units to an order's open slots; True where a unit was diverted."""
        self.drop_cancelled(order, at)
        call = int(self.calls.call[order.open[0]]) if order.open else -1
        eligible = self.eligible(call, at) if order.open else []
        if not eligible:
            return False
        target = int(self.calls.place[call])
        trips = {
            u: self.trip_ms(
                self.place_at(self.units[u], at), target, trip_class=self.class_of(call), at=at
            )
            for u in eligible
        }
        lines = self.lines(order.open)
        if self.policy.dispatch == "recommended":
            sent = self.recommended(lines, trips)
        else:
            sent = self.closest(lines, trips)
        diverted = False
        for slot, u in self.slots_taken(lines, sent):
            diverted |= self.take(u, at)
            self.commit(u, slot, at, trips[u])
            order.open.remove(slot)
        return diverted

    def eligible(self, call: int, at: int) -> list[int]:
        """List the units that may go: idle ones, and those on their way to a lesser call."""
        found = []
        for u, unit in enumerate(self.units):
            if unit.status == IDLE or (unit.status == TAKEN and self.may_divert(unit, call, at)):
                found.append(u)
        return found

    def may_divert(self, unit: _Unit, call: int, at: int) -> bool:
        """Tell whether a taken unit may be taken off its call for this one."""
        rank = self.calls.priority
        lesser = int(rank[self.calls.call[unit.slot]]) > int(rank[call])
        return self.policy.divert and lesser and at < unit.divert_until_ms

    def lines(self, slots: list[int]) -> list[list[int]]:
        """Cut open slots into lines: runs of one capability."""
        lines: list[list[int]] = []
        for slot in slots:
            same = lines and self.calls.capability[lines[-1][0]] == self.calls.capability[slot]
            if same:
                lines[-1].append(slot)
            else:
                lines.append([slot])
        return lines

    def name_of(self, slot: int) -> str:
        """Name the capability that a slot wants."""
        return self.calls.vocabulary[int(self.calls.capability[slot])]

    def recommended(self, lines: list[list[int]], trips: dict[int, int]) -> list[tuple[int, int]]:
        """Ask the desk's solver: (line, unit), as its plan lists them."""
        chosen = solve(self.problem(lines, trips), alternatives=0, explain=False).best.units
        number = {key: u for u, key in enumerate(self.fleet.keys)}
        left = [len(line) for line in lines]
        sent = []
        for one in chosen:
            line = next(
                at
                for at, slots in enumerate(lines)
                if self.name_of(slots[0]) == one.for_capability and left[at] > 0
            )
            left[line] -= 1
            sent.append((line, number[one.key]))
        return sent

    def problem(self, lines: list[list[int]], trips: dict[int, int]) -> AssignmentProblem:
        """State the desk's problem for these lines and the units that may go."""
        fleet, rules = self.fleet, self.policy.cover
        travel_s = np.full(len(fleet), np.inf)
        state = np.full(len(fleet), FREE, "U9")
        for u, trip in trips.items():
            travel_s[u] = trip / 1000.0 if trip != NO_WAY else np.inf
            if self.units[u].status == TAKEN:
                state[u] = DIVERTING
        area = np.full(len(fleet), -1) if fleet.area is None or not rules else fleet.area
        have = [0] * len(rules)
        for u in trips:
            a = int(area[u])
            if a >= 0 and state[u] == FREE and rules[a].capability in fleet.capabilities[u]:
                have[a] += 1
        table = CandidateTable(
            keys=tuple(fleet.keys),
            vocabulary=fleet.vocabulary,
            capability_bits=fleet.bits,
            travel_s=travel_s,
            area=area.astype(np.int32),
            state=state,
        )
        return AssignmentProblem(
            needs=tuple(Need(self.name_of(line[0]), len(line)) for line in lines),
            candidates=table,
            areas=tuple(
                CoverArea(rule.key, rule.label, rule.capability, rule.keep, count)
                for rule, count in zip(rules, have, strict=True)
            ),
            cover_penalty_s=self.policy.cover_penalty_s,
            divert_penalty_s=self.policy.divert_penalty_s,
        )

    def closest(self, lines: list[list[int]], trips: dict[int, int]) -> list[tuple[int, int]]:
        """Give each slot in turn the nearest unit that can and is left; diverting has its price."""
        sent: list[tuple[int, int]] = []
        price = round(self.policy.divert_penalty_s * 1000.0)
        for number, line in enumerate(lines):
            name = self.name_of(line[0])
            able = [
                (
                    trip + price * (self.units[u].status == TAKEN),
                    len(self.fleet.capabilities[u] - {name}),
                    u,
                )
                for u, trip in trips.items()
                if trip != NO_WAY
                and name in self.fleet.capabilities[u]
                and u not in {unit for _, unit in sent}
            ]
            sent += [(number, u) for _, _, u in sorted(able)[: len(line)]]
        return sent

    def slots_taken(
        self, lines: list[list[int]], sent: list[tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """Pair units with slots: a unit that the log sent keeps its own, the others in order."""
        logged = self.calls.logged_unit
        left = [list(line) for line in lines]
        taken: list[tuple[int, int]] = []
        others: list[tuple[int, int]] = []
        for line, u in sent:
            own = [s for s in left[line] if logged is not None and int(logged[s]) == u]
            if own:
                left[line].remove(own[0])
                taken.append((own[0], u))
            else:
                others.append((line, u))
        return taken + [(left[line].pop(0), u) for line, u in others]

    def take(self, u: int, at: int) -> bool:
        """Take a unit off the lesser call that it is on its way to; False where it is idle."""
        unit = self.units[u]
        if unit.status != TAKEN:
            return False
        self.counts["diverted"] += 1
        slot = unit.slot
        self.out.busy_ms[u] += at - int(self.out.dispatch[slot])
        self.out.clear(slot)
        self.reopen(slot)
        return True

    def commit(self, u: int, slot: int, at: int, trip: int) -> None:
        """Send a unit and work out when it is where, and when it is free again."""
        unit, out, calls = self.units[u], self.out, self.calls
        self.sent += 1
        self.end_move(u, at)
        call = int(calls.call[slot])
        on_road = unit.leaves_ms <= at < unit.arrives_ms
        turnout = self.turnout_ms(u, slot, on_road=on_road)
        start = self.place_at(unit, at)
        leaves = at + turnout if turnout < NEVER else NEVER
        unit.origin, unit.heads_for, unit.leaves_ms = start, int(calls.place[call]), leaves
        unit.arrives_ms = leaves + trip if leaves < NEVER else NEVER
        unit.status, unit.slot = TAKEN, slot
        out.unit[slot], out.dispatch[slot], out.from_place[slot] = u, at, start[0][0]
        cancelled = out.cancelled_ms[slot]
        if cancelled < NEVER:
            unit.free_ms, unit.ends_at = at + int(cancelled), -1
            unit.divert_until_ms = unit.free_ms
            if leaves < unit.free_ms:
                out.en_route[slot] = leaves
        else:
            self.until_free(unit, slot, call)
        heapq.heappush(self.events, (unit.free_ms, GETS_FREE, u, slot))

    def turnout_ms(self, u: int, slot: int, *, on_road: bool) -> int:
        """Give the turnout: the slot's own, scaled by the unit, less for a unit on the road."""
        turnout = int(self.out.turnout_ms[slot])
        if turnout == NEVER:
            return NEVER
        if self.fleet.turnout_scale is not None:
            turnout = int(turnout * float(self.fleet.turnout_scale[u]) + 0.5)
        if on_road:
            turnout = int(turnout * self.policy.road_turnout + 0.5)
        return turnout

    def until_free(self, unit: _Unit, slot: int, call: int) -> None:
        """Follow a unit from the street to the moment when it is free."""
        out = self.out
        out.en_route[slot], out.on_scene[slot] = unit.leaves_ms, unit.arrives_ms
        unit.divert_until_ms = unit.arrives_ms
        done, unit.ends_at = unit.arrives_ms + int(out.on_scene_ms[slot]), unit.heads_for
        if out.handover_ms[slot] < NEVER:
            hospital = self.hospital_of(slot, call)
            out.transport[slot], ride = done, int(out.transport_ms[slot])
            if hospital >= 0:
                unit.ends_at = out.hospital[slot] = hospital
            if ride == NEVER:
                start = [(unit.heads_for, PARTS)]
                ride = 0 if hospital < 0 else self.trip_ms(start, hospital, trip_class=0, at=done)
            out.at_hospital[slot] = done + ride
            done += ride + int(out.handover_ms[slot])
        unit.free_ms = done

    def hospital_of(self, slot: int, call: int) -> int:
        """Give the slot's own hospital or the nearest that takes the call's type, -1 for none."""
        world, scene = self.world, int(self.calls.place[call])
        own = -1 if self.calls.hospital is None else int(self.calls.hospital[slot])
        if own >= 0:
            return own if world.ms_to[own, scene] != NO_WAY else -1
        best, nearest = NO_WAY, -1
        for number, place in enumerate(world.hospitals):
            if world.takes is not None and not world.takes[self.calls.kind[call], number]:
                continue
            if world.ms_to[place, scene] < best:
                best, nearest = int(world.ms_to[place, scene]), int(place)
        return nearest

    # ---------------------------------------------------------------- the queue

    def order_of(self, number: int, slots: list[int]) -> _Order:
        """Make the waiting order of these slots."""
        calls, orders = self.calls, self.calls.orders
        call = int(orders.call[number])
        received = int(whole_ms(calls.received_s[call : call + 1])[0])
        rank = (int(calls.priority[call]), received, call, int(orders.asked_ms[number]))
        return _Order(rank, number, slots)

    def reopen(self, slot: int) -> None:
        """Put a slot whose unit was taken away back in the queue."""
        number = int(self.out.order_of[slot])
        for order in self.queue:
            if order.number == number:
                order.open = sorted([*order.open, slot], key=self.out.position.__getitem__)
                order.fresh = True
                return
        bisect.insort(self.queue, self.order_of(number, [slot]), key=lambda one: one.rank)

    def drop_cancelled(self, order: _Order, at: int) -> None:
        """Let go the slots that were cancelled before anybody went."""
        asked = order.rank[3]
        over = [s for s in order.open if at >= asked + int(self.out.cancelled_ms[s])]
        self.counts["cancelled_while_waiting"] += len(over)
        order.open = [s for s in order.open if s not in over]

    def decide(self, number: int, at: int) -> bool:
        """Decide a run card when its moment comes; True where anyone was sent."""
        first, last = self.calls.orders.first[number : number + 2]
        slots = [int(s) for s in self.calls.orders.slot[first:last]]
        able = [s for s in slots if self.out.bits[s]]
        self.counts["no_such_unit"] += len(slots) - len(able)
        order = self.order_of(number, able)
        dispatched = self.sent
        diverted = self.fill(order, at)
        self.leave_open(order)
        sent = self.sent > dispatched
        if diverted:
            self.serve_queue(-1, at)
        return sent

    def leave_open(self, order: _Order) -> None:
        """Let open slots wait, or go to a neighbour where nobody waits."""
        order.fresh = False
        if order.open and not self.policy.waits:
            self.counts["lost"] += len(order.open)
        elif order.open:
            self.counts["slots_that_waited"] += len(order.open)
            bisect.insort(self.queue, order, key=lambda one: one.rank)

    def serve_queue(self, u: int, at: int) -> bool:
        """Try the waiting orders that unit u can help (and those just reopened), in their order."""
        sent, place = False, 0
        can = 0 if u < 0 else int(self.fleet.bits[u])
        while place < len(self.queue):
            order = self.queue[place]
            idle = u >= 0 and self.units[u].status == IDLE
            helped = idle and any(can & int(self.out.bits[s]) for s in order.open)
            if order.fresh or helped:
                order.fresh = False
                dispatched = self.sent
                self.fill(order, at)
                sent |= self.sent > dispatched
            place += 1
        if not self.policy.waits:
            self.counts["lost"] += sum(len(order.open) for order in self.queue)
            self.queue = []
        self.queue = [order for order in self.queue if order.open]
        return sent

    # ---------------------------------------------------------------- events

    def change(self, event: int, number: int, at: int) -> tuple[int, bool]:
        """Let a unit get free, or begin or end service: (the unit now idle or -1, any change)."""
        if event == GETS_FREE:
            u = number
            self.get_free(u, at)
        else:
            u, begins = self.changes[number]
            self.change_service(u, at, begins=begins)
        status = self.units[u].status
        return (u if status == IDLE else -1), status != TAKEN

    def get_free(self, u: int, at: int) -> None:
        """End a unit's call; it goes home unless a call waits."""
        unit = self.units[u]
        slot = unit.slot
        self.out.available[slot] = at
        self.out.busy_ms[u] += at - int(self.out.dispatch[slot])
        place = self.place_at(unit, at) if unit.ends_at < 0 else [(unit.ends_at, PARTS)]
        unit.origin, unit.heads_for = place, place[0][0]
        unit.leaves_ms, unit.arrives_ms, unit.slot = at, at, -1
        if len(place) > 1:  # let go on its way: it turns round where it is
            unit.arrives_ms = at + 1
        unit.status = IDLE if unit.in_service else OFF
        if not unit.in_service:
            unit.base = int(self.fleet.post[u])
        self.go_to(unit, unit.base, at)

    def change_service(self, u: int, at: int, *, begins: bool) -> None:
        """Begin or end a unit's time in service; a unit that is taken ends its call first."""
        unit = self.units[u]
        unit.in_service = begins
        if unit.status == TAKEN:
            return
        unit.status = IDLE if begins else OFF
        if not begins:  # off duty it goes home; on duty again it starts from where it is
            self.end_move(u, at)
            unit.base = int(self.fleet.post[u])
            self.go_to(unit, unit.base, at)

    def end_move(self, u: int, at: int) -> None:
        """Count how long a unit was on its way to another base, where it was."""
        unit = self.units[u]
        if unit.moving_since_ms >= 0:
            self.out.moving_ms[u] += min(at, unit.arrives_ms) - unit.moving_since_ms
            unit.moving_since_ms = -1

    def move_up(self, at: int, *, freed: int, sent: bool) -> None:
        """Ask the move-up rule where units should wait now, and let them go there."""
        rule = self.policy.move_up
        if rule is None:
            return
        may = self.fleet.moves_up
        who = [
            u
            for u, unit in enumerate(self.units)
            if unit.status == IDLE and (may is None or bool(may[u]))
        ]
        if not who:
            return
        ms = np.array(
            [
                [
                    self.trip_ms(self.place_at(self.units[u], at), int(b), trip_class=0, at=at)
                    for b in rule.bases
                ]
                for u in who
            ],
            np.int64,
        )
        base = np.array([self.base_number(self.units[u].base) for u in who], np.int64)
        freed_row = who.index(freed) if freed in who else -1
        target = targets_of(rule, ms_to_base=ms, base=base, freed=freed_row, sent=sent)
        for row, u in enumerate(who):
            if target[row] >= 0 and target[row] != base[row] and ms[row, target[row]] != NO_WAY:
                self.move(u, int(rule.bases[target[row]]), at)

    def base_number(self, place: int) -> int:
        """Give the number of a base, -1 for a place that is none."""
        rule = self.policy.move_up
        bases = [] if rule is None else np.asarray(rule.bases).tolist()
        return bases.index(place) if place in bases else -1

    def move(self, u: int, place: int, at: int) -> None:
        """Send an idle unit to another base."""
        unit = self.units[u]
        self.end_move(u, at)
        start = self.place_at(unit, at)
        unit.base = place
        self.go_to(unit, place, at)
        unit.moving_since_ms = at
        self.out.moves.append((at, u, start[0][0], place, unit.arrives_ms))


def simulate_plainly(world: World, fleet: Fleet, policy: Policy, calls: CallStream) -> Trace:
    """Simulate as `simulate` does, in plain Python: same answer, much slower."""
    check_fleet(world, fleet, policy)
    calls.check(world)
    town = _start(world, fleet, policy, calls)
    units = town.units
    left, ends = len(calls.orders.call), 0
    while town.events and (left or town.queue or any(u.status == TAKEN for u in units)):
        at, event, number, slot = heapq.heappop(town.events)
        if event == GETS_FREE and (units[number].slot, units[number].free_ms) != (slot, at):
            continue  # the unit was taken off this call before
        freed, sent, changed = -1, False, True
        if event == DECIDES:
            left -= 1
            sent = changed = town.decide(number, at)
        else:
            freed, changed = town.change(event, number, at)
        if freed >= 0 and town.queue:
            sent = town.serve_queue(freed, at)
        if changed:
            town.move_up(at, freed=freed, sent=sent)
        ends = at
    for u in range(len(units)):
        town.end_move(u, ends)
    return town.out.trace(ends_ms=ends, counts=town.counts)


def _start(world: World, fleet: Fleet, policy: Policy, calls: CallStream) -> _Town:
    """Set up the town before the first event."""
    units = [
        _Unit(origin=[(int(place), PARTS)], heads_for=int(place), base=int(post))
        for place, post in zip(fleet.starts_at, fleet.post, strict=True)
    ]
    for u, span in zip(*fleet.spans_ms(), strict=True):
        if span[0] <= 0 < span[1]:
            units[u].in_service, units[u].status = True, IDLE
    town = _Town(world, fleet, policy, calls, Written.for_calls(fleet, calls), units)
    town.changes = [(int(u), bool(on)) for u, _, on in zip(*fleet.changes_ms(), strict=True)]
    for number, at in enumerate(fleet.changes_ms()[1]):
        heapq.heappush(town.events, (int(at), SERVICE, number, 0))
    for number, asked in enumerate(calls.orders.asked_ms):
        heapq.heappush(town.events, (int(asked), DECIDES, number, 0))
    return town
