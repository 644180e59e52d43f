"""Crews see what is known of things near an open incident, and nothing once it is closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import dispatch_desk as desk

from anlan.areas.dispatch import services as dispatch
from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.rules.preplans import Fact
from anlan.journeys.board_shows_preplans import preplans_at
from anlan.kernel.values import Actor, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
INSPECTOR = Actor("staff:9", frozenset({Role.INSPECTOR}))


@pytest.fixture(autouse=True)
def town(tmp_path):
    desk.open_desk(tmp_path)
    lon, lat = 1.5 * desk.STEP, 1.0 * desk.STEP
    for ident, east in (("near", 0.0005), ("far", 0.005)):
        hazards.register_premises(
            ident,
            class_code="depot",
            name=f"{ident} depot",
            lon=lon + east,
            lat=lat,
            risk="high",
            **desk.stamp(INSPECTOR),
        )
        for fact in (Fact("access", "main_entrance"), Fact("warning", "gas_cylinders")):
            hazards.state_fact(ident, fact=fact, **desk.stamp(INSPECTOR))


def shown(incident, *, days=0):
    found = preplans_at(desk.KEY, incident_id=incident.id, at=desk.AT + timedelta(days=days))
    return [(one.ident, one.distance_m, [fact.what for fact in one.facts]) for one in found]


def test_an_open_incident_shows_what_is_near_warnings_first():
    assert shown(desk.call()) == [("near", 56, ["gas_cylinders", "main_entrance"])]


def test_a_warning_that_expired_is_shown_to_nobody():
    assert shown(desk.call(), days=90) == [("near", 56, ["main_entrance"])]


def test_a_closed_incident_shows_nothing():
    one = desk.call()
    dispatch.cancel_incident(one.id, **desk.stamp())
    assert shown(one) == []


def test_an_incident_of_another_town_is_not_there():
    with pytest.raises(Refused):
        preplans_at(desk.KEY, incident_id=999_999, at=desk.AT)
