"""The what-if pages: ask, follow, stop, read. They work without a script."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from csp.decorators import csp_exempt
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from anlan.areas.coverage import services
from anlan.areas.coverage.queries.studies import asked as studies
from anlan.areas.coverage.queries.studies import streets_of
from anlan.areas.coverage.queries.studies.asked import StudyRow
from anlan.areas.coverage.rules.studies import AskedStudy
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries.calls import log_span
from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import Actor, BadInput, LonLat, Refused
from anlan.web.coverage.views import _let_in
from anlan.web.coverage.what_if_report import NoPrinter, print_pdf
from anlan.web.coverage.what_if_report import render as render_report
from anlan.web.shell.links import town_links

OPEN = ("queued", "running")
# The report is a page of its own with its own styles and script: it runs apart from this origin.
SANDBOX = (
    "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'; img-src data:"
)
POINT = re.compile(r"^\s*(-?\d{1,3}(?:\.\d+)?)\s*[,，]\s*(-?\d{1,2}(?:\.\d+)?)\s*$")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def what_if(request: HttpRequest, key: str) -> HttpResponse:
    """Show the form and the studies; a form that is sent puts one into the queue."""
    town, actor = _let_in(request, key)
    trouble = ""
    if request.method == "POST":
        try:
            study = services.ask_study(_read(request), **_stamp(request, town, actor))
        except BadInput as fault:
            trouble = str(fault)
        except Refused as refusal:
            trouble = refusal.sentence
        else:
            return redirect("what_if_study", key, study)
    page = _form(town, actor) | {"trouble": trouble, "chosen": _chosen(request, key)}
    return render(request, "coverage/what_if.html", page, status=422 if trouble else 200)


def _form(town: TownRow, actor: Actor) -> dict[str, Any]:
    language = get_language() or "en"
    units = [one for one in places.units(town.key) if one.post is not None]
    staffed = {one.post for one in units if one.post is not None}
    kinds = sorted({one.kind for one in units})
    labels = unit_catalogue().kinds
    return _frame(town, actor) | {
        "posts": _by_service(town.key, staffed=staffed),
        "all_posts": _by_service(town.key),
        "units": units,
        "kinds": [
            {"code": one, "label": labels[one].label.in_language(language)}
            for one in kinds
            if one in labels
        ],
        "studies": [_shown(one, town) for one in studies.studies_of(town.key)],
        "client_key": str(uuid.uuid4()),
        "drawn": town.made_up and log_span(town.key) is None,
        "silent": not studies.has_calls(town.key),
        "middle": _middle(town),
    }


def _chosen(request: HttpRequest, key: str) -> dict[str, Any]:
    """Give what the form shows as chosen: what was just sent, or what the study `again` asked."""
    sent = request.POST
    if sent:
        single = ("move_unit", "move_to", "new_at", "new_kind", "dispatch", "move_up", "source")
        many = {name: sent.getlist(name) for name in ("close", "remove")}
        return {name: sent.get(name, "") for name in single} | many
    again = request.GET.get("again", "")
    before = studies.choices_of(int(again), key) if re.fullmatch(r"[0-9]{1,12}", again) else None
    if before is None:
        return {"close": [], "remove": []}
    at = before.new_at
    return {
        "close": [str(one) for one in before.close],
        "remove": [str(one) for one in before.remove],
        "move_unit": str(before.move_unit or ""),
        "move_to": str(before.move_to or ""),
        "new_at": f"{at.lon:.6f}, {at.lat:.6f}" if at else "",
        "new_kind": before.new_kind,
        "dispatch": before.dispatch,
        "move_up": before.move_up,
        "source": before.source,
    }


def _by_service(town_key: str, *, staffed: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Give posts that aren't hospitals (of `staffed` only), by service, each told apart."""
    labels = studies.post_labels(town_key)
    names = {
        "fire": _("Fire posts"),
        "ambulance": _("Ambulance posts"),
        "police": _("Police posts"),
    }
    posts = [one for one in places.posts(town_key) if staffed is None or one.ref in staffed]
    groups = [
        {
            "name": name,
            "posts": [{"id": one.id, "label": labels[one.id]} for one in posts if one.kind == kind],
        }
        for kind, name in names.items()
    ]
    return [one for one in groups if one["posts"]]


def _middle(town: TownRow) -> str:
    """Write the middle of a town, as a place to be typed looks there."""
    if town.bounds is None:
        return ""
    west, south, east, north = town.bounds
    return f"{(west + east) / 2:.4f}, {(south + north) / 2:.4f}"


def _frame(town: TownRow, actor: Actor) -> dict[str, Any]:
    return {"town": town, "links": town_links(town.key, actor)}


def _shown(row: StudyRow, town: TownRow) -> dict[str, Any]:
    return {
        "row": row,
        "state": _state_word(row),
        "open": row.state in OPEN,
        "percent": round(100 * row.share),
        "fault": _fault_sentence(row),
        "asked_at": row.asked_at.astimezone(town.tz).strftime("%Y-%m-%d %H:%M"),
    }


