"""A replay reads and never writes, says how far its model is off, compares like with like."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from django.apps import apps

from anlan.areas.dispatch.queries.replay import replay_report
from anlan.engine.roads import RoadGraph
from anlan.kernel.places.models import (
    DutyPeriod,
    LoggedCall,
    LoggedResponse,
    Post,
    RoadSnapshot,
    Town,
    Unit,
)
from anlan.kernel.values import BadInput
from anlan.web.dispatch.replay_report import render

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
FIRST = datetime(2020, 4, 7, 8, tzinfo=UTC)
BLOCK_S = 880 / 40_000 * 3600
"""Free-flow seconds along one of the street's blocks, at 40 km/h."""


@pytest.fixture
def town(db, settings, tmp_path) -> Town:
    """A straight street of four blocks with a fire post and an engine at each end."""
    settings.ANLAN_DATA = tmp_path
    town = Town.objects.create(
        key="line",
        name="Line <b>Town</b>",
        zone="UTC",
        clock_real_anchor=AT,
        clock_town_anchor=AT,
        created_at=AT,
    )
    lon = np.linspace(0.0, 0.04, 5)
    lat = np.zeros(5)
    RoadGraph(
        node_lon=lon,
        node_lat=lat,
        main=np.ones(5, bool),
        seg_from=np.arange(4, dtype=np.int32),
        seg_to=np.arange(1, 5, dtype=np.int32),
        seg_length_m=np.full(4, 880, np.float32),
        seg_forward=np.ones(4, bool),
        seg_backward=np.ones(4, bool),
        seg_speed_kmh=np.full(4, 40, np.float32),
        seg_name=np.zeros(4, np.int32),
        seg_class=np.zeros(4, np.int32),
        seg_source=np.arange(4),
        geo_ptr=np.arange(0, 10, 2),
        geo_lon=np.column_stack([lon[:-1], lon[1:]]).ravel(),
        geo_lat=np.zeros(8),
        restrictions=np.zeros((0, 3), np.int64),
        names=("Long Street",),
        classes=("street",),
    ).save(tmp_path / "towns" / "line" / "roads-1" / "graph.npz")
    RoadSnapshot.objects.create(
        town=town,
        folder="roads-1",
        nodes=5,
        edges=4,
        arcs=8,
        km=3.5,
        cut_off_nodes=0,
        restrictions=0,
        west=0.0,
        south=0.0,
        east=0.04,
        north=0.0,
        source="csv",
        attribution="file",
        active=True,
        imported_at=AT,
    )
    for ident, place in (("1", 0.0), ("2", 0.04)):
        post = Post.objects.create(
            town=town, ident=ident, kind="fire", name=ident, lon=place, lat=0.0
        )
        Unit.objects.create(
            town=town, ident=f"E{ident}", kind="engine", capabilities=["engine"], post=post
        )
    return town


def log_call(
    town: Town,
    number: int,
    at: datetime,
    *,
    unit: str = "E1",
    lon: float = 0.01,
    travel_s: float = 150.0,
    arrives: bool = True,
) -> None:
    """Log a call with one engine sent after 60 s, gone after 60 s more, an hour in all."""
    call, _ = LoggedCall.objects.get_or_create(
        town=town,
        number=str(number),
        defaults={
            "mapping": "sf-fire",
            "type": "structure_fire",
            "received_at": at,
            "points": "block",
            "lon": lon,
            "lat": 0.0,
        },
    )
    en_route_at = at + timedelta(seconds=120)
    LoggedResponse.objects.create(
        call=call,
        unit=Unit.objects.get(ident=unit),
        dispatched_at=at + timedelta(seconds=60),
        en_route_at=en_route_at,
        on_scene_at=en_route_at + timedelta(seconds=travel_s) if arrives else None,
        available_at=at + timedelta(hours=1),
    )


def log_days(town: Town, *, factors: list[float], calls: int = 110) -> None:
    """Log days of calls a block from a post, in turns, with travel so many times free flow."""
    for day, factor in enumerate(factors):
        for number in range(calls):
            log_call(
                town,
                1000 * day + number,
                FIRST - timedelta(hours=8) + timedelta(days=day, minutes=13 * number),
                unit="E1" if number % 2 else "E2",
                lon=0.01 if number % 2 else 0.03,
                travel_s=factor * BLOCK_S,
            )
    LoggedResponse.objects.update(available_at=None)


def report(begins="2020-04-07", ends="2020-04-08", *, policy="recommended", **options):
    return replay_report("line", begins=begins, ends=ends, policy=policy, seed=1, **options)


