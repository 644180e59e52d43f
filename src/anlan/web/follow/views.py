"""A party's own page: where its case stands, its words, who opened them, and what it can do."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.registry import case_type
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.forms import asked_of
from anlan.web.cases.shown import refusal_sentence
from anlan.web.follow import shown
from anlan.web.follow.entering import Follower, by_link
from anlan.web.follow.page import action_form, address_of, offered, page

A_YEAR_S = 365 * 24 * 3600


@by_link
@require_GET
def follow(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Show where the case stands. No words are opened by looking, so a preview opens none."""
    return page(request, follower, done=request.GET.get("done") == "1")


@by_link
@require_POST
def words(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Open what is the party's own to read, with its entry."""
    try:
        opened = cases.open_by_link(
            follower.link, follower.token, at=follower.at, recorded_at=follower.recorded_at
        )
    except Refused as said:
        return page(request, follower, trouble=refusal_sentence(said), status=409)
    except BadInput as fault:  # the installation lacks the keys
        return page(request, follower, trouble=str(fault), status=503)
    return page(request, follower, opened=opened)


@by_link
@require_POST
def act(request: HttpRequest, follower: Follower, action: str) -> HttpResponse:
    """Do what a party may do, for itself."""
    followed = queries.follow(follower.link, at=follower.at)
    kind = case_type(followed.case.type)
    what = kind.action(action)
    if what is None or what not in offered(kind, followed):
        return page(request, follower, trouble=shown.not_now(), status=409)
    form = action_form(kind, what, followed, follower, data=request.POST)
    if not form.is_valid():
        form.focus_fault()
        return page(request, follower, sent=(what.code, form), status=422)
    try:
        cases.apply(
            follower.link.case_id,
            what.code,
            asked=asked_of(form),
            client_key=_client_key(request),
            **follower.stamp,
        )
    except BadInput as fault:
        form.blame(fault)
        return page(request, follower, sent=(what.code, form), status=422)
    except Refused as said:
        return page(
            request,
            follower,
            sent=(what.code, form),
            trouble=refusal_sentence(said),
            status=409,
        )
    return redirect(address_of(follower) + "?done=1")


@by_link
@require_POST
def document(request: HttpRequest, follower: Follower, number: int) -> HttpResponse:
    """Give one document to the party, never shown inside the page."""
    try:
        one = cases.open_document_by_link(
            follower.link, follower.token, number, at=follower.at, recorded_at=follower.recorded_at
        )
    except Refused as said:
        return page(request, follower, trouble=refusal_sentence(said), status=409)
    except BadInput as fault:  # the installation lacks the keys
        return page(request, follower, trouble=str(fault), status=503)
    answer = HttpResponse(one.data, content_type=one.media_type)
    answer.headers["Content-Disposition"] = shown.attachment(one.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@by_link
@require_GET
def language(request: HttpRequest, follower: Follower, language: str) -> HttpResponse:
    """Remember in which language the page is read."""
    answer = redirect(address_of(follower))
    if language in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            language,
            max_age=A_YEAR_S,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer


@by_link
@require_POST
def end(request: HttpRequest, follower: Follower) -> HttpResponse:
    """End this link at its holder's wish: it was lost, or is no longer wanted."""
    if request.POST.get("sure") != "yes":
        return page(request, follower, ending=True)
    cases.end_link(follower.link.id, **follower.stamp)
    return render(request, "follow/gone.html", {"ended": True})


def _client_key(request: HttpRequest) -> str | None:
    key = request.POST.get("client_key", "")
    return key if key.isalnum() and len(key) <= 64 else None
