"""Doing an action in a case, and what the kernel itself does there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries.cases import case_facts
from anlan.kernel.cases.registry import Registered, registered
from anlan.kernel.cases.rules.acting import (
    check_asked,
    check_party_role,
    check_possible,
    may_link,
    of_type,
)
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.kernel_events import KERNEL_EVENTS
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.cases.services.acting.carrying import bump, do, keep_event
from anlan.kernel.cases.services.acting.entering import enter, type_of
from anlan.kernel.cases.services.acting.keeping import add_asked_party, keep_texts
from anlan.kernel.cases.services.acting.outcome import Done, changed, done_before
from anlan.kernel.cases.services.acting.seconding import propose
from anlan.kernel.cases.services.doing import Doing
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Write, write
from anlan.kernel.values import Actor, BadInput, RuleSays


@in_words
def apply(
    case_id: int,
    action: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    expected_version: int | None = None,
    asked: Asked | None = None,
) -> Done:
    """Do an action in a case, or propose it where it needs a second person.

    With `expected_version` the action is refused (code "changed") when somebody else acted
    meanwhile; without it, only a state that no longer fits refuses. What was written down comes
    back to the caller either way: nothing is half-written.
    """
    filled = asked or Asked()
    with write(
        town=town_key,
        actor=actor,
        action=_entry_name(case_id, action),
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"case": case_id, "asked": filled},
    ) as entry:
        if entry.replayed:
            return done_before(entry)
        one, filled = enter(case_id, town_key=town_key, actor=actor, asked=filled)
        if expected_version is not None and one.version != expected_version:
            raise changed()
        kind = registered(one.type)
        what = next(each for each in kind.type.actions if each.code == action)
        doing = _checked(one, kind, what, filled, actor=actor, entry=entry)
        if what.adds_party:
            add_asked_party(doing)
        keep_texts(doing)
        if what.second:
            return propose(doing, what, entry)
        return do(doing, kind, what, entry)


@contextmanager
def acting(
    case_id: int,
    event: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    told: Mapping[str, object] | None = None,
    keeps_event: bool = True,
) -> Iterator[Doing]:
    """Do in a case what is no transition of its type: add a document, make a link, erase it.

    Beside `apply`, with the same promises: access, the case's lock, one transaction, event, ledger
    entry, version. `event` is one of KERNEL_EVENTS. Inside, `doing.tell(...)` says what the event
    holds; `doing.case` is saved at the end. When `doing.write.replayed` is true the same key came
    before, with the same `told` (all that the service was asked for): return what stands in
    `doing.write.result` and change nothing. A link acts in its own
    case alone, and `doing.asked.party` is its party then. Without `keeps_event` no event is
    written, as when the events themselves were erased; the entry is written all the same.
    """
    if event not in KERNEL_EVENTS:
        raise ValueError(f"{event} is none of KERNEL_EVENTS.")
    code = type_of(case_id)
    with write(
        town=town_key,
        actor=actor,
        action=f"{code}.{event}",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"case": case_id, **(told or {})},
    ) as entry:
        kind = registered(code)
        if entry.replayed:
            one, asked = Case.objects.select_related("town").get(pk=case_id), Asked()
        else:
            one, asked = enter(case_id, town_key=town_key, actor=actor, asked=Asked())
        facts = case_facts(one, at=at)
        doing = Doing(one, kind.type, facts, event, asked, actor, entry)
        yield doing
        if entry.replayed:
            return
        if keeps_event:
            keep_event(doing, from_state=one.state)
        entry.record(
            subject=one.ref, fields=sorted(doing.asked.values), reason_code=doing.asked.reason
        )
        bump(one)


def _entry_name(case_id: int, action: str) -> str:
    code = type_of(case_id)
    if registered(code).type.action(action) is None:
        raise BadInput(_("There is no action “{action}” here.").format(action=action[:40]))
    return f"{code}.{action}"


def _checked(
    one: Case, kind: Registered, what: Action, asked: Asked, *, actor: Actor, entry: Write
) -> Doing:
    facts = case_facts(one, at=entry.at)
    by_link = actor.staff_ref.startswith("link:")
    asked_of = replace(asked, party=None) if by_link and not what.about_party else asked
    try:
        if by_link:
            check_party_role(what, facts, asked.party)
        check_possible(kind.type, what, facts, actor, party=asked_of.party)
        not_yet = may_link(kind.type, facts, asked.party) if by_link else None
        if not_yet is not None:
            raise not_yet
        check_asked(kind.type, what, facts, asked_of)
        if what.check is not None:
            what.check(facts, asked_of, actor)
    except RuleSays as said:
        raise of_type(kind.type, said) from said.__cause__
    return Doing(one, kind.type, facts, what.code, asked_of, actor, entry)
