"""A scene that is laid down again is to the row what the services made."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from django.test import TransactionTestCase
from tests.databases import clear
from tests.services import mediation_desk as scene
from tests.services.kept_scenes import all_rows, kept

from anlan.kernel.cases import services as cases
from anlan.kernel.staff.models import Staff

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_scene_comes_again_with_every_row_and_without_the_services():
    desk = scene.make_desk()
    one = scene.walk(desk, "mediating")
    made = all_rows()
    assert {"cases_case", "cases_caseevent", "ledger_ledgerentry", "staff_staff"} <= set(made)
    clear(TransactionTestCase())
    assert not all_rows()
    with patch.object(cases, "apply", side_effect=AssertionError("it was made anew")):
        again = scene.make_desk()
        assert scene.walk(again, "mediating") == one
    assert all_rows() == made
    assert (again.at, again.actors) == (desk.at, desk.actors)
    again.do(one, "draft_agreement", texts=scene.PARTS)
    assert again.state(one) == "drafted"


def test_a_scene_that_begins_in_other_rows_or_asks_for_something_else_is_made():
    first = scene.walk(scene.make_desk(), "confirmed")
    clear(TransactionTestCase())
    desk = scene.make_desk()
    other = scene.mediator("somebody-else")
    with patch.object(cases, "apply", wraps=cases.apply) as applied:
        one = scene.walk(desk, "confirmed")
        assert applied.call_count == 1
        scene.walk(desk, "confirmed", source="court")
        assert applied.call_count == 2
    assert one != first
    assert Staff.objects.filter(pk=int(other.staff_ref.partition(":")[2])).exists()


def test_a_scene_that_takes_a_row_away_is_made_each_time():
    made = []

    def rename() -> None:
        made.append(Staff.objects.filter(username="second").update(username="third"))

    for _ in range(2):
        scene.make_desk()
        kept("renamed", rename)
        clear(TransactionTestCase())
    assert made == [1, 1]
