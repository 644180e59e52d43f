"""What if: the answer on paper, exactly nothing for no change, nothing written, its error shown."""

from __future__ import annotations

import json
import re

import pytest
from django.apps import apps
from django.utils import translation
from tests.services.what_if_town import (
    BLOCK_S,
    CALLS_A_DAY,
    DAYS,
    FACTOR,
    FIRST,
    FIXED_S,
    drive_s,
    log_days,
    street_town,
)

from anlan.areas.coverage.queries.studies import study
from anlan.areas.coverage.queries.studies.calibrating import observed_of
from anlan.areas.coverage.queries.studies.ground import read_ground
from anlan.areas.coverage.rules.coverage import COUNTS
from anlan.areas.coverage.rules.reading import read_scenario
from anlan.kernel.places.models import DutyPeriod, LoggedCall, LoggedResponse, Post, Unit
from anlan.kernel.values import BadInput
from anlan.web.coverage.what_if_report import NoPrinter, pictures, print_pdf, render

pytestmark = pytest.mark.one_database("weeks are simulated, none stored")

CALLS = DAYS * CALLS_A_DAY
AS_IS = ""
ONE_CLOSES = '[posts]\nclose = ["fire 2"]\n[units]\nremove = ["E2"]'


@pytest.fixture
def town(db, settings, tmp_path):
    """The street with its log."""
    settings.ANLAN_DATA = tmp_path
    translation.activate("en")
    town = street_town(tmp_path)
    log_days(town)
    return town


def asked(*texts: str, **options):
    """Study scenarios and give the report."""
    options = {"replications": 1, "seed": 1} | options
    return study("line", tuple(read_scenario(text) for text in texts), **options)


def test_the_town_as_it_is_comes_out_as_it_was(town):
    document = asked(AS_IS).document
    error = document["calibration"]["all"]
    assert error["n"] == CALLS
    assert error["bias_s"] == pytest.approx(0.0, abs=0.01)
    assert error["tenth_off_s"] == pytest.approx(0.0, abs=0.01)
    assert document["calibration"]["method"] == "leave_days_out"
    assert document["calibration"]["fixed_s"] == pytest.approx(FIXED_S, abs=0.1)
    assert document["calibration"]["same_first_unit"] == 1.0
    wanted = 90 + (drive_s(0.002, 0.0) + drive_s(0.012, 0.0)) / 2
    assert document["responses"]["A"]["mean"]["value"] == pytest.approx(wanted, abs=0.1)


def test_a_scenario_compared_with_itself_differs_by_exactly_nothing(town):
    text = '[calls]\nsource = "drawn"\n[breakdowns]\nper_unit_year = 50\n' + ONE_CLOSES
    for one in (AS_IS, text):
        document = asked(one, one, replications=3).document
        paired = document["paired"]
        assert (paired["mean"]["value"], paired["mean"]["low"], paired["mean"]["high"]) == (0, 0, 0)
        assert (paired["later"]["value"], paired["sooner"]["value"]) == (0, 0)
        assert {row["mean_s"] for row in document["cells"]["rows"]} <= {0.0, None}
        assert document["answer"]["sentence"].startswith("Nothing changes")


def test_closing_a_post_takes_exactly_the_longer_way(town):
    """Calls near post 2 are half of all; E1 comes from 0.0: 2.8 and 3.8 blocks, not 1.2 and 0.2."""
    document = asked(AS_IS, ONE_CLOSES).document
    longer = FACTOR * BLOCK_S * ((2.8 - 1.2) + (3.8 - 0.2)) / 2
    paired = document["paired"]
    assert paired["mean"]["value"] == pytest.approx(longer / 2, abs=0.2)
    assert paired["mean"]["low"] <= paired["mean"]["value"] <= paired["mean"]["high"]
    assert paired["later"]["value"] == CALLS / 2
    assert paired["sooner"]["value"] == 0
    rows = {row["key"]: row["difference"]["value"] for row in document["areas"]}
    assert rows["fire 1"] == 0.0
    assert rows["fire 2"] == pytest.approx(longer, abs=0.4)
    assert "It loses most where Station 2 is first due" in document["answer"]["sentence"]
    assert "Station 2 closes. E2 is taken away." in document["question"]["sentence"]


def test_a_new_post_next_to_the_calls_makes_them_sooner(town):
    text = (
        '[[posts.add]]\npost = "fire new-1"\nat = [0.012, 0.0]\n'
        '[[units.add]]\nunit = "E9"\nkind = "engine"\npost = "fire new-1"'
    )
    document = asked(AS_IS, text).document
    gain = FACTOR * BLOCK_S * 1.2 / 4
    assert document["paired"]["mean"]["value"] == pytest.approx(-gain, abs=0.3)
    assert document["paired"]["later"]["value"] == 0
    new = next(one for one in document["posts"] if one["post"] == "fire new-1")
    assert (new["A"], new["B"]) == (False, True)


