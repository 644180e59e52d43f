"""Promises about the demo's driver: the user decides, crews move, nothing real is driven."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.services.demo_town import KEY, REAL, TOWN, make_grid_town, stamp

from anlan.areas.dispatch import queries, services
from anlan.areas.dispatch.queries import IncidentRow, UnitBoardRow
from anlan.areas.dispatch.rules import incident_catalogue
from anlan.jobs.crews import Crews
from anlan.jobs.replay_calls import Replay, TownIsReal, drive_by_road
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.places import services as place_services
from anlan.kernel.places.queries.made_up_calls import ComingCall
from anlan.kernel.values import Actor, Role

pytestmark = pytest.mark.django_db(transaction=True)
SPEED = 30.0
DISPATCHER = Actor("staff:1", frozenset({Role.DISPATCHER}))
CALL = ComingCall("call-1", TOWN + timedelta(seconds=10), "medical", 0.014, 0.018)


@pytest.fixture
def town(tmp_path: Path, settings: object) -> str:
    """Give a made-up town with posts and units; its clock stands at TOWN at REAL."""
    settings.ANLAN_DATA = tmp_path / "data"  # type: ignore[attr-defined]
    key = make_grid_town(tmp_path, speed=SPEED)
    place_services.site_posts(key, **stamp())  # type: ignore[arg-type]
    return key


def crews_of(town_key: str, *, at: datetime = TOWN) -> Crews:
    """Give crews whose spells all take two minutes and who always transport."""
    homes = {
        unit.ident: (unit.lon, unit.lat)
        for unit in places.units(town_key)
        if unit.lon is not None and unit.lat is not None
    }
    hospitals = [(p.lon, p.lat) for p in places.posts(town_key) if p.kind == "hospital"]
    return Crews(
        spell=lambda name, share: 120.0,
        drive=drive_by_road(town_key, now=lambda: at),
        hospitals=tuple(hospitals),
        homes=homes,
        transport_share=1.0,
    )


@dataclass
class Day:
    """A driven town: `pass_time` beats once for each real second."""

    replay: Replay
    seconds: int = 0

    @property
    def now(self) -> datetime:
        """Give the town's time of the last beat."""
        return places.town(KEY).clock.at(REAL + timedelta(seconds=self.seconds))

    def pass_time(self, seconds: int) -> None:
        """Let so many real seconds pass."""
        for _ in range(seconds):
            self.seconds += 1
            self.replay.beat(REAL + timedelta(seconds=self.seconds))

    def until(self, done: Callable[[], bool], *, most: int = 80) -> None:
        """Let time pass until something is so; fail where it never is."""
        for _ in range(most):
            if done():
                return
            self.pass_time(1)
        pytest.fail(f"not within {most} beats: {self.incidents()} {self.busy()}")

    def incidents(self) -> list[IncidentRow]:
        """Give the incidents on the board."""
        return list(queries.incidents_on_board(KEY, at=self.now))

    def busy(self) -> list[UnitBoardRow]:
        """Give the units that are not just available."""
        return [u for u in queries.units_on_board(KEY, at=self.now) if u.status != "available"]

    def stamp(self) -> dict[str, object]:
        """Give what a dispatcher's write carries now."""
        return {
            "town_key": KEY,
            "actor": DISPATCHER,
            "at": self.now,
            "recorded_at": REAL + timedelta(seconds=self.seconds),
        }


def begin(town_key: str, *calls: ComingCall) -> Day:
    """Begin to drive a town to which these calls come."""
    hour = timedelta(hours=1)
    groups = {one.code: one.group for one in incident_catalogue().types.values()}

    def of_hour(start: datetime) -> list[ComingCall]:
        return [call for call in calls if start <= call.received_at < start + hour]

    day = Day(Replay(town_key, crews_of(town_key), of_hour, groups, say=lambda words: None))
    day.replay.beat(REAL)
    return day


def test_call_is_sent_the_first_recommendation_a_minute_after_it_came(town: str) -> None:
    day = begin(town, CALL)
    day.pass_time(2)  # 60 town seconds: the call is 50 s old
    (incident,) = day.incidents()
    assert incident.received_at == CALL.received_at
    assert incident.units == ()
    advice = queries.recommend_for(incident.id, town_key=town, at=day.now)
    day.pass_time(1)
    (incident,) = day.incidents()
    assert incident.first_dispatched_at == CALL.received_at + timedelta(seconds=60)
    assert list(incident.units) == [one.unit for one in advice.plans[0].units]


def test_crew_drives_to_the_call_transports_and_comes_home(town: str) -> None:
    day = begin(town, CALL)
    day.until(lambda: bool(day.busy()))
    ident = day.busy()[0].ident
    home = next(u for u in places.units(town) if u.ident == ident)
    seen, places_seen = [], set()

    def is_home() -> bool:
        unit = next(u for u in queries.units_on_board(KEY, at=day.now) if u.ident == ident)
        places_seen.add((unit.lon, unit.lat))
        if not seen or seen[-1] != unit.status:
            seen.append(unit.status)
        return unit.status == "available"

    day.until(is_home)
    order = ["dispatched", "en_route", "on_scene", "transporting", "at_hospital", "returning"]
    assert [status for status in order if status in seen] == [s for s in seen if s in order]
    assert "on_scene" in seen
    assert len(places_seen) > 2
    unit = next(u for u in queries.units_on_board(KEY, at=day.now) if u.ident == ident)
    assert (unit.lon, unit.lat) == pytest.approx((home.lon, home.lat), abs=0.002)
    day.pass_time(1)
    (incident,) = day.incidents()
    assert (incident.state, incident.result_code) == ("closed", "transported")


