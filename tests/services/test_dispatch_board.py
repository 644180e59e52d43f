"""The board shows everything at once; changes bring the rows that were touched, and no text."""

from __future__ import annotations

import dataclasses
import json
from datetime import timedelta

import pytest
from django.utils import translation
from tests.services.dispatch_desk import (
    AT,
    KEY,
    OFFICER,
    STEP,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.dispatch import queries, services
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import services as places

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(tmp_path):
    open_desk(tmp_path)


def since(last_id, *, at=AT):
    return queries.changes(KEY, ledger.entries_after(KEY, last_id), at=at)


def test_board_holds_units_posts_types_and_goes_on_from_its_event_id():
    row = call()
    board = queries.board(KEY, at=AT)
    assert [one.ident for one in board.units] == ["E1", "E2", "E3", "M2", "N3", "T1"]
    assert {one["ident"] for one in board.posts} == {"1", "2", "3"}
    assert board.incidents == (row,)
    assert board.event_id == ledger.last_id(KEY)
    assert {"structure_fire", "other"} <= {one["code"] for one in board.types}


def test_board_speaks_the_readers_language():
    with translation.override("zh-hans"):
        board = queries.board(KEY, at=AT)
    assert {one["code"]: one["label"] for one in board.statuses}["on_scene"] == "到场"


def test_unit_off_shift_is_shown_off_duty():
    by_ident = {one.ident: one for one in queries.board(KEY, at=AT).units}
    assert (by_ident["N3"].status, by_ident["N3"].on_duty) == ("off_duty", False)
    assert (by_ident["E1"].status, by_ident["E1"].on_duty) == ("available", True)


def test_changes_bring_what_was_touched_and_nothing_else():
    other = call()
    row = call()
    seen = ledger.last_id(KEY)
    send(row, "E1")
    changed = since(seen)
    assert [one.id for one in changed.incidents] == [row.id]
    assert [one.ident for one in changed.units] == ["E1"]
    assert changed.closures is None
    assert changed.event_id == ledger.last_id(KEY)
    assert other.id not in {one.id for one in changed.incidents}


def test_status_brings_the_incident_too():
    row = send(call(), "E1")
    seen = ledger.last_id(KEY)
    tell("E1", "on_scene", seconds=30)
    changed = since(seen)
    assert [(one.id, one.state) for one in changed.incidents] == [(row.id, "working")]


def test_diversion_brings_both_incidents():
    lesser = send(call(type="public_assist"), "E1")
    graver = call(type="structure_fire")
    seen = ledger.last_id(KEY)
    send(graver, "E1")
    assert {one.id for one in since(seen).incidents} == {lesser.id, graver.id}


def test_closing_brings_the_freed_units():
    row = send(call(), "E1")
    seen = ledger.last_id(KEY)
    services.close_incident(row.id, **stamp(seconds=9))
    assert [(one.ident, one.status) for one in since(seen).units] == [("E1", "available")]


def test_closed_street_brings_the_closures_and_lifting_takes_them_away():
    seen = ledger.last_id(KEY)
    closed = places.close_street(lon=1.5 * STEP, lat=STEP, **stamp(OFFICER))
    shown = since(seen).closures
    assert shown is not None
    assert [one["id"] for one in shown] == [closed.id]
    assert shown[0]["street"] == "Row 11"
    seen = ledger.last_id(KEY)
    places.lift_closure(closed.id, **stamp(OFFICER, seconds=5))
    assert since(seen).closures == ()


def test_no_entries_change_nothing():
    assert since(ledger.last_id(KEY)).incidents == ()


def test_changes_and_board_carry_no_text():
    row = call(words="Mrs Silva", caller_name="Silva", caller_number="555-0199")
    services.add_note(row.id, text="Mrs Silva", **stamp())
    shown = json.dumps(
        [dataclasses.asdict(queries.board(KEY, at=AT)), dataclasses.asdict(since(0))], default=str
    )
    assert "Silva" not in shown
    assert "555-0199" not in shown


def test_ended_incident_stays_an_hour_on_the_board():
    from datetime import timedelta

    row = services.close_incident(call().id, **stamp())
    soon, late = AT + timedelta(minutes=59), AT + timedelta(minutes=61)
    assert [one.id for one in queries.board(KEY, at=soon).incidents] == [row.id]
    assert queries.board(KEY, at=late).incidents == ()


def test_changes_caught_up_on_later_tell_who_is_on_duty_now():
    before = ledger.last_id(KEY)
    tell("N3", "available")
    night = AT.replace(hour=21)
    (then,), (now,) = since(before).units, since(before, at=night).units
    assert (then.on_duty, now.on_duty) == (False, True)


def test_closure_that_ended_meanwhile_is_not_caught_up_on():
    before = ledger.last_id(KEY)
    ends = {"ends_at": AT + timedelta(minutes=10)}
    places.close_street(lon=STEP, lat=STEP, **ends, **stamp())
    assert len(since(before).closures) == 1
    assert since(before, at=AT + timedelta(minutes=11)).closures == ()