def test_more_units_and_faster_roads_never_make_this_town_slower(town):
    for text in (
        '[[units.add]]\nunit = "E9"\nkind = "engine"\npost = "fire 1"',
        "[roads]\nspeed_factor = 1.25",
        "[turnout]\nscale = 0.8",
    ):
        assert asked(AS_IS, text).document["paired"]["later"]["value"] == 0


def test_a_closed_street_never_makes_a_call_sooner(town):
    document = asked(AS_IS, "[[roads.close]]\nat = [0.025, 0.0]").document
    assert document["paired"]["sooner"]["value"] == 0
    assert document["question"]["sentence"].count("is closed") == 1


def test_nothing_in_the_town_is_written(town):
    def rows():
        return {model.__name__: list(model.objects.values_list()) for model in apps.get_models()}

    before = rows()
    asked(AS_IS, ONE_CLOSES)
    assert rows() == before


def test_a_seed_gives_the_same_document_and_another_seed_other_luck(town):
    LoggedResponse.objects.filter(pk__in=scattered()).update(on_scene_at=None)
    text = '[calls]\nsource = "drawn"'
    first, again = (asked(text, replications=2, seed=5).document for _ in range(2))
    assert first == again
    assert asked(text, replications=2, seed=6).document["responses"] != first["responses"]


def scattered() -> list[int]:
    """Give every ninth response."""
    return list(LoggedResponse.objects.values_list("pk", flat=True))[::9]


def test_cores_change_nothing(town):
    one, two = (asked(AS_IS, ONE_CLOSES, replications=2, workers=n).document for n in (1, 2))
    assert one == two


def test_what_was_done_before_the_stop_is_reported(town):
    calls: list[float] = []
    report = asked(
        '[calls]\nsource = "drawn"',
        replications=30,
        stop=lambda: len(calls) >= 12,
        progress=lambda label, share: calls.append(share) if label == "Simulating" else None,
    )
    assert report.document["replications"] == {"asked": 30, "done": 12, "stopped": True}
    said = [one["sentence"] for one in report.document["sure"]]
    assert "The run was stopped: 12 of 30 replications are in it." in said


def test_a_stop_before_the_first_pair_is_said(town):
    with pytest.raises(BadInput, match="stopped before one replication"):
        asked(AS_IS, ONE_CLOSES, stop=lambda: True)


def test_few_calls_of_a_cell_show_no_figure(town):
    document = asked("[period]\nfrom = 2020-04-06\nto = 2020-04-07").document
    rows = document["cells"]["rows"]
    assert rows
    assert all(row["n"] is None or row["n"] >= 5 for row in rows)
    assert any(row["n"] is None and row["mean_s"] is None for row in rows)


def test_drawn_calls_are_as_many_as_the_log_has(town):
    document = asked('[calls]\nsource = "drawn"\nscale = 2', replications=20).document
    assert document["calls"]["a_replication"] == pytest.approx(2 * CALLS, rel=0.06)
    assert document["method"] == "replications"


def test_hours_on_duty_leave_the_other_post_to_answer_at_night(town):
    text = '[units.shifts]\nE2 = ["08:00-20:00"]'
    document = asked(AS_IS, text).document
    hours = {row["from"]: row["difference"]["value"] for row in document["hours"]}
    assert hours[8] == pytest.approx(0.0, abs=1e-9)
    assert hours[12] == pytest.approx(0.0, abs=1e-9)
    assert hours[0] > 60
    assert hours[20] > 60


def test_inferred_hours_count_only_where_they_are_asked_for(town):
    engine = Unit.objects.get(ident="E2")
    DutyPeriod.objects.create(
        unit=engine, starts_at=FIRST, ends_at=FIRST.replace(day=7), inferred=True
    )
    always = asked(AS_IS).document["responses"]["A"]["mean"]["value"]
    logged = asked('[units]\nduty = "log"').document["responses"]["A"]["mean"]["value"]
    assert logged > always + 60


def test_units_without_a_known_place_are_left_out_and_counted(town):
    Unit.objects.filter(ident="E2").update(post=None, inferred=True)
    document = asked("[units]\nkinds = ['engine']").document
    assert [row["unit"] for row in document["units"]] == ["E1"]
    with pytest.raises(BadInput, match="No kind of unit has known posts"):
        asked(AS_IS)


