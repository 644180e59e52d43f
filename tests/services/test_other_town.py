"""What belongs to one town can't be reached through another: one set-up for the yes and the no."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.services.dispatch_desk import (
    AT,
    CLI,
    DISPATCHER,
    KEY,
    STEP,
    SUPERVISOR,
    call,
    open_desk,
    send,
    stamp,
)

from anlan.api.live.source import LedgerSource
from anlan.areas.dispatch import queries, services
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import queries as places_queries
from anlan.kernel.places import services as places
from anlan.kernel.places.models import Unit
from anlan.kernel.staff import services as staff
from anlan.kernel.values import Refused, Role

pytestmark = pytest.mark.django_db

FAR = "far"
BY_CLI = {"actor": CLI, "at": AT, "recorded_at": AT}


@pytest.fixture(autouse=True)
def two_towns(tmp_path):
    """The grid, and a town far away that has an E1 too and an F1 of its own."""
    open_desk(tmp_path)
    places.create_town(key=FAR, name="Far", zone="UTC", **BY_CLI)
    for ident in ("E1", "F1"):
        Unit.objects.create(
            town_id=places_queries.town(FAR).id, ident=ident, kind="engine", capabilities=["engine"]
        )


def by(town, actor=DISPATCHER):
    return stamp(actor) | {"town_key": town}


ON_INCIDENT = {
    "triage": lambda one, town: services.triage_incident(one, priority=1, **by(town)),
    "dispatch": lambda one, town: services.dispatch_units(one, units=["E1"], **by(town)),
    "note": lambda one, town: services.add_note(one, text="n", **by(town)),
    "close": lambda one, town: services.close_incident(one, **by(town)),
    "cancel": lambda one, town: services.cancel_incident(one, **by(town)),
    "open": lambda one, town: services.open_incident_texts(
        one, purpose="live_incident", **by(town)
    ),
    "review": lambda one, town: services.open_incident_texts(
        one, purpose="review", **by(town, SUPERVISOR)
    ),
    "recommend": lambda one, town: queries.recommend_for(one, town_key=town, at=AT),
    "read": lambda one, town: queries.incident(one, town_key=town),
}


@pytest.mark.parametrize("use", sorted(ON_INCIDENT))
def test_incident_is_reached_through_its_own_town_only(use):
    one = call(words="a word").id
    before = LedgerEntry.objects.count()
    with pytest.raises(Refused) as refused:
        ON_INCIDENT[use](one, FAR)
    assert refused.value.code == "no_such_incident"
    assert LedgerEntry.objects.count() == before
    assert ON_INCIDENT[use](one, KEY)


def test_closed_incident_is_reopened_through_its_own_town_only():
    one = services.close_incident(call().id, **stamp()).id
    with pytest.raises(Refused):
        services.reopen_incident(one, **by(FAR))
    assert services.reopen_incident(one, **by(KEY)).state == "triaged"


def test_unit_of_another_town_is_not_sent():
    with pytest.raises(Refused, match="no unit F1"):
        send(call(), "F1")


def test_unit_of_the_same_mark_in_another_town_is_left_alone():
    send(call(), "E1")
    (far,) = queries.units_on_board(FAR, at=AT, idents=["E1"])
    assert (far.status, far.incident) == ("available", None)
    services.set_unit_status("E1", status="out_of_service", **by(FAR))
    (near,) = queries.units_on_board(KEY, at=AT, idents=["E1"])
    assert near.status == "dispatched"


def test_closure_is_lifted_through_its_own_town_only():
    closure = places.close_street(lon=STEP, lat=STEP, **stamp())
    with pytest.raises(Refused) as refused:
        places.lift_closure(closure.id, **by(FAR))
    assert refused.value.code == "no_closure"
    assert places.lift_closure(closure.id, **by(KEY)).id == closure.id


def test_board_and_changes_show_the_own_towns_rows_only():
    one = call()
    assert queries.incidents_by_id([one.id], town_key=FAR) == ()
    assert queries.board(FAR, at=AT).incidents == ()
    assert queries.incidents_by_id([one.id], town_key=KEY) == (one,)


def scope_of(client):
    cookies = "; ".join(f"{name}={one.value}" for name, one in client.cookies.items())
    headers = [(b"host", b"localhost"), (b"cookie", cookies.encode())]
    return {"type": "http", "path": "/live/x", "query_string": b"", "headers": headers}


def test_live_feed_is_for_members_of_its_town(settings, monkeypatch):
    monkeypatch.setattr("anlan.api.live.source.close_old_connections", lambda: None)
    settings.ALLOWED_HOSTS = ["localhost"]
    staff.create_staff(username="desk-2", **BY_CLI)
    staff.grant_role(town_key=KEY, username="desk-2", role=Role.DISPATCHER, **BY_CLI)
    client = Client()
    client.force_login(
        get_user_model().objects.get(username="desk-2"),
        backend="allauth.account.auth_backends.AuthenticationBackend",
    )
    scope, source = scope_of(client), LedgerSource()
    assert source.refusal(scope, KEY) is None
    refusal = source.refusal(scope, FAR)
    assert refusal is not None
    assert (refusal.status, refusal.code) == (403, "not_a_member")
    staff.withdraw_role(town_key=KEY, username="desk-2", role=Role.DISPATCHER, **BY_CLI)
    assert source.refusal(scope, KEY) is not None
    staff.grant_role(town_key=KEY, username="desk-2", role=Role.PLANNER, **BY_CLI)
    planning = source.refusal(scope, KEY)
    assert planning is not None
    assert (planning.status, planning.code) == (403, "no_incidents")
