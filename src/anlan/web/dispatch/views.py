"""The dispatch board: one page; what it shows comes from the API and the live feed."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from anlan.areas.coverage.rules.coverage import may_plan
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.journeys.incident_becomes_mediation import mediable_types
from anlan.kernel.places import queries as places
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import BadInput
from anlan.web.shell.drafts import page_data
from anlan.web.shell.links import first_page, town_links


@require_GET
@login_required
@never_cache
def board(request: HttpRequest, key: str) -> HttpResponse:
    """Show the board to those who hold a role here; others are shown to their own pages."""
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown
    actor = staff.actor_for(request.user, key)
    if not may_see_incidents(actor):
        if actor.roles:
            way = {"town": town, "plans": may_plan(actor), "first": first_page(key, actor)}
            return render(request, "dispatch/planners.html", way, status=403)
        raise PermissionDenied
    take_request = reverse("mediation_new", args=[key])
    page = page_data(request, key) | {
        "mediation": {"types": mediable_types(actor), "way": take_request}
    }
    links = town_links(key, actor)
    return render(request, "dispatch/board.html", {"town": town, "page": page, "links": links})
