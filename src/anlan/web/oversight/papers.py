"""What a granted disclosure opens, as the paper that is handed over: whose, by what right, words.

One paper for the screen, the printer and the PDF. It names members of staff by role alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.template.loader import render_to_string
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.areas.dispatch.queries import incidents_by_id
from anlan.areas.dispatch.rules import incident_catalogue
from anlan.areas.mediation.queries import versions_of_texts
from anlan.areas.mediation.rules import MEDIATION
from anlan.areas.oversight.queries import GrantRow
from anlan.areas.oversight.rules import DISCLOSURE
from anlan.areas.oversight.services import Disclosed
from anlan.kernel.cases.queries import ShownCase
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules import documents as document_rules
from anlan.kernel.cases.rules.types import FieldKind
from anlan.kernel.sealing.services import OpenedText
from anlan.web.cases.entering import Entered
from anlan.web.cases.openers import role_words
from anlan.web.cases.page import words_for
from anlan.web.cases.shown import (
    Words,
    answers,
    field_label,
    opened_text,
    party_titles,
)

INCIDENT = "incident"
Lines = list[tuple[str, str]]


def paper_of(
    found: Disclosed, *, number: int, grant: GrantRow | None, entered: Entered
) -> dict[str, Any]:
    """Give what the paper of a disclosure's opened case says, as its template draws it."""
    kind = next((one for one in case_types() if one.code == found.about.split(":")[0]), None)
    if kind is None or found.case is None:
        case, parts = _of_incident(found.about, entered), [_part("", found.texts)]
    else:
        titles = party_titles(found.case.parties, kind, entered.language)
        words = words_for(entered, kind, parties=titles, case_id=found.case.row.id)
        case, parts = _of_case(found.case, words), _parts(found.texts, found.case, words)
    return {
        "number": number,
        "about": named(found.about, entered.town.key),
        "request": _request(found, grant=grant, entered=entered),
        "case": case,
        "parts": [one for one in parts if one["texts"] or one["documents"]],
    }


def written(paper: dict[str, Any], entered: Entered) -> str:
    """Write the paper as one page that stands alone, for the printer."""
    language = get_language() or "en"
    page = {"paper": paper, "town": entered.town, "language": language}
    return render_to_string("oversight/paper_alone.html", page)


def kinds(language: str) -> dict[str, str]:
    """Name the kinds of cases of which an authority may ask for one."""
    of_types = {
        one.code: capfirst(one.label.in_language(language))
        for one in case_types()
        if one.code != DISCLOSURE.code
    }
    return {INCIDENT: _("Incident"), **of_types}


def named(reference: str, key: str) -> str:
    """Name a case as its own page and the board do: an incident's reference has another number."""
    kind, number = reference.split(":")[:2]
    if kind == INCIDENT:
        for one in incidents_by_id([int(number)], town_key=key):
            number = f"#{one.number}"
    return f"{kinds(get_language() or 'en').get(kind, kind)} {number}"


def _request(found: Disclosed, *, grant: GrantRow | None, entered: Entered) -> Lines:
    """Say by what right this paper is: which authority, its paper, who granted it, who is told."""
    of_disclosure = words_for(entered, DISCLOSURE)
    asked = {code: found.answers[code] for code in ("authority", "basis") if code in found.answers}
    told = (
        _("This opening is entered; the parties read of it from now on.")
        if found.shown_from is None
        else _("This opening is entered; the parties read of it from {day} on, by law.").format(
            day=of_disclosure.local(found.shown_from)[:10]
        )
    )
    return [
        *answers(asked, of_disclosure),
        (field_label("basis_words", of_disclosure), found.paper),
        (_("Granted"), _granted(grant, of_disclosure)),
        (_("Opened at"), of_disclosure.local(entered.at)),
        (_("The parties"), told),
    ]


