"""The case kernel: one way to act, append-only, second persons, spaces, access in the query."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from tests.services import small_case as small
from tests.services.small_case import CLERK, HANDLER, OTHER, SUPERVISOR, do, open_small, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, CaseClock, CaseEvent, Party
from anlan.kernel.cases.registry import register_case_type
from anlan.kernel.cases.rules.facts import NewParty
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


def row(case_id, actor=HANDLER):
    return queries.case(case_id, town_key=small.KEY, actor=actor)


def words(case_id, actor=HANDLER, purpose=Purpose.HANDLING):
    return cases.open_words(case_id, purpose=purpose, **stamp(actor)).spaces


def test_a_case_goes_its_way_and_keeps_what_happened():
    one = open_small()
    do(one, "take")
    do(one, "note", texts={"words": "金丝雀"})
    do(one, "finish", result="good")
    assert row(one).state == "done"
    assert [each.action for each in queries.events_of(one)] == ["opened", "take", "note", "finish"]
    assert [e.to_state for e in queries.events_of(one)] == ["asked", "working", "working", "done"]


def test_an_action_out_of_its_state_says_where_the_case_stands():
    one = open_small()
    with pytest.raises(Refused, match="“asked”"):
        do(one, "finish", result="good")
    assert row(one).state == "asked"


def test_a_role_that_may_not_act_is_refused():
    one = open_small(office="v-1")
    with pytest.raises(Forbidden):
        do(one, "take", SUPERVISOR)


def test_a_case_of_others_is_not_there_at_all():
    one = open_small()
    with pytest.raises(Refused) as refused:
        do(one, "take", OTHER)
    assert refused.value.code == "no_such_case"
    assert queries.cases(town_key=small.KEY, actor=OTHER, type="smallcase").rows == []


def test_an_older_version_is_refused_and_nothing_of_it_kept():
    one = open_small()
    seen = row(one).version
    do(one, "note", texts={"words": "first"}, expected_version=seen)
    entries = LedgerEntry.objects.count()
    with pytest.raises(Refused) as refused:
        do(one, "note", texts={"words": "second"}, expected_version=seen)
    assert refused.value.code == "changed"
    assert LedgerEntry.objects.count() == entries


def test_the_same_key_twice_acts_once():
    one = open_small()
    for _ in range(2):
        do(one, "note", texts={"words": "once"}, client_key="k-1")
    assert [t.text for t in words(one)[""]] == ["once"]


def test_what_was_proposed_about_a_party_is_not_done_once_it_has_left():
    let_go = Action(
        "let_go", small.label("let go"), small.OPEN, None, (Role.MEDIATOR,), about_party=True,
        second=(Role.SUPERVISOR,),
    )  # fmt: skip
    register_case_type(
        replace(small.SMALL, actions=(*small.SMALL.actions, let_go)),
        hooks={"opened": small._opened},
    )
    one = open_small()
    waits = do(one, "let_go", party=1).proposal
    Party.objects.filter(case_id=one, number=1).update(left_at=small.AT)
    with pytest.raises(Refused) as refused:
        cases.decide(waits, agree=True, **stamp(SUPERVISOR))
    assert refused.value.code == "party_left"
    cases.decide(waits, agree=False, reason="no_grounds", **stamp(SUPERVISOR))


def test_a_second_person_must_be_another():
    one = open_small()
    proposal = do(one, "drop", texts={"words": "why"}).proposal
    assert row(one).state == "asked"
    with pytest.raises(Refused) as refused:
        cases.decide(proposal, agree=True, **stamp(HANDLER))
    assert refused.value.code == "own_proposal"
    cases.decide(proposal, agree=True, **stamp(SUPERVISOR))
    ended = queries.events_of(one)[-1]
    assert (row(one).state, row(one).result) == ("done", "dropped")
    assert (ended.actor_ref, ended.second_ref) == (HANDLER.staff_ref, SUPERVISOR.staff_ref)
    entry = LedgerEntry.objects.get(action="smallcase.drop")
    assert (entry.actor_ref, entry.about) == (SUPERVISOR.staff_ref, [HANDLER.staff_ref])


def test_who_proposed_something_may_take_it_back():
    one = open_small()
    proposal = do(one, "drop").proposal
    cases.decide(proposal, agree=False, **stamp(HANDLER))
    assert queries.proposals_of(one) == []
    assert LedgerEntry.objects.latest("id").action == "smallcase.taken_back"
    assert queries.events_of(one)[-1].action == "taken_back"
    with pytest.raises(Refused) as refused:
        cases.decide(proposal, agree=True, **stamp(SUPERVISOR))
    assert refused.value.code == "decided_already"
    assert do(one, "drop").proposal, "and may propose it anew"


def test_what_was_proposed_lapses_when_the_case_leaves_the_states_it_is_for():
    one = open_small()
    proposal = do(one, "drop").proposal
    do(one, "take")
    assert len(queries.proposals_of(one)) == 1, "it can still be done"
    do(one, "wait")
    assert queries.proposals_of(one) == []
    lapsed = LedgerEntry.objects.get(action="smallcase.lapsed")
    assert lapsed.about == [f"proposal:{proposal}"]
    do(one, "go_on", days=30)
    with pytest.raises(Refused) as refused:
        cases.decide(proposal, agree=True, **stamp(SUPERVISOR, days=30))
    assert refused.value.code == "decided_already"
    assert Case.objects.get(pk=one).state == "working"


def test_one_proposal_of_a_kind_waits_and_the_offer_says_so():
    one = open_small()
    do(one, "drop")
    with pytest.raises(Refused) as refused:
        do(one, "drop")
    assert refused.value.code == "proposed_already"
    offered = {
        each.action.code: each.refusal
        for each in queries.actions_of(one, town_key=small.KEY, actor=HANDLER, at=small.AT)
    }
    assert offered["drop"].code == "proposed_already"


def test_a_declined_proposal_changes_nothing():
    one = open_small()
    proposal = do(one, "drop").proposal
    with pytest.raises(BadInput, match="choose a reason"):
        cases.decide(proposal, agree=False, **stamp(SUPERVISOR))
    cases.decide(proposal, agree=False, reason="no_grounds", **stamp(SUPERVISOR))
    assert row(one).state == "asked"
    assert queries.proposals_of(one) == []


def test_a_second_persons_no_is_an_event_and_who_proposed_it_sees_it_for_a_week():
    one = open_small()
    proposal = do(one, "drop").proposal
    cases.decide(proposal, agree=False, reason="too_early", **stamp(SUPERVISOR))
    said = queries.events_of(one)[-1]
    assert (said.action, said.reason, said.actor_ref) == (
        "declined",
        "too_early",
        SUPERVISOR.staff_ref,
    )
    assert said.values == {"proposal": proposal, "proposed": "drop"}
    assert LedgerEntry.objects.latest("id").reason_code == "too_early"

    def seen(actor, days=1):
        at = small.AT + timedelta(days=days)
        found = queries.declined_lately(town_key=small.KEY, actor=actor, at=at)
        return [(each.case_id, each.action, each.reason) for each in found]

    assert seen(HANDLER) == [(one, "drop", "too_early")]
    assert seen(SUPERVISOR) == []
    assert seen(HANDLER, days=8) == []
    do(one, "drop")  # proposed anew: nothing to be told of any more
    assert seen(HANDLER) == []


def test_each_space_holds_its_own_words():
    one = open_small()
    do(one, "note", texts={"words": "for all"})
    do(one, "jot", texts={"secret": "for handlers"})
    do(one, "hear", texts={"own_words": "for the second"}, party=2)
    spaces = words(one)
    found = {name: [t.text for t in texts] for name, texts in spaces.items()}
    assert found == {
        "": ["for all"],
        "notes": ["for handlers"],
        "p1": ["金丝雀 one"],
        "p2": ["金丝雀 two", "for the second"],
    }


def test_notes_are_for_the_handlers_alone():
    one = open_small()
    do(one, "jot", texts={"secret": "for handlers"})
    assert "notes" not in words(one, SUPERVISOR, Purpose.REVIEW)
    with pytest.raises(Forbidden):
        words(one, SUPERVISOR, Purpose.HANDLING)


def test_what_is_filled_in_must_be_of_its_closed_kind():
    one = open_small()
    with pytest.raises(BadInput, match="colour"):
        do(one, "paint", values={"colour": "purple"}, reason="better")
    with pytest.raises(BadInput, match="reason"):
        do(one, "paint", values={"colour": "red"})
    with pytest.raises(BadInput, match="words"):
        do(one, "note")
    do(one, "paint", values={"colour": "red"}, reason="better")
    assert row(one).answers == {"colour": "red"}
    with pytest.raises(Refused, match="asked"):
        do(one, "paint", values={"colour": "blue"}, reason="better")


def test_events_cannot_be_changed_or_deleted():
    one = open_small()
    for statement in (
        "UPDATE cases_caseevent SET action = 'x'",
        "DELETE FROM cases_caseevent",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert CaseEvent.objects.filter(case_id=one).count() == 1


def test_a_clock_that_ran_to_the_end_keeps_until_when_it_should_have_run():
    one = open_small()
    do(one, "take")
    (before,) = queries.clocks_of(one)
    do(one, "finish", result="good", days=2)
    (after,) = queries.clocks_of(one)
    assert after.stopped_at is not None
    assert before.due_at is not None
    assert (after.due_at, after.warn_at, after.running) == (before.due_at, before.warn_at, False)
    ran = CaseClock.objects.get(case_id=one).ran
    assert [len(ran), ran[-1]["to"][:10]] == [1, after.stopped_at.date().isoformat()]


def test_a_clock_pauses_outside_its_states_and_is_due_by_working_days():
    one = open_small()  # a Monday, 20:00 in Shanghai
    clock = queries.clocks_of(one)[0]
    assert clock.how["ends_on"] == "2026-03-09"
    do(one, "take", days=1)
    do(one, "wait", days=2)
    assert not queries.clocks_of(one)[0].running
    do(one, "go_on", days=9)  # two of five working days were used: three are left
    assert queries.clocks_of(one)[0].how["ends_on"] == "2026-03-16"


def test_ending_sets_when_it_is_sealed_and_erased_and_reopening_takes_that_back():
    one = open_small()
    do(one, "take")
    do(one, "finish", result="bad")
    ended = Case.objects.get(pk=one)
    assert (ended.seal_at - ended.ended_at).days == 1
    assert ended.erase_on.isoformat() == "2026-04-01"
    do(one, "reopen")
    again = Case.objects.get(pk=one)
    assert (again.ended_at, again.seal_at, again.erase_on, again.result) == (None, None, None, "")


def test_actions_say_why_they_are_not_possible():
    one = open_small()
    offered = {
        each.action.code: each.refusal
        for each in queries.actions_of(
            one, **{k: v for k, v in stamp().items() if k != "recorded_at"}
        )
    }
    assert offered["take"] is None
    assert offered["finish"].code == "wrong_state"


def test_a_list_goes_on_where_the_page_before_ended():
    made = [open_small(**stamp(CLERK, days=n)) for n in range(5)]
    first = queries.cases(town_key=small.KEY, actor=HANDLER, type="smallcase", limit=3)
    rest = queries.cases(
        town_key=small.KEY, actor=HANDLER, type="smallcase", limit=3, after=first.after
    )
    assert [each.id for each in (*first.rows, *rest.rows)] == made[::-1]
    assert rest.after == ""


def test_an_action_adds_only_parties_that_it_may_with_words_of_their_own():
    one = open_small()
    third = NewParty("second", {"own_words": "for the third"})
    for _ in range(2):
        assert do(one, "invite", parties=(third,), client_key="k-1").parties == (3,)
    assert [t.text for t in words(one)["p3"]] == ["for the third"]
    for action, party in (
        ("note", third),
        ("invite", NewParty("first")),
        ("invite", NewParty("second", {"words": "into everybody's space"})),
    ):
        texts = {"words": "x"} if action == "note" else {}
        with pytest.raises(BadInput):
            do(one, action, texts=texts, parties=(party,))
    assert len(queries.parties_of(one)) == 3
