"""Whether an action may be done now, by this actor, with what was filled in. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime

from anlan.kernel.cases.rules.extending import check_extending
from anlan.kernel.cases.rules.facts import IN_IT, Asked, CaseFacts, Consent, PartyFacts, Value
from anlan.kernel.cases.rules.notices import CONTACT, is_contact
from anlan.kernel.cases.rules.types import Action, CaseType, Field, FieldKind, Result, Space
from anlan.kernel.values import (
    Actor,
    Refused,
    RuleForbids,
    RuleSays,
    gettext_noop,
    read_day,
    read_moment,
    whole_number,
)

CODE_VALUE = re.compile(r"[\w.:+-]{1,64}", re.ASCII)


class AnswerFault(RuleSays):
    """Something that was filled in can't be taken; nothing was changed."""


def check_possible(
    one: CaseType, action: Action, facts: CaseFacts, actor: Actor, *, party: int | None = None
) -> None:
    """Raise the sentence that says why this actor can't do this now; nothing filled in yet.

    With `party` it is about that one, as by its link; otherwise one party for whom it is suffices.
    """
    if not may_role(action, actor):
        raise RuleForbids(
            gettext_noop("Your role may not do this in a case of this kind."), code="role_missing"
        )
    if facts.state not in action.sources:
        if facts.state in one.ends:
            raise RuleSays(gettext_noop("This case has ended; reopen it first."), code="case_ended")
        raise RuleSays(
            gettext_noop("This is not possible while the case stands at “{state}”."),
            code="wrong_state",
            state=facts.state,
        )
    if action.code in facts.proposed:  # one of a kind may wait
        raise RuleSays(
            gettext_noop("This waits for its second person already."), code="proposed_already"
        )
    check_extending(one, action, facts)
    if action.guard is not None:
        action.guard(facts, actor)
    if action.about_party:
        _check_some_party(action, facts, facts.party(party))


def _check_some_party(action: Action, facts: CaseFacts, only: PartyFacts | None) -> None:
    """Raise where an action is nothing for any party: the sentence about the last of them."""
    asked = parties_in(facts) if only is None else (only,)
    said: Refused = RuleSays(gettext_noop("This case has no party yet."), code="no_party")
    for one in asked:
        try:
            check_party(action, facts, one)
        except RuleSays as why_not:
            said = why_not
        else:
            return
    raise said


def check_party(action: Action, facts: CaseFacts, one: PartyFacts) -> None:
    """Raise the sentence that says why an action is nothing for this party now."""
    if one.left:
        raise has_left()
    if action.party_guard is not None:
        action.party_guard(facts, one)


def has_left() -> Refused:
    """Give the sentence about a party who left the case, or was taken out of it."""
    return RuleSays(gettext_noop("This party is no longer in the case."), code="party_left")


def parties_for(action: Action, facts: CaseFacts) -> tuple[PartyFacts, ...]:
    """Give the parties about whom an action can be done: those whom its form offers."""

    def fits(one: PartyFacts) -> bool:
        try:
            check_party(action, facts, one)
        except RuleSays:
            return False
        return True

    return tuple(one for one in parties_in(facts) if fits(one))


def possible(
    one: CaseType, action: Action, facts: CaseFacts, actor: Actor, *, party: int | None = None
) -> Refused | None:
    """Give why an action can't be done now, None when it can: a greyed button shows it."""
    try:
        check_possible(one, action, facts, actor, party=party)
    except Refused as said:
        return of_type(one, said)
    return None


def of_type(one: CaseType, said: Refused) -> Refused:
    """Tell a refusal of which type it speaks: two types may have a state of the same code."""
    if isinstance(said, RuleSays):
        said.facts.setdefault("type", one.code)
    return said


def may_role(action: Action, actor: Actor) -> bool:
    """Say whether an actor is of a kind that may do this at all."""
    if actor.staff_ref.startswith("link:"):
        return action.by_party
    if actor.staff_ref.startswith("job:"):
        return action.by_job
    return actor.has(*action.roles)


def is_in_it(facts: CaseFacts, actor: Actor) -> bool:
    """Say whether an actor handles the case or helps in it."""
    return any((actor.staff_ref, part) in facts.staff for part in IN_IT)


