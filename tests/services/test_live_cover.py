"""Live cover on a small town: what free units reach, where it is weakest, what is proposed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from tests.services.dispatch_desk import (
    AT,
    CLI,
    KEY,
    OFFICER,
    STEP,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.coverage.queries import live
from anlan.areas.coverage.queries.live.demand import live_demand
from anlan.areas.coverage.queries.live.words import _area
from anlan.areas.coverage.rules.coverage import COUNTS
from anlan.areas.coverage.rules.live import CoverState
from anlan.areas.dispatch import services
from anlan.areas.dispatch.models import Incident
from anlan.journeys import board_shows_cover as journey
from anlan.kernel.places import queries as places
from anlan.kernel.places import services as place_services
from anlan.kernel.places.models import LoggedCall, Town

pytestmark = pytest.mark.django_db

POSTS = f"""kind,ident,name,lon,lat
fire,1,West,{STEP:.4f},{4 * STEP:.4f}
fire,2,East,{8 * STEP:.4f},{4 * STEP:.4f}
ambulance,1,Clinic,{4 * STEP:.4f},{4 * STEP:.4f}
police,1,Square,{4 * STEP:.4f},{5 * STEP:.4f}
hospital,1,Hospital,{4 * STEP:.4f},{6 * STEP:.4f}
"""
UNITS = """unit,kind,capabilities,post,on,off
E1,engine,,fire 1,,
E2,engine,,fire 2,,
E3,engine,,fire 2,08:00,12:30
M1,ambulance_als,,ambulance 1,,
"""
WITHIN = 4  # minutes: six blocks of 40 s


@pytest.fixture(autouse=True)
def forget_answers():
    journey._shared.clear()


@pytest.fixture
def town(tmp_path, settings):
    settings.ANLAN_DATA = tmp_path / "data"
    open_desk(tmp_path, made_up=True, posts=POSTS, units=UNITS)


def cover(*, seconds=0.0, minutes=WITHIN, kind="fire", at=AT):
    """Ask as a board does, some time later."""
    moment = at + timedelta(seconds=seconds)
    found = journey.cover_now(KEY, at=moment, recorded_at=moment, minutes=minutes)
    return next((one for one in found.services if one.kind == kind), None)


def out(*units, seconds=0.0):
    for unit in units:
        tell(unit, "out_of_service", seconds=seconds)


def share_by_hand(points):
    """Give the share of expected calls that a point reaches in time, one way at a time."""
    network = places.network(KEY, at=AT)
    demand = live_demand(places.town_state(KEY), kind="fire", graph=network.graph)
    weight = demand.per_hour[AT.hour]
    starts = [network.snap(*point) for point in points]
    reached = [
        min(network.times_to(network.snap(lon, lat), starts)) <= 60 * WITHIN
        for lon, lat in zip(demand.lon, demand.lat, strict=True)
    ]
    return float(weight[np.array(reached)].sum() / weight.sum())


WEST, EAST = (STEP, 4 * STEP), (8 * STEP, 4 * STEP)


def test_what_is_reached_is_what_counting_one_way_at_a_time_gives(town):
    whole = cover()
    assert whole.share_now == pytest.approx(share_by_hand([WEST, EAST]))
    assert whole.share_usual == whole.share_now
    assert (whole.state, whole.areas, whole.moves) == (CoverState.GOOD, (), ())
    out("E2", "E3")
    thin = cover(seconds=3)
    assert thin.share_now == pytest.approx(share_by_hand([WEST]))
    assert (thin.free, thin.on_duty) == (1, 3)


def test_the_weakest_area_is_the_one_that_lost_its_unit(town):
    send(call(x=8, y=4), "E2", "E3")
    thin = cover()
    assert [one.name for one in thin.areas] == ["East"]
    area = thin.areas[0]
    assert area.state is CoverState.BROKEN
    assert area.share_now < 0.1
    assert area.now_min > 2 * area.usual_min
    assert thin.state is not CoverState.GOOD


def test_the_minutes_of_an_area_are_those_of_its_sentence(town):
    """6.47 rounded to 6.5 and then to 7 told another number than the sentence's 6."""
    send(call(x=8, y=4), "E2", "E3")
    service = cover()
    for seconds in (388.2, 389.9, 390.0, 391.0):
        area = replace(service.areas[0], now_min=seconds / 60, usual_min=(seconds - 120) / 60)
        told = _area(area)
        assert f": {told['now_min']} min" in told["sentence"]
        assert told["sentence"].endswith(f"usually {told['usual_min']}")


