"""A party adds a document to its own part of its case, by its link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.document_list import SentDocument
from anlan.web.cases.documents import field_of, file_in
from anlan.web.cases.shown import refusal_sentence
from anlan.web.follow.entering import Follower, by_link
from anlan.web.follow.page import page, why_not_add


@by_link
@require_POST
def add(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Add an uploaded file to the party's own part of the case."""
    key = request.POST.get("client_key", "")
    try:
        refusal = why_not_add(queries.follow(follower.link, at=follower.at), follower)
        if refusal is not None:
            raise refusal
        file = file_in(request)
        cases.add_document(
            follower.link.case_id,
            data=file.read(),
            name=file.name or "",
            kind=request.POST.get("kind", ""),
            space=Space.PARTY,
            client_key=key if key.isalnum() and len(key) <= 64 else None,
            **follower.stamp,
        )
    except (BadInput, Refused) as fault:
        sent = SentDocument(
            refusal_sentence(fault) if isinstance(fault, Refused) else str(fault),
            field=field_of(fault),
            kind=request.POST.get("kind", ""),
        )
        status = 409 if isinstance(fault, Refused) else 422
        return page(request, follower, document=sent, status=status)
    return redirect(reverse("follow", args=[follower.token]) + "?done=1")