def of_party_role(action: Action, facts: CaseFacts, party: int | None) -> bool:
    """Say whether a party is one of those who do this by their link."""
    one = facts.party(party)
    return not action.by_party_roles or (one is not None and one.role in action.by_party_roles)


def check_party_role(action: Action, facts: CaseFacts, party: int | None) -> None:
    """Raise when by a link somebody acts for whom this is not: it is another party's to do."""
    if not of_party_role(action, facts, party):
        raise RuleForbids(
            gettext_noop("This is for another party of this case to do."), code="not_this_party"
        )


def may_link(one: CaseType, facts: CaseFacts, party: int | None) -> Refused | None:
    """Give why a party may not have a link yet, None when it may.

    A link of no party (None) tells that there is a case: it waits until all of them may have one.
    """
    found = facts.party(party)
    asked = parties_in(facts) if party is None else () if found is None else (found,)
    if found is not None and found.left:
        return has_left()
    if one.link_guard is None:
        return None
    try:
        for each in asked:
            one.link_guard(facts, each)
    except Refused as said:
        return of_type(one, said)
    return None


def check_asked(one: CaseType, action: Action, facts: CaseFacts, asked: Asked) -> None:
    """Raise unless what was filled in is what this action asks for, each in its closed kind."""
    known = {*action.requires, *action.takes}
    for code in (*asked.values, *asked.texts):
        if code not in known:
            raise _asks_nothing_called(code)
    for code in action.requires:
        _check_there(one, code, asked)
    for code, value in asked.values.items():
        check_value(_field(one, code), value, facts)
    for code, text in asked.texts.items():
        _check_text(_field(one, code), text)
    _check_reason(action, asked)
    _check_result(action, facts, asked)
    _check_party(action, facts, asked)
    check_new_parties(one, asked, allowed=action.adds)


def check_opening(one: CaseType, facts: CaseFacts, asked: Asked) -> None:
    """Raise unless what was filled in is what the opening asks, each in its closed kind."""
    for code in (*asked.values, *asked.texts):
        if one.opens_with and code not in one.opens_with:
            raise _asks_nothing_called(code)
    for code, value in asked.values.items():
        check_value(_field(one, code), value, facts)
    for code, text in asked.texts.items():
        _check_text(_field(one, code), text)
    check_new_parties(one, asked, allowed=(each.code for each in one.party_roles))


def _asks_nothing_called(code: str) -> AnswerFault:
    return AnswerFault(
        gettext_noop("This action asks nothing called “{field}”."),
        code="unknown_field",
        field=code[:40],
    )


def check_new_parties(one: CaseType, asked: Asked, *, allowed: Iterable[str]) -> None:
    """Raise unless the parties that are to be added may be, with words of their own space alone."""
    roles = set(allowed)
    for party in asked.parties:
        if party.role not in roles:
            raise AnswerFault(
                gettext_noop("This action adds no party of this kind."), code="party_not_added"
            )
        for code, text in party.texts.items():
            each = _field(one, code)
            if each.space is not Space.PARTY:
                raise _asks_nothing_called(code)
            _check_text(each, text)


def _field(one: CaseType, code: str) -> Field:
    found = one.field(code)
    if found is None:
        raise _asks_nothing_called(code)
    return found


def _check_there(one: CaseType, code: str, asked: Asked) -> None:
    given = asked.texts.get(code, "").strip() or asked.values.get(code)
    if given is None or given == "":
        raise AnswerFault(gettext_noop("Fill in “{field}”."), code="field_missing", field=code)


def check_value(each: Field, value: Value, facts: CaseFacts) -> None:
    """Raise unless a value is of its field's closed kind; None takes an answer away."""
    if value is None:
        return
    if not _of_kind(each, value, facts):
        raise AnswerFault(
            gettext_noop("“{field}” has an answer that can't be taken; choose again."),
            code="bad_answer",
            field=each.code,
        )


def _of_kind(each: Field, value: Value, facts: CaseFacts) -> bool:
    if each.kind is FieldKind.WORDS:
        return False  # words go among the texts, which are sealed
    if isinstance(value, bool) or each.kind is FieldKind.YES_NO:
        return isinstance(value, bool) and each.kind is FieldKind.YES_NO
    if isinstance(value, int):
        return _is_number(each, value, facts)
    return isinstance(value, str) and bool(CODE_VALUE.fullmatch(value)) and _is_code(each, value)


