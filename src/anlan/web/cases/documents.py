"""Adding a document to a case, handing one out and taking one away.

A document is only ever handed out as a download under a policy that lets it run nothing: what
somebody sent in never becomes a page of ours.
"""

from __future__ import annotations

from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.acting import AnswerFault
from anlan.kernel.cases.rules.types import CaseType, Space
from anlan.kernel.cases.services import OpenedDocument
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Refused, whole_number
from anlan.web.cases.document_list import SentDocument
from anlan.web.cases.entering import Entered, client_key_of, enter, seen_case
from anlan.web.cases.opened_words import standing_words
from anlan.web.cases.page import Back, case_page

# Nothing in it runs or loads, whatever a browser takes it for.
POLICY = "sandbox; default-src 'none'; frame-ancestors 'none'"


@require_POST
@login_required
@never_cache
def add(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Add an uploaded file to a case."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
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
        return _back(request, entered, kind, row, fault)
    return redirect(f"{_address(entered, row)}?done=document_added#documents")


def _back(
    request: HttpRequest, entered: Entered, kind: CaseType, row: CaseRow, fault: BadInput | Refused
) -> HttpResponse:
    """Give the case's page again: the sentence stands by its field, what was chosen is kept."""
    sent = SentDocument(
        fault.sentence if isinstance(fault, Refused) else str(fault),
        field=field_of(fault),
        kind=request.POST.get("kind", ""),
        space=request.POST.get("space", ""),
    )
    return case_page(
        request,
        entered,
        kind,
        row,
        opened=standing_words(request, entered, row),
        back=Back(document=sent),
        status=422 if isinstance(fault, BadInput) else _status_of(fault),
    )


def field_of(fault: BadInput | Refused) -> str:
    """Give the field of an upload that a fault is about: the file where no rule names one."""
    facts = getattr(fault.__cause__, "facts", {})
    return str(facts.get("field", "file"))


def file_in(request: HttpRequest) -> UploadedFile:
    """Give the uploaded file; BadInput says if it was too long to be taken up, or none was sent."""
    file = request.FILES.get("file")
    if isinstance(file, UploadedFile):
        return file
    sent = whole_number(request.META.get("CONTENT_LENGTH") or "") or 0
    if sent > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
        raise cases.too_large()
    raise BadInput(_("Choose a file."))


def _space_asked(space: str) -> tuple[Space, int | None]:
    party = whole_number(space[1:], longest=4) if space[:1] == "p" else None
    if party is not None:
        return Space.PARTY, party
    if space in (Space.CASE.value, Space.NOTES.value):
        return Space(space), None
    raise BadInput(_("Choose who may see this document.")) from AnswerFault(
        "", code="bad_space", field="space"
    )


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
    return redirect(f"{_address(entered, row)}?done=document_removed#documents")


def _check_of_case(entered: Entered, row: CaseRow, document: int) -> None:
    """Refuse a document of another case under this one's address."""
    seen = queries.documents_of(row.id, town_key=entered.town.key, actor=entered.actor)
    if document not in {one.id for one in seen}:
        raise cases.no_such_document()


def _fault(
    request: HttpRequest, entered: Entered, row: CaseRow, fault: BadInput | Refused
) -> HttpResponse:
    """Say on a page of its own why a document isn't handed out, or stays."""
    sentence = fault.sentence if isinstance(fault, Refused) else str(fault)
    page = {"sentence": sentence, "back": _address(entered, row), "town": entered.town}
    status = 422 if isinstance(fault, BadInput) else _status_of(fault)
    return render(request, "cases/document_fault.html", page, status=status)


def _status_of(fault: Refused) -> int:
    return 404 if fault.code in ("no_such_document", "no_such_case") else 409


def _address(entered: Entered, row: CaseRow) -> str:
    return reverse("case", args=[entered.town.key, row.type, row.id])
