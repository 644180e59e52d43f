"""Rows of cases put into words for a page: labels, dates of the town, how long there is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from anlan.kernel.cases.queries import (
    CaseRow,
    ClockRow,
    EventRow,
    PartyRow,
    ProposalRow,
    has_read,
    how_in_words,
    name_of,
    read_before,
)
from anlan.kernel.cases.rules.calendars import due_as_written
from anlan.kernel.cases.rules.facts import Consent, Value
from anlan.kernel.cases.rules.kernel_events import DECLINE_REASONS, KERNEL_EVENTS
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Choice,
    Confidentiality,
    FieldKind,
    Tier,
)
from anlan.kernel.cases.services.words import sentence_of
from anlan.kernel.values import Actor, Refused
from anlan.web.cases.forms import party_words

_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Words:
    """What turns codes into words: the type, the reader's language, the town's zone, names."""

    type: CaseType
    language: str
    zone: ZoneInfo
    at: datetime
    names: Mapping[str, str]  # user names by reference
    offices: Mapping[str, str]  # names by ident
    parties: Mapping[int, str] = field(default_factory=dict)  # "Party 1 · …" by number
    case_id: int = 0  # the case that is shown; 0 over a list
    linked: Mapping[str, int] = field(default_factory=dict)  # whose a link of the case is
    named: dict[tuple[str, int], str] = field(default_factory=dict)  # each thing asked for once

    def local(self, moment: datetime) -> str:
        """Write a moment by the town's clock."""
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def state(self, code: str) -> str:
        """Give a state's label; a state that the type no longer has stays its code."""
        return _label(self.type.states, code, self.language)

    def name(self, ref: str) -> str:
        """Give who a reference is, in words."""
        if party := self.parties.get(self.linked.get(ref, 0), ""):
            return by_its_link(party)
        return actor_words(ref, self.names)


def actor_words(ref: str, names: Mapping[str, str]) -> str:
    """Give who a reference is, in words: an account by its user name, a party never by its name."""
    if ref.startswith("link:"):
        return _("a party, by its link")
    if ref.startswith("job:"):
        return _("Anlan itself")
    return names.get(ref, ref)


def by_its_link(party: str) -> str:
    """Say which party wrote or did something by its link: by number and role, never by name."""
    return _("{party}, by its link").format(party=party)


def _label(several: Iterable[Any], code: str, language: str) -> str:
    for one in several:
        if one.code == code:
            return str(one.label.in_language(language))
    return code


def due_words(due: datetime, *, at: datetime, zone: ZoneInfo) -> str:
    """Say how long there is left, in calendar days of the town."""
    last = (due - _INSTANT).astimezone(zone).date()
    days = (last - at.astimezone(zone).date()).days
    if at >= due:
        if days == 0:
            return _("overdue since today")
        late = -days
        return ngettext("overdue by {days} day", "overdue by {days} days", late).format(days=late)
    if days == 0:
        return _("due today")
    return ngettext("due in {days} day", "due in {days} days", days).format(days=days)


def due_moment(due: datetime, words: Words) -> str:
    """Write when it is due: the last day where it ends with a day, otherwise the minute."""
    return due_as_written(due, zone=words.zone)


def urgency(due: datetime | None, warn: datetime | None, at: datetime) -> str:
    """Give "overdue", "soon", "later" or "" without a clock that runs."""
    if due is None:
        return ""
    if at >= due:
        return "overdue"
    return "soon" if warn is not None and at >= warn else "later"


def list_row(row: CaseRow, words: Words) -> dict[str, Any]:
    """Give one line of a list."""
    return {
        "row": row,
        "state": words.state(row.state),
        "ended": row.ended_at is not None,
        "office": words.offices.get(row.office, row.office),
        "handler": words.name(row.handler) if row.handler else "",
        "opened": words.local(row.opened_at)[:10],
        "urgency": urgency(row.due_at, row.warn_at, words.at),
        "due": "" if row.due_at is None else due_words(row.due_at, at=words.at, zone=words.zone),
        "due_moment": "" if row.due_at is None else due_moment(row.due_at, words),
    }


