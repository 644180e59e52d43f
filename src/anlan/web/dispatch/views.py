"""The dispatch board: one page; what it shows comes from the API and the live feed."""

from __future__ import annotations

import base64
import secrets

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from anlan.areas.coverage.rules.coverage import may_plan
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.kernel.places import queries as places
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import BadInput
from anlan.web.shell.words import page_words

DRAFT_KEY = "draft_key"
DRAFT_KEY_BYTES = 32


@require_GET
@login_required
@never_cache
def board(request: HttpRequest, key: str) -> HttpResponse:
    """Show the board to those who hold a role here; one who only plans is shown to coverage."""
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown
    actor = staff.actor_for(request.user, key)
    if not may_see_incidents(actor):
        if may_plan(actor):
            return render(request, "dispatch/planners.html", {"town": town}, status=403)
        raise PermissionDenied
    page = {
        "lang": get_language(),
        "town": key,
        "csrf": get_token(request),
        "draft_key": _draft_key(request),
        "words": page_words(),
    }
    links = {"board": True, "plans": may_plan(actor)}
    return render(request, "dispatch/board.html", {"town": town, "page": page, **links})


def _draft_key(request: HttpRequest) -> str:
    """Give the key under which this session's browser keeps drafts; it ends with the session."""
    if DRAFT_KEY not in request.session:
        fresh = secrets.token_bytes(DRAFT_KEY_BYTES)
        request.session[DRAFT_KEY] = base64.b64encode(fresh).decode("ascii")
    return str(request.session[DRAFT_KEY])
