"""What if in a made-up town without a log: calls drawn by its pattern, said plainly; not a real."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from django.utils import translation
from tests.services.what_if_town import street_town

from anlan.areas.coverage.queries.studies import pool as pools
from anlan.areas.coverage.queries.studies import study
from anlan.areas.coverage.queries.studies.ground import read_ground
from anlan.areas.coverage.rules.reading import read_scenario
from anlan.kernel.places.models import Town, Unit
from anlan.kernel.places.queries.call_pattern import call_pattern
from anlan.kernel.values import BadInput
from anlan.web.coverage.what_if_report import render

pytestmark = pytest.mark.one_database("weeks are simulated, none stored")

PEOPLE = 60_000.0
AS_IS = ""
ONE_CLOSES = '[posts]\nclose = ["fire 2"]\n[units]\nremove = ["E2"]'


@pytest.fixture
def town(db, settings, tmp_path, monkeypatch):
    """The street without a log, marked made up, with people along it; a pool that is soon drawn."""
    settings.ANLAN_DATA = tmp_path
    translation.activate("en")
    monkeypatch.setattr(pools, "POOL_CALLS", 5000)
    return drawn_town(tmp_path)


def drawn_town(folder, *, key: str = "drawn", zone: str = "UTC") -> Town:
    """Make the street with people along it."""
    town = street_town(folder, key=key)
    np.savez(
        folder / "towns" / key / "demand.npz",
        lon=np.array([0.002, 0.012, 0.028, 0.038]),
        lat=np.zeros(4),
        people=np.full(4, PEOPLE / 4),
    )
    Town.objects.filter(pk=town.pk).update(made_up=True, zone=zone)
    Unit.objects.filter(town=town).update(capabilities=["engine", "first_response"])
    return town


def asked(*texts: str, **options):
    """Study scenarios and give the document."""
    options = {"replications": 3, "seed": 1} | options
    return study("drawn", tuple(read_scenario(text) for text in texts), **options).document


def test_a_made_up_town_is_simulated_and_a_real_one_without_a_log_refused(town):
    document = asked(AS_IS)
    assert document["town"]["made_up"] is True
    assert document["method"] == "replications"
    Town.objects.filter(pk=town.pk).update(made_up=False, key="real")
    with pytest.raises(BadInput, match="has no logged calls, so nothing can be simulated"):
        study("real", (read_scenario(AS_IS),), replications=1, seed=1)


def test_as_many_calls_come_as_the_pattern_says(town):
    """Types whose card asks for nothing that an engine can do stay away."""
    pattern = call_pattern()
    cards = pools._cards()
    kept = sum(
        share
        for code, share in pattern.types.items()
        if any(line["capability"] in ("engine", "first_response") for line in cards.get(code, ()))
    ) / sum(pattern.types.values())
    a_day = PEOPLE / 1000 * pattern.per_1000_people_a_day * kept
    document = asked(AS_IS, replications=20)
    expected = 14 * a_day
    assert document["calls"]["a_replication"] == pytest.approx(expected, abs=4 * expected**0.5)
    assert 0 < kept < 1
    assert document["calls"]["logged"] == 0


@pytest.mark.parametrize(("day", "hours"), [("2027-03-28", 23), ("2027-10-31", 25)])
def test_a_day_on_which_the_clocks_change_is_as_long_as_it_really_is(town, tmp_path, day, hours):
    drawn_town(tmp_path, key="berlin", zone="Europe/Berlin")
    after = date.fromisoformat(day) + timedelta(days=1)
    ground = read_ground("berlin", read_scenario(f"[period]\nfrom = {day}\nto = {after}"))
    assert ground.duration_s == hours * 3600
    last = ground.log.received_s.max() - ground.starts_at.timestamp()
    assert (hours - 1) * 3600 < last < hours * 3600, "a pool of thousands reaches its last hour"


def test_a_scenario_compared_with_itself_differs_by_exactly_nothing(town):
    for one in (AS_IS, ONE_CLOSES):
        paired = asked(one, one)["paired"]
        assert (paired["mean"]["value"], paired["mean"]["low"], paired["mean"]["high"]) == (0, 0, 0)
        assert (paired["later"]["value"], paired["sooner"]["value"]) == (0, 0)


def test_closing_a_post_never_speeds_first_arrivals_on_average(town):
    paired = asked(AS_IS, ONE_CLOSES)["paired"]
    assert paired["mean"]["low"] > 0
    assert paired["later"]["value"] > 100 > paired["sooner"]["value"]


def test_a_seed_gives_the_same_document_and_another_seed_other_calls(town):
    assert asked(AS_IS, seed=5) == asked(AS_IS, seed=5)
    assert asked(AS_IS, seed=6)["responses"] != asked(AS_IS, seed=5)["responses"]


def test_the_report_says_made_up_and_that_the_error_is_not_known(town):
    document = asked(AS_IS, ONE_CLOSES)
    assert document["calibration"]["method"] == "no_log"
    assert document["calibration"]["all"] == {"n": 0, "observed": None, "simulated": None}
    assert any("No log" in one["sentence"] for one in document["sure"])
    codes = {one["code"] for one in document["notes"]}
    assert {"drawn_pattern", "drawn_needs", "drawn_kinds", "drawn_trips"} <= codes
    page = render(document, streets=())
    assert page.index("Made up: this town") < page.index('class="panel answer"')
    assert "No log: the model&#x27;s error is not known." in page
    assert "没有日志" in page


def test_move_up_knows_which_units_answer_and_how_busy_they_are(town):
    """The pool holds many fortnights; units are not busier for that."""
    text = '[move_up]\nrule = "dmexclp"'
    ground = read_ground("drawn", read_scenario(text))
    assert ground.times > 1
    document = asked(AS_IS, text)
    assert {one["kind"] for row in document["units"] for one in [row["A"]]} == {"engine"}
    busy = [row["A"]["busy"] for row in document["units"]]
    assert all(0 < one < 0.5 for one in busy)


def test_a_kind_that_stands_nowhere_is_refused_in_a_sentence(town):
    with pytest.raises(BadInput, match="No unit of the kind “truck” stands at a post"):
        asked('[units]\nkinds = ["truck"]')


def test_one_in_so_many_medical_calls_goes_to_hospital_where_there_is_one(town):
    """Of the units that can take the call half can carry, so half of the share rides."""
    pattern = call_pattern()
    able = {"als": [frozenset({"als"}), frozenset({"als", "transport"})]}
    (line,) = pools._lines("medical", able, pattern, hospitals=True)
    assert line.transports == pytest.approx(pattern.transport_share / 2)
    (without,) = pools._lines("medical", able, pattern, hospitals=False)
    assert without.transports == 0
