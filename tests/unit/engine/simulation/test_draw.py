"""Drawn calls follow the measured pattern, and the same seed gives the same calls anywhere."""

from __future__ import annotations

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anlan.engine.simulation import UnusablePattern, Zones, draw_calls, draw_spells, weekly_rate

SQUARE = np.array([[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]])
ZONES = Zones(
    lon=np.array([1.0, 10.0, 20.0]),
    lat=np.array([0.5, 0.0, 0.0]),
    people=np.array([300.0, 100.0, 0.0]),
    ring=[SQUARE, None, None],
)
FLAT = np.full(168, 2.0)
WEEK_S = 7 * 86_400.0


def drawn(**changes: object):  # type: ignore[no-untyped-def]
    asked = {
        "rate_per_hour": FLAT,
        "type_shares": np.array([0.75, 0.25]),
        "starts_at_hour_of_week": 0.0,
        "duration_s": 10 * WEEK_S,
        "seed": 11,
        **changes,
    }
    return draw_calls(asked.pop("zones", ZONES), **asked)  # type: ignore[arg-type]


def test_same_seed_gives_these_very_calls() -> None:
    calls = drawn(duration_s=WEEK_S)
    text = repr([column.tolist() for column in dataclasses.astuple(calls)])
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == "4dad0f1b50fb6dd6"
    assert drawn(seed=12).at_s[0] != calls.at_s[0]


def test_counts_and_mix_are_those_asked_for() -> None:
    calls = drawn()
    count = len(calls.at_s)
    assert abs(count - 3360) < 5 * np.sqrt(3360)
    assert (np.diff(calls.at_s) >= 0).all()
    assert calls.at_s[0] >= 0
    assert calls.at_s[-1] < 10 * WEEK_S
    assert abs((calls.kind == 1).mean() - 0.25) < 0.04
    assert abs((calls.zone == 0).mean() - 0.75) < 0.04
    assert not (calls.zone == 2).any()


def test_gaps_of_a_flat_rate_are_exponential() -> None:
    gaps = np.diff(drawn().at_s)
    assert abs(gaps.mean() - 1800) < 150
    assert abs(gaps.std() / gaps.mean() - 1) < 0.08


def test_calls_follow_the_hour_of_the_week_they_begin_in() -> None:
    rate = np.zeros(168)
    rate[30] = 50.0  # Tuesday 06:00
    calls = drawn(rate_per_hour=rate, starts_at_hour_of_week=29.5, duration_s=WEEK_S)
    assert len(calls.at_s) > 20
    assert (calls.at_s >= 1800).all()
    assert (calls.at_s <= 5400).all()


def test_drawing_may_begin_within_the_busy_hour() -> None:
    rate = np.zeros(168)
    rate[0] = 3600.0
    calls = drawn(rate_per_hour=rate, starts_at_hour_of_week=0.75, duration_s=7200.0)
    assert abs(len(calls.at_s) - 900) < 5 * 30
    assert calls.at_s[-1] <= 900


def test_points_lie_in_the_zone_or_at_its_middle() -> None:
    calls = drawn()
    inside = calls.zone == 0
    assert ((calls.lon[inside] >= 0) & (calls.lon[inside] <= 2)).all()
    assert ((calls.lat[inside] >= 0) & (calls.lat[inside] <= 1)).all()
    assert calls.lon[inside].std() > 0.4
    assert (calls.lon[~inside] == 10.0).all()


def test_points_of_a_bent_zone_stay_out_of_its_notch() -> None:
    bent = np.array([[0, 0], [4, 0], [4, 4], [3, 4], [3, 1], [0, 1]], float)
    zones = Zones(np.array([3.5]), np.array([0.5]), np.array([1.0]), ring=[bent])
    calls = drawn(zones=zones)
    assert not ((calls.lon < 3) & (calls.lat > 1)).any()
    assert ((calls.lon > 3) & (calls.lat > 1)).any()


def test_weekly_rate_keeps_the_mean_and_the_shape() -> None:
    rate = weekly_rate(
        calls_per_day=48.0,
        hour_weights=np.arange(24.0),
        weekday_weights=np.array([1, 1, 1, 1, 1, 2, 2.0]),
    )
    assert rate.sum() == pytest.approx(48 * 7)
    assert rate[5 * 24 + 6] == pytest.approx(2 * rate[6])
    assert rate[12] == pytest.approx(2 * rate[6])


@settings(max_examples=30, deadline=None)
@given(st.lists(st.floats(0, 5000), min_size=3, max_size=8))
def test_spells_keep_their_quantiles(values: list[float]) -> None:
    quantiles = np.sort(np.round(values, 2))
    shares = np.linspace(0, 1, len(quantiles))
    spells = draw_spells(shares=shares, quantiles_s=quantiles, count=4000, seed=2)
    assert quantiles[0] - 1e-3 <= spells.min()
    assert spells.max() <= quantiles[-1] + 1e-3
    middle = np.interp(0.5, shares, quantiles)
    below = (spells <= middle + 1e-3).mean()
    assert below >= 0.46


@pytest.mark.parametrize(
    "changes",
    [
        {"rate_per_hour": np.ones(24)},
        {"type_shares": np.array([0.0, 0.0])},
        {"zones": Zones(np.zeros(1), np.zeros(1), np.array([-1.0]))},
        {"zones": Zones(np.zeros(2), np.zeros(1), np.array([1.0]))},
    ],
)
def test_unusable_pattern_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(UnusablePattern):
        drawn(**changes)


def test_falling_quantiles_are_refused() -> None:
    with pytest.raises(UnusablePattern):
        draw_spells(shares=np.array([0.0, 1.0]), quantiles_s=np.array([5.0, 1.0]), count=1, seed=0)