def test_a_unit_counts_where_it_is_not_where_it_lives(town):
    out("E1", "E3")
    services.report_positions([("E2", *WEST)], **stamp(seconds=1))
    assert cover(seconds=3).share_now == pytest.approx(share_by_hand([WEST]))


def test_one_unit_more_never_hurts_cover(town):
    order = ["E2", "E1", "E3"]
    out(*order)
    shares = []
    for step, unit in enumerate(order):
        shares.append(cover(seconds=10 * step).share_now)
        tell(unit, "available", seconds=10 * step + 5)
    shares.append(cover(seconds=100).share_now)
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, pytest.approx(share_by_hand([WEST, EAST])))


def test_a_closed_street_never_raises_cover_and_what_is_usual_stays(town):
    before = cover()
    for column in (2, 3, 6, 7):
        place_services.close_street(lon=(column + 0.5) * STEP, lat=4 * STEP, **stamp(seconds=1))
    after = cover(seconds=3)
    assert after.share_now < before.share_now
    assert after.share_usual == before.share_usual


def test_a_service_without_units_or_posts_is_not_told(town):
    found = journey.cover_now(KEY, at=AT, recorded_at=AT)
    assert [one.kind for one in found.services] == ["fire", "ambulance"]


def test_a_service_with_nobody_on_duty_is_broken(town):
    tell("M1", "off_duty")
    alone = cover(kind="ambulance")
    assert (alone.state, alone.share_now, alone.on_duty) == (CoverState.BROKEN, 0.0, 0)


# --- moves ---------------------------------------------------------------------------------------


def lose_the_east():
    """Take E2 and E3 out."""
    out("E2", "E3")


def stand_twice_in_the_west():
    """Let E3 come back in the West, so that E1 could cover the East for nothing."""
    lose_the_east()
    tell("E3", "available", seconds=1)
    services.report_positions([("E3", *WEST)], **stamp(seconds=2))


def test_a_move_is_proposed_with_what_it_gains_alone(town):
    stand_twice_in_the_west()
    thin = cover(seconds=3)
    move = thin.moves[0]
    assert (move.post, move.back) == ("fire 2", False)
    assert move.unit == "E1"
    assert move.share_after == pytest.approx(share_by_hand([WEST, EAST]))
    assert move.gain == pytest.approx(move.share_after - share_by_hand([WEST]))
    assert move.travel_s == pytest.approx(7 * 444.8 / (40 / 3.6), rel=0.01)
    assert move.left.name == "West"
    assert move.left.state is CoverState.GOOD


@pytest.mark.parametrize(("off", "unit"), [("12:30", "E1"), ("18:00", "A1")])
def test_a_unit_whose_hours_end_soon_is_not_proposed(tmp_path, off, unit):
    """A1 and E1 stand in the West alike, and A1 would be named first."""
    rows = f"A1,engine,,fire 1,08:00,{off}\nE1,engine,,fire 1,,\nE2,engine,,fire 2,,\n"
    units = f"unit,kind,capabilities,post,on,off\n{rows}"
    open_desk(tmp_path, made_up=True, posts=POSTS, units=units)
    out("E2")
    assert [one.unit for one in cover(seconds=3).moves] == [unit]


def test_a_unit_is_not_proposed_to_move_up_to_its_own_post(town):
    """E2 waits in a corner near its post: to go there is no move-up."""
    out("E1", "E3")
    services.report_positions([("E2", 9 * STEP, 9 * STEP)], **stamp(seconds=2))
    assert [(one.unit, one.post) for one in cover(seconds=3).moves] == [("E2", "fire 1")]


def test_what_is_never_covered_is_no_matter_of_a_night(tmp_path):
    """Both engines belong to the West: the East would gain, but has lost nothing."""
    units = "unit,kind,capabilities,post,on,off\nE1,engine,,fire 1,,\nE2,engine,,fire 1,,\n"
    open_desk(tmp_path, made_up=True, posts=POSTS, units=units)
    plain = cover()
    assert (plain.state, plain.moves) == (CoverState.GOOD, ())


