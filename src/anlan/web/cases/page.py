"""The page of one case, put together: what may be known unopened, what one may do, open words."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.types import Action, CaseFacts, CaseType
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.staff import queries as staff
from anlan.web.cases import shown
from anlan.web.cases.documents import documents_shown
from anlan.web.cases.entering import Entered, town_choices
from anlan.web.cases.forms import CaseForm, TownChoices, form_for
from anlan.web.cases.panels import Seen, drawn_panel
from anlan.web.cases.shown import Words
from anlan.web.shell.drafts import page_data
from anlan.web.shell.links import town_links

FAR = ("wrong_state", "case_ended")


def case_page(
    request: HttpRequest,
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    *,
    opened: OpenedCase | None = None,
    sent: tuple[Action, CaseForm] | None = None,
    trouble: str = "",
    seen_seq: int | None = None,
    status: int = 200,
) -> HttpResponse:
    events = queries.events_of(row.id)
    parties = queries.parties_of(row.id)
    proposals = queries.proposals_of(row.id)
    clocks = queries.clocks_of(row.id)
    facts = queries.facts_of(row.id, **where(entered))
    refs = {row.handler, *(ref for ref, _part in facts.staff)}
    refs |= {ref for one in events for ref in (one.actor_ref, one.second_ref)}
    refs |= {one.proposed_by for one in proposals} | set(_written_by(opened))
    words = words_for(
        entered, kind, refs=refs, parties=shown.party_titles(parties, kind, entered.language)
    )
    told = shown.names_of_parties(opened)
    timeline = [shown.event_row(one, words) for one in events]
    actions = _actions(entered, kind, row, facts, sent=sent)
    page = {
        "kind": kind,
        "title": capfirst(kind.label.in_language(entered.language)),
        "row": row,
        "line": shown.list_row(row, words),
        "result": _result(row, kind, entered.language),
        "confidentiality": shown.confidentiality_words(row.confidentiality),
        "answers": shown.answers(row.answers, words),
        "parties": [
            {**shown.party_row(one, words), "name": told.get(one.number, "")} for one in parties
        ],
        "clocks": [shown.clock_row(one, words, state=row.state) for one in clocks],
        "actions": actions,
        "far": sum(bool(one["refusal"]) and not one["near"] for one in actions),
        "proposals": [shown.proposal_row(one, words, entered.actor) for one in proposals],
        "timeline": list(reversed(timeline)),
        "last_seq": timeline[-1]["seq"] if timeline else 0,
        "changes": [one for one in timeline if seen_seq is not None and one["seq"] > seen_seq],
        "spaces": None if opened is None else shown.spaces(opened, words),
        "purposes": _purposes(entered, row),
        "documents": documents_shown(
            entered,
            kind,
            row,
            facts=facts,
            opened=opened,
            words=words,
            purposes=_purposes(entered, row),
        ),
        "trouble": trouble,
        "done": _done(request, words),
        "client_key": str(uuid.uuid4()),
        "panel": drawn_panel(
            request,
            Seen(entered.town, entered.actor, entered.at, kind, row, facts, opened),
        ),
        "page": page_data(request, entered.town.key),
        **frame(entered, here=kind.code),
    }
    return render(request, "cases/case.html", page, status=status)


def _actions(
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    facts: CaseFacts,
    *,
    sent: tuple[Action, CaseForm] | None,
) -> list[dict[str, Any]]:
    """Give every action of this member's kind: its form, or why not now; none once erased."""
    offered = [] if row.erased_at else queries.offered(facts, actor=entered.actor)
    town = town_choices(entered)
    found = []
    for one in offered:
        what = one.action
        mine = sent is not None and sent[0].code == what.code
        form = sent[1] if mine and sent else None
        if form is None and one.refusal is None:
            form = action_form(entered, kind, what, facts, town)
        found.append(
            {
                "code": what.code,
                "label": what.label.in_language(entered.language),
                "refusal": shown.refusal_sentence(one.refusal),
                # What stands in the way here and now; the rest belongs to other states.
                "near": one.refusal is not None and one.refusal.code not in FAR,
                "form": form,
                "open": mine,
                "second": bool(what.second),
                "ends": what.target in kind.ends,
                "target": ""
                if what.target in (None, row.state)
                else kind.state(str(what.target)).label.in_language(entered.language),
            }
        )
    return found


def action_form(
    entered: Entered,
    kind: CaseType,
    what: Action,
    facts: CaseFacts,
    town: TownChoices,
    *,
    data: Any = None,
) -> CaseForm:
    return form_for(kind, what, language=entered.language, facts=facts, data=data, town=town)


def _purposes(entered: Entered, row: CaseRow) -> list[tuple[str, str]]:
    said = shown.purpose_words()
    return [(one.value, said[one]) for one in queries.purposes_of(row.id, actor=entered.actor)]


def _result(row: CaseRow, kind: CaseType, language: str) -> str:
    found = kind.result(row.result)
    return row.result if found is None else found.label.in_language(language)


def _done(request: HttpRequest, words: Words) -> str:
    """Say what was just done, if the address names an action of this type."""
    code = request.GET.get("done", "")
    if code == "decided":
        return _("Decided.")
    if words.type.action(code) is None:
        return ""
    return _("Done: {action}").format(action=shown.action_label(code, words))


def _written_by(opened: OpenedCase | None) -> list[str]:
    spaces = {} if opened is None else opened.spaces
    return [text.author_ref for texts in spaces.values() for text in texts]


def words_for(
    entered: Entered,
    kind: CaseType,
    *,
    refs: Iterable[str] = (),
    parties: Mapping[int, str] | None = None,
) -> Words:
    offices = {one.ident: one.name for one in queries.offices(entered.town.key)}
    names = staff.usernames_of(one for one in refs if one)
    return Words(kind, entered.language, entered.town.tz, entered.at, names, offices, parties or {})


def where(entered: Entered) -> dict[str, Any]:
    return {"town_key": entered.town.key, "actor": entered.actor, "at": entered.at}


def frame(entered: Entered, *, here: str = "cases") -> dict[str, Any]:
    return {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": here,
    }
