"""The demo's things to inspect: made up, flagged, near posts, made once."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.services import dispatch_desk as desk

from anlan.areas.hazards import queries
from anlan.cli.demo_premises import THINGS, make_premises
from anlan.kernel.places.models import Town
from anlan.kernel.values import Actor, Role

pytestmark = pytest.mark.django_db(transaction=True)
INSPECTOR = Actor("staff:9", frozenset({Role.INSPECTOR}))
NOW = {"at": desk.AT, "recorded_at": desk.AT}


def test_made_up_things_stand_beside_posts_flagged_and_once(tmp_path):
    desk.open_desk(tmp_path, made_up=True)
    assert len(make_premises(desk.KEY, INSPECTOR, NOW)) == len(THINGS)
    assert make_premises(desk.KEY, INSPECTOR, NOW) == ()
    rows = queries.premises(desk.KEY)
    assert len(rows) == len(THINGS)
    assert all(one.made_up for one in rows)
    assert len(queries.planned_inspections(desk.KEY)) == 2
    first = rows[1]
    near = queries.preplans_near(desk.KEY, lon=first.lon, lat=first.lat, on=desk.AT.date())
    assert next(fact.what for fact in near[0].facts) == "gas_cylinders"
    assert near[0].facts[0].what == "gas_cylinders"


def test_visits_are_planned_for_the_towns_own_day(tmp_path):
    desk.open_desk(tmp_path, made_up=True)
    Town.objects.update(zone="Pacific/Auckland")
    ten_there = datetime(2027, 2, 28, 21, tzinfo=UTC)  # the first of March, when a demo opens
    make_premises(desk.KEY, INSPECTOR, {"at": ten_there, "recorded_at": desk.AT})
    days = {one.due_on for one in queries.planned_inspections(desk.KEY)}
    assert days == {date(2027, 3, 1)}
