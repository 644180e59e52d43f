"""The case kernel: parties from the first moment, secret answers, clocks of some cases only."""

from __future__ import annotations

from dataclasses import replace
from unittest.mock import patch

import pytest
from tests.services import small_case as small
from tests.services.small_case import CLERK, HANDLER, SMALL, do, label, stamp

from anlan.kernel.cases import queries, registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import CaseEvent
from anlan.kernel.cases.rules.facts import Asked, NewParty, Part
from anlan.kernel.cases.rules.types import Action, Clock, Field, FieldKind, Space, Span, Unit
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
from anlan.kernel.ledger.services.asked import digest_of
from anlan.kernel.sealing.models import SealedText
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS, PersonalField
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import _case_kinds
from anlan.kernel.values import BadInput, Role

pytestmark = pytest.mark.django_db(transaction=True)

WORKING = frozenset({"asked", "working"})
TYPE = replace(
    SMALL,
    actions=(
        *SMALL.actions,
        Action(
            "ask_alone",
            label("ask alone"),
            WORKING,
            None,
            (Role.MEDIATOR,),
            about_party=True,
            requires=("afraid",),
        ),
        Action(
            "add_party",
            label("add a party"),
            WORKING,
            None,
            (Role.MEDIATOR,),
            adds_party=True,
            requires=("party_role", "name"),
            takes=("minor", "guardian"),
        ),
    ),
    fields=(
        *SMALL.fields,
        Field("afraid", FieldKind.YES_NO, label("afraid"), space=Space.NOTES, secret=True),
        Field("name", FieldKind.WORDS, label("name"), space=Space.PARTY),
        Field(
            "party_role", FieldKind.CHOICE, label("role"), choices=SMALL.party_roles, of_party=True
        ),
        Field("minor", FieldKind.YES_NO, label("minor"), of_party=True),
        Field("guardian", FieldKind.PARTY, label("guardian"), of_party=True),
    ),
    clocks=(
        *SMALL.clocks,
        Clock(
            "red_only",
            label("red only"),
            Role.MEDIATOR,
            WORKING,
            Span(3, Unit.DAYS),
            Span(1, Unit.DAYS),
            label("made up for tests"),
            applies=lambda answers: answers.get("colour") == "red",
        ),
    ),
)
SEALED = small.SEALED | {"afraid": PersonalField("parties", "tests", "for a test")}


@pytest.fixture(autouse=True)
def town():
    with (
        patch.dict(SEALED_FIELDS, {TYPE.code: SEALED}),
        patch.dict(registry._types),
        patch.dict(_case_kinds),
    ):
        registry.register_case_type(TYPE, hooks={"opened": _handled})
        small.make_town()
        yield


def _handled(doing):
    doing.set_staff(HANDLER.staff_ref, Part.HANDLER)
    doing.answer(parties=len(doing.facts.parties))


def opened(**more):
    given = {"office": "v-1", "parties": [NewParty("first", {"name": "金丝雀"})]} | more
    return cases.open_case("smallcase", **given, **stamp(CLERK)).case_id


def spaces(one):
    return cases.open_words(one, purpose=Purpose.HANDLING, **stamp(HANDLER)).spaces


def test_a_case_is_opened_with_its_parties_in_one_write():
    one = opened(asked=Asked(texts={"own_words": "my side"}, party=1))
    assert [each.role for each in queries.parties_of(one)] == ["first"]
    assert [each.text for each in spaces(one)["p1"]] == ["金丝雀", "my side"]
    row = queries.case(one, town_key=small.KEY, actor=HANDLER)
    assert row.answers["parties"] == 1  # the area's hook saw them


@pytest.mark.parametrize(
    "party", [NewParty("stranger"), NewParty("first", {"words": "into the common space"})]
)
def test_a_party_that_fits_nothing_opens_no_case(party):
    with pytest.raises(BadInput):
        opened(parties=[party])
    assert not CaseEvent.objects.exists()


def test_a_party_is_added_with_its_own_words_and_guardian():
    one = opened()
    asked = {"party_role": "second", "minor": True, "guardian": 1}
    do(one, "add_party", values=asked, texts={"name": "the child"})
    child = queries.parties_of(one)[1]
    assert (child.role, child.minor, child.guardian) == ("second", True, 1)
    assert [each.text for each in spaces(one)["p2"]] == ["the child"]
    assert queries.events_of(one)[-1].party == 2


def test_a_secret_answer_stands_sealed_and_nowhere_else():
    one = opened()
    do(one, "ask_alone", values={"afraid": True}, party=1, client_key="k-1")
    event = queries.events_of(one)[-1]
    assert event.values == {}
    assert "afraid" not in queries.case(one, town_key=small.KEY, actor=HANDLER).answers
    assert "afraid" not in queries.parties_of(one)[0].answers
    assert [each.text.strip() for each in spaces(one)["notes"]] == ["yes"]


def test_yes_and_no_can_t_be_told_apart_by_all_that_is_kept():
    one, clients_own = opened(), "5d1c6a2e-a9d3"
    asked = {"afraid": True}
    do(one, "ask_alone", values=asked, party=1, client_key=clients_own)
    do(one, "ask_alone", values={"afraid": False}, party=1)
    lengths = {len(each.cipher) for each in SealedText.objects.filter(field="afraid")}
    assert len(lengths) == 1
    entries = LedgerEntry.objects.filter(action="smallcase.ask_alone")
    assert [each.fields for each in entries] == [[], []]
    row = ClientWrite.objects.get(action="smallcase.ask_alone")
    told = {"case": one, "asked": Asked(values=asked, party=1)}

    def digest(key: str) -> str:
        return digest_of(told, key=key, town=row.town, actor_ref=row.actor_ref)

    assert digest(clients_own) == row.payload_hash
    assert clients_own not in str(ClientWrite.objects.values().get(pk=row.pk))
    for kept in (row.client_key, row.payload_hash, "", str(row.pk)):
        assert digest(kept) != row.payload_hash


def test_a_clock_of_some_cases_runs_in_those_only():
    one = opened()
    assert [each.code for each in queries.clocks_of(one)] == ["handling"]
    do(one, "paint", values={"colour": "red"}, reason="better", days=1)
    clocks = {each.code: each.running for each in queries.clocks_of(one)}
    assert clocks == {"handling": True, "red_only": True}


def test_a_type_that_asks_a_secret_of_two_people_is_refused():
    asks = replace(TYPE.actions[-2], code="twice", second=(Role.SUPERVISOR,))
    with pytest.raises(BadInput, match="secret"):
        registry.register_case_type(replace(TYPE, actions=(*TYPE.actions, asks)))
