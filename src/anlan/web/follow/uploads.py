"""A party adds a document to its own part of its case, by its link."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import Followed
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.documents import file_in
from anlan.web.cases.shown import refusal_sentence
from anlan.web.follow.entering import Follower, by_link


def adding(followed: Followed, follower: Follower) -> dict[str, Any] | None:
    """Give what the form for a document needs; None where this party adds none now."""
    if _why_not(followed, follower) is not None:
        return None
    kind = case_type(followed.case.type)
    kinds = [
        (one.code, one.label.in_language(follower.language))
        for one in kind.document_kinds
        if one.code in kind.party_document_kinds
    ]
    accept = ",".join(rules.ENDINGS)
    return {"kinds": kinds, "most_mb": settings.ANLAN_UPLOAD_MB, "accept": accept}


def _why_not(followed: Followed, follower: Follower) -> Refused | None:
    kind, link = case_type(followed.case.type), follower.link
    return rules.why_not_add(kind, followed.facts, link.actor, party=link.party)


@by_link
@require_POST
def add(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Add an uploaded file to the party's own part of the case."""
    key = request.POST.get("client_key", "")
    try:
        refusal = _why_not(queries.follow(follower.link, at=follower.at), follower)
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
    except BadInput as fault:
        return _fault(request, follower, str(fault), status=422)
    except Refused as said:
        return _fault(request, follower, refusal_sentence(said), status=409)
    return redirect(reverse("follow", args=[follower.token]) + "?done=1")


def _fault(request: HttpRequest, follower: Follower, sentence: str, *, status: int) -> HttpResponse:
    """Say what can't be done on a page of its own: a browser doesn't give a chosen file back."""
    page = {"sentence": sentence, "town": follower.town, "token": follower.token}
    return render(request, "follow/document_fault.html", page, status=status)
