"""Scenario files: what can be written, and what is said of what can't."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.areas.coverage.rules.deployments import StandingPost, StandingUnit, deploy
from anlan.areas.coverage.rules.reading import read_scenario, scenario_of
from anlan.areas.coverage.rules.scenarios import (
    Hours,
    MoveUp,
    NewPost,
    NewUnit,
    RoadClosure,
    Scenario,
    ScenarioFault,
)
from anlan.areas.coverage.rules.writing import data_of
from anlan.kernel.values import LonLat

WHOLE = """
name = "Station 7 closes"
note = "As the council asked"
[period]
from = 2020-04-07
to = "2020-04-21T00:00:00+00:00"
[calls]
source = "drawn"
scale = 1.25
[posts]
close = ["fire 7"]
[[posts.add]]
post = "fire new-1"
at = [-122.40, 37.75]
[units]
kinds = ["engine", "truck"]
duty = "log"
remove = ["T03"]
move = { E01 = "fire 2" }
[[units.add]]
unit = "E90"
kind = "engine"
post = "fire new-1"
[units.shifts]
E02 = ["08:00-20:00", "22:30-02:00"]
[roads]
speed_factor = 0.9
[[roads.close]]
street = "Market St"
[[roads.close]]
at = [-122.4, 37.7]
[policy]
dispatch = "closest"
cover_penalty_s = 60
[move_up]
rule = "dmexclp"
minutes = 5
busy = 0.2
[turnout]
scale = 0.9
[breakdowns]
per_unit_year = 3
hours = 12
[targets]
minutes = [4, 8]
"""

POSTS = [
    StandingPost("fire 1", "fire", LonLat(0.0, 0.0), "Station 1"),
    StandingPost("fire 2", "fire", LonLat(1.0, 0.0), "Station 2"),
    StandingPost("fire 3", "fire", LonLat(3.0, 0.0), "Station 3"),
    StandingPost("hospital H", "hospital", LonLat(1.1, 0.0), "Hospital"),
]
UNITS = [
    StandingUnit("E01", "engine", "fire 1"),
    StandingUnit("E02", "engine", "fire 2"),
    StandingUnit("E03", "engine", "fire 3"),
]


def nearest(here, there):
    gaps = [abs(one.lon - here.lon) for one in there]
    return gaps.index(min(gaps))


def deployed(text: str):
    return deploy(
        read_scenario(text), posts=POSTS, units=UNITS, kinds=["engine", "truck"], nearest=nearest
    )


def test_an_empty_file_is_the_town_as_it_is():
    assert read_scenario("") == Scenario()
    plan = deployed("")
    assert (list(plan.posts), list(plan.units), plan.changes) == (POSTS, UNITS, ())


def test_everything_that_can_be_written_is_read():
    scenario = read_scenario(WHOLE)
    assert scenario.name == "Station 7 closes"
    assert scenario.period.starts_at == datetime(2020, 4, 7)  # noqa: DTZ001 - the town's zone
    assert scenario.period.ends_at == datetime(2020, 4, 21, tzinfo=UTC)
    assert (scenario.calls.source, scenario.calls.scale) == ("drawn", 1.25)
    assert scenario.posts.close == ("fire 7",)
    assert scenario.posts.add == (NewPost("fire new-1", LonLat(-122.40, 37.75)),)
    assert scenario.units.add == (NewUnit("E90", "engine", "fire new-1"),)
    assert scenario.units.move == {"E01": "fire 2"}
    assert scenario.units.shifts == {"E02": (Hours(480, 1200), Hours(1350, 120))}
    assert scenario.roads.close == (
        RoadClosure(street="Market St"),
        RoadClosure(at=LonLat(-122.4, 37.7)),
    )
    assert scenario.move_up == MoveUp("dmexclp", minutes=5, busy=0.2)
    assert scenario.targets.minutes == (4, 8)


def test_what_is_written_out_reads_as_the_same():
    scenario = read_scenario(WHOLE)
    assert scenario_of(data_of(scenario)) == scenario
    assert data_of(Scenario()) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nmae = 'x'", "The scenario has no “nmae”; did you mean “name”?"),
        ("[units]\nremoved = ['E01']", "The scenario has no “units.removed”; did you mean"),
        ("[roads]\nzzz = 1", "The scenario has no “roads.zzz”; known here: close, speed_factor"),
        ("[calls]\nscale = 'more'", "“calls.scale” must be a number from 0.05 to 20."),
        ("[calls]\nscale = true", "“calls.scale” must be a number from 0.05 to 20."),
        ("[calls]\nscale = nan", "“calls.scale” must be a number from 0.05 to 20."),
        ("[calls]\nsource = 'made'", "“calls.source” must be one of: log, drawn."),
        ("[posts]\nclose = '7'", "“posts.close” must be a list"),
        ("[posts]\nclose = ['station 7']", "“posts.close” must name a post by kind and mark"),
        ("[posts]\nclose = ['fire 7', 'fire 7']", "“posts.close” names something twice."),
        ("[[posts.add]]\npost = 'fire 9'", "“posts.add[1]” lacks “at”."),
        ("[[posts.add]]\npost = 'fire 9'\nat = [91]", "“posts.add[1].at” must be a point"),
        ("[[posts.add]]\npost = 'fire 9'\nat = [37.7, -122.4]", "“posts.add[1].at” lies outside"),
        ("[units.shifts]\nE01 = ['8 to 10']", "“units.shifts.E01” must be hours of the day"),
        ("[units.shifts]\nE01 = ['25:00-26:00']", "“units.shifts.E01” must be hours of the day"),
        ("[[roads.close]]\n", "A road closure names either “at” or “street”, and not both."),
        ("[period]\nfrom = 'Easter'", "“period.from” must be a date or time"),
        ("[period]\nfrom = 0001-01-01", "“period.from” must be a date or time"),
        ("[period]\nto = 9999-12-31", "“period.to” must be a date or time"),
        ("units = 3", "“units” must be a table."),
        ("= 3", "The scenario is no TOML: "),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(text, sentence):
    with pytest.raises(ScenarioFault) as fault:
        read_scenario(text)
    assert str(fault.value).startswith(sentence)
    assert "\n" not in str(fault.value)


def test_a_closed_posts_unit_goes_to_the_nearest_open_post_of_its_kind():
    plan = deployed("[posts]\nclose = ['fire 2']")
    assert [one.ref for one in plan.posts] == ["fire 1", "fire 3", "hospital H"]
    assert [(one.ident, one.post) for one in plan.units][1] == ("E02", "fire 1")
    assert [one.code for one in plan.changes] == ["post_closed", "unit_of_closed_post"]


def test_a_closed_posts_unit_that_is_removed_or_moved_is_not_placed_by_the_rule():
    removed = deployed("[posts]\nclose = ['fire 2']\n[units]\nremove = ['E02']")
    assert [one.ident for one in removed.units] == ["E01", "E03"]
    moved = deployed("[posts]\nclose = ['fire 2']\n[units]\nmove = {E02 = 'fire 3'}")
    assert moved.units[1].post == "fire 3"
    assert [one.code for one in moved.changes] == ["post_closed", "unit_moved"]


def test_a_new_post_takes_a_new_unit_and_a_closed_posts_units():
    plan = deployed(
        "[posts]\nclose = ['fire 3']\n[[posts.add]]\npost = 'fire 9'\nat = [2.9, 0.0]\n"
        "[[units.add]]\nunit = 'T09'\nkind = 'truck'\npost = 'fire 9'"
    )
    assert [(one.ident, one.post) for one in plan.units][2:] == [
        ("E03", "fire 9"),
        ("T09", "fire 9"),
    ]
    assert plan.posts[-1].new
    assert plan.units[-1].new


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[posts]\nclose = ['fire 22']", "The town has no post “fire 22” (fire 2?)."),
        ("[units]\nremove = ['E1']", "No unit “E1” is simulated (E01?)."),
        ("[units]\nmove = {E01 = 'fire 4'}", "The town has no post “fire 4”"),
        (
            "[posts]\nclose = ['fire 2']\n[units]\nmove = {E01 = 'fire 2'}",
            "A unit is to stand at “fire 2”, which the scenario closes.",
        ),
        ("[units]\nremove = ['E01']\nmove = {E01 = 'fire 2'}", "E01 is removed and changed"),
        ("[units]\nremove = ['E01', 'E02', 'E03']", "The scenario leaves no unit"),
        (
            "[posts]\nclose = ['fire 1', 'fire 2', 'fire 3']",
            "No fire post is left open for E01; move or remove it.",
        ),
        (
            "[[units.add]]\nunit = 'E01'\nkind = 'engine'\npost = 'fire 1'",
            "The unit “E01” is there already",
        ),
        (
            "[[units.add]]\nunit = 'X1'\nkind = 'engin'\npost = 'fire 1'",
            "The catalogue has no kind of unit “engin” (engine?).",
        ),
        (
            "[[posts.add]]\npost = 'fire 1'\nat = [0.0, 0.0]",
            "The post “fire 1” stands already",
        ),
    ],
)
def test_what_the_town_lacks_is_said_with_what_is_near(text, sentence):
    with pytest.raises(ScenarioFault) as fault:
        deployed(text)
    assert str(fault.value).startswith(sentence)


@given(
    closed=st.sets(st.sampled_from(["fire 1", "fire 2", "fire 3"]), max_size=2),
    removed=st.sets(st.sampled_from(["E01", "E02", "E03"]), max_size=2),
)
def test_nobody_stands_at_a_closed_post_and_nobody_is_lost(closed, removed):
    plan = deployed(f"[posts]\nclose = {sorted(closed)}\n[units]\nremove = {sorted(removed)}")
    assert {one.ident for one in plan.units} == {"E01", "E02", "E03"} - removed
    assert not {one.post for one in plan.units} & closed
