"""Closed cases and incidents are sealed away by themselves; what waits says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import custody as desk
from tests.services import dispatch_desk as fire
from tests.services import small_case as small

from anlan.areas.dispatch import services as dispatch
from anlan.areas.dispatch.models import Assignment, Incident, IncidentPlace
from anlan.jobs import seal_cases
from anlan.kernel.cases.models import Case
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.models import CaseKey, KeyWrap
from anlan.kernel.values import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def list_of_erasures(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"


def run(days: float, *, since=small.AT) -> seal_cases.Done:
    return seal_cases.seal_due(real_now=since + timedelta(days=days))


@pytest.fixture
def town():
    with small.small_case_type():
        small.make_town()
        yield


def test_what_is_due_is_sealed_and_later_erased_and_once_only(town):
    desk.set_custodians()
    long, short = desk.ended_case(), desk.ended_case(result="bad")
    assert run(0.5) == seal_cases.Done()
    assert run(2) == seal_cases.Done(cases=1)
    assert run(8) == seal_cases.Done(cases=1)
    assert run(8) == seal_cases.Done()
    assert run(40) == seal_cases.Done(erased=1)
    assert Case.objects.get(pk=short).erased_at is not None
    assert Case.objects.get(pk=long).erased_at is None


def test_without_custodians_cases_wait_and_are_sealed_when_some_are_set(town):
    one = desk.ended_case()
    assert run(8) == seal_cases.Done(waiting=1)
    assert Case.objects.get(pk=one).sealed_at is None
    desk.set_custodians()
    assert run(9) == seal_cases.Done(cases=1)


def test_without_custodians_what_was_kept_long_enough_is_erased_all_the_same(town):
    desk.ended_case(result="bad")
    assert run(40) == seal_cases.Done(erased=1)


def test_a_case_that_cannot_be_sealed_does_not_keep_the_others(town):
    desk.set_custodians()
    first, second = desk.ended_case(), desk.ended_case()
    CaseKey.objects.filter(case_ref=f"smallcase:{first}").update(service_key="0" * 16)
    assert run(8) == seal_cases.Done(cases=1)
    assert Case.objects.get(pk=first).sealed_at is None
    assert Case.objects.get(pk=second).sealed_at is not None


def test_a_case_whose_key_was_altered_does_not_keep_the_others(town):
    desk.set_custodians()
    first, second = desk.ended_case(), desk.ended_case()
    CaseKey.objects.filter(case_ref=f"smallcase:{first}").update(wrapped=b"\x01" + bytes(60))
    assert run(8) == seal_cases.Done(cases=1)
    assert Case.objects.get(pk=first).sealed_at is None
    assert Case.objects.get(pk=second).sealed_at is not None


def closed_incident(folder) -> int:
    fire.open_desk(folder)
    one = fire.call(words="金丝雀")
    fire.send(one, "E1")
    dispatch.close_incident(one.id, **fire.stamp(seconds=600))
    return one.id


def test_an_incidents_point_and_words_go_when_its_time_is_over(tmp_path):
    one = closed_incident(tmp_path)
    desk.set_custodians(fire.KEY)
    assert run(6.9, since=fire.AT).incidents == 0
    assert IncidentPlace.objects.count() == 1
    assert run(7.1, since=fire.AT).incidents == 1
    assert not IncidentPlace.objects.exists()
    assert CaseKey.objects.get().wrapped is None
    assert KeyWrap.objects.count() == 3
    sent = Assignment.objects.get()
    assert (sent.travel_s, sent.free_flow_s) == (None, None)
    assert Incident.objects.get(pk=one).cell
    later = fire.stamp(seconds=8 * 86400)
    for attempt in (
        lambda: dispatch.reopen_incident(one, **later),
        lambda: dispatch.add_note(one, text="late words", **later),
        lambda: dispatch.open_incident_texts(
            one, purpose="review", **fire.stamp(fire.SUPERVISOR, seconds=8 * 86400)
        ),
    ):
        with pytest.raises(Refused) as refused:
            attempt()
        assert refused.value.code in {"place_sealed", "sealed"}
    assert run(9, since=fire.AT).incidents == 0


def test_an_incidents_point_goes_without_custodians_and_its_words_wait(tmp_path):
    one = closed_incident(tmp_path)
    assert run(8, since=fire.AT).incidents == 1
    assert not IncidentPlace.objects.exists()
    review = fire.stamp(fire.SUPERVISOR, seconds=8 * 86400)
    assert dispatch.open_incident_texts(one, purpose="review", **review)[0].text == "金丝雀"
    assert run(9, since=fire.AT).incidents == 0
    desk.set_custodians(fire.KEY)
    assert run(10, since=fire.AT).incidents == 1
    with pytest.raises(Refused):
        dispatch.open_incident_texts(one, purpose="review", **review)


def test_an_open_incident_is_never_sealed(tmp_path):
    fire.open_desk(tmp_path)
    desk.set_custodians(fire.KEY)
    one = fire.call(words="金丝雀")
    assert run(400, since=fire.AT).incidents == 0
    with pytest.raises(Refused, match="not due"):
        dispatch.seal_incident(one.id, **fire.stamp(desk.SEALER, seconds=400 * 86400))
    assert IncidentPlace.objects.count() == 1
    assert not LedgerEntry.objects.filter(action="incident.sealed").exists()