def answers(values: Mapping[str, Value], words: Words) -> list[tuple[str, str]]:
    """Give answers that staff read as (label, words), in the order of the type's fields."""
    told = words.type.shown_to_staff(values)
    return [
        (
            each.label.in_language(words.language).rstrip("?？"),  # before its answer's colon
            value_words(told[each.code], each.code, words),
        )
        for each in words.type.fields
        if each.code in told
    ]


def value_words(value: Value, code: str, words: Words) -> str:
    """Put one answer into words by its field's kind."""
    each = words.type.field(code)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if each is None:
        return str(value)
    match each.kind:
        case FieldKind.CHOICE:
            return _label(each.choices, str(value), words.language)
        case FieldKind.STAFF:
            return words.name(str(value))
        case FieldKind.OFFICE:
            return words.offices.get(str(value), str(value))
        case FieldKind.PARTY if isinstance(value, int):
            return words.parties.get(value, str(value))
        case FieldKind.MOMENT:
            return words.local(datetime.fromisoformat(str(value)))
        case FieldKind.NUMBER if each.refers_to and isinstance(value, int):
            return _named(each.refers_to, value, words)
    return str(value)


def _named(refers_to: str, value: int, words: Words) -> str:
    """Give the name of a thing that was referred to; its number where nothing is known of it."""
    if (refers_to, value) not in words.named:
        found = name_of(words.type, refers_to, value, case_id=words.case_id)
        said = str(value) if found is None else found.in_language(words.language)
        words.named[refers_to, value] = said
    return words.named[refers_to, value]


def party_row(one: PartyRow, words: Words) -> dict[str, Any]:
    """Give one party without its name."""
    kinds = {"person": _("a person"), "organisation": _("an organisation")}
    return {
        "row": one,
        "title": words.parties.get(one.number, ""),
        "kind": kinds.get(one.kind, one.kind),
        "consent": consent_words()[Consent(one.consent)] if words.type.asks_consent else "",
        "consent_at": "" if one.consent_at is None else words.local(one.consent_at),
        "confirmed_at": "" if one.confirmed_at is None else words.local(one.confirmed_at),
        "left_at": "" if one.left_at is None else words.local(one.left_at),
        "guardian": "" if one.guardian is None else words.parties.get(one.guardian, ""),
        "answers": answers(one.answers, words),
    }


def consent_words() -> dict[Consent, str]:
    """Say what a party answered when it was asked."""
    return {
        Consent.NOT_ASKED: _("not asked yet"),
        Consent.GIVEN: _("agreed"),
        Consent.REFUSED: _("refused"),
        Consent.WITHDRAWN: _("withdrew"),
    }


def party_titles(parties: Iterable[PartyRow], kind: CaseType, language: str) -> dict[int, str]:
    """Name each party by its number and role."""
    return {
        one.number: party_words(one.number, _label(kind.party_roles, one.role, language))
        for one in parties
    }


def action_label(code: str, words: Words) -> str:
    """Name an action; what the kernel itself enters has words of its own."""
    if code == "opened":
        return _("Opened")
    if code in KERNEL_EVENTS:
        return KERNEL_EVENTS[code].in_language(words.language)
    return _label(words.type.actions, code, words.language)


def done_label(code: str, words: Words) -> str:
    """Name what was done: not by the action's label, which says it as an order."""
    action = words.type.action(code)
    if action is None:
        return action_label(code, words)
    return words.type.label_of_done(action).in_language(words.language)


def event_row(one: EventRow, words: Words) -> dict[str, Any]:
    """Give one thing that was done."""
    action = words.type.action(one.action)
    reasons: tuple[Choice, ...] = () if action is None else action.reasons
    said = done_label(one.action, words)
    if one.action in ("declined", "taken_back"):
        reasons = decline_reasons()
        what = action_label(str(one.values.get("proposed", "")), words)
        said = _("{done}: {action}").format(done=said, action=what)
    party = "" if one.party is None else words.parties.get(one.party, "")
    by = words.name(one.actor_ref)
    return {
        "seq": one.seq,
        "at": words.local(one.at),
        "action": said,
        "state": words.state(one.to_state) if one.to_state != one.from_state else "",
        "party": "" if party and by == by_its_link(party) else party,  # who did it says whose it is
        "by": by,
        "second": words.name(one.second_ref) if one.second_ref else "",
        "reason": _label(reasons, one.reason, words.language) if one.reason else "",
        "values": answers(one.values, words),
        "wrote": len(one.texts),
    }


