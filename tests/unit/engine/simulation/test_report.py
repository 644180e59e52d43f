"""A replay's figures: on paper, paired like with like, and null where the log lacks them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from anlan.engine.simulation import (
    CallLog,
    Log,
    Modelled,
    Replay,
    ResponseLog,
    ServiceLevel,
    Units,
    column,
    model_error,
    observed_times,
    paired_gap,
    replay,
)

NAN = float("nan")


def make_log() -> Log:
    """Four calls, kinds 0 0 0 1; the last has two units; one unit never arrived."""
    received = np.array([0.0, 1000, 2000, 3000])
    dispatch = np.array([60.0, 1100, 2030, 3010, 3010])
    leaves = np.array([90.0, 1140, 2050, 3030, 3070])
    arrives = np.array([190.0, 1440, NAN, 3130, 3370])
    return Log(
        calls=CallLog(received, np.zeros(4, int), np.array([0, 0, 0, 1])),
        responses=ResponseLog(
            np.array([0, 1, 2, 3, 3]), np.array([0, 0, 0, 0, 1]), dispatch, leaves, arrives,
            np.full(5, NAN), np.full(5, NAN), np.array([500.0, 1600, 2200, 3500, 3600]),
        ),
        units=Units(["A", "B"], ["e", "e"], [frozenset({"e"})] * 2, np.zeros(2, int),
                    np.zeros(2, int), [np.array([[-1e9, 1e9]])] * 2),
        hospitals=np.zeros(0, int),
    )  # fmt: skip


def shifted(log: Log, by_s: list[float], policy: str = "recorded") -> Replay:
    """A replay whose arrivals are the log's, moved by some seconds each."""
    times = observed_times(log)
    moved = dataclasses.replace(times, on_scene_s=times.on_scene_s + np.array(by_s))
    base = replay(log, travel=lambda o, t, at: np.zeros(len(o)), policy="recorded")
    return dataclasses.replace(base, policy=policy, modelled=moved)  # type: ignore[arg-type]


def test_observed_intervals_by_hand() -> None:
    figures = column("observed", make_log(), observed_times(make_log())).figures
    assert figures["processing"].n == 4
    assert figures["processing"].p50_s == 45  # 60 100 30 10
    assert figures["turnout"].p50_s == 30  # 30 40 20 20 60
    assert figures["travel"].n == 4
    assert figures["travel"].p50_s == 200  # 100 300 100 300
    assert figures["response"].n == 3
    assert figures["response"].p50_s == 190  # 190 440 130
    assert figures["response"].p90_s == pytest.approx(390)
    assert figures["full_alarm"].n == 1
    assert figures["full_alarm"].p50_s == 300


def test_interval_the_log_lacks_is_null_with_a_code() -> None:
    figures = column("observed", make_log(), observed_times(make_log())).figures
    assert figures["answer"].p50_s is None
    assert (figures["answer"].n, figures["answer"].lacking) == (0, "log_lacks_ring")
    assert figures["processing"].note == "from_received"


def test_answer_and_processing_use_the_answering_time_where_the_log_has_it() -> None:
    log = make_log()
    calls = dataclasses.replace(
        log.calls, rang_s=log.calls.received_s - 20, answered_s=log.calls.received_s - 8
    )
    figures = column("o", dataclasses.replace(log, calls=calls), observed_times(log)).figures
    assert figures["answer"].p50_s == 12
    assert figures["processing"].p50_s == 45 + 8
    assert figures["processing"].note is None


def test_share_within_a_level_counts_only_its_kinds() -> None:
    levels = [
        ServiceLevel("all", "response", 200, 0.9),
        ServiceLevel("kind1", "response", 200, 0.9, frozenset({1})),
        ServiceLevel("none", "response", 200, None, frozenset({7})),
        ServiceLevel("travel", "travel", 100),
    ]
    figures = column("o", make_log(), observed_times(make_log()), levels=levels).figures
    got = figures["response"].levels
    assert (got["all"].n, got["all"].met) == (3, False)
    assert got["all"].within == pytest.approx(2 / 3)
    assert (got["kind1"].n, got["kind1"].within, got["kind1"].met) == (1, 1.0, True)
    assert (got["none"].n, got["none"].within) == (0, None)
    assert figures["travel"].levels["travel"].met is None
    assert figures["travel"].levels["travel"].within == 0.5


def test_model_error_is_modelled_less_observed() -> None:
    log = make_log()
    error = model_error(log, shifted(log, [10, -30, 0, 20, 0]), interval="response")
    assert (error.n, error.p50_s, error.mean_s) == (3, 10, 0)
    assert error.p50_abs_s == 20


def test_paired_gap_counts_calls_sooner_same_and_later() -> None:
    log = make_log()
    recorded = shifted(log, [0, 0, 0, 0, 0])
    ours = shifted(log, [-60, -0.2, 0, 30, 0], "recommended")
    gap = paired_gap(log, recorded, ours, seed=4)
    assert (gap.n, gap.better, gap.same, gap.worse, gap.unpaired) == (3, 1, 1, 1, 0)
    assert gap.median_s == pytest.approx(-0.2)
    assert gap.mean_s == pytest.approx(-30.2 / 3)
    assert gap == paired_gap(log, recorded, ours, seed=4)


def test_call_that_one_policy_never_reaches_is_unpaired_and_said() -> None:
    log = make_log()
    gap = paired_gap(log, shifted(log, [0] * 5), shifted(log, [NAN, 0, 0, 0, 0]), seed=4)
    assert (gap.n, gap.unpaired) == (2, 1)


def test_bootstrap_interval_holds_the_true_mean_of_a_large_sample() -> None:
    rng = np.random.Generator(np.random.PCG64(9))
    count = 800
    zeros, blank = np.zeros(count), np.full(count, NAN)
    rows = (zeros, zeros, zeros + 100, blank, blank, zeros + 200)
    one = np.zeros(1, int)
    log = Log(
        CallLog(zeros, zeros.astype(int), zeros.astype(int)),
        ResponseLog(np.arange(count), zeros.astype(int), *rows),
        Units(["A"], ["e"], [frozenset({"e"})], one, one, [np.zeros((0, 2))]),
        np.zeros(0, int),
    )
    base = shifted(log, [0.0] * count)
    ours = shifted(log, (rng.normal(-20, 60, count)).tolist())
    gap = paired_gap(log, base, ours, seed=1)
    assert gap.mean_ci_s is not None
    low, high = gap.mean_ci_s
    assert low < -20 < high
    half = 1.96 * 60 / np.sqrt(count)
    assert (high - low) / 2 == pytest.approx(half, rel=0.15)


def test_paired_columns_speak_of_the_same_rows() -> None:
    log = make_log()
    results: list[Modelled] = [
        replay(log, travel=lambda o, t, at: np.full(len(o), 50.0), policy=policy).modelled
        for policy in ("recorded", "recommended")
    ]
    columns = [column("x", log, times).figures for times in (observed_times(log), *results)]
    for interval in ("travel", "response", "turnout"):
        assert len({figures[interval].n for figures in columns}) == 1
