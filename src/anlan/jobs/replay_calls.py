"""Drives a made-up town: calls come in, are sent their first recommendation, and crews move.

Works through services and queries only, as the actor "job:demo". A user's decision always wins: an
incident that someone acted on is left alone, and a crew follows the status that a user gave it.
Only a town that is marked as made up is driven.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from anlan.areas.dispatch import queries, services
from anlan.areas.dispatch.queries import IncidentRow, UnitBoardRow
from anlan.jobs.crews import Crews, Leg, Point, Scene, Way
from anlan.kernel.places import queries as places
from anlan.kernel.places import services as place_services
from anlan.kernel.values import Actor, BadInput, LonLat, Refused, Role, TownClock

ACTOR = Actor("job:demo", frozenset({Role.ADMINISTRATOR, Role.DISPATCHER}))
SEND_AFTER = timedelta(seconds=60)
RETRY_AFTER = timedelta(seconds=60)
BEAT_S = 1.0
SLEPT_S = 60.0  # a beat this late means that the computer slept: the town's clock waits for it
BEHIND_S = 2.0
SLOW_BEATS = 5
COMMITTED = frozenset({"dispatched", "en_route", "on_scene", "transporting", "at_hospital"})

log = logging.getLogger(__name__)


class TownIsReal(BadInput):
    """Raised for a town that is not made up: a real town is never driven."""


class CallLike(Protocol):
    """A call that is to come in."""

    @property
    def key(self) -> str: ...
    @property
    def received_at(self) -> datetime: ...
    @property
    def type(self) -> str: ...
    @property
    def lon(self) -> float: ...
    @property
    def lat(self) -> float: ...


CallsOfHour = Callable[[datetime], Sequence[CallLike]]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Placed:
    """A unit's row with where its crew really is: the board hears of it only once a beat."""

    ident: str
    capabilities: tuple[str, ...]
    status: str
    since: datetime | None
    incident: int | None
    lon: float | None
    lat: float | None
    covering: str | None