@pytest.mark.parametrize("rule", ["compliance", "dmexclp", "ddsm"])
def test_move_up_rules_run_and_say_so(town, rule):
    text = f'[move_up]\nrule = "{rule}"\nminutes = 4'
    document = asked(AS_IS, text).document
    assert "Free units move to keep cover within 4 min" in document["question"]["sentence"]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (("[posts]\nclose = ['fire 3']",), r"The town has no post “fire 3” \(fire [12]\?\)\."),
        (("[units]\nkinds = ['boat']",), "No unit of the kind “boat” has a known post"),
        (("[[roads.close]]\nstreet = 'Lang Street'",), "The town has no street “Lang Street”"),
        (("", "[calls]\nscale = 2"), "The two scenarios differ in “calls”"),
        (("[period]\nfrom = 2021-01-01",), "The period is empty|No call of this period"),
        (("[move_up]\nrule = 'dmexclp'\nkind = 'truck'",), "No unit of the kind “truck”"),
    ],
)
def test_what_does_not_fit_the_town_is_said_in_one_sentence(town, texts, sentence):
    with pytest.raises(BadInput, match=sentence) as fault:
        asked(*texts)
    assert "\n" not in str(fault.value)


def test_a_town_without_a_log_says_which_command_brings_one(db, settings, tmp_path):
    settings.ANLAN_DATA = tmp_path
    street_town(tmp_path)
    with pytest.raises(BadInput, match="anlan calls import line FILE"):
        asked(AS_IS)


def test_a_log_with_few_trips_is_not_calibrated_and_says_so(db, settings, tmp_path):
    settings.ANLAN_DATA = tmp_path
    log_days(street_town(tmp_path), days=2)
    document = asked(AS_IS).document
    assert document["calibration"]["method"] == "not_fitted"
    assert "nothing is calibrated" in document["calibration"]["sentence"]
    assert document["calibration"]["all"]["bias_s"] < -60


def test_the_first_arrival_in_the_log_is_the_least_of_its_units(town):
    ground = read_ground("line", read_scenario(AS_IS))
    seconds, units = observed_of(ground)
    assert seconds[0] == pytest.approx(90 + drive_s(0.002, 0.0), abs=0.01)
    assert set(units) == {"E1", "E2"}


def test_the_page_stands_alone_in_both_languages_and_keeps_a_towns_name_text(town):
    report = asked(AS_IS, ONE_CLOSES)
    page = render(report.document, streets=report.streets)
    assert "Line &lt;b&gt;Town&lt;/b&gt;" in page
    assert "<b>Town" not in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)
    assert "{" not in re.sub(r"<style>.*?</style>|<script>.*?</script>", "", page, flags=re.DOTALL)
    assert page.count('lang="zh-Hans"') >= 40
    assert "With B the first unit" in page


def test_a_unit_that_joins_its_like_is_warned_of_where_cover_is_minded(town):
    def noted(text: str) -> bool:
        return "doubled" in {one["code"] for one in asked(AS_IS, text).document["notes"]}

    close = '[posts]\nclose = ["fire 2"]\n'
    assert noted(close)
    assert not noted(close + '[policy]\ndispatch = "closest"\n')
    assert not noted(close + '[units]\nremove = ["E2"]\n')
    assert not noted(AS_IS)


def test_figures_of_the_map_lie_above_its_posts(town):
    close = '[posts]\nclose = ["fire 2"]\n'
    drawn = pictures(asked(AS_IS, close).document)["map.svg"]
    assert drawn.index('class="figure') > drawn.index('class="gone"') > 0


def test_the_document_is_plain_data(town):
    document = asked(AS_IS, ONE_CLOSES).document
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_pages_print_where_the_system_can(town):
    report = asked(AS_IS, ONE_CLOSES)
    try:
        printed = print_pdf(report.document, streets=report.streets, lang="zh")
    except NoPrinter as lacking:
        pytest.skip(str(lacking))
    assert printed.startswith(b"%PDF-")


def test_pictures_carry_their_colours(town):
    drawn = pictures(asked(AS_IS, ONE_CLOSES).document)
    assert set(drawn) == {"map.svg", "areas.svg", "differences.svg"}
    assert all("var(--" not in svg and "<style>" in svg for svg in drawn.values())


def test_a_hospital_takes_no_part_where_nobody_stands(town):
    Post.objects.create(town=town, ident="H", kind="hospital", name="H", lon=0.02, lat=0.0)
    document = asked(AS_IS).document
    assert {one["post"] for one in document["posts"]} == {"fire 1", "fire 2"}


def test_police_are_judged_only_on_calls_that_people_made(town):
    Unit.objects.all().update(kind="police_car", capabilities=["police"])
    LoggedCall.objects.filter(type="structure_fire").update(type="burglary_alarm")
    LoggedCall.objects.filter(type="medical").update(type=called_for())
    document = asked("[units]\nkinds = ['police_car']").document
    assert document["calls"]["logged"] == CALLS / 2


def called_for() -> str:
    """Give a type of call that people make to the police."""
    return sorted(COUNTS["police"])[0]
