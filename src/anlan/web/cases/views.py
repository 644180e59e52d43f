"""Pages over every case type: which there are, their lists, one case and acting in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Refused, whole_number
from anlan.web.cases import shown
from anlan.web.cases.entering import (
    Entered,
    client_key_of,
    enter,
    seen_case,
    seen_type,
    town_choices,
)
from anlan.web.cases.forms import asked_of
from anlan.web.cases.offered import action_form
from anlan.web.cases.opened_words import keep_shown, standing_words, take_off
from anlan.web.cases.page import Back, case_page, done_words, frame, where, words_for
from anlan.web.cases.panels import Seen, drawn_panel, list_column
from anlan.web.cases.to_do import said_to_do


@require_GET
@login_required
@never_cache
def index(request: HttpRequest, key: str) -> HttpResponse:
    """Show which kinds of cases this member may see; a single kind opens at once."""
    entered = enter(request, key)
    kinds = queries.types_seen_by(entered.actor.roles)
    if len(kinds) == 1:
        return redirect("case_list", key, kinds[0].code)
    page = {
        "kinds": [
            (one.code, capfirst((one.listed or one.label).in_language(entered.language)))
            for one in kinds
        ],
        **frame(entered),
    }
    return render(request, "cases/index.html", page)


@require_GET
def without_slash(request: HttpRequest, **_parts: str) -> HttpResponse:
    """Lead an address that was typed with a slash at its end to the page without."""
    query = request.META.get("QUERY_STRING", "")
    return redirect(request.path.rstrip("/") + (f"?{query}" if query else ""))


@require_GET
@login_required
@never_cache
def case_list(request: HttpRequest, key: str, type: str) -> HttpResponse:
    """Show the cases of a kind that this member may see: by state, office, own, overdue."""
    entered = enter(request, key)
    kind = seen_type(entered, type)
    asked = _filters(request, kind)
    found = queries.cases(
        town_key=key,
        actor=entered.actor,
        type=type,
        states=[asked["state"]] if asked["state"] else (),
        office=asked["office"],
        mine=bool(asked["mine"]),
        overdue_at=entered.at if asked["overdue"] else None,
        after=request.GET.get("after", ""),
    )
    words = words_for(entered, kind, refs=[one.handler for one in found.rows])
    filters = {name: value for name, value in asked.items() if value}
    seen = Seen(entered.town, entered.actor, entered.at, kind)
    about = list_column(seen, found.rows)
    page = {
        "kind": kind,
        "title": capfirst((kind.listed or kind.label).in_language(entered.language)),
        "rows": [
            shown.list_row(one, words) | {"about": (about or {}).get(one.id, "")}
            for one in found.rows
        ],
        "says_about": about is not None,
        "states": _states(entered, kind, filters),
        "asked": asked,
        "offices": words.offices,
        "next": urlencode({**filters, "after": found.after}) if found.after else "",
        "first": urlencode(filters) if request.GET.get("after") else None,
        "to_do": said_to_do(queries.to_do(**where(entered))),
        "panel": drawn_panel(request, seen),
        "done": done_words(request, words),
        **frame(entered, here=type),
    }
    return render(request, "cases/list.html", page)


def _filters(request: HttpRequest, kind: CaseType) -> dict[str, str]:
    sent = request.GET
    state = sent.get("state", "")
    return {
        "state": state if state in {one.code for one in kind.states} else "",
        "office": sent.get("office", "")[:40],
        "mine": "1" if sent.get("mine") else "",
        "overdue": "1" if sent.get("overdue") else "",
    }


def _states(entered: Entered, kind: CaseType, filters: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give each state in which visible cases stand, how many, and the address that keeps them."""
    counts = queries.counts_by_state(town_key=entered.town.key, actor=entered.actor, type=kind.code)
    rest = {name: value for name, value in filters.items() if name != "state"}
    every = [("", _("all"), sum(counts.values()))]
    each = [
        (one.code, one.label.in_language(entered.language), counts.get(one.code, 0))
        for one in kind.states
    ]
    return [
        {
            "code": code,
            "label": label,
            "count": count,
            "query": urlencode({**rest, "state": code} if code else rest),
            "current": filters.get("state", "") == code,
        }
        for code, label, count in every + each
        if count or not code or filters.get("state") == code
    ]


