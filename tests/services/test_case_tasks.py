"""What is to be done in cases: seen by whom it is for, in cases that it may see; done once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services import custody as desk
from tests.services import small_case as small
from tests.services.small_case import HANDLER, KEY, OTHER, SUPERVISOR, do, open_small, stamp

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Task
from anlan.kernel.cases.rules.facts import Part
from anlan.kernel.cases.rules.tasks import is_for
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


def ask(case_id, kind="tell_party", **given):
    with cases.acting(case_id, "link_made", **stamp()) as doing:
        return doing.add_task(kind, **given).pk


def mine(actor, **more):
    return [one.id for one in queries.open_tasks(town_key=KEY, actor=actor, **more)]


def test_each_sees_its_own_and_its_roles_in_cases_that_it_may_see_the_first_due_first():
    one, other = open_small(), open_small()
    late, soon = (small.AT + timedelta(days=days) for days in (-1, 3))
    without = ask(one, staff_ref=HANDLER.staff_ref)
    second = ask(one, staff_ref=HANDLER.staff_ref, due_at=soon)
    first = ask(other, for_role="mediator", due_at=late)
    theirs = ask(other, for_role="supervisor")
    assert mine(HANDLER) == [first, second, without]
    assert mine(OTHER) == [], "it holds the role, and sees neither case"
    assert mine(SUPERVISOR) == [theirs]
    assert mine(HANDLER, most=1) == [first]
    assert queries.to_do(town_key=KEY, actor=HANDLER, at=small.AT) == queries.ToDo(3, 1)
    assert [each.id for each in queries.tasks_of(one)] == [second, without]


@pytest.mark.parametrize("ref", ["link:{}", "job:demo"])
def test_what_staff_has_to_do_is_not_for_a_party_nor_a_job_to_finish(ref):
    one = open_small()
    task = ask(one)
    cases.make_link(one, party=1, **stamp())
    actor = Actor(ref.format(queries.links_of(one)[0].id), frozenset())
    with pytest.raises(Forbidden) as refused:
        cases.finish_task(task, **stamp(actor))
    assert refused.value.code == "not_yours"


@pytest.mark.parametrize("staff_ref", ["", "staff:2", "staff:3"])
@pytest.mark.parametrize("for_role", ["", "mediator", "supervisor"])
def test_the_query_and_the_rule_say_alike_whose_a_task_is(staff_ref, for_role):
    number = ask(open_small(), staff_ref=staff_ref, for_role=for_role)
    for actor in (HANDLER, SUPERVISOR):
        said = is_for(actor, staff_ref=staff_ref, for_role=for_role)
        assert (mine(actor) == [number]) is said


def test_telling_a_party_is_said_to_be_done_once_and_stands_in_the_story():
    one = open_small()
    number = ask(one, staff_ref=HANDLER.staff_ref, party=2)
    cases.finish_task(number, **stamp())
    assert mine(HANDLER) == []
    event = queries.events_of(one)[-1]
    assert (event.action, event.party, event.values["task"]) == ("task_done", 2, number)
    assert LedgerEntry.objects.filter(action="smallcase.task_done").count() == 1
    with pytest.raises(Refused) as refused:
        cases.finish_task(number, **stamp())
    assert refused.value.code == "done_already"
    assert Task.objects.get(pk=number).done_by == HANDLER.staff_ref


def test_who_has_nothing_to_do_with_a_task_does_not_end_it():
    one = open_small()
    number = ask(one, staff_ref=HANDLER.staff_ref)
    with pytest.raises(Forbidden):
        cases.finish_task(number, **stamp(SUPERVISOR))
    with pytest.raises(Refused) as unseen:
        cases.finish_task(number, **stamp(OTHER))
    assert unseen.value.code == "no_such_case"
    with pytest.raises(Refused) as unknown:
        cases.finish_task(number + 1, **stamp())
    assert unknown.value.code == "no_such_task"
    assert mine(HANDLER) == [number]


def test_a_types_own_task_is_not_ended_by_hand_and_ends_with_its_case():
    one = open_small()
    own, told = ask(one, "look_at", staff_ref=HANDLER.staff_ref), ask(one)
    with pytest.raises(Refused) as refused:
        cases.finish_task(own, **stamp())
    assert refused.value.code == "by_action"
    do(one, "take")
    do(one, "finish", result="bad")
    assert mine(HANDLER) == [told], "what a party was not told is still to be told"
    assert Task.objects.get(pk=own).outcome == "case_ended"
    desk.set_custodians()
    desk.seal(one)
    assert Task.objects.get(pk=told).outcome == "sealed"


def test_a_new_handler_has_to_do_what_the_old_one_had():
    one = open_small()
    number, roles = ask(one, staff_ref=HANDLER.staff_ref), ask(one, for_role="mediator")
    nobodys = ask(one)
    with cases.acting(one, "link_made", **stamp()) as doing:
        doing.set_staff(OTHER.staff_ref, Part.HANDLER)
    assert mine(HANDLER) == []
    assert mine(OTHER) == [number, roles, nobodys]
    with cases.acting(one, "link_made", **stamp(OTHER)) as doing:
        doing.set_staff(OTHER.staff_ref, Part.RECUSED)
    assert mine(OTHER) == []
    assert mine(SUPERVISOR) == [number, nobodys], "until somebody handles it"


def test_when_a_handlers_account_ends_a_supervisor_is_asked_to_give_its_cases_to_others():
    one, ended = open_small(), open_small()
    do(ended, "take")
    do(ended, "finish", result="good")
    account = Staff.objects.create(pk=2, username="mediator-1", created_at=small.AT)
    by = {name: value for name, value in stamp(small.CLI).items() if name != "town_key"}
    assert staff.end_account(username=account.username, **by) == HANDLER.staff_ref
    assert queries.refs_in_hand(HANDLER.staff_ref) == [f"smallcase:{one} in grid"]
    (asked,) = queries.open_tasks(town_key=KEY, actor=SUPERVISOR)
    assert (asked.kind, asked.case_id, asked.for_role) == ("hand_over", one, "supervisor")
    assert LedgerEntry.objects.get(action="smallcase.to_hand_over").about == [HANDLER.staff_ref]
    with pytest.raises(Refused) as refused:
        cases.finish_task(asked.id, **stamp(SUPERVISOR))
    assert refused.value.code == "by_action"
    with cases.acting(one, "link_made", **stamp(SUPERVISOR)) as doing:
        doing.set_staff(OTHER.staff_ref, Part.HANDLER)
    assert mine(SUPERVISOR) == []
    assert Task.objects.get(pk=asked.id).outcome == "handed_over"


def test_nobody_without_a_role_in_the_town_has_anything_to_do():
    ask(open_small())
    for actor in (Actor("staff:7", frozenset()), Actor("staff:7", frozenset({Role.CREW}))):
        assert mine(actor) == []


def test_what_waits_for_a_second_person_is_told_to_those_who_may_be_it_and_not_to_the_first():
    one = open_small()
    do(one, "take")
    asked = do(one, "drop").proposal
    (waits,) = queries.awaited(town_key=KEY, actor=SUPERVISOR)
    assert (waits.id, waits.case_id, waits.proposed_by) == (asked, one, HANDLER.staff_ref)
    assert queries.to_do(town_key=KEY, actor=SUPERVISOR, at=small.AT).waiting == 1
    for actor in (HANDLER, OTHER):  # who asked, and who does not see the case
        assert queries.awaited(town_key=KEY, actor=actor) == []
        assert queries.to_do(town_key=KEY, actor=actor, at=small.AT).waiting == 0
    cases.decide(asked, agree=False, reason="no_grounds", **stamp(SUPERVISOR))
    assert queries.awaited(town_key=KEY, actor=SUPERVISOR) == []


def test_cases_to_take_further_are_ones_own_and_nobodys_the_first_due_first():
    own, nobodys, ended, theirs = (open_small() for _ in range(4))
    with cases.acting(nobodys, "link_made", **stamp()) as doing:
        doing.set_staff(HANDLER.staff_ref, Part.RECUSED)
        doing.set_staff(OTHER.staff_ref, Part.HELPER)
    for one, actor in ((own, HANDLER), (theirs, OTHER), (ended, HANDLER)):
        with cases.acting(one, "link_made", **stamp()) as doing:
            doing.set_staff(actor.staff_ref, Part.HANDLER)
    do(ended, "take")
    do(ended, "finish", result="good")

    def seen(actor):
        return [one.id for one in queries.next_cases(town_key=KEY, actor=actor)]

    assert seen(HANDLER) == [own]
    assert seen(OTHER) == [nobodys, theirs]
    assert queries.next_cases(town_key=KEY, actor=OTHER, most=1)[0].id == nobodys
