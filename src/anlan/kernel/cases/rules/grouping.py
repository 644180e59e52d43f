"""What is next in a case, and under which heading an action stands on its page. Pure.

A type says both as data, since no rule could tell: that a case moves to another state doesn't mean
that it comes nearer to its goal, and a talk that has to be held moves it nowhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import CaseType, Group
from anlan.kernel.values import Actor


def leading_on(one: CaseType, facts: CaseFacts, actor: Actor) -> frozenset[str]:
    """Give the actions that bring a case nearer to its goal as it stands, for who asks."""
    return frozenset(
        step.action
        for step in one.steps
        if facts.state in step.states
        and step.action not in facts.proposed  # its second person is next, not this anew
        and (step.wanted is None or step.wanted(facts))
        and (step.seen is None or step.seen(facts, actor))
    )


def group_of(one: CaseType, action: str) -> Group | None:
    """Give the heading of an action; None where a type has none for it."""
    return next((group for group in one.groups if action in group.actions), None)


def grouping_faults(one: CaseType) -> Iterator[str]:
    """Give every fault of a type's headings and steps as a sentence."""
    if one.groups or one.steps:  # a type of a few actions needs neither
        yield from _group_faults(one)
        yield from _step_faults(one)


def _group_faults(one: CaseType) -> Iterator[str]:
    by_staff = [action.code for action in one.actions if action.roles]
    times = Counter(code for group in one.groups for code in group.actions)
    known = {action.code for action in one.actions}
    for code in sorted(times.keys() - known):
        yield f"the unknown action {code} stands in a group."
    for code in sorted(code for code, count in times.items() if count > 1):
        yield f"action {code} stands in two groups."
    for code in by_staff:
        if code not in times:
            yield f"action {code} stands in no group."
    for code, count in Counter(group.code for group in one.groups).items():
        if count > 1:
            yield f"group {code} stands twice."
    for group in one.groups:
        if not group.actions:
            yield f"group {group.code} holds no action."


def _step_faults(one: CaseType) -> Iterator[str]:
    for step in one.steps:
        action = one.action(step.action)
        if action is None:
            yield f"the unknown action {step.action} is a step."
            continue
        if not (action.roles or action.by_party):
            yield f"action {step.action} is a step, but no person may do it."
        for code in sorted(step.states - action.sources):
            yield f"action {step.action} is a step in state {code}, where it can't be done."
    led = {code for step in one.steps for code in step.states}
    for state in one.states:
        if not state.ends and state.code not in led:
            yield f"no step leads on from state {state.code}."
