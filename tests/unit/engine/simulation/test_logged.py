"""A log's calls with chance drawn anew: worked on paper, drawn alike for everyone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.simulation.logged import Chance, Prepared, TripModel, draw, run, run_all
from anlan.engine.simulation.logged.draws import breakdowns_of, rate_of, take_calls
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.world import Fleet, Policy, World

DAY_S = 86_400.0


def calls(*received: float, slots: int = 1) -> CallStream:
    """Calls at place 2, each wanting `slots` engines 60 s after receipt."""
    count = len(received)
    call = np.repeat(np.arange(count), slots)
    at = np.array(received, np.float64)
    many = len(call)
    return CallStream(
        received_s=at,
        place=np.full(count, 2, np.intp),
        kind=np.arange(count, dtype=np.intp) % 3,
        priority=np.ones(count, np.intp),
        trip_class=np.ones(count, np.intp),
        vocabulary=("engine",),
        call=call.astype(np.intp),
        capability=np.zeros(many, np.intp),
        asked_s=at[call] + 60.0,
        turnout_s=np.full(many, 40.0),
        on_scene_s=np.full(many, 600.0),
        handover_s=np.full(many, np.nan),
    )


def model(*left_over: float, fixed_s: float = 30.0, factor: float = 2.0) -> TripModel:
    """Trips of class 1 take 30 s and twice the free flow."""
    return TripModel("log", np.full((1, 168), factor), fixed_s, np.array(sorted(left_over)), 100)


def prepared(stream: CallStream, *, chance: Chance | None = None, post: int = 0) -> Prepared:
    """One engine at place 0, 100 s from the calls; place 1 is 250 s away."""
    travel = np.array([[0.0, 150.0, 100.0], [150.0, 0.0, 250.0], [100.0, 250.0, 0.0]])
    return Prepared(
        chance=chance or Chance(),
        world=World(travel_s=travel, factor=np.full((2, 168), 2.0)),
        fleet=Fleet(
            keys=("E1",),
            kind=("engine",),
            capabilities=(frozenset({"engine"}),),
            post=np.array([post], np.intp),
        ),
        policy=Policy(),
        calls=stream,
        model=model(),
        seed=7,
        duration_s=14 * DAY_S,
    )


def test_a_response_is_processing_turnout_fixed_part_and_drive():
    outcome = run(prepared(calls(1000.0)), 0)
    assert outcome.response_s.tolist() == [60 + 40 + 30 + 2 * 100]
    assert outcome.sent_s.tolist() == [40 + 30 + 200]
    assert outcome.travel_s.tolist() == [30 + 200]
    assert (outcome.first_unit.tolist(), outcome.sent.tolist()) == ([0], [1])


def test_turnout_is_scaled_and_lengthened():
    outcome = run(prepared(calls(1000.0), chance=Chance(turnout_scale=0.5, turnout_more_s=7)), 0)
    assert outcome.response_s.tolist() == [60 + 27 + 30 + 200]
    assert outcome.travel_s.tolist() == [230]


def test_as_logged_each_call_comes_once_as_it_was():
    stream = calls(10.0, 20.0, 4000.0, slots=2)
    drawn = draw_from(stream, Chance())
    assert drawn.of_call.tolist() == [0, 1, 2]
    assert (drawn.stream.received_s == stream.received_s).all()
    assert (drawn.stream.turnout_s == 70.0).all()


def draw_from(stream: CallStream, chance: Chance, *, trips: TripModel | None = None, number=0):
    return draw(
        stream,
        chance=chance,
        model=trips or model(),
        seed=3,
        replication=number,
        duration_s=14 * DAY_S,
        starts_at_hour_of_week=24.0,
    )


def test_left_overs_are_those_of_the_trips_and_never_go_back_in_time():
    trips = model(-500.0, 10.0, 20.0)
    before = draw_from(calls(*range(0, 90_000, 100)), Chance(), trips=trips).stream.turnout_s - 40.0
    assert set(before.tolist()) == {0.0, 40.0, 50.0}
    shares = [(before == value).mean() for value in (0.0, 40.0, 50.0)]
    assert np.allclose(shares, 1 / 3, atol=0.06)


def test_luck_differs_between_replications_and_not_between_deployments():
    trips = model(*range(100))
    first, again, other = (
        draw_from(calls(*range(0, 9000, 100)), Chance(), trips=trips, number=number).stream
        for number in (0, 0, 1)
    )
    assert (first.turnout_s == again.turnout_s).all()
    assert (first.turnout_s != other.turnout_s).any()


@pytest.mark.parametrize("scale", [0.5, 1.3, 2.0])
def test_a_scaled_log_has_about_so_many_calls_in_the_order_of_time(scale):
    stream = calls(*np.arange(1000.0, 1_200_000.0, 600.0))
    drawn = draw_from(stream, Chance(scale=scale))
    assert len(drawn.stream) == pytest.approx(scale * len(stream), rel=0.05)
    assert (np.diff(drawn.stream.received_s) >= 0).all()
    late = np.abs(drawn.stream.received_s - stream.received_s[drawn.of_call])
    assert late.max() <= 5400.0
    assert np.bincount(drawn.of_call).max() == int(np.ceil(scale))


def test_drawn_calls_keep_the_logs_rate_by_hour_and_day_and_are_like_calls_of_their_hours():
    hours = np.arange(0, 336)
    busy = np.repeat(hours[(hours % 24) >= 12], 8) * 3600.0 + 1.0
    stream = calls(*busy)
    sizes = [len(draw_from(stream, Chance(source="drawn"), number=n).stream) for n in range(20)]
    assert np.mean(sizes) == pytest.approx(len(busy), rel=0.03)
    assert np.std(sizes) > 0
    drawn = draw_from(stream, Chance(source="drawn"))
    hour = (24 + drawn.stream.received_s / 3600) % 24
    assert (hour >= 12).all()
    like = (24 + stream.received_s[drawn.of_call] / 3600) % 24
    assert (like // 4 == hour // 4).all()
    assert (drawn.stream.kind == stream.kind[drawn.of_call]).all()


def test_a_rate_integrates_to_the_number_of_calls():
    hour = np.array([0.5, 10.2, 10.4, 34.0, 160.9])
    rate = rate_of(hour, duration_s=21 * DAY_S, starts_at=0.0)
    assert rate.sum() * 3 == pytest.approx(len(hour))
    assert rate[11] == 0.0


def test_a_taken_call_brings_its_slots_and_their_delay():
    stream = calls(10.0, 500.0, slots=2)
    taken = take_calls(stream, np.array([1, 1, 0]), np.array([7.0, 8.0, 9.0]))
    assert taken.call.tolist() == [0, 0, 1, 1, 2, 2]
    assert taken.asked_s.tolist() == [67, 67, 68, 68, 69, 69]
    assert taken.kind.tolist() == [1, 1, 0]


def test_a_units_breakdowns_hang_on_its_name_alone():
    chance = Chance(breakdowns_a_year=200, breakdown_h=2)
    one, two = (
        breakdowns_of(keys, chance, seed=1, replication=0, duration_s=100 * DAY_S)
        for keys in (("E1", "E2"), ("E2",))
    )
    assert (one[1] == two[0]).all()
    assert len(one[0]) == pytest.approx(200 / 365.25 * 100, rel=0.4)
    assert breakdowns_of(("E1",), Chance(), seed=1, replication=0, duration_s=1.0) is None


def test_cores_and_machines_give_what_one_core_gives():
    from distributed import Client, LocalCluster

    stream = calls(*np.arange(0.0, 200_000.0, 900.0))
    both = [prepared(stream), prepared(stream, post=1)]
    jobs = [(which, number) for number in range(2) for which in range(2)]
    alone = run_all(both, jobs)
    cores = run_all(both, jobs, workers=2)
    with (
        LocalCluster(n_workers=2, processes=False, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        machines = run_all(both, jobs, client=client)
    for other in (cores, machines):
        assert list(other) == list(alone)
        for job in jobs:
            assert (other[job].response_s == alone[job].response_s).all()
            assert (other[job].busy_s == alone[job].busy_s).all()


def test_what_is_done_is_kept_when_it_is_stopped():
    jobs = [(0, number) for number in range(50)]
    asked: list[int] = []
    done = run_all(
        [prepared(calls(1000.0))], jobs, stop=lambda: len(asked) >= 3, progress=asked.append
    )
    assert list(done) == jobs[:3]


@settings(max_examples=20, deadline=None)
@given(
    received=st.lists(st.integers(0, 80_000), min_size=1, max_size=25),
    number=st.integers(0, 5),
)
def test_nearer_posts_never_lose_with_one_unit_that_is_free(received, number):
    apart = np.cumsum(np.array(received) + 3000.0)
    near, far = (run(prepared(calls(*apart), post=post), number).response_s for post in (0, 1))
    assert (near <= far).all()
