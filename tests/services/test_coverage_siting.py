"""Siting in a small town: checked against trying all, with its proof, its names and its files."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from tests.services.demo_town import KEY, STEP, TOWN
from tests.services.test_coverage import (  # noqa: F401  (a fixture)
    BLOCK_S,
    FACTOR,
    call,
    post,
    town,
)

from anlan.areas.coverage import queries
from anlan.areas.coverage.queries import siting
from anlan.areas.coverage.queries.reach import field
from anlan.areas.coverage.queries.speeds import speeds
from anlan.areas.coverage.rules.siting import SitingAsked
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.state import town_state
from anlan.kernel.values import BadInput, LonLat, Refused

pytestmark = [pytest.mark.django_db, pytest.mark.one_database("sites are computed, none stored")]


def ask(**asked: Any) -> queries.SitingAnswer:
    question = SitingAsked(**{"kind": "fire", **asked})
    return queries.site(KEY, question, at=TOWN, seed=1, stop=lambda: False)


@pytest.fixture
def calls(town: str) -> None:  # noqa: F811
    for number in range(12):
        call(number, (number * 7) % 9 + 0.5, (number * 5) % 10)


def given(asked: SitingAsked) -> Any:
    """Give what the engine is given for a question."""
    state = town_state(KEY)
    network = places.network_of(state, at=TOWN)
    found = field(state, kind="fire", network=network)
    return siting._ground(network, found, asked, speeds(state, network=network))


@pytest.mark.parametrize("model", ["mclp", "p-median", "p-center"])
def test_no_other_two_sites_would_be_better(calls: None, model: str) -> None:
    asked = SitingAsked(model=model, kind="fire", add=1, minutes=(4,))
    found = queries.site(KEY, asked, at=TOWN, seed=1, stop=lambda: False)
    ground = given(asked)
    weight = ground.points.weight
    values = []
    for new in range(ground.existing, len(ground.sites)):
        nearest = ground.seconds[:, [*range(ground.existing), new]].min(axis=1)
        values.append(
            {
                "mclp": -float(weight[nearest <= 240].sum()),
                "p-median": float((nearest * weight).sum() / weight.sum()),
                "p-center": float(nearest.max()),
            }[model]
        )
    best = -min(values) if model == "mclp" else min(values)
    assert found.value == pytest.approx(best)
    assert found.optimal
    assert found.bound == pytest.approx(found.value)
    assert found.gap == pytest.approx(0.0)


def test_the_seconds_of_a_site_are_those_of_paper(town: str) -> None:  # noqa: F811
    call(1, 4.5, 0)  # 4.5 blocks from post 1, 40.03 s each, at 1.5 times free flow
    found = ask(model="p-median", add=0)
    assert found.value == pytest.approx(4.5 * BLOCK_S * FACTOR, rel=0.01)
    assert found.optimal


def test_the_fewest_posts_that_reach_everything_are_the_fewest(calls: None) -> None:
    found = ask(model="lscp", keep=False, minutes=(7,))
    ground = given(found.asked)
    near = ground.seconds <= 420
    p = int(found.value)
    assert found.optimal
    for fewer in itertools.combinations(range(len(ground.sites)), max(p - 1, 1)):
        assert p == 1 or not near[:, list(fewer)].any(axis=1).all()
    assert found.after.bands[1].calls_share == 1.0  # 5, 7, 10, 30


@pytest.mark.parametrize("model", ["backup", "mexclp", "dsm"])
def test_models_with_several_units_say_what_is_proven(calls: None, model: str) -> None:
    minutes = (6, 14) if model == "dsm" else (6,)
    found = ask(model=model, add=2, minutes=minutes)
    assert found.optimal
    assert sum(one.units for one in found.sites if one.state != "dropped") >= 4
    assert found.bound is not None


def test_existing_posts_stay_and_the_new_one_is_named_by_its_streets(calls: None) -> None:
    found = ask(model="mclp", add=1, minutes=(4,))
    assert [one.state for one in found.sites] == ["new", "kept", "kept"]
    new = found.sites[0]
    assert "Row" in new.name or "Column" in new.name
    column, row = new.lon / STEP, new.lat / STEP
    assert (column, row) == pytest.approx((round(column), round(row)), abs=0.01)  # a junction


def test_a_post_that_may_be_given_up_is_said_to_be(calls: None) -> None:
    found = ask(model="p-median", total=2, keep=False)
    states = sorted(one.state for one in found.sites)
    assert states.count("dropped") == states.count("new")
    assert len([one for one in found.sites if one.state != "dropped"]) == 2


def test_no_post_is_put_where_it_is_forbidden(calls: None) -> None:
    first = ask(model="mclp", add=1, minutes=(4,)).sites[0]
    there = LonLat(first.lon, first.lat)
    second = ask(model="mclp", add=1, minutes=(4,), forbid=(there,)).sites[0]
    assert (second.lon, second.lat) != (first.lon, first.lat)


def test_the_value_that_the_model_claims_is_what_coverage_measures(calls: None) -> None:
    found = ask(model="mclp", add=1, minutes=(4,))
    band = next(one for one in found.after.bands if one.minutes == 4)
    assert band.calls == found.value  # twelve calls: none was gathered with another
    before = next(one for one in found.before.bands if one.minutes == 4)
    assert band.calls > before.calls


def test_gathered_points_keep_their_weight_and_lie_where_points_lay() -> None:
    from anlan.areas.coverage.queries.demand import _points

    rng = np.random.Generator(np.random.PCG64(3))
    points = _points(rng.random(400) * 0.02, rng.random(400) * 0.02, rng.random(400))
    few = siting.gather(points, most=60)
    assert len(few) <= 60
    assert few.weight.sum() == pytest.approx(points.weight.sum())
    there = set(zip(points.lon.tolist(), points.lat.tolist(), strict=True))
    assert set(zip(few.lon.tolist(), few.lat.tolist(), strict=True)) <= there
    assert siting.gather(points, most=400) is not points
    assert len(siting.gather(points, most=400)) == 400


def test_a_search_that_is_stopped_at_once_claims_no_proof_it_has_not(calls: None) -> None:
    asked = SitingAsked(model="p-median", kind="fire", add=3, weights="people")
    found = queries.site(KEY, asked, at=TOWN, seed=1, stop=lambda: True)
    assert found.gap is not None
    assert found.optimal == (found.gap == 0)


def test_what_cannot_be_sited_is_refused_in_a_sentence(calls: None) -> None:
    with pytest.raises(BadInput, match="are open"):
        ask(model="p-median", add=400)
    with pytest.raises(Refused, match="No choice"):
        ask(model="lscp", minutes=(1,), forbid=tuple(LonLat(i * STEP, 0) for i in range(10)))
    post("9", 3, 3, kind="police")
    with pytest.raises(BadInput, match="calls that people made"):
        ask(model="mclp", kind="police", add=1, weights="people")


def test_the_map_holds_the_sites_and_the_figures_beside_them(calls: None) -> None:
    document = queries.siting_layers(ask(model="mclp", add=1, minutes=(4,)))
    sites = [one for one in document["features"] if one["properties"]["layer"] == "site"]
    assert [one["properties"]["state"] for one in sites] == ["new", "kept", "kept"]
    assert document["siting"]["optimal"] is True
    assert not any(one["properties"]["layer"] == "post" for one in document["features"])
