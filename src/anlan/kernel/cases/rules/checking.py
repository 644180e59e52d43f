"""Whether a case type holds together: looked at once, when the programme starts. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from anlan.kernel.cases.rules.extending import PREFIX
from anlan.kernel.cases.rules.grouping import grouping_faults
from anlan.kernel.cases.rules.kernel_events import KERNEL_EVENTS, KERNEL_TASKS
from anlan.kernel.cases.rules.types import BY_ANSWER, Action, CaseType, Clock, FieldKind
from anlan.kernel.values import BadInput

CODE = re.compile(r"^[a-z][a-z0-9_]{0,39}$")
LONGEST_STATE = 30
LONGEST_PARTY_ROLE = 20
REFERRING = (FieldKind.NUMBER, FieldKind.STAFF, FieldKind.OFFICE, FieldKind.PARTY)


def check_case_type(one: CaseType, *, sealed_fields: frozenset[str]) -> None:
    """Raise BadInput with the first sentence that says what is wrong with a type.

    `sealed_fields` are the type's lines in the table of personal fields.
    """
    for sentence in faults_of(one, sealed_fields=sealed_fields):
        raise BadInput(f"Case type {one.code}: {sentence}")


def faults_of(one: CaseType, *, sealed_fields: frozenset[str]) -> Iterator[str]:
    """Give every fault of a type as a sentence."""
    yield from _code_faults(one)
    yield from _name_faults(one)
    yield from _task_faults(one)
    yield from _state_faults(one)
    for action in one.actions:
        yield from _action_faults(one, action)
    yield from _clock_faults(one)
    yield from _field_faults(one, sealed_fields)
    yield from _result_faults(one)
    yield from grouping_faults(one)


def _code_faults(one: CaseType) -> Iterator[str]:
    groups = {
        "state": [each.code for each in one.states],
        "action": [each.code for each in one.actions],
        "clock": [each.code for each in one.clocks],
        "result": [each.code for each in one.results],
        "field": [each.code for each in one.fields],
        "party role": [each.code for each in one.party_roles],
        "kind of document": [each.code for each in one.document_kinds],
        "kind of task": [each.code for each in one.task_kinds],
    }
    for what, codes in groups.items():
        for code in codes:
            if not CODE.match(code) or len(code) > LONGEST_STATE:
                yield f"{what} “{code}” is no code: small letters, digits, underscores, at most 30."
        for code in sorted({code for code in codes if codes.count(code) > 1}):
            yield f"{what} {code} stands twice."


def _name_faults(one: CaseType) -> Iterator[str]:
    for each in one.party_roles:
        if len(each.code) > LONGEST_PARTY_ROLE:
            yield f"party role {each.code} is longer than {LONGEST_PARTY_ROLE} letters."
    for code in sorted({each.code for each in one.actions} & {"opened", *KERNEL_EVENTS}):
        yield f"action {code} has a name that the kernel itself uses."
    for code in sorted(set(one.party_document_kinds) - {each.code for each in one.document_kinds}):
        yield f"kind of document {code}, which parties add, is none of its kinds."
    for code in sorted(set(one.common_after) - {a.code for a in one.actions if a.about_party}):
        yield f"action {code}, by which a party comes to read the common space, is about no party."


def _task_faults(one: CaseType) -> Iterator[str]:
    for code in sorted({each.code for each in one.task_kinds} & KERNEL_TASKS.keys()):
        yield f"kind of task {code} has a name that the kernel itself uses."
    for task in one.task_kinds:
        if task.clock and one.clock(task.clock) is None:
            yield f"kind of task {task.code} is due with the unknown clock {task.clock}."
        for code in task.not_by:
            if one.action(code) is None:
                yield f"kind of task {task.code} names the unknown action {code}."


def _state_faults(one: CaseType) -> Iterator[str]:
    known = {state.code for state in one.states}
    if one.initial not in known:
        yield f"the initial state {one.initial} is none of its states."
        return
    leads = {code: set[str]() for code in known}
    for action in one.actions:
        if action.target is not None and action.target in known:
            for source in action.sources & known:
                leads[source].add(action.target)
    reached = _reached_from({one.initial}, leads)
    for code in sorted(known - reached):
        yield f"state {code} can't be reached."
    back: dict[str, set[str]] = {code: set() for code in known}
    for source, targets in leads.items():
        for target in targets:
            back[target].add(source)
    ending = _reached_from(set(one.ends), back)
    for code in sorted(known - ending):
        yield f"no end can be reached from state {code}."


def _reached_from(start: set[str], leads: dict[str, set[str]]) -> set[str]:
    seen, waiting = set(start), list(start)
    while waiting:
        for target in leads[waiting.pop()] - seen:
            seen.add(target)
            waiting.append(target)
    return seen


def _action_faults(one: CaseType, action: Action) -> Iterator[str]:
    known = {state.code for state in one.states}
    for code in sorted(action.sources - known):
        yield f"action {action.code} starts from the unknown state {code}."
    if not action.sources:
        yield f"action {action.code} starts from no state."
    if action.target is not None and action.target not in known:
        yield f"action {action.code} leads to the unknown state {action.target}."
    if not (action.roles or action.by_party or action.by_job):
        yield f"action {action.code} may be done by nobody."
    for code in (*action.requires, *action.takes):
        if one.field(code) is None:
            yield f"action {action.code} asks for the unknown field {code}."
    yield from _waiting_faults(one, action)
    yield from _who_faults(one, action)
    for role in action.adds:
        if role not in {each.code for each in one.party_roles}:
            yield f"action {action.code} adds the unknown party {role}."
    if action.adds and action.second:
        yield f"action {action.code} adds parties and waits for a second person: it can't do both."
    yield from _ending_faults(one, action)


def _who_faults(one: CaseType, action: Action) -> Iterator[str]:
    for role in sorted({*action.roles, *action.second} - one.readers.keys()):
        yield f"action {action.code} is for the role {role}, which sees no such case."
    known = {each.code for each in one.party_roles}
    for code in sorted(set(action.by_party_roles) - known):
        yield f"action {action.code} is for the unknown party {code}."


def _waiting_faults(one: CaseType, action: Action) -> Iterator[str]:
    asked = [one.field(code) for code in (*action.requires, *action.takes)]
    if action.second and any(each is not None and each.secret for each in asked):
        yield f"action {action.code} waits for a second person and asks for a secret."
    if action.adds_party and (action.second or action.about_party or action.by_party):
        yield f"action {action.code} adds a party: it is about none, and waits for nobody."
    if action.own_label is not None and not action.by_party:
        yield f"action {action.code} has a label for parties, who don't do it."
    if action.party_guard is not None and not action.about_party:
        yield f"action {action.code} guards a party and is about none."
    if action.adds_party and "party_role" not in action.requires:
        yield f"action {action.code} adds a party and asks no party_role."


def _ending_faults(one: CaseType, action: Action) -> Iterator[str]:
    for code in action.results:
        if one.result(code) is None:
            yield f"action {action.code} gives the unknown result {code}."
    ends = action.target in one.ends
    if ends and not action.results:
        yield f"action {action.code} ends a case and names no result."
    if action.results and not ends:
        yield f"action {action.code} names a result and doesn't end the case."
    if action.result_guard is not None and len(action.results) < 2:
        yield f"action {action.code} guards its results and offers no choice of them."
    for reason in action.reasons:
        if not CODE.match(reason.code):
            yield f"action {action.code} has the reason “{reason.code}”, which is no code."


def _clock_faults(one: CaseType) -> Iterator[str]:
    known = {state.code for state in one.states}
    for clock in one.clocks:
        if not clock.runs_in:
            yield f"clock {clock.code} runs in no state."
        for code in sorted(clock.runs_in - known):
            yield f"clock {clock.code} runs in the unknown state {code}."
        if clock.goal.amount < 1 and not clock.until:
            yield f"clock {clock.code} has no goal."
        yield from _until_faults(one, clock)
        if clock.owner not in one.readers:
            yield f"clock {clock.code} has an owner who doesn't see such cases."
        if not (clock.source.en and clock.source.zh):
            yield f"clock {clock.code} names no source."
        for code in sorted(clock.runs_in & one.ends):
            yield f"clock {clock.code} runs in {code}, where the case has ended."
        yield from _extension_faults(one, clock)
        yield from _pause_faults(one, clock)


def _until_faults(one: CaseType, clock: Clock) -> Iterator[str]:
    if not clock.until:
        return
    field = one.field(clock.until)
    if field is None or field.kind is not FieldKind.DAY or field.secret:
        yield f"clock {clock.code} ends with {clock.until}, which is no day among the answers."
    if clock.goal != BY_ANSWER or clock.extend_by is not None:
        yield f"clock {clock.code} ends with an answered day, and with a span as well."


def _extension_faults(one: CaseType, clock: Clock) -> Iterator[str]:
    action = one.action(f"{PREFIX}{clock.code}")
    if (clock.extend_by is None) != (clock.most_extensions == 0):
        yield f"clock {clock.code} says only half of how it is extended."
        return
    if clock.extend_by is not None and clock.extend_by.unit is not clock.goal.unit:
        yield f"clock {clock.code} is extended in another unit than its goal."
    if clock.extend_by is not None and action is None:
        yield f"clock {clock.code} may be extended, but there is no action {PREFIX}{clock.code}."
    if action is not None and clock.extend_by is None:
        yield f"action {action.code} extends a clock that may not be extended."
    if action is not None and not action.reasons:
        yield f"action {action.code} extends a clock without asking a reason."


def _pause_faults(one: CaseType, clock: Clock) -> Iterator[str]:
    for code in sorted(clock.paused_in - {state.code for state in one.states}):
        yield f"clock {clock.code} is paused in the unknown state {code}."
    for code in sorted(clock.paused_in & (clock.runs_in | one.ends)):
        yield f"clock {clock.code} is paused in {code}, where it runs or the case has ended."
    for action in one.actions:
        pauses = action.target in clock.paused_in and action.sources & clock.runs_in
        if pauses and not action.reasons:
            yield f"action {action.code} pauses clock {clock.code} without asking a reason."


def _field_faults(one: CaseType, sealed_fields: frozenset[str]) -> Iterator[str]:
    asked = {code for action in one.actions for code in (*action.requires, *action.takes)}
    asked |= set(one.opens_with)
    for each in one.fields:
        if each.kind is FieldKind.CHOICE and not each.choices:
            yield f"field {each.code} offers no choice."
        if each.kind is FieldKind.WORDS and each.code not in sealed_fields:
            yield f"the words of {each.code} are missing in personal_fields.py."
        if each.secret and (each.kind is FieldKind.WORDS or each.of_party):
            yield f"field {each.code} is secret: its kind is a closed one, and no column keeps it."
        if each.secret and each.code not in sealed_fields:
            yield f"the secret {each.code} is missing in personal_fields.py."
        if each.refers_to and each.kind not in REFERRING:
            yield f"field {each.code} refers to a thing and is of a kind that can't."
        if each.code not in asked:
            yield f"field {each.code} is asked by no action."


def _result_faults(one: CaseType) -> Iterator[str]:
    given = {code for action in one.actions for code in action.results}
    for result in one.results:
        if result.code not in given:
            yield f"result {result.code} is given by no action."
        if result.keep.amount < 1:
            yield f"result {result.code} says not how long it is kept."
