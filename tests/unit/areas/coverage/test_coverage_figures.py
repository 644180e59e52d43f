"""The figures of coverage on small arrays, worked out on paper; no town and no database."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.areas.coverage.queries.covering import _expected
from anlan.areas.coverage.queries.demand import Calls, Points, _enclosed, calls_of
from anlan.areas.coverage.queries.layers import band_index
from anlan.areas.coverage.queries.reach import Clock, Places, rank
from anlan.areas.coverage.queries.rows import Before, HourSpeed, Speeds
from anlan.areas.coverage.queries.speeds import before, fit, seen_s
from anlan.areas.coverage.rules import coverage as rules
from anlan.areas.dispatch.rules.catalogue import incident_catalogue
from anlan.kernel.places.queries.calls import TravelPairs
from anlan.kernel.values import BadInput

FREE = np.array([[100.0, 300.0, np.inf], [200.0, 100.0, np.inf]], np.float32)


def speeds(factors: Any, *, fixed_s: float = 0.0, spread: Any = (1.0,)) -> Speeds:
    hours = tuple(
        HourSpeed(hour, float(factor), fixed_s, 50, True, 0.0, 0.0, 0.0)
        for hour, factor in enumerate(factors)
    )
    return Speeds("log", 1.0, fixed_s, 1200, 0.0, 0.0, 0.0, hours, np.sort(np.array(spread)))


def places(free_s: Any = FREE) -> Places:
    count = free_s.shape[1]
    points = Points(np.zeros(count), np.zeros(count), np.ones(count), ("",) * count)
    return Places(points, np.zeros(count, np.int32), free_s)


def calls(points: list[int], hours: list[int]) -> Calls:
    point, hour = np.array(points, np.int32), np.array(hours, np.int32)
    return Calls(
        points=places().points,
        point=point,
        of_log=np.arange(len(point), dtype=np.int32),
        hour=hour,
        left_out=0,
        first_on=None,
        last_on=None,
    )


def on(*off: tuple[int, int]) -> Any:
    """Give who is on duty: all but (hour, post)."""
    on = np.ones((24, 2), bool)
    for hour, post in off:
        on[hour, post] = False
    return on


def test_the_first_and_the_second_post_are_named_and_timed() -> None:
    found = rank(FREE, np.array([True, True]))
    assert found.post.tolist() == [0, 1, -1]
    assert found.first_s.tolist() == [100, 100, np.inf]
    assert found.second_s.tolist() == [200, 300, np.inf]


def test_a_post_off_duty_is_passed_over_and_the_others_keep_their_names() -> None:
    found = rank(FREE, np.array([False, True]))
    assert found.post.tolist() == [1, 1, -1]
    assert found.second_s.tolist() == [np.inf] * 3


def test_each_call_goes_by_the_speed_and_the_duty_of_its_own_hour() -> None:
    clock = Clock(speeds([1.0] * 8 + [2.0] + [1.0] * 15), before_s=60.0, on=on((3, 0)))
    asked = calls([0, 0, 0], [7, 8, 3])
    found = clock.arrival_of_calls(places(), asked)
    assert found.first_s.tolist() == [160, 260, 260]
    assert found.post.tolist() == [0, 0, 1]
    alone = clock.calls_within(places(), asked, post=0, seconds=200.0)
    assert alone.tolist() == [True, False, False]
    other = clock.calls_within(places(), asked, post=1, seconds=260.0)
    assert other.tolist() == [True, False, True]


def test_fixed_seconds_come_before_travel_at_every_hour() -> None:
    clock = Clock(speeds([2.0] * 24, fixed_s=30.0), before_s=10.0, on=on())
    assert clock.arrival(places(), hour=5).first_s.tolist() == [240, 240, np.inf]
    assert clock.within(places(), post=0, hour=5, seconds=240.0).tolist() == [True, False, False]
    assert clock.within(places(), post=0, hour=None, seconds=239.9).tolist() == [False] * 3


def test_the_whole_day_is_the_mean_of_its_hours() -> None:
    clock = Clock(speeds([1.0] * 12 + [3.0] * 12), before_s=0.0, on=on())
    assert clock.arrival(places(), hour=None).first_s[:2].tolist() == [200, 200]
    half = Clock(speeds([1.0] * 24), before_s=0.0, on=on(*((hour, 0) for hour in range(12))))
    assert half.arrival(places(), hour=None).first_s[0] == 150
    assert not half.within(places(), post=0, hour=None, seconds=1e6).any()


def test_a_place_at_the_very_limit_is_reached() -> None:
    found: Any = SimpleNamespace(
        asked=SimpleNamespace(minutes=(5, 10)), cell_s=np.array([0.0, 300.0, 300.1, 600.0, np.inf])
    )
    assert band_index(found).tolist() == [0, 0, 1, 1, 2]


def test_the_expected_share_lets_travel_vary_and_not_what_comes_before() -> None:
    pace = speeds([1.0] * 24, spread=[0.5, 1.0, 1.5, 2.0])
    # travel 100 s after a wait of 60 s: within 210 s at ratios 0.5, 1 and 1.5
    one = _expected(np.array([160.0]), Before(turnout_s=60.0), pace, seconds=210.0)
    assert one == 0.75
    both = _expected(np.array([160.0, np.inf]), Before(turnout_s=60.0), pace, seconds=210.0)
    assert both == 0.375
    assert _expected(np.array([]), Before(), pace, seconds=60.0) is None
    assert _expected(np.array([1.0]), Before(), replace(pace, source="town"), seconds=60) is None


@given(
    st.lists(st.floats(0.1, 5), min_size=1, max_size=30),
    st.lists(st.floats(1, 3000), min_size=1, max_size=30),
    st.floats(10, 3000),
)
def test_more_time_never_lowers_the_expected_share(
    spread: list[float], travel: list[float], seconds: float
) -> None:
    pace = speeds([1.0] * 24, spread=spread)
    shares = [
        _expected(np.array(travel), Before(), pace, seconds=limit)
        for limit in (seconds, seconds * 1.5)
    ]
    assert 0 <= (shares[0] or 0) <= (shares[1] or 0) <= 1


def pairs(days: int) -> tuple[TravelPairs, Any, Any]:
    rng = np.random.Generator(np.random.PCG64(5))
    count = days * 120
    free = 60 + 400 * rng.random(count)
    day, hour = np.arange(count) // 120, np.arange(count) % 24
    observed = 40 + np.where(hour < 12, 1.0, 1.6) * free * (0.9 + 0.2 * rng.random(count))
    return TravelPairs(np.zeros(count), free, observed, np.arange(count, dtype=np.int32)), hour, day


def test_hours_get_speeds_of_their_own_and_errors_of_days_left_out() -> None:
    trips, hour, day = pairs(4)
    found = fit(trips, hour=hour, day=day)
    assert found.fixed_s == pytest.approx(40, abs=12)
    assert np.mean([one.factor for one in found.hours[:12]]) == pytest.approx(1.0, abs=0.06)
    assert np.mean([one.factor for one in found.hours[12:]]) == pytest.approx(1.6, abs=0.08)
    assert sum(one.trips for one in found.hours) == found.trips == 480
    assert len(found.spread) == 480
    assert (np.diff(found.spread) >= 0).all()


def test_a_day_is_judged_by_the_other_days_alone() -> None:
    trips, hour, day = pairs(5)
    odd = replace(trips, observed_s=np.where(day == 4, 3, 1) * trips.observed_s)
    found = fit(odd, hour=hour, day=day)
    # four days agree, so the fifth, three times as slow, is out by a factor of about three
    assert np.quantile(found.spread, 0.95) == pytest.approx(3.0, rel=0.15)
    assert np.quantile(found.spread, 0.4) == pytest.approx(1.0, rel=0.25)


def log(**more: Any) -> Any:
    nan = np.nan
    known: dict[str, Any] = {
        "numbers": ("1", "2"),
        "types": ("medical", "intrusion_alarm"),
        "received_s": np.array([0.0, 1000.0]),
        "lon": np.zeros(2),
        "lat": np.zeros(2),
        "units": (SimpleNamespace(post="fire 1"), SimpleNamespace(post=None)),
        "call": np.array([0, 0, 1], np.int32),
        "unit": np.array([0, 1, 1], np.int32),
        "dispatched_s": np.array([60.0, 50.0, 1060.0]),
        "en_route_s": np.array([120.0, 70.0, nan]),
        "on_scene_s": np.array([420.0, 200.0, 1500.0]),
    }
    return SimpleNamespace(**{**known, **more})


def test_what_the_log_saw_counts_units_of_such_posts_only() -> None:
    assert seen_s(log(), kind="fire", counted_from="travel").tolist()[0] == 300
    assert seen_s(log(), kind="fire", counted_from="turnout").tolist()[0] == 360
    assert seen_s(log(), kind="fire", counted_from="call").tolist()[0] == 420
    assert np.isnan(seen_s(log(), kind="fire", counted_from="travel")[1])
    assert np.isnan(seen_s(log(), kind="police", counted_from="travel")).all()


def test_what_comes_before_travel_is_the_logs_median() -> None:
    call = np.arange(40, dtype=np.int32)
    many = log(
        numbers=tuple(map(str, range(40))),
        received_s=np.zeros(40),
        call=call,
        dispatched_s=np.full(40, 90.0),
        en_route_s=np.where(call < 20, 150.0, 170.0),
    )
    assert before(many, counted_from="travel").total_s == 0
    assert before(many, counted_from="turnout").total_s == 70
    assert before(many, counted_from="call").total_s == 160
    with pytest.raises(BadInput, match="too few"):
        before(log(), counted_from="turnout")


# --- which calls count ---------------------------------------------------------------------------


def test_each_type_of_the_catalogue_is_said_to_be_called_by_people_or_not() -> None:
    known = set(incident_catalogue().types)
    assert known == rules.CALLED_BY_PEOPLE | rules.NOT_CALLED_BY_PEOPLE
    assert not rules.CALLED_BY_PEOPLE & rules.NOT_CALLED_BY_PEOPLE
    assert set(rules.COUNTS) == set(rules.KINDS)


def test_police_posts_are_judged_by_no_call_that_a_person_did_not_make() -> None:
    assert rules.COUNTS["police"] <= rules.CALLED_BY_PEOPLE
    assert not rules.COUNTS["police"] & rules.NOT_CALLED_BY_PEOPLE


def test_calls_that_do_not_count_are_counted_as_left_out() -> None:
    from zoneinfo import ZoneInfo

    found = calls_of(log(), kind="fire", zone=ZoneInfo("UTC"))
    assert (len(found), found.left_out, found.of_log.tolist()) == (1, 1, [0])


@pytest.mark.parametrize("text", ["", "5,5", "10,5", "0", "121", "5.5", "1,2,3,4,5,6,7", "٥"])
def test_minutes_that_do_not_rise_are_refused(text: str) -> None:
    with pytest.raises(rules.PlanFault):
        rules.read_minutes(text)


def test_minutes_and_hours_are_read() -> None:
    assert rules.read_minutes("5, 10，30") == (5, 10, 30)
    assert [rules.read_hour(one) for one in ("all", "0", "23")] == [None, 0, 23]
    for slip in ("24", "-1", "noon", ""):
        with pytest.raises(rules.PlanFault):
            rules.read_hour(slip)


def test_a_cell_inside_a_block_belongs_to_the_town_and_one_beside_it_does_not() -> None:
    import h3

    middle = h3.latlng_to_cell(40.4, -3.7, 10)
    ring = set(h3.grid_ring(middle, 1))
    assert _enclosed(ring) == {middle}
    assert _enclosed(set(sorted(ring)[:2])) == set()
