"""Documents of a case: what the case's page lists, and adding, handing out and removing one.

A document is only ever handed out as a download under a policy that lets it run nothing: what
somebody sent in never becomes a page of ours.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import CaseRow, DocumentRow
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.types import CaseFacts, CaseType, Space
from anlan.kernel.cases.services import OpenedCase, OpenedDocument
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases import shown
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.shown import Words

# Nothing in it runs or loads, whatever a browser takes it for.
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


def documents_shown(
    entered: Entered,
    kind: CaseType,
    row: CaseRow,
    *,
    facts: CaseFacts,
    opened: OpenedCase | None,
    words: Words,
    purposes: Sequence[tuple[str, str]],
) -> dict[str, Any] | None:
    """Give what `cases/documents.html` draws; None for a type without documents.

    Names stand there only on a page whose words were opened.
    """
    if not kind.document_kinds:
        return None
    found = queries.documents_of(row.id, town_key=entered.town.key, actor=entered.actor)
    names = _names_in(opened)
    in_it = rules.is_in_it(facts, entered.actor)
    choices = _spaces(facts, words, notes=in_it)
    refusal = rules.why_not_add(kind, facts, entered.actor)
    return {
        "rows": [
            _line(one, kind, words, name=names.get(one.name_text, ""))
            | {"mine": in_it or one.added_by == entered.actor.staff_ref}
            for one in found
        ],
        "kinds": [(one.code, one.label.in_language(words.language)) for one in kind.document_kinds],
        "spaces": choices,
        "reasons": [
            (one.code, one.label.in_language(words.language)) for one in rules.REMOVAL_REASONS
        ],
        "purposes": purposes,
        "refusal": shown.refusal_sentence(refusal),
        "may_remove": facts.state not in kind.ends,
        "most_mb": settings.ANLAN_UPLOAD_MB,
        "accept": ",".join(rules.ENDINGS),
        "client_key": str(uuid.uuid4()),
    }


def _names_in(opened: OpenedCase | None) -> dict[str, str]:
    spaces: Mapping[str, Any] = {} if opened is None else opened.spaces
    return {text.id: text.text for texts in spaces.values() for text in texts}


def _line(one: DocumentRow, kind: CaseType, words: Words, *, name: str) -> dict[str, Any]:
    labels = {each.code: each.label.in_language(words.language) for each in kind.document_kinds}
    party = int(one.space[1:]) if one.space[:1] == "p" else None
    return {
        "id": one.id,
        "kind": labels.get(one.kind, one.kind),
        "name": name,
        "space": _space_words(one.space, party, words),
        "form": rules.ENDINGS.get(one.media_type, "").lstrip(".").upper(),
        "size": filesizeformat(one.size_bytes),
        "at": words.local(one.added_at),
        "by": words.name(one.added_by),
        "scanned": one.scan == "clean",
    }


def _spaces(facts: CaseFacts, words: Words, *, notes: bool) -> list[tuple[str, str]]:
    """Give where a document may be put: parties' parts first; what all read can't be unread."""
    found = [
        (f"p{one.number}", _space_words(f"p{one.number}", one.number, words))
        for one in facts.parties
        if not one.left
    ]
    found.append(("case", _space_words("", None, words)))
    return [*found, ("notes", _space_words("notes", None, words))] if notes else found


def _space_words(space: str, party: int | None, words: Words) -> str:
    if party is not None:
        return words.parties.get(party, space)
    return _("the handlers' notes") if space == "notes" else _("for all parties")


@require_POST
@login_required
@never_cache
def add(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Add an uploaded file to a case."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, type, number)
    try:
        file = file_in(request)
        space, party = _space_asked(request.POST.get("space", ""))
        cases.add_document(
            row.id,
            data=file.read(),
            name=file.name or "",
            kind=request.POST.get("kind", ""),
            space=space,
            party=party,
            client_key=client_key_of(request.POST),
            **entered.stamp(),
        )
    except (BadInput, Refused) as fault:
        return _fault(request, entered, row, fault)
    return redirect(f"{_address(entered, row)}#documents")


def file_in(request: HttpRequest) -> UploadedFile:
    """Give the uploaded file; BadInput says if it was too long to be taken up, or none was sent."""
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile):
        return file
    sent = request.META.get("CONTENT_LENGTH") or "0"
    if sent.isdigit() and int(sent) > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        raise cases.too_large()
    raise BadInput(_("Choose a file."))


def _space_asked(space: str) -> tuple[Space, int | None]:
    if space[:1] == "p" and space[1:].isdigit() and len(space) < 6:
        return Space.PARTY, int(space[1:])
    if space in (Space.CASE.value, Space.NOTES.value):
        return Space(space), None
    raise BadInput(_("Choose who may see this document."))


@require_POST
@login_required
@never_cache
def hand_out(request: HttpRequest, key: str, type: str, number: int, document: int) -> HttpResponse:
    """Open one document for a purpose, which is entered, and hand it out as a download."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, type, number)
    try:
        purpose = Purpose(request.POST.get("purpose", ""))
    except ValueError:
        return _fault(request, entered, row, BadInput(_("Choose for what you open it.")))
    try:
        _check_of_case(entered, row, document)
        opened = cases.open_document(document, purpose=purpose, **entered.stamp())
    except (BadInput, Refused) as fault:
        return _fault(request, entered, row, fault)
    return download(opened)


def download(opened: OpenedDocument) -> HttpResponse:
    """Give a document as a download that no browser shows or runs."""
    text = "; charset=utf-8" if opened.media_type.startswith("text/") else ""
    answer = HttpResponse(opened.data, content_type=opened.media_type + text)
    name = quote(opened.name, safe="")
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{name}"
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cross-Origin-Resource-Policy"] = "same-origin"
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@login_required
@never_cache
def remove(request: HttpRequest, key: str, type: str, number: int, document: int) -> HttpResponse:
    """Take a document out of its case."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, type, number)
    try:
        _check_of_case(entered, row, document)
        cases.remove_document(
            document,
            reason=request.POST.get("reason", ""),
            client_key=client_key_of(request.POST),
            **entered.stamp(),
        )
    except (BadInput, Refused) as fault:
        return _fault(request, entered, row, fault)
    return redirect(f"{_address(entered, row)}#documents")


def _check_of_case(entered: Entered, row: CaseRow, document: int) -> None:
    """Refuse a document of another case under this one's address."""
    seen = queries.documents_of(row.id, town_key=entered.town.key, actor=entered.actor)
    if document not in {one.id for one in seen}:
        raise cases.no_such_document()


def _fault(
    request: HttpRequest, entered: Entered, row: CaseRow, fault: BadInput | Refused
) -> HttpResponse:
    """Say what can't be done on a page of its own: a browser doesn't give a chosen file back."""
    sentence = fault.sentence if isinstance(fault, Refused) else str(fault)
    page = {"sentence": sentence, "back": _address(entered, row), "town": entered.town}
    status = 422 if isinstance(fault, BadInput) else _status_of(fault)
    return render(request, "cases/document_fault.html", page, status=status)


def _status_of(fault: Refused) -> int:
    return 404 if fault.code in ("no_such_document", "no_such_case") else 409


def _address(entered: Entered, row: CaseRow) -> str:
    return reverse("case", args=[entered.town.key, row.type, row.id])
