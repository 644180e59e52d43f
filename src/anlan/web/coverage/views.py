"""Planning pages: what they show comes from the API; files are made when they are asked for."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from anlan.areas.coverage import queries
from anlan.areas.coverage.rules import coverage as rules
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries.calls import log_span
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.staff import queries as staff
from anlan.kernel.values import Actor, BadInput
from anlan.web.shell.links import town_links
from anlan.web.shell.words import page_words

TYPES = {
    "geojson": "application/geo+json",
    "gpkg": "application/geopackage+sqlite3",
    "png": "image/png",
}


@require_GET
@login_required
@never_cache
def coverage(request: HttpRequest, key: str) -> HttpResponse:
    """Show who is reached in how many minutes to those who plan."""
    return _page(request, key, "coverage/coverage.html")


@require_GET
@login_required
@never_cache
def siting(request: HttpRequest, key: str) -> HttpResponse:
    """Show where further posts should stand to those who plan."""
    return _page(request, key, "coverage/siting.html")


def _page(request: HttpRequest, key: str, template: str) -> HttpResponse:
    town, actor = _let_in(request, key)
    page = {"lang": get_language(), "town": key, "words": page_words(), "plan": _plan(town)}
    return render(
        request,
        template,
        {"town": town, "page": page, "links": town_links(key, actor)},
    )


def _let_in(request: HttpRequest, key: str) -> tuple[TownRow, Actor]:
    try:
        town = places.town(key)
    except BadInput as unknown:
        raise Http404 from unknown
    actor = staff.actor_for(request.user, key)
    if not rules.may_plan(actor):
        raise PermissionDenied
    return town, actor


def _plan(town: TownRow) -> dict[str, Any]:
    """Give what the page must know before it asks: the map, the kinds of posts and units."""
    language = get_language() or "en"
    posts = places.posts(town.key)
    there = {one.kind for one in posts}
    kinds = {one.kind for one in places.units(town.key) if one.post is not None}
    return {
        "town": {
            "key": town.key,
            "name": town.name,
            "bounds": town.bounds,
            "basemap": reverse("basemap", args=[town.key]) if _has_map(town.key) else None,
            "attribution": town.attribution,
        },
        "calls": log_span(town.key) is not None,
        "kinds": [kind for kind in rules.KINDS if kind in there],
        "posts": [
            {
                "ref": one.ref,
                "kind": one.kind,
                "name": one.name or one.ref,
                "lon": one.lon,
                "lat": one.lat,
            }
            for one in posts
        ],
        "unit_kinds": [
            {"code": one.code, "label": one.label.in_language(language)}
            for one in unit_catalogue().kinds.values()
            if one.code in kinds
        ],
        "files": reverse("coverage_file", args=[town.key, "png"]).removesuffix(".png"),
    }


def _has_map(key: str) -> bool:
    return (places.town_folder(key) / "basemap.pmtiles").is_file()


@require_GET
@login_required
@never_cache
def coverage_file(request: HttpRequest, key: str, ending: str) -> HttpResponse:
    """Give coverage as a file; what can't be asked is said in a sentence."""
    town, _actor = _let_in(request, key)
    try:
        found = _asked(request, town)
    except rules.PlanFault as fault:
        return _refused(_(fault.template).format(**fault.facts))
    except BadInput as fault:
        return _refused(str(fault))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"cover.{ending}"
        queries.write_layers(found, path)
        body = path.read_bytes()
    response = HttpResponse(body, content_type=TYPES[ending])
    hour = "all" if found.asked.hour is None else f"{found.asked.hour:02d}"
    name = f"{key}-{found.asked.kind}-{'-'.join(map(str, found.asked.minutes))}-{hour}.{ending}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _refused(sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=422, content_type="text/plain; charset=utf-8")


def _asked(request: HttpRequest, town: TownRow) -> queries.Coverage:
    words = request.GET
    gap = words.get("gap_minutes", "")
    return queries.coverage(
        town.key,
        at=town.clock.at(datetime.now(UTC)),
        kind=words.get("kind", "fire"),
        minutes=rules.read_minutes(words.get("minutes", "5,10,30")),
        hour=rules.read_hour(words.get("hour", "all")),
        counted_from=words.get("counted_from", "travel"),
        unit_kinds=tuple(one for one in words.get("unit_kinds", "").split(",") if one),
        gap_minutes=rules.read_minutes(gap)[0] if gap else None,
    )
