"""What happens between asking and the lock: what was allowed a moment ago is asked again there."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import custody as desk
from tests.services import small_case as small
from tests.services.small_case import HANDLER, SUPERVISOR, do, open_small, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import CaseStaff
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing import entering
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"
    with small.small_case_type():
        small.make_town()
        yield


@pytest.fixture
def meanwhile(monkeypatch):
    """Let something be done and committed just before the next opening takes the lock."""

    def first(act):
        write, waiting = entering.ledger.write, [act]

        def after_it(**how):
            while how["action"] == "sealing.opened" and waiting:
                waiting.pop()()
            return write(**how)

        monkeypatch.setattr(entering.ledger, "write", after_it)

    return first


def words(case_id, actor=HANDLER, purpose=Purpose.HANDLING, days=0.0):
    return cases.open_words(case_id, purpose=purpose, **stamp(actor, days=days)).spaces


def nothing_was_opened():
    return not Opening.objects.exists() and not LedgerEntry.objects.filter(action="sealing.opened")


def takes_out(case_id, part):
    def act():
        CaseStaff.objects.filter(case_id=case_id, staff_ref=HANDLER.staff_ref).update(
            part=part.value
        )

    return act


@pytest.mark.parametrize("part", [Part.RECUSED, Part.REFUSED])
def test_who_was_taken_out_of_a_case_a_moment_ago_opens_nothing(meanwhile, part):
    one = open_small()
    do(one, "note", texts={"words": "金丝雀"})
    meanwhile(takes_out(one, part))
    with pytest.raises(Refused) as refused:
        words(one)
    assert refused.value.code == "no_such_case"
    assert nothing_was_opened()


def test_a_document_opens_no_more_to_who_was_taken_out_a_moment_ago(meanwhile):
    one = open_small()
    number = cases.add_document(
        one, data=b"words", name="a.txt", kind="paper", space=Space.CASE, **stamp()
    )
    meanwhile(takes_out(one, Part.RECUSED))
    with pytest.raises(Refused):
        cases.open_document(number, purpose=Purpose.HANDLING, **stamp())
    assert nothing_was_opened()


def test_a_case_that_was_sealed_away_a_moment_ago_opens_no_more(meanwhile):
    desk.set_custodians()
    one = desk.ended_case()
    meanwhile(lambda: desk.seal(one))
    with pytest.raises(Refused) as refused:
        words(one, SUPERVISOR, Purpose.REVIEW, days=9)
    assert refused.value.code == "sealed"
    assert nothing_was_opened()


def test_a_link_that_ended_a_moment_ago_opens_nothing(meanwhile):
    one = desk.ended_case()
    token = cases.make_link(one, party=1, **stamp())
    row = queries.link_of(token)
    meanwhile(lambda: cases.end_link(row.id, **stamp()))
    moment = small.AT + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        cases.open_by_link(row, token, at=moment, recorded_at=moment)
    assert refused.value.code == "no_such_case"
    assert nothing_was_opened()
