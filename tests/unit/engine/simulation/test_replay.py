"""A log lived again: worked on paper, and invariants on made-up logs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.simulation import CallLog, CoverRule, Log, ResponseLog, Units, UnusableLog, replay

NAN = float("nan")
ALWAYS = np.array([[-1e9, 1e9]])
Row = tuple[int, int, float, float, float, float, float, float]


def line(at: list[float]) -> Callable[[np.ndarray, int, float], np.ndarray]:
    """Points on a straight road, one length unit a second."""
    places = np.array(at, float)
    return lambda origins, target, _at_s: np.abs(places[origins] - places[target])


def make_log(
    *,
    received: list[float],
    points: list[int],
    rows: list[Row],
    posts: list[int],
    kinds: list[str] | None = None,
    duty: list[np.ndarray] | None = None,
    hospitals: list[int] | None = None,
    area: list[int] | None = None,
) -> Log:
    kinds = kinds or ["engine"] * len(posts)
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Log(
        calls=CallLog(np.array(received, float), np.array(points), np.zeros(len(points), int)),
        responses=ResponseLog(
            columns[0].astype(int), columns[1].astype(int), *(c.astype(float) for c in columns[2:])
        ),
        units=Units(
            keys=[f"U{u}" for u in range(len(posts))],
            kind=kinds,
            capabilities=[frozenset({kind}) for kind in kinds],
            post=np.array(posts),
            start=np.full(len(posts), -1),
            duty=duty or [ALWAYS] * len(posts),
            area=None if area is None else np.array(area),
        ),
        hospitals=np.array(hospitals or [], int),
    )


# Points: 0 post A at 0, 1 post B at 100, 2 call at 90, 3 hospital at 150, 4 call at 40.
ROAD = line([0, 100, 90, 150, 40])


def test_recorded_keeps_the_units_and_spells_and_models_the_way() -> None:
    log = make_log(
        received=[1000], points=[2], posts=[0, 1],
        rows=[(0, 0, 1010, 1040, 1200, 1500, 1700, 2000)], hospitals=[3],
    )  # fmt: skip
    out = replay(log, travel=ROAD, policy="recorded").modelled
    assert out.unit.tolist() == [0]
    assert out.en_route_s[0] == 1040  # turnout 30 as logged
    assert out.on_scene_s[0] == 1040 + 90  # the model's way, not the log's 160
    assert out.transport_s[0] == 1130 + 300
    assert out.hospital_s[0] == 1430 + 200
    assert out.available_s[0] == 1630 + 300


def test_recommended_sends_the_nearer_unit_with_the_calls_own_spells() -> None:
    log = make_log(
        received=[1000], points=[2], posts=[0, 1], rows=[(0, 0, 1010, 1040, 1200, NAN, NAN, 2000)]
    )
    out = replay(log, travel=ROAD, policy="recommended").modelled
    assert out.unit.tolist() == [1]
    assert out.on_scene_s[0] == 1010 + 30 + 10
    assert out.available_s[0] == 1050 + 800


def test_unit_on_its_way_home_starts_from_where_it_is() -> None:
    # Free at the call (90) at 1900; post A is 90 s away; at 1945 it stands at 45, 5 s from 40.
    rows: list[Row] = [
        (0, 0, 1000, 1010, 1100, NAN, NAN, 1900),
        (1, 0, 1945, 1945, 2000, NAN, NAN, 2100),
    ]
    log = make_log(received=[990, 1940], points=[2, 4], rows=rows, posts=[0])
    out = replay(log, travel=ROAD, policy="recorded").modelled
    assert out.available_s[0] == 1900
    assert out.on_scene_s[1] == pytest.approx(1945 + 0.5 * 50 + 0.5 * 40)


def test_unit_without_a_post_stays_where_it_got_free() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1010, 1100, NAN, NAN, 1900),
        (1, 0, 9000, 9000, 9300, NAN, NAN, 9900),
    ]
    log = make_log(received=[990, 8990], points=[2, 4], rows=rows, posts=[-1])
    result = replay(log, travel=ROAD, policy="recorded")
    assert result.modelled.on_scene_s[0] == 1100  # nobody knows its start: the log's own way
    assert result.modelled.on_scene_s[1] == 9050
    assert result.counts["start_unknown"] == 1


def test_patient_is_taken_to_the_nearest_hospital_and_the_unit_is_free_there() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1000, 1090, 1200, 1300, 1400),
        (1, 0, 1400, 1400, 1500, NAN, NAN, 1600),
    ]
    log = make_log(received=[990, 1390], points=[2, 4], rows=rows, posts=[0], hospitals=[0, 3])
    out = replay(log, travel=ROAD, policy="recorded").modelled
    assert out.available_s[0] == 1400
    assert out.on_scene_s[1] == 1400 + 110


def test_cancelled_unit_turns_round_on_its_way() -> None:
    # Sent from 0 to 90 at 1000, leaves 1010, called off at 1040: it stands at 30, 10 s from 40.
    rows: list[Row] = [
        (0, 0, 1000, 1010, NAN, NAN, NAN, 1040),
        (1, 0, 1040, 1040, 1080, NAN, NAN, 1100),
    ]
    log = make_log(received=[990, 1030], points=[2, 4], rows=rows, posts=[0])
    result = replay(log, travel=ROAD, policy="recorded")
    assert np.isnan(result.modelled.on_scene_s[0])
    assert result.modelled.available_s[0] == 1040
    assert result.modelled.on_scene_s[1] == pytest.approx(1040 + (2 / 3) * 40 + (1 / 3) * 50)
    assert result.counts["cancelled_before_scene"] == 1


def test_recorded_follows_a_log_that_has_a_unit_on_two_calls_and_counts_it() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1010, 1100, NAN, NAN, 1900),
        (1, 0, 1500, 1510, 1600, NAN, NAN, 1700),
    ]
    log = make_log(received=[990, 1490], points=[2, 4], rows=rows, posts=[0])
    result = replay(log, travel=ROAD, policy="recorded")
    assert result.counts["unit_on_two_calls"] == 1
    assert result.modelled.on_scene_s[1] == 1510 + 50  # from the first call's place


def test_call_waits_under_recommended_until_a_unit_is_free() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1000, 1090, NAN, NAN, 1500),
        (1, 0, 1200, 1210, 1300, NAN, NAN, 1400),
    ]
    log = make_log(received=[990, 1190], points=[2, 4], rows=rows, posts=[0])
    result = replay(log, travel=ROAD, policy="recommended")
    assert result.modelled.dispatch_s[1] == 1500
    assert result.modelled.wait_s[1] == 300
    assert result.modelled.on_scene_s[1] == 1500 + 10 + 50
    assert result.counts["rows_that_waited"] == 1


def test_unit_off_duty_is_not_recommended_and_a_call_waits_for_the_shift() -> None:
    log = make_log(
        received=[1000], points=[2], posts=[1], rows=[(0, 0, 1010, 1040, 1200, NAN, NAN, 2000)],
        duty=[np.array([[5000.0, 9000.0]])],
    )  # fmt: skip
    out = replay(log, travel=ROAD, policy="recommended").modelled
    assert out.dispatch_s[0] == 5000


def test_row_that_nobody_can_ever_fill_is_counted() -> None:
    log = make_log(
        received=[1000], points=[2], posts=[1], rows=[(0, 0, 1010, 1040, 1200, NAN, NAN, 2000)],
        duty=[np.zeros((0, 2))],
    )  # fmt: skip
    result = replay(log, travel=ROAD, policy="recommended")
    assert result.counts["never_served"] == 1
    assert result.modelled.unit[0] == -1


def test_cover_makes_the_nearer_last_unit_stay() -> None:
    log = make_log(
        received=[1000], points=[4], posts=[0, 1], rows=[(0, 0, 1010, 1040, 1200, NAN, NAN, 2000)],
        area=[0, -1],
    )  # fmt: skip
    bare = replay(log, travel=ROAD, policy="recommended")
    assert bare.modelled.unit.tolist() == [0]  # 40 s against 60 s
    rule = (CoverRule("a", "A", "engine", 1),)
    kept = replay(log, travel=ROAD, policy="recommended", cover=rule, cover_penalty_s=30)
    assert kept.modelled.unit.tolist() == [1]


def test_a_unit_that_the_log_sent_too_keeps_its_own_spells() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1005, 1200, NAN, NAN, 1300),
        (0, 1, 1000, 1050, 1210, NAN, NAN, 1900),
    ]
    log = make_log(received=[990], points=[2], rows=rows, posts=[0, 1])
    recorded = replay(log, travel=ROAD, policy="recorded").modelled
    recommended = replay(log, travel=ROAD, policy="recommended").modelled
    assert recommended.unit.tolist() == [0, 1]
    np.testing.assert_array_equal(recorded.on_scene_s, recommended.on_scene_s)


def test_units_of_another_kind_never_fill_a_row() -> None:
    log = make_log(
        received=[1000], points=[2], posts=[0, 1], kinds=["engine", "truck"],
        rows=[(0, 0, 1010, 1040, 1200, NAN, NAN, 2000)],
    )  # fmt: skip
    assert replay(log, travel=ROAD, policy="recommended").modelled.unit.tolist() == [0]


def test_missing_figures_are_filled_and_counted() -> None:
    rows: list[Row] = [
        (0, 0, 1000, 1020, 1100, NAN, NAN, 1400),
        (1, 0, 5000, NAN, 5100, NAN, NAN, NAN),
        (2, 0, NAN, NAN, NAN, NAN, NAN, NAN),
    ]
    log = make_log(received=[990, 4990, 6000], points=[2, 2, 2], rows=rows, posts=[0])
    result = replay(log, travel=ROAD, policy="recorded")
    assert result.modelled.en_route_s[1] == 5020
    assert result.modelled.available_s[1] == 5020 + 90 + 300
    assert (result.counts["turnout_filled"], result.counts["on_scene_filled"]) == (1, 1)
    assert result.counts["dispatch_missing"] == 1
    assert result.modelled.unit[2] == -1


def test_response_of_a_unit_that_is_not_there_is_refused() -> None:
    with pytest.raises(UnusableLog, match="unit that is not there"):
        make_log(received=[0], points=[2], posts=[0], rows=[(0, 3, 0, 0, 0, NAN, NAN, 1)])


@st.composite
def logs(draw: st.DrawFn) -> Log:
    """Made-up logs on a line of 12 points; the first 4 are posts."""
    units = draw(st.integers(1, 4))
    kinds = draw(st.lists(st.sampled_from(("engine", "truck")), min_size=units, max_size=units))
    received = sorted(draw(st.lists(st.integers(0, 4000), min_size=1, max_size=8)))
    points = draw(st.lists(st.integers(4, 11), min_size=len(received), max_size=len(received)))
    rows: list[Row] = []
    for call, at in enumerate(received):
        for unit in sorted(draw(st.sets(st.integers(0, units - 1), min_size=1))):
            spells = draw(st.tuples(*[st.integers(0, 300)] * 4))
            sent, left, there, done = (at + sum(spells[: k + 1]) for k in range(4))
            if draw(st.booleans()):
                rows.append((call, unit, sent, left, there, NAN, NAN, done))
            else:
                rows.append((call, unit, sent, left, NAN, NAN, NAN, there))
    return make_log(
        received=[float(at) for at in received], points=points, rows=rows,
        posts=list(range(units)), kinds=kinds,
    )  # fmt: skip


LINE = line([0, 100, 200, 300, 10, 50, 120, 160, 210, 250, 290, 330])


@settings(max_examples=25, deadline=None)
@given(logs())
def test_no_unit_is_in_two_places_under_recommended(log: Log) -> None:
    out = replay(log, travel=LINE, policy="recommended").modelled
    for unit in range(len(log.units)):
        mine = np.flatnonzero(out.unit == unit)
        mine = mine[np.argsort(out.dispatch_s[mine], kind="stable")]
        assert (out.available_s[mine][:-1] <= out.dispatch_s[mine][1:]).all()


@settings(max_examples=25, deadline=None)
@given(logs())
def test_spells_of_a_row_are_the_same_under_both_policies(log: Log) -> None:
    both = [
        replay(log, travel=LINE, policy=policy).modelled for policy in ("recorded", "recommended")
    ]
    served = (both[0].unit >= 0) & (both[1].unit >= 0)
    arrived = served & np.isfinite(both[1].on_scene_s)
    for out in both:
        np.testing.assert_allclose(
            (out.available_s - out.on_scene_s)[arrived],
            (log.responses.available_s - log.responses.on_scene_s)[arrived],
        )
    assert (np.isfinite(both[0].on_scene_s) == np.isfinite(log.responses.on_scene_s)).all()
    assert (both[1].wait_s[served] >= 0).all()


@settings(max_examples=15, deadline=None)
@given(logs())
def test_same_log_gives_the_same_replay(log: Log) -> None:
    first, again = (replay(log, travel=LINE, policy="recommended") for _ in range(2))
    np.testing.assert_array_equal(first.modelled.on_scene_s, again.modelled.on_scene_s)
    assert first.counts == again.counts


@settings(max_examples=25, deadline=None)
@given(logs())
def test_recorded_with_the_observed_way_gives_the_observed_times(log: Log) -> None:
    """With the log's own travel in the place of the model, the model's error is nothing."""
    rows = log.responses
    asked: list[float] = []

    def observed(origins: np.ndarray, target: int, at_s: float) -> np.ndarray:
        way = asked.pop(0) if asked else 0.0
        return np.full(len(origins), way)

    order = np.lexsort((np.arange(len(rows)), rows.call, rows.dispatch_s))
    for row in order:  # one question for the way out, one for the way home, in the order of sending
        way = rows.on_scene_s[row] - rows.en_route_s[row]
        asked += [float(np.nan_to_num(way)), 0.0]
    out = replay(log, travel=observed, policy="recorded").modelled
    np.testing.assert_allclose(out.on_scene_s, rows.on_scene_s)
    np.testing.assert_allclose(out.available_s, rows.available_s)
