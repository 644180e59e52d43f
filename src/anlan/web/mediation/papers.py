"""An agreement to be read aloud, and a case's dossier: opened through the one door."""

from __future__ import annotations

import logging
import uuid
from datetime import datetime
from typing import Any

from csp.decorators import csp_exempt
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.areas.mediation import services
from anlan.areas.mediation.rules import MEDIATION
from anlan.areas.mediation.rules.dossier import ANSWERS_TOLD, RESULTS_TOLD
from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS, PARTY_ROLES
from anlan.areas.mediation.services import AgreementText, Dossier
from anlan.kernel.cases import queries
from anlan.kernel.cases.queries.rows import CaseRow
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import OpenedText
from anlan.kernel.values import Refused, whole_number
from anlan.web.cases.entering import Entered, enter, seen_case, town_choices
from anlan.web.cases.forms import FIELD, party_words
from anlan.web.cases.offered import action_form
from anlan.web.cases.shown import by_its_link
from anlan.web.mediation.panels import said, session_row
from anlan.web.shell.links import town_links

SHORT_HASH = 12  # hexadecimal digits at the foot of each page; the whole stands at the end
SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


@require_POST
@login_required
@never_cache
def agreement(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Open a version of the agreement in large letters, the newest where none is named.

    One that waits has a mark for each party to whom it was read.

    A form that is sent, since each opening is entered: no link may open it in passing.
    """
    entered = enter(request, key)
    _kind, row = seen_case(entered, "mediation", number)
    try:
        text = services.open_agreement(
            row.id,
            version=_small_number(request, "version"),
            purpose=_purpose(entered, row),
            **entered.stamp(),
        )
    except Refused as refusal:
        return _no(request, entered, row, refusal)
    facts = queries.facts_of(row.id, town_key=key, actor=entered.actor, at=entered.at)
    page = {
        "town": entered.town,
        "links": town_links(key, entered.actor),
        "here": "mediation",
        "row": row,
        "text": text,
        "parts": _parts(text),
        "waits": text.row.state == "draft",
        "parties": _to_confirm(text, row, facts.parties),
        "client_key": str(uuid.uuid4()),
        "anew": _anew(entered, facts, text),
    }
    return render(request, "mediation/agreement.html", page)


def _anew(entered: Entered, facts: CaseFacts, text: AgreementText) -> dict[str, Any] | None:
    """Give the form of the next version, which begins with this one's words; None where none is."""
    codes = ("draft_agreement", "change_agreement")
    for one in queries.offered(facts, actor=entered.actor):
        if one.action.code in codes and one.refusal is None:
            form = action_form(entered, MEDIATION, one.action, facts, town_choices(entered))
            for part, words in text.parts.items():
                form.fields[f"{FIELD}{part}"].initial = words
            label = one.action.label.in_language(entered.language)
            return {"code": one.action.code, "form": form, "label": label}
    return None


def _small_number(request: HttpRequest, name: str) -> int | None:
    return whole_number(request.POST.get(name, ""), longest=3)


def _parts(text: AgreementText) -> list[tuple[str, str]]:
    chinese = (get_language() or "").startswith("zh")
    return [
        (zh if chinese else en, text.parts[code])
        for code, (en, zh) in AGREEMENT_PARTS.items()
        if code in text.parts
    ]


def _to_confirm(text: AgreementText, row: CaseRow, parties: Any) -> list[dict[str, Any]]:
    done = {one.party: one for one in text.row.confirmations}
    found = []
    for one in parties:
        if one.left:
            continue
        word = done.get(one.number)
        found.append(
            {
                "number": one.number,
                "title": party_words(one.number, said(PARTY_ROLES, one.role)),
                "heard": word is not None and word.heard_at is not None,
                "confirmed": word is not None and word.confirmed_at is not None,
            }
        )
    return found


def _purpose(entered: Entered, row: CaseRow) -> Purpose:
    """Give for what this member opens: to handle it where it handles the case, else to review."""
    offered = queries.purposes_of(row.id, actor=entered.actor)
    return Purpose.HANDLING if Purpose.HANDLING in offered else Purpose.REVIEW


@require_POST
@login_required
@never_cache
@csp_exempt()  # type: ignore[arg-type]
def dossier(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Give a case's file as PDF, or as a page where the system can't print: in one language."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, "mediation", number)
    alone = request.POST.get("holds") == "agreement"
    try:
        found = services.open_dossier(
            row.id,
            party=_small_number(request, "party"),
            agreement_alone=alone,
            purpose=_purpose(entered, row),
            **entered.stamp(),
        )
    except Refused as refusal:
        return _no(request, entered, row, refusal)
    language = "zh-hans" if request.POST.get("language") == "zh" else "en"
    page = write_dossier(found, entered.town, language=language)
    name = f"{key}-mediation-{row.id}"
    name += "-agreement" if alone else ""
    return paper(page, name, as_page=request.POST.get("as") == "html")


def paper(page: str, name: str, *, as_page: bool = False) -> HttpResponse:
    """Give a written page to keep: as PDF, or as it is where that is asked or the system can't."""
    printed = None if as_page else print_pdf(page)
    if printed is None:
        return _file(page, "text/html; charset=utf-8", f"{name}.html")
    return _file(printed, "application/pdf", f"{name}.pdf")


def write_dossier(found: Dossier, town: TownRow, *, language: str) -> str:
    """Write a dossier as one page that stands alone, in a language."""
    with override(language):
        parties = {
            one.number: party_words(one.number, said(PARTY_ROLES, one.role))
            for one in found.parties
        }
        return render_to_string(
            "mediation/dossier.html", _dossier_context(found, town, parties, language)
        )


def _dossier_context(
    found: Dossier, town: TownRow, parties: dict[int, str], language: str
) -> dict[str, Any]:
    told = found.case.result if found.case.result in RESULTS_TOLD else ""
    result = MEDIATION.result(told)
    linked = queries.parties_of_links(found.case.id)

    def text(one: OpenedText) -> tuple[str, str, str, str]:
        party = parties.get(linked.get(one.author_ref, 0), "")
        by = by_its_link(party) if party else _("written down by a member of staff")
        return _label(one.field, language), _when(one.written_at, town), by, one.text

    return {
        "language": language,
        "town": town,
        "row": found.case,
        "title": MEDIATION.label.in_language(language),
        "alone": found.agreement_alone,
        "state": MEDIATION.state(found.case.state).as_told.in_language(language),
        "result": "" if result is None else result.label.in_language(language),
        "opened": _when(found.case.opened_at, town),
        "office": queries.office_names(town.key).get(found.case.office, ""),
        "ended": "" if found.case.ended_at is None else _when(found.case.ended_at, town),
        "answers": [
            (_label(code, language), _answer(code, value, language))
            for code, value in found.case.answers.items()
            if code in ANSWERS_TOLD
        ],
        "parties": [(parties[one.number], one) for one in found.parties],
        "sessions": [
            session_row(one, town, parties) for one in found.sessions if one.state != "cancelled"
        ],
        "agreements": [
            _agreement(one, town, parties)
            | {"foot": _foot(one, MEDIATION.label.in_language(language), found.case.id)}
            for one in found.agreements
        ],
        "common": [text(one) for one in found.common],
        "own_title": "" if found.party is None else parties[found.party],
        "own": [text(one) for one in found.own],
        "events": [
            (_when(one.at, town), _done(one.action, language), parties.get(one.party or 0, ""))
            for one in found.events
        ],
    }


def _foot(one: AgreementText, title: str, number: int) -> str:
    """Say on each page of an agreement which it is, so that no page fits another."""
    version = _("Agreement, version {n}").format(n=one.row.version)
    return f"{title} {number} · {version} · SHA-256 {one.sha256[:SHORT_HASH]}"


def _agreement(one: AgreementText, town: TownRow, parties: dict[int, str]) -> dict[str, Any]:
    return {
        "text": one,
        "heading": _("Record of an oral agreement")
        if one.row.form == "oral"
        else _("Mediation agreement"),
        "parts": _parts(one),
        "drafted": _when(one.row.drafted_at, town),
        "in_force": "" if one.row.in_force_at is None else _when(one.row.in_force_at, town),
        "confirmed": [
            (parties.get(each.party, ""), _when(each.confirmed_at, town))
            for each in one.row.confirmations
            if each.confirmed_at is not None
        ],
    }


def _when(moment: datetime | None, town: TownRow) -> str:
    return "–" if moment is None else moment.astimezone(town.tz).strftime("%Y-%m-%d %H:%M")


def _label(code: str, language: str) -> str:
    field = MEDIATION.field(code)
    return code if field is None else field.label.in_language(language)


def _done(code: str, language: str) -> str:
    action = MEDIATION.action(code)
    if action is None:
        return _("Request taken")
    return MEDIATION.label_of_done(action).in_language(language)


def _answer(code: str, value: Any, language: str) -> str:
    field = MEDIATION.field(code)
    for one in () if field is None else field.choices:
        if one.code == value:
            return one.label.in_language(language)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def print_pdf(page: str) -> bytes | None:
    """Print a page as PDF; None where the system lacks what it takes."""
    for chatty in ("weasyprint", "weasyprint.progress", "fontTools"):
        logging.getLogger(chatty).setLevel(logging.CRITICAL)
    try:
        from weasyprint import HTML
    except OSError:  # WeasyPrint says so of a library that the system lacks
        return None
    printed: bytes = HTML(string=page).write_pdf()
    return printed


def _no(request: HttpRequest, entered: Entered, row: CaseRow, said_no: Refused) -> HttpResponse:
    page = {
        "town": entered.town,
        "links": town_links(entered.town.key, entered.actor),
        "here": "mediation",
        "row": row,
        "sentence": said_no.sentence,
    }
    return render(request, "mediation/refused.html", page, status=409)


def _file(body: str | bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = SANDBOX
    return response
