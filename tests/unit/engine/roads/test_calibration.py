"""The factor between free flow and what crews need."""

from __future__ import annotations

import numpy as np
import pytest

from anlan.engine.roads import fit_factor


def test_an_exact_multiple_is_found_without_error():
    factor = fit_factor([60.0, 120.0, 300.0], [108.0, 216.0, 540.0])
    assert factor.value == pytest.approx(1.8)
    assert factor.n == 3
    assert factor.p90_error_s == pytest.approx(0)
    assert factor.mean_abs_pct_error == pytest.approx(0)


def test_the_factor_has_the_least_total_error():
    rng = np.random.default_rng(3)
    modelled = rng.uniform(30, 900, 201)
    observed = modelled * rng.lognormal(0.5, 0.4, 201)
    factor = fit_factor(modelled, observed)
    errors = [np.abs(f * modelled - observed).mean() for f in np.linspace(0.5, 4, 3501)]
    assert factor.mean_abs_error_s <= min(errors) + 1e-9
    assert factor.bias_s == pytest.approx((factor.value * modelled - observed).mean())


def test_one_wild_time_moves_the_factor_little():
    modelled = np.full(101, 100.0)
    observed = np.full(101, 180.0)
    observed[0] = 86_400.0
    assert fit_factor(modelled, observed).value == pytest.approx(1.8)


def test_pairs_without_a_time_are_left_out():
    factor = fit_factor([100.0, np.inf, 100.0, 0.0, 50.0], [200.0, 10.0, np.nan, 5.0, -1.0])
    assert (factor.value, factor.n) == (2.0, 1)


@pytest.mark.parametrize(("modelled", "observed"), [([], []), ([0.0], [1.0]), ([np.nan], [1.0])])
def test_nothing_to_fit_is_said(modelled, observed):
    with pytest.raises(ValueError, match="no trip with both"):
        fit_factor(modelled, observed)


def test_unequal_lists_are_refused():
    with pytest.raises(ValueError, match="one observed time for each"):
        fit_factor([1.0, 2.0], [1.0])
