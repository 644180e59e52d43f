"""The page of one case, put together: what may be known unopened, what one may do, open words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow, EventRow, PartyRow, ProposalRow, TaskRow
from anlan.kernel.cases.rules.acting import is_in_it
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import CaseType, Confidentiality
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import whole_number
from anlan.web.cases import shown
from anlan.web.cases.document_list import SentDocument, documents_shown
from anlan.web.cases.entering import Entered
from anlan.web.cases.offered import Sent, offered
from anlan.web.cases.openers import purpose_words
from anlan.web.cases.panels import Seen, drawn_panel, next_lead
from anlan.web.cases.shown import Words
from anlan.web.cases.spaces import names_of_parties, spaces
from anlan.web.cases.to_do import to_do_of
from anlan.web.shell.links import town_links

_DONE_BY_KERNEL = ("task_done", "document_added", "document_removed")


@dataclass(frozen=True, slots=True)
class Back:
    """What comes back with the page of what couldn't be done: nothing that was typed is lost.

    `seen_seq` is the last event that the sender saw: what came after it is told. `document` is an
    upload that was refused.
    """

    sent: Sent | None = None
    trouble: str = ""
    seen_seq: int | None = None
    document: SentDocument | None = None


@dataclass(frozen=True, slots=True)
class Looked:
    """All that is read of a case for its page, once."""

    entered: Entered
    kind: CaseType
    row: CaseRow
    facts: CaseFacts
    opened: OpenedCase | None
    events: list[EventRow]
    parties: list[PartyRow]
    proposals: list[ProposalRow]
    tasks: list[TaskRow]
    words: Words


def case_page(
    request: HttpRequest,
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    *,
    opened: OpenedCase | None = None,
    back: Back | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw a case's page; with `back` it says what couldn't be done, and holds what was sent."""
    case, came_back = _look(entered, kind, row, opened), back or Back()
    seen = Seen(entered.town, entered.actor, entered.at, kind, row, case.facts, opened)
    page = {
        **_head(case),
        **_people(case),
        **_story(case, seen_seq=came_back.seen_seq),
        **_words(case, sent=came_back.document),
        **to_do_of(case.tasks, case.facts, case.words, entered.actor),
        "clocks": _clocks(case),
        "doing": offered(entered, kind, row, case.facts, sent=came_back.sent),
        "has_parties": bool(case.parties) or kind.takes_parties,
        "trouble": came_back.trouble,
        "done": done_words(request, case.words),
        "client_key": str(uuid.uuid4()),
        "panel": drawn_panel(request, seen),
        "lead": next_lead(seen),
        **frame(entered, here=kind.code),
    }
    if page["documents"] and request.GET.get("done", "").startswith("document_"):
        page["documents"]["done"], page["done"] = page["done"], ""  # said where the page opens
    return render(request, "cases/case.html", page, status=status)


def _look(entered: Entered, kind: CaseType, row: CaseRow, opened: OpenedCase | None) -> Looked:
    events, parties = queries.events_of(row.id), queries.parties_of(row.id)
    proposals, tasks = queries.proposals_of(row.id), queries.tasks_of(row.id)
    facts = queries.facts_of(row.id, **where(entered))
    refs = {row.handler, *(ref for ref, _part in facts.staff)}
    refs |= {ref for one in events for ref in (one.actor_ref, one.second_ref)}
    refs |= {one.proposed_by for one in proposals} | set(_written_by(opened))
    refs |= {one.staff_ref for one in tasks}
    titles = shown.party_titles(parties, kind, entered.language)
    words = words_for(entered, kind, refs=refs, parties=titles, case_id=row.id)
    return Looked(entered, kind, row, facts, opened, events, parties, proposals, tasks, words)


def _head(case: Looked) -> dict[str, Any]:
    kind, row, language = case.kind, case.row, case.entered.language
    return {
        "kind": kind,
        "title": capfirst(kind.label.in_language(language)),
        "list_title": capfirst((kind.listed or kind.label).in_language(language)),
        "row": row,
        "line": shown.list_row(row, case.words),
        "result": _result(row, kind, language),
        "confidentiality": shown.confidentiality_words(row.confidentiality),
        "shut": row.confidentiality == Confidentiality.RESTRICTED.value
        and not is_in_it(case.facts, case.entered.actor),
        "answers": shown.answers(row.answers, case.words),
    }