def _is_number(each: Field, value: int, facts: CaseFacts) -> bool:
    if each.kind is FieldKind.PARTY:
        return facts.party(value) is not None
    return each.kind is FieldKind.NUMBER and each.least <= value <= each.most


def _is_code(each: Field, value: str) -> bool:
    if each.kind is FieldKind.CHOICE:
        return value in {choice.code for choice in each.choices}
    if each.kind is FieldKind.DAY:
        return read_day(value) is not None
    if each.kind is FieldKind.MOMENT:
        return _moment(value) is not None
    if each.kind is FieldKind.STAFF:
        return value.startswith("staff:") and whole_number(value[6:]) is not None
    return each.kind is FieldKind.OFFICE  # the service looks it up


def _moment(value: str) -> datetime | None:
    found = read_moment(value) if read_day(value[:10]) is not None else None
    return found if found is not None and found.tzinfo is not None else None


def _check_text(each: Field, text: str) -> None:
    if each.kind is not FieldKind.WORDS:
        raise AnswerFault(
            gettext_noop("“{field}” is answered from a list, not in words."),
            code="bad_answer",
            field=each.code,
        )
    if len(text) > each.longest:
        raise AnswerFault(
            gettext_noop("“{field}” is too long: at most {most} characters."),
            code="text_too_long",
            field=each.code,
            most=each.longest,
        )
    if each.code == CONTACT and not is_contact(text):
        raise AnswerFault(
            gettext_noop(
                "This contact is no phone number or e-mail address: write one whole, or say in "
                "words how to be reached."
            ),
            code="no_contact",
            field=each.code,
        )


def _check_reason(action: Action, asked: Asked) -> None:
    if not action.reasons:
        if asked.reason:
            raise AnswerFault(gettext_noop("This action asks no reason."), code="bad_reason")
        return
    if asked.reason not in {one.code for one in action.reasons}:
        raise AnswerFault(gettext_noop("Choose a reason."), code="reason_missing")


def _check_result(action: Action, facts: CaseFacts, asked: Asked) -> None:
    if len(action.results) <= 1:
        if asked.result not in {"", *action.results}:
            raise AnswerFault(gettext_noop("Choose how the case ends."), code="result_missing")
        return
    if asked.result not in action.results:
        raise AnswerFault(gettext_noop("Choose how the case ends."), code="result_missing")
    if action.result_guard is not None:
        action.result_guard(facts, asked.result)


def results_for(one: CaseType, action: Action, facts: CaseFacts) -> tuple[Result, ...]:
    """Give the results by which an action can end a case as it stands: those its form offers."""

    def fits(result: str) -> bool:
        try:
            if action.result_guard is not None:
                action.result_guard(facts, result)
        except RuleSays:
            return False
        return True

    return tuple(each for each in one.results if each.code in action.results and fits(each.code))


def _check_party(action: Action, facts: CaseFacts, asked: Asked) -> None:
    about = facts.party(asked.party)
    if action.about_party and about is None:
        raise AnswerFault(gettext_noop("Say which party this is about."), code="party_missing")
    if action.about_party and about is not None:
        check_party(action, facts, about)
    if not action.about_party and asked.party is not None:
        raise AnswerFault(gettext_noop("This is not about one party."), code="party_not_asked")


def parties_in(facts: CaseFacts) -> tuple[PartyFacts, ...]:
    """Give the parties who have not left."""
    return tuple(one for one in facts.parties if not one.left)


def all_consent(facts: CaseFacts) -> bool:
    """Say whether every party who is in it has agreed to it, and there are at least two."""
    there = parties_in(facts)
    return len(there) > 1 and all(one.consent is Consent.GIVEN for one in there)


def moment_of(values: Mapping[str, Value], code: str) -> datetime | None:
    """Give a moment among answers, None where it isn't there."""
    value = values.get(code)
    return _moment(value) if isinstance(value, str) else None


def day_of(values: Mapping[str, Value], code: str) -> date | None:
    """Give a day among answers, None where it isn't there."""
    value = values.get(code)
    return read_day(value) if isinstance(value, str) else None
