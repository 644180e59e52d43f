"""A request that nobody confirms is gone after 7 days, whatever happens to the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import mediation_desk as scene
from tests.services.custody import make_due

from anlan.jobs.lapse_requests import lapse_due
from anlan.kernel.cases.models import Case, CaseEvent, FollowLink, Notice, Party
from anlan.kernel.sealing.models import SealedText

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def data(settings, tmp_path):
    settings.ANLAN_DATA = tmp_path


def test_what_nobody_confirmed_is_erased_and_what_was_confirmed_stays():
    desk = scene.make_desk()
    lost, kept = scene.ask(desk), scene.walk(desk, "confirmed")
    week = scene.AT + timedelta(days=7)
    assert lapse_due(real_now=week) == 0  # it was opened some minutes later
    assert lapse_due(real_now=week + timedelta(hours=1)) == 1
    gone = Case.objects.get(pk=lost)
    assert gone.erased_at is not None
    for model in (Party, CaseEvent, FollowLink, Notice):
        assert not model.objects.filter(case_id=lost).exists()
        assert model.objects.filter(case_id=kept).exists()
    refs = set(SealedText.objects.values_list("key__case_ref", flat=True))
    assert not [ref for ref in refs if ref.startswith(gone.ref)]
    assert lapse_due(real_now=week + timedelta(hours=2)) == 0


def test_erasing_leaves_nothing_of_the_areas_own_tables():
    from anlan.areas.mediation.models import Agreement, Confirmation, Session, Talk
    from anlan.kernel.cases.services import erase_case

    desk = scene.make_desk()
    one = scene.walk(desk, "agreed")
    stamp = desk.stamp(scene.JOB)
    make_due(one, stamp["at"])
    erase_case(one, reason="kept_long_enough", **stamp)
    for model in (Talk, Session, Agreement, Confirmation):
        assert not model.objects.exists()
