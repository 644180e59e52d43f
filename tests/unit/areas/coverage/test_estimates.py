"""Intervals: by days of one log, over replications, none where there is too little."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from anlan.areas.coverage.queries.studies.estimates import Sample


def sample(days, *, log=True, n_days=None, replications=1, seed=1) -> Sample:
    one = np.array(days, np.int64)
    return Sample.of(
        list(range(replications)),
        [one] * replications,
        log=log,
        n_days=n_days or int(one.max()) + 1,
        seed=seed,
    )


def test_over_replications_the_interval_is_students():
    values = np.array([1.0, 3.0, 2.0, 6.0, 3.0, 9.0])
    found = sample([0, 1], log=False, replications=3).mean(values)
    means = np.array([2.0, 4.0, 6.0])
    half = student.ppf(0.975, 2) * means.std(ddof=1) / np.sqrt(3)
    assert found.value == pytest.approx(4.0)
    assert (found.low, found.high) == pytest.approx((4 - half, 4 + half))
    assert found.n == 2


def test_by_days_calls_of_one_day_do_not_count_as_independent():
    days = np.repeat(np.arange(20), 50)
    rng = np.random.default_rng(1)
    effect = rng.normal(size=20)[days] + 0.1 * rng.normal(size=1000)
    found = sample(days).mean(effect)
    by_day = effect.reshape(20, 50).mean(axis=1)
    wanted = 1.96 * by_day.std(ddof=1) / np.sqrt(20)
    assert (found.high - found.low) / 2 == pytest.approx(wanted, rel=0.15)
    naive = 1.96 * effect.std() / np.sqrt(1000)
    assert (found.high - found.low) / 2 > 4 * naive


def test_the_same_on_every_day_has_an_interval_of_no_width():
    found = sample(np.repeat(np.arange(7), 3)).mean(np.full(21, 5.0))
    assert (found.value, found.low, found.high) == (5.0, 5.0, 5.0)


def test_few_days_give_no_interval():
    found = sample([0, 1, 2]).mean(np.array([1.0, 2.0, 3.0]))
    assert (found.value, found.low, found.high) == (2.0, None, None)


def test_nobody_came_is_no_figure_and_nan_counts_for_nothing():
    one = sample(np.arange(6))
    assert one.mean(np.full(6, np.nan)).value is None
    assert one.quantile(np.full(6, np.nan), 0.5).n == 0
    assert one.mean(np.array([1.0, np.nan, 3.0, np.nan, np.nan, 5.0])).value == 3.0


def test_a_total_is_per_replication_and_its_interval_goes_round_it():
    values = np.array([1.0, 0.0, 1.0, 0.0, 0.0, 1.0] * 2)
    found = sample(np.arange(6), replications=2).total(values)
    assert found.value == 3.0
    assert found.low < 3.0 < found.high


def test_a_quantile_lies_in_its_interval_and_draws_the_same_from_one_seed():
    days = np.repeat(np.arange(14), 30)
    values = np.random.default_rng(2).exponential(300.0, 420)
    found, again = (sample(days, seed=9).quantile(values, 0.9) for _ in range(2))
    assert found == again
    assert found.low <= found.value <= found.high
    assert found.value == pytest.approx(np.quantile(values, 0.9))


def test_only_chosen_calls_count():
    chosen = np.array([True, False, True, False, True, False])
    found = sample(np.arange(6)).mean(np.arange(6.0), chosen=chosen)
    assert (found.value, found.n) == (2.0, 3)
