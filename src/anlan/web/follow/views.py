"""A party's own page: where its case stands, its words, who opened them, and what it can do."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import Followed
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules.types import Action, CaseType, FieldKind
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.values import BadInput, Refused
from anlan.web.cases.forms import CaseForm, TownChoices, asked_of, form_for
from anlan.web.cases.shown import Words, refusal_sentence
from anlan.web.follow import shown, uploads
from anlan.web.follow.entering import Follower, by_link

A_YEAR_S = 365 * 24 * 3600
_NOT_FOR_PARTIES = {FieldKind.STAFF, FieldKind.OFFICE, FieldKind.PARTY}


@by_link
@require_GET
def follow(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Show where the case stands. No words are opened by looking, so a preview opens none."""
    return _page(request, follower, done=request.GET.get("done") == "1")


@by_link
@require_POST
def words(request: HttpRequest, follower: Follower) -> HttpResponse:
    """Open what is the party's own to read, with its entry."""
    try:
        opened = cases.open_by_link(
            follower.link, follower.token, at=follower.at, recorded_at=follower.recorded_at
        )
    except Refused as said:
        return _page(request, follower, trouble=refusal_sentence(said), status=409)
    except BadInput as fault:  # the installation lacks the keys
        return _page(request, follower, trouble=str(fault), status=503)
    return _page(request, follower, opened=opened)


@by_link
@require_POST
def act(request: HttpRequest, follower: Follower, action: str) -> HttpResponse:
    """Do what a party may do, for itself."""
    followed = queries.follow(follower.link, at=follower.at)
    kind = case_type(followed.case.type)
    what = kind.action(action)
    if what is None or what not in offered(kind, followed):
        return _page(request, follower, trouble=shown.not_now(), status=409)
    form = _form(kind, what, followed, follower, data=request.POST)
    if not form.is_valid():
        form.focus_fault()
        return _page(request, follower, sent=(what.code, form), status=422)
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
        return _page(request, follower, sent=(what.code, form), status=422)
    except Refused as said:
        return _page(
            request,
            follower,
            sent=(what.code, form),
            trouble=refusal_sentence(said),
            status=409,
        )
    return redirect(_address(follower) + "?done=1")


@by_link
@require_POST
def document(request: HttpRequest, follower: Follower, number: int) -> HttpResponse:
    """Give one document to the party, never shown inside the page."""
    try:
        one = cases.open_document_by_link(
            follower.link, follower.token, number, at=follower.at, recorded_at=follower.recorded_at
        )
    except Refused as said:
        return _page(request, follower, trouble=refusal_sentence(said), status=409)
    answer = HttpResponse(one.data, content_type=one.media_type)
    answer.headers["Content-Disposition"] = shown.attachment(one.name)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer


@by_link
@require_GET
def language(request: HttpRequest, follower: Follower, language: str) -> HttpResponse:
    """Remember in which language the page is read."""
    answer = redirect(_address(follower))
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
        return _page(request, follower, ending=True)
    cases.end_link(follower.link.id, **follower.stamp)
    return render(request, "follow/gone.html", {"ended": True})


def offered(kind: CaseType, followed: Followed) -> list[Action]:
    """Give the actions that a party can do now, and that ask nothing that only staff know."""
    return [
        each.action
        for each in followed.actions
        if each.refusal is None and not _asks_of_staff(kind, each.action)
    ]


def _asks_of_staff(kind: CaseType, action: Action) -> bool:
    asked = [kind.field(code) for code in (*action.requires, *action.takes)]
    return any(each is not None and each.kind in _NOT_FOR_PARTIES for each in asked)


def _form(
    kind: CaseType, action: Action, followed: Followed, follower: Follower, *, data: Any = None
) -> CaseForm:
    form = form_for(
        kind,
        action,
        language=follower.language,
        facts=followed.facts,
        data=data,
        town=TownChoices(zone=follower.town.tz),
    )
    form.fields.pop("party", None)  # it is the party's own link: it acts for itself
    if action.warns is not None:
        form.fields["sure"] = forms.BooleanField(
            label=_("I am sure"),
            help_text=action.warns(followed.facts).in_language(follower.language),
            error_messages={"required": _("Tick that you are sure, or leave this as it is.")},
        )
    return form


def _page(
    request: HttpRequest,
    follower: Follower,
    *,
    opened: OpenedCase | None = None,
    sent: tuple[str, CaseForm] | None = None,
    trouble: str = "",
    done: bool = False,
    ending: bool = False,
    status: int = 200,
) -> HttpResponse:
    followed = queries.follow(follower.link, at=follower.at)
    kind = case_type(followed.case.type)
    said = Words(kind, follower.language, follower.town.tz, follower.at, names={}, offices={})
    actions = [
        {
            "code": each.code,
            "label": each.label.in_language(follower.language),
            "form": sent[1]
            if sent is not None and sent[0] == each.code
            else _form(kind, each, followed, follower),
            "open": sent is not None and sent[0] == each.code,
        }
        for each in offered(kind, followed)
    ]
    page = {
        "town": follower.town,
        "token": follower.token,
        "actions": actions,
        "client_key": uuid.uuid4().hex,
        "trouble": trouble,
        "done": done,
        "ending": ending,
        **shown.followed(followed, follower.link, said),
        "spaces": None if opened is None else shown.spaces(opened, follower.link, said),
        "adding": uploads.adding(followed, follower),
        "documents": shown.documents(
            queries.documents_of_party(follower.link.case_id, party=follower.link.party),
            opened,
            said,
        ),
    }
    return render(request, "follow/follow.html", page, status=status)


def _address(follower: Follower) -> str:
    return reverse("follow", args=[follower.token])


def _client_key(request: HttpRequest) -> str | None:
    key = request.POST.get("client_key", "")
    return key if key.isalnum() and len(key) <= 64 else None
