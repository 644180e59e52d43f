"""Headings and steps of a case type: checked at load, and one rule for what is next."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from tests.services.small_case import SEALED, SMALL, label, small_case_type

from anlan.kernel.cases import registry
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.checking import faults_of
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.grouping import grouping_faults, leading_on
from anlan.kernel.cases.rules.offers import Offers, ReferenceKind
from anlan.kernel.cases.rules.types import Field, FieldKind, Group, Step
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS
from anlan.kernel.values import Actor, BadInput, Role

ANYBODY = Actor("staff:1", frozenset())
ALL = tuple(one.code for one in SMALL.actions)
STEPS = (
    Step("take", frozenset({"asked"})),
    Step("finish", frozenset({"working"})),
    Step("go_on", frozenset({"waiting"})),
)
GROUPED = replace(SMALL, groups=(Group("all", label("all"), ALL),), steps=STEPS)


def facts(state: str, **answers: str) -> CaseFacts:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    nothing = {"ended_at": None, "result": "", "parties": (), "staff": frozenset()}
    counts = {"actions_done": {}, "last_done_by": {}, "open_tasks": {}, "documents": {}}
    times = {"at": at, "zone": UTC, "opened_at": at, "state_since": at}
    return CaseFacts(1, "smallcase", state=state, answers=answers, **times, **nothing, **counts)


def faults(**more: object) -> list[str]:
    return list(faults_of(replace(GROUPED, **more), sealed_fields=frozenset(SEALED)))


def test_a_type_whose_headings_hold_every_action_once_has_no_fault():
    assert faults() == []
    assert list(grouping_faults(SMALL)) == [], "a type of a few actions needs no headings"


def test_why_a_case_is_kept_fits_into_a_sentence():
    for one in case_types():
        assert one.purpose.en.startswith("to "), one.code
        assert not one.purpose.en.endswith("."), one.code
        assert not one.purpose.zh.endswith("。"), one.code


def test_an_action_in_no_group_or_in_two_stops_the_start():
    short, twice = Group("all", label("all"), ALL[1:]), Group("more", label("more"), ALL[:1])
    assert faults(groups=(short,)) == ["action take stands in no group."]
    whole = GROUPED.groups[0]
    assert faults(groups=(whole, twice)) == ["action take stands in two groups."]
    unknown = Group("all", label("all"), (*ALL, "burn"))
    assert faults(groups=(unknown,)) == ["the unknown action burn stands in a group."]
    empty = Group("none", label("none"), ())
    assert faults(groups=(whole, empty)) == ["group none holds no action."]
    assert "group all stands twice." in faults(groups=(whole, replace(empty, code="all")))


def test_a_state_from_which_no_step_leads_on_stops_the_start():
    assert faults(steps=STEPS[:2]) == ["no step leads on from state waiting."]
    wrong = (*STEPS, Step("take", frozenset({"working"})))
    assert faults(steps=wrong) == [
        "action take is a step in state working, where it can't be done."
    ]
    assert faults(steps=(*STEPS, Step("burn", frozenset()))) == [
        "the unknown action burn is a step."
    ]
    jobs = tuple(
        replace(one, roles=(), by_job=True) if one.code == "take" else one for one in SMALL.actions
    )
    assert "action take is a step, but no person may do it." in faults(actions=jobs)


def test_a_step_leads_on_in_its_states_while_it_is_wanted():
    painted = Step("paint", frozenset({"asked"}), lambda known: "colour" not in known.answers)
    one = replace(GROUPED, steps=(*STEPS, painted))
    assert leading_on(one, facts("asked"), ANYBODY) == {"take", "paint"}
    assert leading_on(one, facts("asked", colour="red"), ANYBODY) == {"take"}
    assert leading_on(one, facts("working"), ANYBODY) == {"finish"}


def test_a_step_leads_on_for_those_alone_who_may_see_why():
    mine = Step("paint", frozenset({"asked"}), seen=lambda facts, actor: actor.has(Role.CLERK))
    one = replace(GROUPED, steps=(*STEPS, mine))
    assert leading_on(one, facts("asked"), ANYBODY) == {"take"}
    assert leading_on(one, facts("asked"), Actor("staff:2", frozenset({Role.CLERK}))) == {
        "take",
        "paint",
    }


@pytest.mark.parametrize("one", case_types(), ids=lambda one: one.code)
def test_every_shipped_type_says_what_is_next_and_groups_its_actions(one):
    assert one.groups
    assert one.steps
    assert list(grouping_faults(one)) == []
    for group in one.groups:
        assert group.label.en
        assert group.label.zh


@pytest.mark.parametrize("one", case_types(), ids=lambda one: one.code)
def test_every_shipped_action_has_words_for_once_it_was_done(one):
    assert sorted(one.done) == sorted(each.code for each in one.actions)
    for each in one.actions:
        done = one.label_of_done(each)
        assert done.en
        assert done.zh
        assert (done.en, done.zh) != (each.label.en, each.label.zh)


def test_a_partys_word_or_guard_for_what_is_no_partys_stops_the_start():
    own = tuple(
        replace(one, own_label=label("I take it")) if one.code == "take" else one
        for one in SMALL.actions
    )
    assert faults(actions=own) == ["action take has a label for parties, who don't do it."]
    guarded = tuple(
        replace(one, party_guard=lambda known, party: None) if one.code == "take" else one
        for one in SMALL.actions
    )
    assert faults(actions=guarded) == ["action take guards a party and is about none."]
    referring = tuple(
        replace(one, refers_to="thing") if one.code == "colour" else one for one in SMALL.fields
    )
    assert faults(fields=referring) == [
        "field colour refers to a thing and is of a kind that can't."
    ]


def test_a_reference_without_choices_or_choices_without_a_field_stop_the_start():
    with small_case_type():
        pass  # the models are ready
    number = Field("thing", FieldKind.NUMBER, label("thing"), refers_to="thing")
    asks = tuple(
        replace(one, takes=("thing",)) if one.code == "take" else one for one in SMALL.actions
    )
    one = replace(SMALL, fields=(*SMALL.fields, number), actions=asks)
    offered = {"thing": ReferenceKind(lambda known, action: Offers())}
    with patch.dict(SEALED_FIELDS, {SMALL.code: SEALED}), patch.dict(registry._types):
        with pytest.raises(BadInput, match="references to thing there is nothing to choose from"):
            registry.register_case_type(one)
        with pytest.raises(BadInput, match="references to thing there is no field"):
            registry.register_case_type(SMALL, references=offered)


def test_a_guard_of_results_needs_a_choice_of_them():
    guarded = tuple(
        replace(one, result_guard=lambda known, result: None) if one.code == "take" else one
        for one in SMALL.actions
    )
    said = ["action take guards its results and offers no choice of them."]
    assert faults(actions=guarded) == said