@require_GET
@login_required
@never_cache
def case(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Show one case: what may be known of it unopened, and what this member may do."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    return case_page(request, entered, kind, row, opened=standing_words(request, entered, row))


@require_POST
@login_required
@never_cache
def act(request: HttpRequest, key: str, type: str, number: int, action: str) -> HttpResponse:
    """Do an action; whatever can't be taken comes back with everything that was typed."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    what = kind.action(action)
    if what is None:
        raise Http404
    facts = queries.facts_of(row.id, **where(entered))
    form = action_form(entered, kind, what, facts, town_choices(entered), data=request.POST)
    status, trouble = 422, ""
    if form.is_valid():
        try:
            outcome = cases.apply(
                row.id,
                action,
                expected_version=_whole(request.POST.get("version")),
                client_key=client_key_of(request.POST),
                asked=asked_of(form),
                **entered.stamp(),
            )
            waits = "" if outcome.proposal is None else "&waits=1"
            return redirect(f"{_address_after(entered, row)}?done={action}{waits}")
        except BadInput as fault:
            form.blame(fault)
        except Refused as refusal:
            status, trouble = 409, _own_change(entered, row, request, refusal)
            row = seen_case(entered, type, number)[1]
    if not trouble:
        form.focus_fault()
    return case_page(
        request,
        entered,
        kind,
        row,
        opened=standing_words(request, entered, row),
        back=Back(
            sent=(what, form),
            trouble=trouble,
            seen_seq=_whole(request.POST.get("seen")) if status == 409 else None,
        ),
        status=status,
    )


@require_POST
@login_required
@never_cache
def decide(request: HttpRequest, key: str, type: str, number: int, proposal: int) -> HttpResponse:
    """Agree to what somebody else proposed, or decline it."""
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    if queries.case_of_proposal(proposal) != row.id:
        raise Http404
    try:
        cases.decide(
            proposal,
            agree=request.POST.get("agree") == "yes",
            reason=request.POST.get("reason", ""),
            client_key=client_key_of(request.POST),
            **entered.stamp(),
        )
    except Refused as refusal:
        row = seen_case(entered, type, number)[1]
        return case_page(
            request, entered, kind, row, back=Back(trouble=refusal.sentence), status=409
        )
    except BadInput as fault:  # what was proposed can't be taken any more
        row = seen_case(entered, type, number)[1]
        return case_page(request, entered, kind, row, back=Back(trouble=str(fault)), status=409)
    return redirect(f"{_address_after(entered, row)}?done=decided&proposal={proposal}")


@require_POST
@login_required
@never_cache
def open_words(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Open one case's words for a purpose, which is entered; they go with this page alone.

    What is opened to work on the case shows again on the next pages of this session, since that
    opening covers half a day; every other purpose shows once.
    """
    entered = enter(request, key)
    kind, row = seen_case(entered, type, number)
    try:
        purpose = Purpose(request.POST.get("purpose", ""))
    except ValueError:
        back = Back(trouble=_("Choose for what you open it."))
        return case_page(request, entered, kind, row, back=back, status=422)
    try:
        opened = cases.open_words(row.id, purpose=purpose, **entered.stamp())
    except Refused as refusal:
        return case_page(
            request, entered, kind, row, back=Back(trouble=refusal.sentence), status=409
        )
    except BadInput as fault:  # the installation lacks the keys: nothing that this member typed
        return case_page(request, entered, kind, row, back=Back(trouble=str(fault)), status=503)
    if purpose is Purpose.HANDLING:
        keep_shown(request, entered, row)
        return redirect(f"{_address(entered, row)}#words")
    return case_page(request, entered, kind, row, opened=opened)


@require_POST
@login_required
def hide_words(request: HttpRequest, key: str, type: str, number: int) -> HttpResponse:
    """Take the words off this session's pages again."""
    entered = enter(request, key)
    _kind, row = seen_case(entered, type, number)
    take_off(request, row)
    return redirect(_address(entered, row))


def _address(entered: Entered, row: CaseRow) -> str:
    return reverse("case", args=[entered.town.key, row.type, row.id])


def _address_after(entered: Entered, row: CaseRow) -> str:
    """Give where a member is led who did something: the list if the case is out of sight by it."""
    try:
        queries.case(row.id, town_key=entered.town.key, actor=entered.actor)
    except Refused:
        return reverse("case_list", args=[entered.town.key, row.type])
    return _address(entered, row)


def _own_change(entered: Entered, row: CaseRow, request: HttpRequest, said: Refused) -> str:
    """Say what refused an action; of a change, that it was one's own, in another window."""
    seen = _whole(request.POST.get("seen"))
    since = [one for one in queries.events_of(row.id) if seen is not None and one.seq > seen]
    own = since and all(one.actor_ref == entered.actor.staff_ref for one in since)
    if said.code != "changed" or not own:
        return said.sentence
    return _(
        "You changed this case yourself meanwhile, in another window; look again. Your words are "
        "still here."
    )


def _whole(word: str | None) -> int | None:
    return whole_number(word or "", longest=9)