def decline_reasons() -> tuple[Choice, ...]:
    """Give why a second person declines, as the form offers it."""
    return tuple(Choice(code, label) for code, label in DECLINE_REASONS.items())


def clock_row(one: ClockRow, words: Words, *, state: str) -> dict[str, Any]:
    """Give a clock: when it is due, and how that was computed."""
    clock = words.type.clock(one.code)
    return {
        "label": _label(words.type.clocks, one.code, words.language),
        "source": "" if clock is None else clock.source.in_language(words.language),
        "running": one.running,
        "stopped": one.stopped_at is not None,
        "paused": clock is not None and state in clock.paused_in,
        "urgency": urgency(one.due_at, one.warn_at, words.at) if one.running else "",
        "due": ""
        if one.due_at is None or not one.running
        else due_words(one.due_at, at=words.at, zone=words.zone),
        "due_moment": "" if one.due_at is None else due_moment(one.due_at, words),
        "provisional": one.provisional,
        "extensions": one.extensions,
        "how": how_in_words(one) if one.running else "",
    }


def proposal_row(one: ProposalRow, words: Words, actor: Actor) -> dict[str, Any]:
    """Give an action that waits for its second person, and why this actor can't be it."""
    action = words.type.action(one.action)
    reasons: tuple[Choice, ...] = () if action is None else action.reasons
    return {
        "row": one,
        "action": action_label(one.action, words),
        "by": words.name(one.proposed_by),
        "at": words.local(one.proposed_at),
        "party": "" if one.party is None else words.parties.get(one.party, ""),
        "reason": _label(reasons, one.reason, words.language) if one.reason else "",
        "result": _label(words.type.results, one.result, words.language) if one.result else "",
        "values": answers(one.values, words),
        "own": one.proposed_by == actor.staff_ref,
        "refusal": _why_not_second(one, action, actor),
        "unread": action is not None and action.second_reads and not has_read(one.case_id, actor),
        "changed": read_before(one.case_id, actor),
        "wrote": len(one.texts),
    }


def _why_not_second(one: ProposalRow, action: Action | None, actor: Actor) -> str:
    if one.proposed_by == actor.staff_ref:
        return _("A second person decides this; nobody agrees for himself.")
    if action is None or not actor.has(*action.second):
        return _("Your role may not decide this.")
    return ""


def refusal_sentence(said: Refused | None) -> str:
    """Give the sentence that stands beside a greyed button, "" where it can be done."""
    return "" if said is None else sentence_of(said)


def tier_words() -> dict[str, str]:
    """Name the tiers on which offices stand."""
    return {
        Tier.VILLAGE.value: _("village or community"),
        Tier.TOWN.value: _("town"),
        Tier.COUNTY.value: _("county"),
    }


def confidentiality_words(code: str) -> str:
    """Say who may see that a case is there, where that isn't the usual."""
    return _("restricted") if code == Confidentiality.RESTRICTED.value else ""


def opened_text(code: str, text: str, words: Words) -> str:
    """Give an opened text; a secret answer, which was sealed as a code, in words."""
    each = words.type.field(code)
    if each is None or not each.secret:
        return text
    plain = text.strip()  # each is sealed at one length
    if each.kind is FieldKind.YES_NO:
        return _("yes") if plain == "yes" else _("no")
    return value_words(plain, code, words)


def field_label(code: str, words: Words) -> str:
    """Name a sealed field; those that all types share have words of their own."""
    shared = {
        "name": _("name"),
        "contact": _("contact"),
        "address": _("address"),
        "document_name": _("Name of a document"),
        "agreement_hash": _("Seal of the agreement (SHA-256)"),
    }
    each = words.type.field(code)
    if each is not None:
        return each.label.in_language(words.language)
    return shared.get(code, code)


def day_words(day: date | None) -> str:
    """Write a day."""
    return "" if day is None else day.isoformat()