@pytest.fixture
def three_posts(tmp_path):
    posts = f"{POSTS}fire,3,Middle,{4 * STEP:.4f},{4 * STEP:.4f}\n"
    units = "unit,kind,capabilities,post,on,off\n" + "".join(
        f"E{n},engine,,fire {n},,\n" for n in (1, 2, 3)
    )
    open_desk(tmp_path, made_up=True, posts=posts, units=units)


def test_areas_stand_by_what_they_lost(three_posts):
    out("E1", "E2", "E3")
    areas = cover(seconds=3).areas
    assert len(areas) == 3
    assert [one.lost for one in areas] == sorted((one.lost for one in areas), reverse=True)
    assert areas[0].lost > areas[-1].lost
    assert areas[0].now_min is None


def test_a_unit_that_moves_up_is_not_sent_on_by_a_proposal(three_posts):
    """E1 drives to the East; the Middle would gain more, but it was a dispatcher's decision."""
    out("E2", "E3")
    assert [one.post for one in cover(seconds=3).moves] == ["fire 3"]
    services.move_up_unit("E1", post="fire 2", **stamp(seconds=4))
    assert cover(seconds=7).moves == ()


def test_a_unit_on_an_incident_is_never_proposed(town):
    lose_the_east()
    send(call(x=1, y=4), "E1")
    assert cover().moves == ()


def test_a_move_that_only_swaps_what_is_covered_is_not_proposed(town):
    """E1 alone: the East would gain what the West loses."""
    lose_the_east()
    assert cover().moves == ()


def test_a_unit_on_its_way_is_not_proposed_again_and_may_go_back_later(town):
    stand_twice_in_the_west()
    services.move_up_unit("E1", post="fire 2", **stamp(seconds=3))
    driving = cover(seconds=6)
    assert driving.moves == ()
    assert [(one.unit, one.post, one.there) for one in driving.under_way] == [
        ("E1", "fire 2", False)
    ]
    assert driving.share_settled == pytest.approx(share_by_hand([WEST, EAST]))
    assert driving.share_now == pytest.approx(share_by_hand([WEST]))
    tell("E1", "available", seconds=300)
    there = cover(seconds=310)
    assert there.share_now == pytest.approx(share_by_hand([WEST, EAST]))
    assert there.moves == (), "it is of more use where it is"
    tell("E2", "available", seconds=400)
    home = cover(seconds=410).moves
    assert [(one.unit, one.post, one.back) for one in home] == [("E1", "fire 1", True)]


def test_nothing_is_moved_by_asking(town):
    stand_twice_in_the_west()
    assert cover(seconds=3).moves
    assert not any(one.covering for one in journey.dispatch.units_on_board(KEY, at=AT))


# --- where calls are expected --------------------------------------------------------------------


def log_calls(kind, *, x, y, hours):
    town_id = Town.objects.get(key=KEY).pk
    first = LoggedCall.objects.count()
    LoggedCall.objects.bulk_create(
        LoggedCall(
            town_id=town_id,
            number=str(first + n),
            type=kind,
            received_at=AT - timedelta(days=14 - n % 14) + timedelta(hours=hour - 12),
            lon=x * STEP,
            lat=y * STEP,
            mapping="sf-fire",
            points="block",
        )
        for hour in hours
        for n in range(210)
    )


def expected(kind, *, hour):
    network = places.network(KEY, at=AT)
    found = live_demand(places.town_state(KEY), kind=kind, graph=network.graph)
    return found.source, float(found.per_hour[hour].sum()), len(found.cells)


def test_calls_are_expected_as_the_log_has_them_at_the_hour(town):
    log_calls("vehicle_fire", x=1, y=1, hours=[3])
    source, night, cells = expected("fire", hour=4)
    assert (source, cells) == ("log", 1)
    assert night == pytest.approx(210 / 13 / 5)  # 13 days from first to last, five hours around
    assert expected("fire", hour=12)[1] == 0.0


def test_calls_up_to_two_hours_off_tell_where_they_come_from(town):
    log_calls("vehicle_fire", x=1, y=1, hours=[3])
    hours = [hour for hour in range(24) if expected("fire", hour=hour)[1] > 0]
    assert hours == [1, 2, 3, 4, 5]


