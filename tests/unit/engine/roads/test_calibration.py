"""The factors between free flow and what crews need."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta

import numpy as np
import pytest

from anlan.engine.roads import RoadNetwork, fit_factor, fit_factors, read_csv


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


# ---------------------------------------------------------------- by band


def made_trips(rng, *, fixed_s, factors, count, noise):
    """Draw trips whose truth is known: noise is the sigma of a lognormal of median 1."""
    band = rng.integers(0, len(factors), count)
    modelled = rng.uniform(40, 700, count)
    observed = fixed_s + np.array(factors)[band] * modelled * rng.lognormal(0, noise, count)
    return modelled, observed, band


def test_trips_without_noise_give_back_their_truth():
    trips = made_trips(
        np.random.default_rng(1), fixed_s=45.0, factors=[1.2, 2.0, 0.8], count=90, noise=0.0
    )
    fit = fit_factors(*trips, bands=3)
    assert fit.fixed_s == pytest.approx(45.0, abs=0.1)
    assert fit.factor == pytest.approx([1.2, 2.0, 0.8], abs=0.002)
    assert fit.prior_trips == 0.0
    assert fit.mean_abs_error_s == pytest.approx([0, 0, 0], abs=0.5)
    assert fit.n.sum() == 90
    assert fit.estimate([100.0, 100.0], [1, 2]) == pytest.approx([245.0, 125.0], abs=0.5)


def test_noisy_trips_give_back_their_truth_nearly():
    trips = made_trips(
        np.random.default_rng(2), fixed_s=60.0, factors=[1.5, 0.9], count=6000, noise=0.3
    )
    fit = fit_factors(*trips, bands=2)
    assert fit.fixed_s == pytest.approx(60.0, abs=6.0)
    assert fit.factor == pytest.approx([1.5, 0.9], abs=0.05)


@pytest.mark.parametrize("seed", range(6))
def test_no_other_fixed_seconds_and_factors_have_less_error(seed):
    rng = np.random.default_rng(seed)
    modelled, observed, band = made_trips(
        rng, fixed_s=30.0, factors=[1.0, 1.8], count=14, noise=0.5
    )
    fit = fit_factors(modelled, observed, band, bands=2, prior_trips=0.0)
    found = np.abs(fit.estimate(modelled, band) - observed).sum()
    grid = np.linspace(0.01, 6, 600)
    for fixed_s in np.linspace(0, 300, 301):
        rest = 0.0
        for b in (0, 1):
            own = band == b
            off = np.abs(fixed_s + np.outer(grid, modelled[own]) - observed[own]).sum(axis=1)
            rest += off.min()
        # the fixed seconds are found to 0.05 s, which may cost each trip that much
        assert found <= rest + 0.05 * len(modelled)


def test_without_fixed_seconds_a_band_alone_is_the_one_factor():
    modelled, observed, band = made_trips(
        np.random.default_rng(4), fixed_s=0.0, factors=[1.4, 2.2], count=301, noise=0.4
    )
    fit = fit_factors(modelled, observed, band, bands=2, fixed=False, prior_trips=0.0)
    assert fit.fixed_s == 0.0
    for b in (0, 1):
        one = fit_factor(modelled[band == b], observed[band == b])
        assert fit.factor[b] == pytest.approx(one.value)
        assert fit.n[b] == one.n
        assert fit.p50_error_s[b] == pytest.approx(one.p50_error_s)
        assert fit.p90_error_s[b] == pytest.approx(one.p90_error_s)
        assert fit.mean_abs_error_s[b] == pytest.approx(one.mean_abs_error_s)
        assert fit.bias_s[b] == pytest.approx(one.bias_s)
    assert fit.overall == pytest.approx(fit_factor(modelled, observed).value)


def test_a_band_of_few_trips_is_drawn_to_the_overall_factor():
    modelled = np.full(42, 100.0)
    observed = np.full(42, 150.0)
    observed[:2] = 300.0
    band = np.ones(42, int)
    band[:2] = 0
    fit = fit_factors(modelled, observed, band, bands=3, fixed=False, prior_trips=8.0)
    # 2 own trips of 3.0 and 8 of the overall 1.5; no trips at all; 40 of 1.5
    assert fit.factor == pytest.approx([1.8, 1.5, 1.5])
    assert fit.n.tolist() == [2, 40, 0]
    assert np.isnan(fit.bias_s[2])
    assert np.isnan(fit.p90_error_s[2])


def test_bands_that_do_not_differ_are_held_together_and_those_that_do_are_not():
    rng = np.random.default_rng(9)
    same = made_trips(rng, fixed_s=40.0, factors=[1.3] * 24, count=600, noise=0.5)
    assert fit_factors(*same, bands=24).prior_trips >= 100.0
    apart = made_trips(rng, fixed_s=40.0, factors=[0.7, 1.3, 2.6], count=600, noise=0.2)
    assert fit_factors(*apart, bands=3).prior_trips <= 3.0


def test_shrinking_brings_many_small_bands_nearer_to_their_truth():
    rng = np.random.default_rng(12)
    factors = 1.5 + 0.1 * rng.standard_normal(48)
    trips = made_trips(rng, fixed_s=50.0, factors=factors, count=500, noise=0.5)
    off = {
        prior: np.abs(fit_factors(*trips, bands=48, prior_trips=prior).factor - factors).mean()
        for prior in (0.0, None)
    }
    assert off[None] < 0.5 * off[0.0]


def test_bands_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="numbered from 0 to 1"):
        fit_factors([1.0, 2.0], [1.0, 2.0], [0, 2], bands=2)
    with pytest.raises(ValueError, match="one band for each"):
        fit_factors([1.0, 2.0], [1.0, 2.0], [0], bands=2)
    with pytest.raises(ValueError, match="no trip with both"):
        fit_factors([0.0], [1.0], [0], bands=1)
    with pytest.raises(ValueError, match="prior trips make no sense"):
        fit_factors([1.0], [1.0], [0], bands=1, prior_trips=-1.0)


def test_fixed_seconds_foretell_days_of_san_francisco_that_were_left_out(shared_data):
    modelled, observed, hour, day = san_francisco_trips(shared_data / "san-francisco")
    off = {"one factor": [], "by hour": []}
    for one_day in np.unique(day):
        out = day == one_day
        one = fit_factor(modelled[~out], observed[~out])
        off["one factor"].append(np.abs(one.value * modelled[out] - observed[out]))
        by_hour = fit_factors(modelled[~out], observed[~out], hour[~out], bands=24)
        off["by hour"].append(np.abs(by_hour.estimate(modelled[out], hour[out]) - observed[out]))
    mean_s = {name: np.concatenate(errors).mean() for name, errors in off.items()}
    assert len(modelled) > 2000
    assert mean_s["by hour"] < 0.9 * mean_s["one factor"]


def san_francisco_trips(folder):
    """Engines and trucks that had been back for 15 minutes, so stood at their post."""
    with (folder / "facilities.csv").open() as lines:
        posts = {r["ident"]: (r["lon"], r["lat"]) for r in csv.DictReader(lines)}
    with (folder / "calls_2020-04.csv").open() as lines:
        rows = sorted(csv.DictReader(lines), key=lambda r: r["dispatch"])
    trips, back = [], {}
    for row in rows:
        kind, number = row["unit_id"][:1], row["unit_id"][1:]
        if kind not in "ET" or not number.isdigit() or str(int(number)) not in posts:
            continue
        if row["response"] and row["on_scene"] and row["dispatch"]:
            began, ended = (datetime.fromisoformat(row[k]) for k in ("response", "on_scene"))
            took_s = (ended - began).total_seconds()
            free_since = datetime.fromisoformat(row["dispatch"]) - timedelta(minutes=15)
            at_post = row["unit_id"] not in back or back[row["unit_id"]] <= free_since
            if at_post and 20 <= took_s <= 3600:
                place = (row["lon"], row["lat"])
                trips.append((*posts[str(int(number))], *place, took_s, began.hour, began.day))
        if row["available"]:
            back[row["unit_id"]] = datetime.fromisoformat(row["available"])
    lon, lat, to_lon, to_lat, took_s, hour, day = np.array(trips, dtype=float).T
    network = RoadNetwork.build(read_csv(folder / "roads_nodes.csv", folder / "roads_edges.csv"))
    origins, targets = network.snap_many(lon, lat), network.snap_many(to_lon, to_lat)
    modelled = [network.times_to(t, [o])[0] for o, t in zip(origins, targets, strict=True)]
    return np.array(modelled), took_s, hour.astype(int), day.astype(int)
