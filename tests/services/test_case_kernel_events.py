"""What the kernel does in a case beside the type's actions: the same promises as an action."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.services import small_case as small
from tests.services.small_case import HANDLER, OTHER, do, open_small, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, FollowLink
from anlan.kernel.cases.rules.checking import faults_of
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.values import Actor, Refused

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


def version(case_id):
    return Case.objects.get(pk=case_id).version


def test_an_event_of_the_kernel_has_its_event_its_entry_and_its_version():
    one = open_small()
    before = version(one)
    with cases.acting(one, "document_added", **stamp()) as doing:
        doing.tell(document=7, reason="asked_for", party=2)
    event = queries.events_of(one)[-1]
    assert (event.action, event.from_state, event.to_state) == ("document_added", "asked", "asked")
    assert (dict(event.values), event.party, event.reason) == ({"document": 7}, 2, "asked_for")
    entry = LedgerEntry.objects.latest("id")
    assert (entry.action, entry.subject) == ("smallcase.document_added", f"smallcase:{one}")
    assert entry.fields == ["document"]
    assert version(one) == before + 1


def test_somebody_who_had_the_case_open_is_told_that_it_changed():
    one = open_small()
    seen = version(one)
    with cases.acting(one, "link_made", **stamp()):
        pass
    with pytest.raises(Refused) as refused:
        do(one, "take", expected_version=seen)
    assert refused.value.code == "changed"


def test_a_case_of_others_is_not_there():
    one = open_small()
    with (
        pytest.raises(Refused) as refused,
        cases.acting(one, "document_added", **stamp(OTHER)),
    ):
        pytest.fail("nobody gets in here")
    assert refused.value.code == "no_such_case"


def test_a_link_acts_in_its_own_case_as_its_party():
    mine, other = open_small(), open_small()
    link = FollowLink.objects.create(case_id=mine, party=2, token_hash="a" * 64, made_at=small.AT)
    actor = Actor(f"link:{link.pk}", frozenset())
    with cases.acting(mine, "document_added", **stamp(actor)) as doing:
        assert doing.asked.party == 2
    assert queries.events_of(mine)[-1].party == 2
    with pytest.raises(Refused), cases.acting(other, "document_added", **stamp(actor)):
        pytest.fail("nobody gets in here")


def test_what_fails_inside_saves_nothing():
    one = open_small()
    before = (version(one), LedgerEntry.objects.count(), len(queries.events_of(one)))

    def fail_inside():
        with cases.acting(one, "document_added", **stamp()) as doing:
            doing.answer(colour="red")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert (version(one), LedgerEntry.objects.count(), len(queries.events_of(one))) == before
    assert Case.objects.get(pk=one).answers == {}


def test_the_same_key_twice_is_done_once():
    one = open_small()
    given = []
    for _ in range(2):
        with cases.acting(one, "link_made", client_key="k-1", **stamp()) as doing:
            if not doing.write.replayed:
                doing.write.result = {"link": 5}
            given.append(doing.write.result)
    assert given == [{"link": 5}, {"link": 5}]
    assert [each.action for each in queries.events_of(one)] == ["opened", "link_made"]


def test_erasing_leaves_an_entry_and_no_event():
    one = open_small()
    with cases.acting(one, "erased", keeps_event=False, **stamp()) as doing:
        doing.case.erased_at = doing.at
    assert Case.objects.get(pk=one).erased_at == small.AT
    assert [each.action for each in queries.events_of(one)] == ["opened"]
    assert LedgerEntry.objects.latest("id").action == "smallcase.erased"
    with pytest.raises(Refused), cases.acting(one, "link_made", **stamp(HANDLER)):
        pytest.fail("an erased case is not there")


def test_a_type_may_not_take_a_name_of_the_kernels():
    actions = (*small.SMALL.actions, replace(small.SMALL.actions[0], code="erased"))
    broken = replace(small.SMALL, actions=actions)
    faults = list(faults_of(broken, sealed_fields=frozenset(small.SEALED)))
    assert faults == ["action erased has a name that the kernel itself uses."]


def test_a_kind_of_document_that_parties_add_is_one_of_the_types_kinds():
    broken = replace(small.SMALL, party_document_kinds=("paper", "song"))
    faults = list(faults_of(broken, sealed_fields=frozenset(small.SEALED)))
    assert faults == ["kind of document song, which parties add, is none of its kinds."]


def test_by_what_a_party_comes_to_read_the_common_space_is_an_action_about_it():
    broken = replace(small.SMALL, common_after=("song",))
    faults = list(faults_of(broken, sealed_fields=frozenset(small.SEALED)))
    said = "action song, by which a party comes to read the common space, is about no party."
    assert faults == [said]
