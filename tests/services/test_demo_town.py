"""Promises about a made-up town: posts by the model, calls by the pattern, all of it labelled."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from tests.services.demo_town import KEY, REAL, TOWN, make_grid_town, stamp

from anlan.cli.demo_towns import where_it_stood
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import queries, services
from anlan.kernel.places.queries.call_pattern import call_pattern
from anlan.kernel.places.queries.made_up_calls import demand, drawn_calls
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
HOUR = timedelta(hours=1)


@pytest.fixture
def town(tmp_path: Path, settings: object) -> str:
    """Give a made-up town with roads, in a data folder of its own."""
    settings.ANLAN_DATA = tmp_path / "data"  # type: ignore[attr-defined]
    return make_grid_town(tmp_path)


def test_sited_posts_and_units_say_that_they_are_made_up(town: str) -> None:
    report = services.site_posts(town, **stamp())
    posts, units = queries.posts(town), queries.units(town)
    assert {post.kind for post in posts} == {"fire", "ambulance", "police", "hospital"}
    assert (len(posts), len(units)) == (report.posts, report.units)
    assert all(post.made_up for post in posts)
    assert all(unit.made_up and unit.post is not None for unit in units)
    assert len({unit.ident for unit in units}) == len(units)


def test_siting_is_one_write_in_the_ledger(town: str) -> None:
    before = ledger.last_id(town)
    services.site_posts(town, **stamp())
    entries = ledger.entries_after(town, before)
    assert [entry.action for entry in entries] == ["posts.sited"]


def test_a_real_town_gets_no_made_up_posts(tmp_path: Path, settings: object) -> None:
    settings.ANLAN_DATA = tmp_path / "data"  # type: ignore[attr-defined]
    make_grid_town(tmp_path, made_up=False)
    with pytest.raises(Refused, match="made up"):
        services.site_posts(KEY, **stamp())
    assert queries.posts(KEY) == ()


def test_posts_are_not_sited_twice(town: str) -> None:
    services.site_posts(town, **stamp())
    with pytest.raises(Refused, match="already"):
        services.site_posts(town, **stamp())


def test_only_an_administrator_sites_posts(town: str) -> None:
    dispatcher = Actor("staff:1", frozenset({Role.DISPATCHER}))
    with pytest.raises(Forbidden):
        services.site_posts(town, actor=dispatcher, at=TOWN, recorded_at=REAL)
    assert queries.posts(town) == ()


def test_more_people_near_a_post_than_by_chance(town: str) -> None:
    services.site_posts(town, **stamp())
    fire = next(post for post in queries.posts(town) if post.kind == "fire")
    lon, lat, people = demand(town)

    def mean_degrees(x: float, y: float) -> float:
        return float((people * (np.abs(lon - x) + np.abs(lat - y))).sum() / people.sum())

    corner = mean_degrees(float(lon.min()), float(lat.min()))
    assert mean_degrees(fire.lon, fire.lat) < 0.7 * corner


def test_drawn_calls_are_the_same_every_time_and_lie_in_their_hour(town: str) -> None:
    services.site_posts(town, **stamp())
    hours = [TOWN + HOUR * i for i in range(48)]
    first = [drawn_calls(town, hour=hour) for hour in hours]
    assert first == [drawn_calls(town, hour=hour) for hour in hours]
    assert first != [drawn_calls(town, hour=hour, seed=1) for hour in hours]
    for hour, calls in zip(hours, first, strict=True):
        assert all(hour <= call.received_at < hour + HOUR for call in calls)
        assert list(calls) == sorted(calls, key=lambda call: call.received_at)


def test_drawn_calls_follow_the_measured_rate_and_mix(town: str) -> None:
    services.site_posts(town, **stamp())
    pattern, people = call_pattern(), float(demand(town)[2].sum())
    hours = [TOWN.replace(hour=0) + HOUR * i for i in range(24 * 7 * 4)]
    calls = [call for hour in hours for call in drawn_calls(town, hour=hour)]
    expected = people / 1000 * pattern.per_1000_people_a_day * 28
    assert abs(len(calls) - expected) < 5 * expected**0.5
    assert {call.type for call in calls} <= set(pattern.types)
    medical = sum(call.type.startswith("medical") for call in calls) / len(calls)
    measured = pattern.types["medical"] + pattern.types["medical_critical"]
    assert medical == pytest.approx(measured, abs=0.1)
    keys = [call.key for call in calls]
    assert len(set(keys)) == len(keys)


def test_a_town_without_demand_says_what_to_do(town: str) -> None:
    with pytest.raises(BadInput, match="no demand"):
        drawn_calls(town, hour=TOWN)


def test_the_clock_goes_on_after_a_kill_from_whatever_was_written_last(town: str) -> None:
    services.set_clock(town, town_anchor=TOWN, speed=1.0, **stamp())
    for minutes, actor in ((38, "job:demo"), (39, "staff:9"), (90, "cli")):
        services.set_factor(
            town,
            factor=1.0,
            error={},
            actor=Actor(actor, frozenset({Role.ADMINISTRATOR})),
            at=TOWN + timedelta(minutes=minutes),
            recorded_at=REAL + timedelta(minutes=minutes),
        )
    assert where_it_stood(town) == TOWN + timedelta(minutes=39)


def test_a_clock_that_was_set_back_stays_where_it_was_set(town: str) -> None:
    job = Actor("job:demo", frozenset({Role.ADMINISTRATOR}))
    services.set_factor(
        town, factor=1.0, error={}, actor=job, at=TOWN + HOUR, recorded_at=REAL + HOUR
    )
    back = stamp() | {"recorded_at": REAL + 2 * HOUR}
    services.set_clock(town, town_anchor=TOWN, speed=1.0, **back)
    assert where_it_stood(town) == TOWN