def test_replay_writes_nothing_into_the_town(town):
    log_call(town, 1, FIRST)
    log_call(town, 2, FIRST + timedelta(hours=2), unit="E2", lon=0.03)

    def dump():
        return {model: list(model.objects.order_by("pk").values()) for model in apps.get_models()}

    before = dump()
    report()
    assert dump() == before


def test_model_error_and_paired_difference_are_the_ones_worked_on_paper(town):
    """Twice the engine three blocks away was sent, and ours sends the one that is one away."""
    log_call(town, 1, FIRST, unit="E2", lon=0.01, travel_s=300.0)
    log_call(town, 2, FIRST + timedelta(hours=3), unit="E1", lon=0.03, travel_s=300.0)
    document = report().document
    assert document["factor"]["method"] == "free_flow"
    error = document["model_error"]["response"]
    assert error["n"] == 2
    assert error["p50_s"] == pytest.approx(3 * BLOCK_S - 300, abs=0.5)
    paired = document["paired"]["all"]
    assert (paired["n"], paired["better"], paired["same"], paired["worse"]) == (2, 2, 0, 0)
    assert paired["mean_s"] == pytest.approx(-2 * BLOCK_S, abs=0.5)
    response = document["intervals"]["response"]
    assert response["observed"]["p50_s"] == pytest.approx(420.0)
    assert response["recorded"]["p50_s"] == pytest.approx(120 + 3 * BLOCK_S, abs=0.5)
    assert response["recommended"]["p50_s"] == pytest.approx(120 + BLOCK_S, abs=0.5)


def test_interval_that_the_log_lacks_is_null_with_a_sentence(town):
    log_call(town, 1, FIRST)
    answer = report().document["intervals"]["answer"]
    assert answer["observed"] is answer["recorded"] is answer["recommended"] is None
    assert answer["code"] == "log_lacks_ring"
    assert answer["sentence"].endswith(".")


def test_recorded_policy_compares_nothing(town):
    log_call(town, 1, FIRST)
    document = report(policy="recorded").document
    assert document["columns"] == ["observed", "recorded"]
    assert document["paired"] is None
    assert document["counts"]["recommended"] is None
    assert "recommended" not in document["intervals"]["travel"]


def test_all_intervals_levels_and_figures_stand_in_every_column(town):
    log_call(town, 1, FIRST)
    intervals = report().document["intervals"]
    assert {"answer", "processing", "turnout", "travel", "response"} <= set(intervals)
    for column in ("observed", "recorded", "recommended"):
        figure = intervals["travel"][column]
        assert {"n", "p50_s", "p90_s", "p95_s", "levels"} <= set(figure)
        (level,) = figure["levels"]
        assert (level["profile"], level["goal_s"], level["share"]) == ("nfpa-1710", 240.0, 1.0)


def test_factor_of_a_day_is_fitted_without_that_day(town):
    log_days(town, factors=[2.0, 3.0])
    factor = report(ends="2020-04-09").document["factor"]
    assert factor["method"] == "leave_one_day_out"
    assert [round(day["value"], 2) for day in factor["days"]] == [3.0, 2.0]
    assert [day["n"] for day in factor["days"]] == [110, 110]


def test_factor_is_fitted_on_days_not_replayed_where_there_are_some(town):
    log_days(town, factors=[2.0, 3.0])
    factor = report(begins="2020-04-08", ends="2020-04-09").document["factor"]
    assert factor["method"] == "days_not_replayed"
    assert [round(day["value"], 2) for day in factor["days"]] == [2.0]


def test_day_of_which_an_hour_is_replayed_tells_nothing_of_the_factor(town):
    log_days(town, factors=[2.0, 3.0])
    factor = report(begins="2020-04-08T10:00", ends="2020-04-08T11:00").document["factor"]
    assert factor["method"] == "days_not_replayed"
    assert [(round(day["value"], 2), day["n"]) for day in factor["days"]] == [(2.0, 110)]


def test_modelled_travel_follows_the_factor_of_other_days(town):
    log_days(town, factors=[2.0, 3.0])
    travel = report(begins="2020-04-08", ends="2020-04-09").document["intervals"]["travel"]
    assert travel["observed"]["p50_s"] == pytest.approx(3 * BLOCK_S, abs=0.5)
    assert travel["recorded"]["p50_s"] == pytest.approx(2 * BLOCK_S, abs=0.5)