def _granted(grant: GrantRow | None, words: Words) -> str:
    if grant is None:
        return "–"
    said = role_words()
    return _("{when}, proposed by: {first}; agreed to by: {second}").format(
        when=words.local(grant.at),
        first=said.get(grant.proposed_as, grant.proposed_as),
        second=said.get(grant.agreed_as, _("a second person")),
    )


def _of_incident(about: str, entered: Entered) -> Lines:
    found = incidents_by_id([int(about.split(":")[1])], town_key=entered.town.key)

    def when(moment: datetime) -> str:
        return moment.astimezone(entered.town.tz).strftime("%Y-%m-%d %H:%M")

    lines: Lines = []
    for one in found:
        kind = incident_catalogue().types.get(one.type)
        name = one.type if kind is None else kind.label.in_language(entered.language)
        lines += [(_("Kind"), name), (_("Received"), when(one.received_at))]
        lines += [] if one.closed_at is None else [(_("Ended"), when(one.closed_at))]
    return lines


def _of_case(shown: ShownCase, words: Words) -> Lines:
    """Say how the case stands, and what is known of it in closed answers: kind, premises."""
    row, kind = shown.row, words.type
    by_staff = {each.code for each in kind.fields if each.kind is FieldKind.STAFF}
    result = kind.result(row.result)
    lines = [
        (_("State"), words.state(row.state)),
        (_("Opened"), words.local(row.opened_at)),
    ]
    if row.office:
        lines.append((_("Office"), words.offices.get(row.office, row.office)))
    if row.ended_at is not None:
        how = "" if result is None else f" · {result.label.in_language(words.language)}"
        lines.append((_("Ended"), words.local(row.ended_at) + how))
    told = {code: value for code, value in row.answers.items() if code not in by_staff}
    return lines + [(capfirst(label), said) for label, said in answers(told, words)]


def _parts(texts: Iterable[OpenedText], shown: ShownCase, words: Words) -> list[dict[str, Any]]:
    """Give the words and documents by space: the common one first, then each party's."""
    texts, ref = list(texts), shown.row.ref
    versions = versions_of_texts(shown.row.id) if words.type is MEDIATION else {}
    spaces = {"": _("Common to all parties")}
    spaces |= {f"p{number}": title for number, title in words.parties.items()}
    return [
        _part(
            title,
            [each for each in texts if each.space.removeprefix(ref).lstrip(":") == space],
            words,
            documents=_documents(space, shown, texts, words),
            versions=versions,
        )
        for space, title in spaces.items()
    ]


def _part(
    title: str,
    texts: Iterable[OpenedText],
    words: Words | None = None,
    *,
    documents: Sequence[dict[str, Any]] = (),
    versions: Mapping[str, tuple[int, str]] | None = None,
) -> dict[str, Any]:
    """Give one space's words; of an agreement, which version each is of and whether it holds."""
    of = versions or {}
    return {
        "title": title,
        "documents": documents,
        "texts": [
            {
                "label": capfirst(each.field if words is None else field_label(each.field, words)),
                "text": each.text if words is None else opened_text(each.field, each.text, words),
                "at": each.written_at,
                "version": of.get(each.id, (0, ""))[0],
                "state": of.get(each.id, (0, ""))[1],
            }
            for each in texts
            if each.field != "document_name"  # stands with its document
        ],
    }


def _documents(
    space: str, shown: ShownCase, texts: Iterable[OpenedText], words: Words
) -> list[dict[str, Any]]:
    labels = {one.code: one.label.in_language(words.language) for one in words.type.document_kinds}
    names = {each.id: each.text for each in texts if each.field == "document_name"}
    return [
        {
            "id": one.id,
            "title": f"{labels.get(one.kind, one.kind)} {one.number}",
            "name": names.get(one.name_text, ""),
            "form": document_rules.ENDINGS.get(one.media_type, "").lstrip(".").upper(),
            "size": filesizeformat(one.size_bytes),
            "at": one.added_at,
            "shut": one.shut,
        }
        for one in shown.documents
        if one.space == space
    ]
