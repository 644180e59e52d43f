"""States of incidents and units: one table each, and a sentence for every no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.areas.dispatch import rules
from anlan.areas.dispatch.rules import (
    INCIDENT_TRANSITIONS,
    OPEN_STATES,
    USUAL_NEXT,
    IncidentState,
    SendCheck,
    UnitStatus,
)
from anlan.kernel.values import Actor, Refused, Role

states = st.sampled_from(IncidentState)
actions = st.sampled_from(sorted(INCIDENT_TRANSITIONS))
units = st.builds(
    SendCheck,
    unit=st.just("E7"),
    status=st.sampled_from(UnitStatus),
    on_duty=st.booleans(),
    incident_number=st.none() | st.integers(1, 99),
    incident_priority=st.integers(1, 4),
)


@given(states, actions)
def test_every_action_leads_where_the_table_says_or_is_refused_in_a_sentence(state, action):
    allowed, target = INCIDENT_TRANSITIONS[action]
    if rules.may_go(state, action):
        working = action == "dispatch" and state is IncidentState.WORKING
        assert state in allowed or working
        assert rules.next_state(state, action) is (IncidentState.WORKING if working else target)
    else:
        with pytest.raises(Refused, match=state.value) as refused:
            rules.next_state(state, action)
        assert refused.value.code == "wrong_state"


@given(st.lists(actions, max_size=30))
def test_an_ended_incident_never_works_again_without_being_opened(steps):
    state, ended = IncidentState.RECEIVED, False
    for action in steps:
        if not rules.may_go(state, action):
            continue
        state = rules.next_state(state, action)
        if action == "reopen":
            ended = False
        if action in {"close", "cancel"}:
            ended = True
        assert (state in OPEN_STATES) is not ended


def test_every_state_that_actions_reach_can_be_left_or_reopened():
    reached = {target for _, target in INCIDENT_TRANSITIONS.values()} | {IncidentState.RECEIVED}
    for state in reached:
        assert any(state in sources for sources, _ in INCIDENT_TRANSITIONS.values()), state


@given(units, st.integers(1, 4))
def test_a_unit_is_sent_only_when_free_or_diverted_to_a_graver_incident(unit, priority):
    if not rules.may_send(unit, to_priority=priority):
        with pytest.raises(Refused, match="E7"):
            rules.check_send(unit, to_priority=priority)
        return
    assert unit.on_duty
    assert unit.status not in {UnitStatus.OUT_OF_SERVICE, UnitStatus.OFF_DUTY}
    diverted = rules.check_send(unit, to_priority=priority)
    assert diverted is (unit.incident_number is not None)
    if diverted:
        assert priority < unit.incident_priority
        assert unit.status in rules.DIVERTIBLE_STATUSES


@given(units, st.integers(1, 4), st.integers(1, 4))
def test_a_graver_incident_never_gets_fewer_units(unit, one, other):
    graver, lesser = min(one, other), max(one, other)
    if rules.may_send(unit, to_priority=lesser):
        assert rules.may_send(unit, to_priority=graver)


def test_refusal_of_a_busy_unit_names_its_incident():
    busy = SendCheck("E7", UnitStatus.ON_SCENE, on_duty=True, incident_number=41)
    with pytest.raises(Refused, match="E7 is already on incident 41"):
        rules.check_send(busy, to_priority=1)


@given(st.sampled_from(UnitStatus), st.none() | st.integers(1, 9))
def test_only_statuses_that_belong_to_an_incident_need_one(status, number):
    allowed = rules.may_status(status, unit="E7", incident_number=number)
    assert allowed is (number is not None or status not in rules.COMMITTED_STATUSES)


@given(st.sampled_from(UnitStatus), st.sampled_from(UnitStatus))
def test_odd_order_is_what_the_table_leaves_out(before, after):
    assert rules.odd_order(before, after) is (
        after is not before and after not in USUAL_NEXT[before]
    )


def test_every_status_has_its_look_and_its_usual_next():
    assert (
        set(rules.statuses()) == {one.value for one in UnitStatus} == {s.value for s in USUAL_NEXT}
    )


@pytest.mark.parametrize("role", list(Role))
def test_desk_speaks_for_every_unit_and_a_crew_for_its_own(role):
    actor = Actor("staff:1", frozenset({role}), unit_ref="unit:E1")
    assert rules.may_own_unit(actor, "E1")
    assert rules.may_own_unit(actor, "E2") is (role in {Role.DISPATCHER, Role.DUTY_OFFICER})