def test_unit_on_two_calls_is_followed_and_counted(town):
    log_call(town, 1, FIRST)
    log_call(town, 2, FIRST + timedelta(minutes=10))
    counts = report().document["counts"]["recorded"]
    assert counts["unit_on_two_calls"] == 1


def test_units_without_a_known_post_are_compared_apart(town):
    log_call(town, 1, FIRST, unit="E2", lon=0.01)
    known = report().document["paired"]
    assert (known["known_post"]["n"], known["unknown_place"]["n"]) == (1, 0)
    Unit.objects.update(post=None)
    guessed = report().document
    assert (guessed["paired"]["known_post"]["n"], guessed["log"]["units_with_known_post"]) == (0, 0)
    assert "unknown_places" in {note["code"] for note in guessed["notes"]}


def test_unit_off_duty_is_never_recommended(town):
    log_call(town, 1, FIRST, unit="E2", lon=0.01, travel_s=300.0)
    log_call(town, 2, FIRST + timedelta(hours=3), unit="E1", lon=0.03, travel_s=300.0)
    DutyPeriod.objects.create(
        unit=Unit.objects.get(ident="E1"),
        starts_at=FIRST + timedelta(hours=2),
        ends_at=FIRST + timedelta(hours=6),
        inferred=True,
    )
    paired = report().document["paired"]["all"]
    assert (paired["better"], paired["same"]) == (1, 1)


def test_area_with_fewer_than_five_calls_shows_no_figure(town):
    for number in range(4):
        log_call(town, number, FIRST + timedelta(hours=2 * number))
    (cell,) = report().document["series"]["all"]["cells"]
    assert cell == {
        "cell": cell["cell"],
        "n": None,
        "median_s": None,
        "mean_s": None,
        "observed_p50_s": None,
    }
    log_call(town, 9, FIRST + timedelta(hours=12))
    (cell,) = report().document["series"]["all"]["cells"]
    assert cell["n"] == 5


def test_same_seed_gives_the_same_report(town):
    log_days(town, factors=[2.0], calls=20)
    assert report().document == report().document
    json.dumps(report().document, allow_nan=False)


def test_pace_is_told_the_towns_time_in_order(town):
    log_call(town, 1, FIRST)
    log_call(town, 2, FIRST + timedelta(hours=3))
    told: list[float] = []
    report(pace=told.append)
    assert told == sorted(told)
    assert told[0] == pytest.approx(FIRST.timestamp() + 60)


@pytest.mark.parametrize(
    ("begins", "ends", "sentence"),
    [
        ("2020-04-08", "2020-04-08", "period is empty"),
        ("2020-04-08", "2020-04-07", "period is empty"),
        ("0001-01-01", "2020-04-07", "“0001-01-01” is no date or time"),
        ("2021-01-01", "2021-02-01", "No logged call lies in this period"),
        ("last week", "2020-04-07", "is no date or time"),
        ("2020-04-07T08:00:30", "2020-04-07T09:00", "No logged call"),
    ],
)
def test_period_without_calls_is_one_sentence(town, begins, ends, sentence):
    log_call(town, 1, FIRST)
    with pytest.raises(BadInput, match=sentence):
        report(begins, ends)


def test_town_without_calls_roads_or_name_is_one_sentence(town):
    with pytest.raises(BadInput, match="calls import line"):
        report()
    RoadSnapshot.objects.update(active=False)
    with pytest.raises(BadInput, match="roads import line"):
        report()
    with pytest.raises(BadInput, match="no town nowhere"):
        replay_report("nowhere", begins="2020-04-07", ends="2020-04-08", policy="recorded", seed=1)


@pytest.mark.parametrize("policy", ["recorded", "recommended"])
def test_page_stands_alone_in_both_languages_and_escapes_names(town, policy):
    log_days(town, factors=[2.0, 2.5], calls=30)
    made = report(ends="2020-04-09", policy=policy)
    page = render(made.document | {"command": "anlan replay …"}, streets=made.streets)
    outside = set(re.findall(r"https?://[^\s\"'<>)]+", page))
    assert {host.split("/")[2] for host in outside} <= {"www.w3.org"}
    assert not re.search(r"(src|href)=\"(?!#)", page)
    assert "Line &lt;b&gt;Town&lt;/b&gt;" in page
    assert "<b>Town</b>" not in page
    assert page.count('<span lang="en">') == page.count('<span lang="zh-Hans">') > 50
    assert "nan" not in re.findall(r">([^<]*)<", page)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
