"""A party's page, put together: where its case stands, what it may do and add, its words."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from anlan.kernel.cases import queries
from anlan.kernel.cases.queries import Followed
from anlan.kernel.cases.registry import case_type
from anlan.kernel.cases.rules import documents as rules
from anlan.kernel.cases.rules.grouping import group_of, leading_on
from anlan.kernel.cases.rules.types import Action, CaseType, FieldKind
from anlan.kernel.cases.services import OpenedCase
from anlan.kernel.values import Refused
from anlan.web.cases.document_list import SentDocument
from anlan.web.cases.forms import CaseForm, TownChoices, form_for
from anlan.web.cases.panels import SeenByParty, drawn_follow_panel
from anlan.web.cases.shown import Words, party_titles
from anlan.web.follow import shown
from anlan.web.follow.entering import Follower

_NOT_FOR_PARTIES = {FieldKind.STAFF, FieldKind.OFFICE, FieldKind.PARTY}


def offered(kind: CaseType, followed: Followed) -> list[Action]:
    """Give the actions that a party can do now, and that ask nothing that only staff know."""
    return [
        each.action
        for each in followed.actions
        if each.refusal is None and not _asks_of_staff(kind, each.action)
    ]


def asked_now(kind: CaseType, followed: Followed, follower: Follower) -> frozenset[str]:
    """Give what a party is asked now: what leads on, and its way out beside it, none before it."""
    leads = leading_on(kind, followed.facts, follower.link.actor)
    there = offered(kind, followed)
    groups = [group_of(kind, one.code) for one in there if one.code in leads]
    return frozenset(
        one.code
        for one in there
        if group_of(kind, one.code) in groups and (one.code in leads or one.target is not None)
    )


def _asks_of_staff(kind: CaseType, action: Action) -> bool:
    asked = [kind.field(code) for code in (*action.requires, *action.takes)]
    return any(each is not None and each.kind in _NOT_FOR_PARTIES for each in asked)


def action_form(
    kind: CaseType, action: Action, followed: Followed, follower: Follower, *, data: Any = None
) -> CaseForm:
    """Give an action's form for the one whose link it is."""
    form = form_for(
        kind,
        action,
        language=follower.language,
        facts=followed.facts,
        data=data,
        town=TownChoices(zone=follower.town.tz),
        offers=queries.offers_of(kind, action, followed.facts),
    )
    form.fields.pop("party", None)  # it is the party's own link: it acts for itself
    if action.warns is not None:
        form.fields["sure"] = forms.BooleanField(
            label=_("I am sure"),
            help_text=action.warns(followed.facts).in_language(follower.language),
            error_messages={"required": _("Tick that you are sure, or leave this as it is.")},
        )
    return form


def page(
    request: HttpRequest,
    follower: Follower,
    *,
    opened: OpenedCase | None = None,
    sent: tuple[str, CaseForm] | None = None,
    trouble: str = "",
    done: bool = False,
    ending: bool = False,
    document: SentDocument | None = None,
    status: int = 200,
) -> HttpResponse:
    """Draw the party's page; what couldn't be done comes back with what was typed."""
    followed = queries.follow(follower.link, at=follower.at)
    kind = case_type(followed.case.type)
    case_id = followed.case.id
    said = Words(
        kind,
        follower.language,
        follower.town.tz,
        follower.at,
        names={},
        offices={},
        parties=party_titles(queries.parties_of(case_id), kind, follower.language),
        case_id=case_id,
        linked=queries.parties_of_links(case_id),
    )
    actions = _own_actions(kind, followed, follower, sent)
    now = asked_now(kind, followed, follower)
    panel = drawn_follow_panel(request, _seen(followed, follower, kind, opened))
    filled = {
        "town": follower.town,
        "token": follower.token,
        "asked_now": [one for one in actions if one["code"] in now],
        "actions": [one for one in actions if one["code"] not in now],
        "client_key": uuid.uuid4().hex,
        "trouble": trouble,
        "done": done,
        "ending": ending,
        **shown.followed(followed, follower.link, said),
        "spaces": None
        if opened is None
        else shown.spaces(opened, follower.link, said, besides=panel.shows),
        "office": queries.office_with(followed.case.office, town_key=follower.town.key),
        "panel": panel.html,
        "shown_above": bool(panel.shows),
        "adding": adding(followed, follower, sent=document),
        "documents": shown.documents(
            queries.documents_of_party(follower.link.case_id, party=follower.link.party),
            opened,
            said,
            link=follower.link,
        ),
    }
    return render(request, "follow/follow.html", filled, status=status)


def _own_actions(
    kind: CaseType, followed: Followed, follower: Follower, sent: tuple[str, CaseForm] | None
) -> list[dict[str, Any]]:
    """Give what a party may do, each with its form; the one that came back is open as typed."""
    back = {} if sent is None else {sent[0]: sent[1]}
    return [
        {
            "code": each.code,
            "label": (each.own_label or each.label).in_language(follower.language),
            "form": back.get(each.code) or action_form(kind, each, followed, follower),
            "open": each.code in back,
        }
        for each in offered(kind, followed)
    ]


def _seen(
    followed: Followed, follower: Follower, kind: CaseType, opened: OpenedCase | None
) -> SeenByParty:
    texts = None
    if opened is not None:
        texts = {text.id: text for found in opened.spaces.values() for text in found}
    return SeenByParty(
        town=follower.town,
        at=follower.at,
        type=kind,
        case_id=follower.link.case_id,
        party=follower.link.party,
        left=followed.left,
        offered=frozenset(one.code for one in offered(kind, followed)),
        texts=texts,
        case=followed.case,
        opens_at=reverse("follow_words", args=[follower.token]),
        token=follower.token,
    )


def address_of(follower: Follower) -> str:
    """Give the address of the party's page."""
    return reverse("follow", args=[follower.token])


def adding(
    followed: Followed, follower: Follower, *, sent: SentDocument | None = None
) -> dict[str, Any] | None:
    """Give what the form for a document needs; None where this party adds none now."""
    if why_not_add(followed, follower) is not None and sent is None:
        return None
    kind = case_type(followed.case.type)
    kinds = [
        (one.code, one.label.in_language(follower.language))
        for one in kind.document_kinds
        if one.code in kind.party_document_kinds
    ]
    accept = ",".join(rules.ENDINGS)
    words = _("Add a document")
    if kind.party_adds is not None:
        words = kind.party_adds.in_language(follower.language)
    return {
        "words": words,
        "wanted": kind.party_adds is not None,
        "kinds": kinds,
        "most_mb": settings.ANLAN_UPLOAD_MB,
        "accept": accept,
        "sent": sent,
    }


def why_not_add(followed: Followed, follower: Follower) -> Refused | None:
    """Give why this party adds no document now, None where it may."""
    kind, link = case_type(followed.case.type), follower.link
    return rules.why_not_add(kind, followed.facts, link.actor, party=link.party)