def _state_word(row: StudyRow) -> str:
    if row.state in OPEN and row.stop_asked:
        return _("stopping")
    return {
        "queued": _("waiting"),
        "running": _("under way"),
        "done": _("done"),
        "stopped": _("stopped"),
        "failed": _("failed"),
    }[row.state]


def _fault_sentence(row: StudyRow) -> str:
    return {
        "": "",
        "lost": _("Its process ended without a word, perhaps with the machine. Ask it again."),
        "gone": _("A post or unit that it names is gone from the town meanwhile."),
        "no_log": _("The town has no logged calls, so there is nothing to simulate."),
        "choices": _(
            "Its choices contradict one another: they leave no unit, or no post for a unit, or "
            "change what they take away."
        ),
        "does_not_fit": _(
            "The town's data don't allow it: no kind of unit has known posts and logged calls, "
            "or a place lies off its roads."
        ),
        "internal": _("Anlan failed inside; the log of the server says where."),
        "nothing_done": _("It was stopped before anything was done."),
    }[row.fault_code]


def _read(request: HttpRequest) -> AskedStudy:
    sent = request.POST
    at = sent.get("new_at", "").strip()
    return AskedStudy(
        close=_ids(sent.getlist("close")),
        remove=_ids(sent.getlist("remove")),
        move_unit=_id(sent.get("move_unit", "")),
        move_to=_id(sent.get("move_to", "")),
        new_at=_point(at) if at else None,
        new_kind=_kind(sent.get("new_kind", "")) if at else "",
        source=sent.get("source", "log"),
        dispatch=sent.get("dispatch", "recommended"),
        move_up=sent.get("move_up", "none"),
    )


def _ids(words: list[str]) -> tuple[int, ...]:
    found = [_id(one) for one in words]
    return tuple(sorted({one for one in found if one is not None}))


def _id(word: str) -> int | None:
    if not word:
        return None
    if not re.fullmatch(r"[0-9]{1,12}", word):
        raise BadInput(_("This is none of the choices offered."))
    return int(word)


def _kind(word: str) -> str:
    if word not in unit_catalogue().kinds:
        raise BadInput(_("This is none of the choices offered."))
    return word


def _point(text: str) -> LonLat:
    found = POINT.match(text)
    if found is None or abs(float(found[1])) > 180 or abs(float(found[2])) > 90:
        raise BadInput(_("Write the place as longitude, latitude, with a comma between."))
    return LonLat(float(found[1]), float(found[2]))


def _stamp(request: HttpRequest, town: TownRow, actor: Actor) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {
        "town_key": town.key,
        "actor": actor,
        "at": town.clock.at(now),
        "recorded_at": now,
        "client_key": request.POST.get("client_key") or None,
    }


@require_GET
@login_required
@never_cache
def study(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Show how far a study is, or what it answers."""
    town, actor = _let_in(request, key)
    row = _row(number, key)
    document = None if row.state in OPEN else studies.report_of(number, key)
    chinese = (get_language() or "").startswith("zh")
    sentence = "sentence_zh_hans" if chinese else "sentence"
    page = _frame(town, actor) | {
        "study": _shown(row, town),
        "client_key": str(uuid.uuid4()),
        "document": document,
        "answer": document["answer"][sentence] if document else "",
        "sure": [one[sentence] for one in document["sure"]] if document else [],
    }
    return render(request, "coverage/what_if_study.html", page)


def _row(number: int, key: str) -> StudyRow:
    row = studies.study_row(number, key)
    if row is None:
        raise Http404
    return row


@require_POST
@login_required
def stop_study(request: HttpRequest, key: str, number: int) -> HttpResponse:
    """Ask a study to stop; one that is over meanwhile is simply shown."""
    town, actor = _let_in(request, key)
    try:
        services.stop_study(number, **_stamp(request, town, actor))
    except Refused as refusal:
        if refusal.code != "study_over":
            raise
    return redirect("what_if_study", key, number)


@require_GET
@login_required
@never_cache
@csp_exempt()  # type: ignore[arg-type]
def report(request: HttpRequest, key: str, number: str, ending: str) -> HttpResponse:
    """Give a study's report: the page apart from this origin, or a file to keep."""
    _let_in(request, key)
    document = studies.report_of(_row(int(number), key).id, key)
    if document is None:
        raise Http404
    lang = "zh" if (get_language() or "").startswith("zh") else "en"
    name = f"{key}-what-if-{number}.{ending}"
    if ending == "json":
        body: str | bytes = json.dumps(document, ensure_ascii=False, indent=1)
        return _file(body, "application/json", name)
    lines = streets_of(key, at=datetime.fromisoformat(document["period"]["from"]))
    if ending == "pdf":
        try:
            return _file(print_pdf(document, streets=lines, lang=lang), "application/pdf", name)
        except NoPrinter as lacking:
            return HttpResponse(str(lacking), status=503, content_type="text/plain; charset=utf-8")
    page = render_report(document, streets=lines, lang=lang)
    if "download" in request.GET:
        return _file(page, "text/html; charset=utf-8", name)
    response = HttpResponse(page)
    response["Content-Security-Policy"] = SANDBOX
    return response


def _file(body: str | bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Content-Security-Policy"] = SANDBOX
    return response