def _people(case: Looked) -> dict[str, Any]:
    told, words = names_of_parties(case.opened), case.words
    proposals = [shown.proposal_row(one, words, case.entered.actor) for one in case.proposals]
    return {
        "parties": [
            {**shown.party_row(one, words), "name": told.get(one.number, "")}
            for one in case.parties
        ],
        "proposals": proposals,
        "decline_reasons": [
            (one.code, one.label.in_language(words.language)) for one in shown.decline_reasons()
        ],
        "to_decide": any(not one["refusal"] for one in proposals),
    }


def _story(case: Looked, *, seen_seq: int | None) -> dict[str, Any]:
    timeline = [shown.event_row(one, case.words) for one in case.events]
    return {
        "timeline": list(reversed(timeline)),
        "last_seq": timeline[-1]["seq"] if timeline else 0,
        "changes": [one for one in timeline if seen_seq is not None and one["seq"] > seen_seq],
    }


def _clocks(case: Looked) -> list[dict[str, Any]]:
    """Give the clocks; of one that began anew with another state not what stopped before."""
    rows = queries.clocks_of(case.row.id)
    runs = {one.code for one in rows if one.running}
    return [
        shown.clock_row(one, case.words, state=case.row.state)
        for one in rows
        if one.running or one.code not in runs
    ]


def _words(case: Looked, *, sent: SentDocument | None) -> dict[str, Any]:
    purposes = _purposes(case.entered, case.row)
    return {
        "spaces": None if case.opened is None else spaces(case.opened, case.words, case.events),
        "purposes": purposes,
        "documents": documents_shown(
            case.entered,
            case.kind,
            case.row,
            facts=case.facts,
            opened=case.opened,
            words=case.words,
            purposes=[one for one in purposes if one[0] != Purpose.DECIDING],  # words alone
            sent=sent,
        ),
    }


def _purposes(entered: Entered, row: CaseRow) -> list[tuple[str, str]]:
    said = purpose_words()
    return [(one.value, said[one]) for one in queries.purposes_of(row.id, actor=entered.actor)]


def _result(row: CaseRow, kind: CaseType, language: str) -> str:
    found = kind.result(row.result)
    return row.result if found is None else found.label.in_language(language)


def done_words(request: HttpRequest, words: Words) -> str:
    """Say what was just done, if the address names an action of this type."""
    code = request.GET.get("done", "")
    if code == "decided":
        return _decided_words(request.GET.get("proposal", ""), words)
    if code == "opened":
        return _("The case is opened; its number stands above.")
    if words.type.action(code) is None and code not in _DONE_BY_KERNEL:
        return ""
    if request.GET.get("waits"):
        waits = _("Proposed: {action}. It waits for a second person, who agrees or declines.")
        return waits.format(action=shown.action_label(code, words))
    return _("{done}.").format(done=shown.done_label(code, words))


def _decided_words(proposal: str, words: Words) -> str:
    """Say what was decided, and how; what was agreed to is done."""
    number = whole_number(proposal, longest=15)
    found = None if number is None else queries.decision_on(number, case_id=words.case_id)
    if found is None:
        return ""
    code, agreed = found
    if agreed:
        return _("Agreed. {done}.").format(done=shown.done_label(code, words))
    said = _("Taken back: {action}.") if agreed is None else _("Declined: {action}.")
    return said.format(action=shown.action_label(code, words))


def _written_by(opened: OpenedCase | None) -> list[str]:
    spaces = {} if opened is None else opened.spaces
    return [text.author_ref for texts in spaces.values() for text in texts]


def words_for(
    entered: Entered,
    kind: CaseType,
    *,
    refs: Iterable[str] = (),
    parties: Mapping[int, str] | None = None,
    case_id: int = 0,
) -> Words:
    """Give what turns a type's codes into words for this reader."""
    offices = queries.office_names(entered.town.key)  # a closed one's cases name it, too
    names = staff.usernames_of(one for one in refs if one)
    return Words(
        kind,
        entered.language,
        entered.town.tz,
        entered.at,
        names,
        offices,
        parties or {},
        case_id,
        queries.parties_of_links(case_id) if case_id else {},
    )


def where(entered: Entered) -> dict[str, Any]:
    """Give what a query is told: which town, who asks, when."""
    return {"town_key": entered.town.key, "actor": entered.actor, "at": entered.at}


def frame(entered: Entered, *, here: str = "cases") -> dict[str, Any]:
    """Give what the bar over each of these pages needs."""
    return {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": here,
    }