def test_times_of_a_unit_are_in_order_and_by_the_town_clock(town: str) -> None:
    day = begin(town, CALL)
    day.until(lambda: any(one.first_on_scene_at for one in day.incidents()))
    (incident,) = day.incidents()
    assert incident.first_dispatched_at is not None
    assert incident.first_on_scene_at is not None
    turnout = timedelta(seconds=120)
    assert incident.first_on_scene_at >= incident.first_dispatched_at + turnout
    assert incident.first_on_scene_at <= day.now


def test_user_who_sends_first_keeps_the_decision(town: str) -> None:
    day = begin(town, CALL)
    day.pass_time(2)
    (incident,) = day.incidents()
    engine = next(u.ident for u in places.units(town) if u.kind == "engine")
    services.dispatch_units(incident.id, units=[engine], **day.stamp())  # type: ignore[arg-type]
    day.pass_time(4)
    (incident,) = day.incidents()
    assert incident.units == (engine,)
    day.until(lambda: day.incidents()[0].state == "working")


def test_call_that_a_user_takes_in_hand_is_left_to_the_user(town: str) -> None:
    day = begin(town, CALL)
    day.pass_time(1)
    (incident,) = day.incidents()
    services.triage_incident(incident.id, priority=1, **day.stamp())  # type: ignore[arg-type]
    day.pass_time(10)
    (incident,) = day.incidents()
    assert (incident.state, incident.units) == ("triaged", ())


def test_users_own_call_waits_for_the_user_and_gets_crews_that_move(town: str) -> None:
    day = begin(town)
    mine = services.create_incident(type="medical", lon=0.02, lat=0.02, **day.stamp())  # type: ignore[arg-type]
    day.pass_time(10)
    assert day.incidents()[0].units == ()
    advice = queries.recommend_for(mine.id, town_key=town, at=day.now)
    units = [one.unit for one in advice.plans[0].units]
    services.dispatch_units(mine.id, units=units, **day.stamp())  # type: ignore[arg-type]
    day.until(lambda: day.incidents()[0].state == "working")
    day.until(lambda: not day.busy())
    assert day.incidents()[0].state == "working", "closing one's own call is for the user"


def test_status_that_a_user_gives_is_followed(town: str) -> None:
    day = begin(town, CALL)
    day.until(lambda: any(unit.status == "en_route" for unit in day.busy()))
    unit = next(unit for unit in day.busy() if unit.status == "en_route")
    services.set_unit_status(unit.ident, status="available", **day.stamp())  # type: ignore[arg-type]
    day.pass_time(1)
    after = {one.ident: one.status for one in queries.units_on_board(KEY, at=day.now)}
    assert after[unit.ident] in {"available", "returning", "dispatched"}
    day.until(lambda: day.incidents()[0].state in {"working", "closed"})


def test_every_replayed_incident_says_that_it_is_made_up(town: str) -> None:
    calls = [
        ComingCall(f"call-{i}", TOWN + timedelta(seconds=i), "outside_fire", 0.01, 0.002 * i)
        for i in range(5)
    ]
    day = begin(town, *calls)
    day.pass_time(3)
    assert len(day.incidents()) == 5
    assert all(incident.made_up for incident in day.incidents())
    assert {entry.actor_ref for entry in ledger.entries_after(KEY, 0)} == {"cli", "job:demo"}


def test_a_new_start_goes_on_with_the_crews_where_they_were(town: str) -> None:
    day = begin(town, CALL)
    day.until(lambda: any(unit.status == "en_route" for unit in day.busy()))
    again = begin_again(day)
    again.until(lambda: again.incidents()[0].state == "closed")
    assert len(again.incidents()) == 1, "the call came in once"


def begin_again(day: Day) -> Day:
    """Drive on with a new driver, as after Ctrl-C and another start."""
    replay = Replay(
        KEY, crews_of(KEY, at=day.now), day.replay.calls_of_hour, day.replay.groups, say=print
    )
    return Day(replay, seconds=day.seconds)


def test_clock_waits_for_a_computer_that_slept(town: str) -> None:
    said: list[str] = []
    day = begin(town)
    day.replay.say = said.append
    before = day.now
    day.seconds += 3600
    day.replay.beat(REAL + timedelta(seconds=day.seconds))
    assert day.now - before <= timedelta(seconds=3 * SPEED)
    assert any("slept" in words for words in said)


def test_a_real_town_is_never_driven(tmp_path: Path, settings: object) -> None:
    settings.ANLAN_DATA = tmp_path / "data"  # type: ignore[attr-defined]
    make_grid_town(tmp_path, made_up=False)
    before = ledger.last_id(KEY)
    with pytest.raises(TownIsReal, match="real town"):
        begin(KEY, CALL)
    assert ledger.last_id(KEY) == before
