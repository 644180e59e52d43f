"""A simulated town: worked on paper."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from tests.unit.engine.simulation.towns import NAN, calls, fleet, road

from anlan.engine.simulation import (
    CoverRule,
    Policy,
    UnusableStream,
    UnusableWorld,
    World,
    simulate,
)
from anlan.engine.siting.move_up import ComplianceTable, Dmexclp


def test_the_nearest_unit_goes_and_its_times_add_up() -> None:
    world = road([0, 100, 90, 150], hospitals=np.array([3]))
    stream = calls([(1000, 2, "engine")], turnout=30, on_scene=200, handover=50, processing=10)
    trace = simulate(world, fleet([0, 1]), Policy(), stream)
    assert trace.unit.tolist() == [1]
    assert trace.dispatch_s[0] == 1010
    assert trace.en_route_s[0] == 1040
    assert trace.on_scene_s[0] == 1050
    assert trace.transport_s[0] == 1250
    assert trace.hospital_s[0] == 1310  # 60 s from 90 to 150
    assert trace.available_s[0] == trace.ends_s == 1360
    assert trace.busy_s.tolist() == [0, 350]
    assert trace.response_s(stream).tolist() == [50]
    assert trace.from_place.tolist() == [1]
    assert trace.hospital.tolist() == [3]


def test_a_unit_on_its_way_home_starts_from_where_it_is() -> None:
    world = road([0, 100, 60])
    stream = calls([(0, 1, "engine"), (240, 2, "engine")])  # free at 200, home at 300
    trace = simulate(world, fleet([0]), Policy(), stream)
    assert trace.on_scene_s[1] == pytest.approx(240 + (0.6 * 40 + 0.4 * 60), abs=0.001)


def test_calls_that_wait_go_by_priority_then_receipt() -> None:
    world = road([0, 0])
    stream = calls(
        [(0, 1, "engine"), (1, 1, "engine"), (2, 1, "engine"), (3, 1, "engine")],
        priority=[0, 2, 1, 1],
    )
    trace = simulate(world, fleet([0]), Policy(), stream)
    assert trace.dispatch_s.tolist() == [0, 300, 100, 200]
    assert trace.wait_s.tolist() == [0, 299, 98, 197]
    assert trace.counts["slots_that_waited"] == 3


def test_without_a_queue_calls_that_find_nobody_are_lost() -> None:
    world = road([0, 0])
    stream = calls([(0, 1, "engine"), (1, 1, "engine"), (200, 1, "engine")])
    trace = simulate(world, fleet([0]), Policy(waits=False), stream)
    assert trace.unit.tolist() == [0, -1, 0]
    assert trace.counts == {"lost": 1}


def test_a_unit_is_diverted_to_a_graver_call_and_its_own_waits() -> None:
    world = road([0, 100, 150])
    stream = calls([(0, 1, "engine"), (40, 2, "engine")], priority=[2, 1])
    trace = simulate(world, fleet([0]), Policy(divert=True), stream)
    assert trace.on_scene_s[1] == pytest.approx(150, abs=0.001)  # it was at 40
    assert trace.dispatch_s[0] == pytest.approx(250, abs=0.001)
    assert trace.counts["diverted"] == 1
    assert simulate(world, fleet([0]), Policy(), stream).on_scene_s.tolist() == [100, 250]


def test_cover_keeps_the_last_engine_of_an_area_where_another_is_hardly_later() -> None:
    world = road([0, 50, 10])
    stream = calls([(0, 2, "engine")])
    rule = CoverRule("a", "A", "engine", keep=1)
    units = fleet([0, 1], area=np.array([0, -1]))
    assert simulate(world, units, Policy(cover=(rule,)), stream).unit.tolist() == [1]
    near = Policy(cover=(rule,), dispatch="closest")
    assert simulate(world, units, near, stream).unit.tolist() == [0]


def test_units_go_only_while_they_are_in_service() -> None:
    world = road([0, 100, 10])
    duty = [np.array([[0.0, 500.0], [900.0, 2000.0]]), np.array([[0.0, 2000.0]])]
    broken = [np.zeros((0, 2)), np.array([[650.0, 700.0]])]
    units = fleet([0, 1], duty=duty, breakdowns=broken)
    stream = calls([(0, 2, "engine"), (500, 2, "engine"), (660, 2, "engine"), (900, 2, "engine")])
    trace = simulate(world, units, Policy(), stream)
    assert trace.unit.tolist() == [0, 1, 1, 0]
    assert trace.dispatch_s.tolist() == [0, 500, 700, 900]  # U1 is broken down at 660
    assert trace.service_s.tolist() == [500 + 110, 1010 - 50]


def test_a_trip_takes_the_factor_of_its_class_and_hour() -> None:
    factor = np.ones((2, 168))
    factor[1, 1] = 2.0
    world = road([0, 100], factor=factor, fixed_s=np.array([0.0, 7.0]), starts_at_hour_of_week=0.5)
    stream = calls([(0, 1, "engine"), (1800, 1, "engine")], trip_class=np.array([1, 1]))
    trace = simulate(world, fleet([0]), Policy(), stream)
    assert trace.on_scene_s.tolist() == [107, 1800 + 207]


def test_a_cancelled_unit_turns_round_where_it_is() -> None:
    world = road([0, 100])
    stream = calls([(0, 1, "engine"), (60, 1, "engine")], cancelled_s=np.array([50.0, NAN]))
    trace = simulate(world, fleet([0]), Policy(), stream)
    assert np.isnan(trace.on_scene_s[0])
    assert trace.available_s[0] == 50
    assert trace.on_scene_s[1] == pytest.approx(60 + 60, abs=0.001)  # it stood at 40


def test_a_free_unit_fills_the_gap_that_the_compliance_table_names() -> None:
    world = road([0, 100, 10])
    table = ComplianceTable(np.array([0, 1]), np.array([[0, 0], [1, 0], [1, 1]]))
    stream = calls([(0, 2, "engine"), (105, 2, "engine")], on_scene=1000)
    trace = simulate(world, fleet([0, 1]), Policy(move_up=table), stream)
    assert trace.moves.unit.tolist()[:1] == [1]
    assert trace.moves.at_s[0] == 0
    assert trace.moves.arrives_s[0] == 100
    assert trace.on_scene_s[1] == 115  # from the post that U0 left
    assert trace.moving_s[1] == 100


def test_of_two_units_as_near_to_a_gap_the_first_fills_it() -> None:
    world = road([0, 100, -100, 5])
    table = ComplianceTable(np.array([0]), np.array([[0], [1]]))
    trace = simulate(
        world, fleet([1, 2, 0]), Policy(move_up=table), calls([(0, 3, "engine")], on_scene=10)
    )
    assert trace.unit.tolist() == [2]
    assert trace.moves.unit.tolist() == [0]


def test_dmexclp_sends_a_freed_unit_where_it_adds_most() -> None:
    world = road([0, 100, 10])
    rule = Dmexclp(np.array([0, 1]), np.eye(2, dtype=bool), np.array([1.0, 5.0]), busy=0.5)
    trace = simulate(world, fleet([0]), Policy(move_up=rule), calls([(0, 2, "engine")]))
    assert trace.moves.to_place.tolist() == [1]
    assert trace.moves.at_s.tolist() == [110]


def test_a_full_run_card_takes_one_unit_for_each_place() -> None:
    world = road([0, 10, 20, 5])
    units = fleet([0, 1, 2], kinds=["engine+medic", "engine", "truck"])
    trace = simulate(world, units, Policy(), calls([(0, 3, "engine medic truck boat")]))
    assert trace.unit.tolist() == [1, 0, 2, -1]
    assert trace.counts == {"no_such_unit": 1}


def test_what_does_not_fit_together_is_refused_in_a_sentence() -> None:
    world, stream = road([0, 10]), calls([(0, 1, "engine")])
    with pytest.raises(UnusableWorld, match="not among the places"):
        simulate(world, fleet([5]), Policy(), stream)
    with pytest.raises(UnusableStream, match="place that the world does not have"):
        simulate(road([0]), fleet([0]), Policy(), stream)
    with pytest.raises(UnusableWorld, match="one row and one column"):
        World(np.zeros((2, 3)))
    with pytest.raises(UnusableStream, match="spell is below 0"):
        dataclasses.replace(stream, turnout_s=np.array([-1.0]))