def test_cover_is_that_of_the_hour(town):
    """At night calls come from the West, at noon from the East; only E1 is free, in the West."""
    log_calls("vehicle_fire", x=1, y=4, hours=[3])
    log_calls("vehicle_fire", x=8, y=4, hours=[12])
    lose_the_east()
    assert cover(at=AT - timedelta(hours=9)).share_now == 1.0
    assert cover().share_now == 0.0


def test_police_are_judged_only_by_calls_that_people_made(town):
    log_calls("intrusion_alarm", x=1, y=1, hours=[12])
    log_calls("crime_in_progress", x=8, y=8, hours=[12])
    assert "intrusion_alarm" not in COUNTS["police"]
    source, _calls, cells = expected("police", hour=12)
    assert (source, cells) == ("log", 1)


def test_alarms_alone_leave_the_police_to_be_judged_by_people(town):
    log_calls("intrusion_alarm", x=1, y=1, hours=[12])
    assert expected("police", hour=12)[0] == "streets"


def test_cells_that_are_not_reached_say_whether_they_usually_are(town):
    lose_the_east()
    cells = journey.gaps_now(KEY, kind="fire", at=AT, minutes=WITHIN)
    assert {one.usually for one in cells} == {True, False}
    east = [one for one in cells if one.usually]
    assert all(min(lon for lon, _lat in one.ring) > 4 * STEP for one in east)


# --- one answer for all boards -------------------------------------------------------------------


@pytest.fixture
def worked(monkeypatch):
    """Count how often cover is worked out."""
    times = []

    def count(*args, **named):
        times.append(named["at"])
        return live.live_cover(*args, **named)

    monkeypatch.setattr(journey, "live_cover", count)
    return times


def test_cover_is_worked_out_every_two_seconds_at_most(town, worked):
    first = journey.cover_now(KEY, at=AT, recorded_at=AT)
    out("E1")
    soon = AT + timedelta(seconds=1.9)
    assert journey.cover_now(KEY, at=soon, recorded_at=soon) is first
    later = AT + timedelta(seconds=2.1)
    second = journey.cover_now(KEY, at=later, recorded_at=later)
    assert second.at == later
    assert second.seen_id > first.seen_id
    assert len(worked) == 2


def test_while_nothing_happens_the_answer_stands_for_twenty_seconds(town, worked):
    for seconds in (0, 5, 19, 21):
        moment = AT + timedelta(seconds=seconds)
        journey.cover_now(KEY, at=moment, recorded_at=moment)
    assert worked == [AT, AT + timedelta(seconds=21)]


def test_a_board_that_comes_while_one_works_gets_the_last_answer(town, worked):
    first = journey.cover_now(KEY, at=AT, recorded_at=AT)
    shared = next(iter(journey._shared.values()))
    later = AT + timedelta(seconds=30)
    with shared.working:
        assert journey.cover_now(KEY, at=later, recorded_at=later) is first
    assert journey.cover_now(KEY, at=later, recorded_at=later).at == later


def test_no_write_of_dispatch_works_out_cover(town, monkeypatch):
    def on_the_path(*args, **named):
        raise AssertionError("cover was worked out on the path of a write")

    monkeypatch.setattr(live, "live_cover", on_the_path)
    monkeypatch.setattr(journey, "live_cover", on_the_path)
    incident = send(call(), "E1", actor=OFFICER)
    tell("E1", "on_scene", seconds=60)
    services.close_incident(incident.id, **stamp(seconds=90))
    services.move_up_unit("E2", post="fire 1", **stamp(seconds=90))
    assert Incident.objects.get().state == "closed"
    with pytest.raises(AssertionError, match="path of a write"):
        cover()


def test_each_service_is_told_by_the_towns_own_goal(town):
    """NFPA 1710 wants the first unit after 240 s of travel; without a profile it is 8 minutes."""
    assert cover(minutes=None).minutes == 4
    Town.objects.filter(key=KEY).update(level_profiles=["nena-sta-020"])
    place_services.set_factor(KEY, factor=1.0, error={}, actor=CLI, at=AT, recorded_at=AT)
    assert cover(minutes=None, seconds=5).minutes == 8