@dataclass(slots=True)
class Replay:
    """One town being driven; `beat` is called about every second with the real time."""

    town_key: str
    crews: Crews
    calls_of_hour: CallsOfHour
    groups: dict[str, str]  # incident type → its group
    say: Say = print
    _legs: dict[str, Leg] = field(default_factory=dict)
    _where: dict[str, Point] = field(default_factory=dict)
    _asked_at: dict[int, datetime] = field(default_factory=dict)
    _waiting: list[CallLike] = field(default_factory=list)
    _hour: datetime | None = None
    _began_at: datetime | None = None
    _beat_at: datetime | None = None

    def beat(self, real_now: datetime) -> None:
        """Bring the town to its present: calls, decisions, movements, endings."""
        clock = self._clock(real_now)
        now = clock.at(real_now)
        if self._began_at is None:
            self._began_at = now
        self._take_calls(now, real_now)
        units, incidents = self._read(now)
        self._send(incidents, now, real_now)
        units, incidents = self._read(now)
        arrived = self._advance(units, incidents, now, real_now)
        self._report(arrived, now, real_now)
        self._close(now, real_now)
        self._beat_at = real_now

    def _clock(self, real_now: datetime) -> TownClock:
        """Give the town's clock; where this computer slept, set it back to where it stood."""
        town = places.town(self.town_key)
        if not town.made_up:
            raise TownIsReal(f"{town.name} is a real town; only a made-up town is driven.")
        last = self._beat_at
        if last is None or (real_now - last).total_seconds() < SLEPT_S:
            return town.clock
        self.say("This computer slept; the town's clock goes on where it stood.")
        stood = town.clock.at(last + timedelta(seconds=BEAT_S))
        return place_services.set_clock(
            self.town_key,
            town_anchor=stood,
            speed=town.clock.speed,
            actor=ACTOR,
            at=stood,
            recorded_at=real_now,
        ).clock

    # --- calls ---------------------------------------------------------------------------------

    def _take_calls(self, now: datetime, real_now: datetime) -> None:
        """Create an incident for each call that has come in by now."""
        assert self._began_at is not None
        this_hour = now.replace(minute=0, second=0, microsecond=0)
        if self._hour is None:
            self._hour = this_hour - timedelta(hours=1)
        while self._hour < this_hour:
            self._hour += timedelta(hours=1)
            coming = self.calls_of_hour(self._hour)
            self._waiting += [call for call in coming if call.received_at >= self._began_at]
        due = [call for call in self._waiting if call.received_at <= now]
        self._waiting = [call for call in self._waiting if call.received_at > now]
        for call in sorted(due, key=lambda one: one.received_at):
            services.create_incident(
                town_key=self.town_key,
                type=call.type,
                lon=call.lon,
                lat=call.lat,
                made_up=True,
                actor=ACTOR,
                at=call.received_at,
                recorded_at=real_now,
                client_key=call.key,
            )

    # --- decisions -----------------------------------------------------------------------------

    def _read(self, now: datetime) -> tuple[dict[str, Placed], dict[int, IncidentRow]]:
        units = queries.units_on_board(self.town_key, at=now)
        incidents = queries.incidents_on_board(self.town_key, at=now)
        return {one.ident: self._placed(one) for one in units}, {one.id: one for one in incidents}

    def _placed(self, unit: UnitBoardRow) -> Placed:
        lon, lat = self._where.get(unit.ident, (unit.lon, unit.lat))
        return Placed(
            ident=unit.ident,
            capabilities=unit.capabilities,
            status=unit.status,
            since=unit.since,
            incident=unit.incident,
            lon=lon,
            lat=lat,
            covering=unit.covering,
        )

    def _wants_units(self, incident: IncidentRow, now: datetime) -> bool:
        """Say whether the replay sends: its own call, a minute old, that nobody acted on."""
        if not incident.made_up or incident.units or incident.state not in {"received", "triaged"}:
            return False
        if incident.state == "triaged" and incident.first_dispatched_at is None:
            return False  # a user took it in hand
        asked_at = self._asked_at.get(incident.id)
        waited = asked_at is None or now - asked_at >= RETRY_AFTER
        return waited and now - incident.received_at >= SEND_AFTER

    def _send(self, incidents: dict[int, IncidentRow], now: datetime, real_now: datetime) -> None:
        """Send the first recommendation to each incident that waits for one, gravest first."""
        waiting = [one for one in incidents.values() if self._wants_units(one, now)]
        for incident in sorted(waiting, key=lambda one: (one.priority, one.received_at)):
            first = incident.id not in self._asked_at and incident.first_dispatched_at is None
            self._asked_at[incident.id] = now
            at = incident.received_at + SEND_AFTER if first else now
            advice = queries.recommend_for(incident.id, town_key=self.town_key, at=at)
            if not advice.plans or not advice.plans[0].units:
                continue
            self._try(
                services.dispatch_units,
                incident.id,
                units=[one.unit for one in advice.plans[0].units],
                at=at,
                recorded_at=real_now,
            )

    # --- movement ------------------------------------------------------------------------------

    def _scene(self, incident: IncidentRow | None, units: dict[str, Placed]) -> Scene | None:
        if incident is None:
            return None
        medical = self.groups.get(incident.type) == "medical"
        carriers = sorted(
            ident
            for ident in incident.units
            if ident in units and "transport" in units[ident].capabilities
        )
        takes = medical and bool(carriers) and self.crews.transports(incident.id)
        point = None
        if incident.lon is not None and incident.lat is not None:
            point = (incident.lon, incident.lat)
        return Scene(incident.id, medical, point, carriers[0] if takes else None)

    def _plan(
        self, unit: Placed, units: dict[str, Placed], incidents: dict[int, IncidentRow]
    ) -> Leg | None:
        """Give what a unit does now; what was begun before this start goes on from here."""
        assert self._began_at is not None
        begins_at = max(unit.since or self._began_at, self._began_at)
        incident = incidents.get(unit.incident) if unit.incident is not None else None
        return self.crews.leg(unit, self._scene(incident, units), begins_at=begins_at)

    def _keep(self, unit: Placed, leg: Leg | None) -> None:
        if leg is None:
            self._legs.pop(unit.ident, None)
        else:
            self._legs[unit.ident] = leg

    def _advance(
        self,
        units: dict[str, Placed],
        incidents: dict[int, IncidentRow],
        now: datetime,
        real_now: datetime,
    ) -> set[str]:
        """Give each crew the statuses that it has reached by now; gives who arrived somewhere."""
        for unit in units.values():
            leg = self._legs.get(unit.ident)
            if leg is None or not leg.fits(unit):
                self._keep(unit, self._plan(unit, units, incidents))
        arrived: set[str] = set()
        while due := [leg for leg in self._legs.values() if leg.ends_at <= now]:
            leg = min(due, key=lambda one: one.ends_at)
            end = leg.point_at(leg.ends_at)
            if end is not None:
                self._where[leg.unit] = end
                arrived.add(leg.unit)
            row = self._try(
                services.set_unit_status,
                leg.unit,
                status=leg.then,
                at=leg.ends_at,
                recorded_at=real_now,
            )
            if not isinstance(row, UnitBoardRow):
                del self._legs[leg.unit]  # refused: a user was quicker; the next beat looks again
                continue
            units[leg.unit] = unit = self._placed(row)
            self._keep(unit, self._plan(unit, units, incidents))
        return arrived

    def _report(self, arrived: Iterable[str], now: datetime, real_now: datetime) -> None:
        """Tell the board where all moving crews are, in one write."""
        for leg in self._legs.values():
            point = leg.point_at(now)
            if point is not None:
                self._where[leg.unit] = point
        moving = {leg.unit for leg in self._legs.values() if leg.way is not None} | set(arrived)
        positions = [(ident, *self._where[ident]) for ident in sorted(moving)]
        if positions:
            self._try(services.report_positions, positions, at=now, recorded_at=real_now)

    # --- endings -------------------------------------------------------------------------------

    def _close(self, now: datetime, real_now: datetime) -> None:
        """Close the replay's own incidents whose crews are all free again."""
        units, incidents = self._read(now)
        busy = {one.incident for one in units.values() if one.status in COMMITTED}
        for incident in incidents.values():
            over = incident.state == "working" and incident.id not in busy
            if incident.made_up and over:
                self._asked_at.pop(incident.id, None)
                self._try(
                    services.close_incident,
                    incident.id,
                    result_code=self._result(incident),
                    at=now,
                    recorded_at=real_now,
                )

    def _result(self, incident: IncidentRow) -> str:
        group = self.groups.get(incident.type)
        if group == "medical":
            return "transported" if self.crews.transports(incident.id) else "no_transport"
        return "false_alarm" if group == "alarm" else "resolved"

    def _try(self, service: Callable[..., object], subject: object, **words: object) -> object:
        """Call a service; what a rule refuses is noted and left to the next beat."""
        try:
            return service(subject, town_key=self.town_key, actor=ACTOR, **words)
        except Refused as refusal:
            log.info("replay.refused", extra={"code": refusal.code})
            return None


def drive_by_road(town_key: str, *, now: Callable[[], datetime]) -> Callable[..., Way | None]:
    """Give the function that finds a crew's way on the town's roads; None where there is none."""

    def drive(origin: Point, target: Point) -> Way | None:
        try:
            row = places.route(town_key, origin=LonLat(*origin), target=LonLat(*target), at=now())
        except (Refused, BadInput):
            return None
        if len(row.lon) < 2:
            return None
        return Way.along(row.lon, row.lat, time_s=max(row.time_s, 1.0))

    return drive


def run(replay: Replay, *, stop: threading.Event, real_now: Callable[[], datetime]) -> None:
    """Beat about once a second until `stop`; says so when it keeps falling behind."""
    slow = 0
    while not stop.is_set():
        began = real_now()
        replay.beat(began)
        took_s = (real_now() - began).total_seconds()
        slow = slow + 1 if took_s > BEHIND_S else 0
        if slow == SLOW_BEATS:
            replay.say(
                f"The replay falls behind: a beat takes {took_s:.0f} s. A lower SPEED would help."
            )
        stop.wait(max(0.0, BEAT_S - took_s))
