"""Run cards of a town: what works, what waits, and the second person's yes or no."""

from __future__ import annotations

from datetime import UTC, datetime

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from anlan.areas.dispatch import queries, services
from anlan.areas.dispatch.rules import incident_catalogue, may
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.areas.dispatch.rules.catalogue import Card
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput, Refused
from anlan.web.shell.links import town_links
from anlan.web.shell.words import listed


@require_GET
@login_required
@never_cache
def run_cards(request: HttpRequest, key: str) -> HttpResponse:
    """Show every card that works and every change that waits."""
    town, actor = _let_in(request, key)
    return _page(request, town, actor)


@require_POST
@login_required
def decide(request: HttpRequest, key: str, change: int) -> HttpResponse:
    """Agree to a change or decline it."""
    town, actor = _let_in(request, key)
    now = datetime.now(UTC)
    try:
        services.decide_run_cards(
            change,
            agree=request.POST.get("agree") == "yes",
            town_key=key,
            actor=actor,
            at=town.clock.at(now),
            recorded_at=now,
        )
    except Refused as said:
        return _page(request, town, actor, fault=said.sentence, status=409)
    return redirect("run_cards", key)


def _let_in(request: HttpRequest, key: str) -> tuple[TownRow, Actor]:
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown
    actor = staff.actor_for(request.user, key)
    if not may_see_incidents(actor):
        raise PermissionDenied
    return town, actor


def _page(
    request: HttpRequest, town: TownRow, actor: Actor, *, fault: str = "", status: int = 200
) -> HttpResponse:
    at = town.clock.at(datetime.now(UTC))
    waiting = [
        {
            "row": one,
            "cards": [_said(card) for card in one.cards],
            "mine": one.proposed_by == actor.staff_ref,
        }
        for one in queries.run_card_changes(town.key, at=at)
    ]
    return render(
        request,
        "dispatch/run_cards.html",
        {
            "town": town,
            "tz": town.tz,
            "waiting": waiting,
            "cards": [_said(card) for card in queries.run_cards(town.key, at=at)],
            "decides": may(actor, "decide_run_cards"),
            "fault": fault,
            "links": town_links(town.key, actor),
            "here": "run_cards",
        },
        status=status,
    )


def _said(card: Card) -> dict[str, object]:
    """Say a card in the reader's language."""
    language = get_language() or "en"
    can = unit_catalogue().capabilities
    return {
        "type": incident_catalogue().types[card.type].label.in_language(language),
        "levels": [
            listed(f"{n.count} × {can[n.capability].in_language(language)}" for n in lines)
            for lines in card.levels
        ],
    }
