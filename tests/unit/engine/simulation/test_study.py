"""Replications, their figures and intervals, and A against B."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy import stats
from tests.unit.engine.simulation.towns import NAN, calls, fleet, road

from anlan.engine.simulation import (
    Breakdowns,
    CallPattern,
    CallType,
    CardLine,
    Drawing,
    Incomparable,
    Measure,
    Outcome,
    Policy,
    Quantiles,
    Scenario,
    Study,
    by_hour,
    by_place,
    compare,
    compare_measure,
    day_levels,
    estimate,
    estimates,
    replicate,
    simulate,
    unit_figures,
)

DAY = 86_400.0


def outcome(received: list[float], response: list[float], *, replication: int = 0) -> Outcome:
    """An outcome with these responses and nothing else of interest."""
    count = len(received)
    none = np.zeros(count, np.intp)
    times = np.array(response, np.float64)
    return Outcome(
        replication=replication, received_s=np.array(received, np.float64), place=none, kind=none,
        priority=none, response_s=times, full_s=times, wait_s=times, first_unit=none, short=none,
        sent=np.zeros(1, np.intp), busy_s=np.zeros(1), moving_s=np.zeros(1),
        service_s=np.zeros(1), moves=0, ends_s=0.0, events=0, counts={},
    )  # fmt: skip


def study(*outcomes: Outcome) -> Study:
    return Study(tuple(outcomes), seed=1, asked=len(outcomes), units=("U0",))


def drawn(*, posts: tuple[int, ...] = (0, 1), **more: object) -> Scenario:
    line = CardLine(
        "engine", 1, Quantiles.always(60.0), Quantiles(np.array([0.0, 1.0]), np.array([0.0, 900.0]))
    )
    pattern = CallPattern(np.array([2, 3]), np.full(168, 3.0), [CallType(1.0, (line,))])
    return Scenario(
        road([0, 500, 100, 400]), fleet(posts), Policy(), Drawing(pattern, DAY / 2), **more
    )  # type: ignore[arg-type]


def test_an_interval_over_replications_is_students() -> None:
    found = estimate(
        study(*(outcome([0, 1], [v, v + 2], replication=r) for r, v in enumerate((1, 4, 7)))),
        Measure("mean"),
    )
    half = stats.t.ppf(0.975, 2) * 3 / np.sqrt(3)
    assert found.value == pytest.approx(5)
    assert (found.low, found.high) == pytest.approx((5 - half, 5 + half))
    assert (found.n, found.replications, found.how) == (6, 3, "t over replications")


def test_measures_leave_out_nobody_who_was_never_reached() -> None:
    one = study(outcome([0, 1, 2, 3], [100, 200, NAN, 400]))
    assert estimate(one, Measure("within", 200)).value == 0.5
    assert estimate(one, Measure("mean")).value == pytest.approx(700 / 3)
    assert estimate(one, Measure("quantile", 0.5)).value == 200
    assert estimate(one, Measure("mean")).unserved == 1


def test_one_log_gets_its_interval_from_its_days() -> None:
    received = [day * DAY + k for day in range(40) for k in range(50)]
    level = np.random.default_rng(1).normal(300, 30, 40)
    one = study(outcome(received, list(np.repeat(level, 50))))
    found = estimate(one, Measure("mean"))
    assert found.how == "bootstrap by day"
    assert found.low is not None
    assert found.high is not None
    half = 1.96 * level.std() / np.sqrt(40)  # days, not calls, are the independent pieces
    assert found.high - found.low == pytest.approx(2 * half, rel=0.2)
    quantile = estimate(one, Measure("quantile", 0.5))
    assert quantile.low is not None
    short = estimate(study(outcome([0, DAY], [1, 2])), Measure("mean"))
    assert (short.low, short.how) == (None, "too few to say")


def test_the_same_scenario_twice_differs_by_exactly_nothing() -> None:
    a = replicate(drawn(), replications=3, seed=7)
    b = replicate(drawn(), replications=3, seed=7)
    gap = compare(a, b)[0]
    assert (gap.mean.value, gap.mean.low, gap.mean.high) == (0, 0, 0)
    assert gap.better == gap.worse == gap.won == gap.lost == 0
    assert compare_measure(a, b, Measure("quantile", 0.9))[0].value == 0


def test_a_nearer_post_wins_where_it_stands_and_loses_where_it_stood() -> None:
    a = replicate(drawn(posts=(0, 1)), replications=4, seed=7)
    b = replicate(drawn(posts=(0, 0)), replications=4, seed=7)
    gaps = compare(a, b, group=by_place([-1, -1, 0, 1]))
    assert gaps[1].mean.value > 100
    assert gaps[1].mean.surely_not_zero
    assert gaps[1].later_than > 0.6 * (gaps[1].better + gaps[1].same + gaps[1].worse)
    assert gaps[0].mean.value < 10
    parts = sum(one.mean.n for one in gaps.values())
    assert parts == compare(a, b)[0].mean.n


def test_another_number_of_workers_gives_the_same_study() -> None:
    serial = replicate(drawn(), replications=3, seed=2)
    spread = replicate(drawn(), replications=3, seed=2, workers=2)
    for one, other in zip(serial.outcomes, spread.outcomes, strict=True):
        assert one.replication == other.replication
        np.testing.assert_array_equal(one.response_s, other.response_s)
        np.testing.assert_array_equal(one.busy_s, other.busy_s)


def test_a_dask_cluster_gives_the_same_study() -> None:
    distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed")
    serial = replicate(drawn(), replications=4, seed=2)
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        spread = replicate(drawn(), replications=4, seed=2, client=client)
    assert [one.replication for one in spread.outcomes] == [0, 1, 2, 3]
    for one, other in zip(serial.outcomes, spread.outcomes, strict=True):
        np.testing.assert_array_equal(one.response_s, other.response_s)


def test_a_stopped_study_keeps_what_is_done_and_says_so() -> None:
    told: list[float] = []
    done = replicate(
        drawn(), replications=9, seed=1, stop=lambda: len(told) >= 2,
        progress=lambda _label, share: told.append(share),
    )  # fmt: skip
    assert len(done.outcomes) == 2
    assert not done.finished
    assert done.asked == 9
    assert told == pytest.approx([1 / 9, 2 / 9])


def test_a_log_is_lived_once_however_often_it_is_asked() -> None:
    scenario = dataclasses.replace(drawn(), calls=calls([(0, 2, "engine")]))
    done = replicate(scenario, replications=30, seed=1)
    assert len(done.outcomes) == done.asked == 1


def test_breakdowns_belong_to_the_unit_whoever_stands_beside_it() -> None:
    chance = Breakdowns(per_hour=0.5, lasts=Quantiles.always(1800.0))
    two = replicate(drawn(breakdowns=chance), replications=2, seed=4)
    three = replicate(drawn(posts=(0, 1, 1), breakdowns=chance), replications=2, seed=4)
    for one, other in zip(two.outcomes, three.outcomes, strict=True):
        assert (one.service_s < one.ends_s).all()
        down, also = one.ends_s - one.service_s[:2], other.ends_s - other.service_s[:2]
        np.testing.assert_allclose(down, also, atol=abs(one.ends_s - other.ends_s) + 0.01)


def test_workload_is_busy_time_over_time_in_service() -> None:
    scenario = dataclasses.replace(drawn(), calls=calls([(0, 2, "engine")], on_scene=300))
    trace = simulate(scenario.world, scenario.fleet, scenario.policy, scenario.calls)  # type: ignore[arg-type]
    units = unit_figures(replicate(scenario))
    assert units[0].utilisation.value == trace.busy_s[0] / trace.service_s[0] == 1.0
    assert units[1].utilisation.value == 0.0


def test_hours_are_the_towns_own() -> None:
    world = road([0], starts_at_hour_of_week=25.5)
    one = outcome([0, 1799, 1800, DAY], [1, 1, 1, 1])
    assert by_hour(world)(one).tolist() == [1, 1, 2, 1]
    assert set(estimates(study(one), Measure("mean"), group=by_hour(world))) == {1, 2}


def test_studies_of_different_calls_are_not_compared() -> None:
    a = replicate(drawn(), replications=2, seed=1)
    with pytest.raises(Incomparable, match="different seeds"):
        compare(a, replicate(drawn(), replications=2, seed=2))
    other = dataclasses.replace(drawn(), calls=calls([(0, 2, "engine")]))
    with pytest.raises(Incomparable, match="same calls"):
        compare(a, replicate(other, seed=1))


@pytest.mark.parametrize("days", [7, 14, 28])
def test_an_interval_over_few_days_holds_the_truth_as_often_as_it_says(days):
    rng = np.random.Generator(np.random.PCG64(3))
    held = 0
    for _ in range(600):
        figures = rng.standard_normal(days)
        draws = figures[rng.integers(0, days, (600, days))].mean(axis=1)
        low, high = np.quantile(draws, day_levels(days))
        held += low <= 0 <= high
    assert 0.92 <= held / 600 <= 0.98
