"""Coverage for programs and for the planning pages. It holds no incident: calls are counted."""

from __future__ import annotations

import threading
import time

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from anlan.api import coverage_schemas as schemas
from anlan.api.access import Desk, enter_planning
from anlan.api.encoding import answer
from anlan.api.points import point
from anlan.api.responses import reads
from anlan.api.towns import TownKey
from anlan.areas.coverage import queries
from anlan.areas.coverage.rules import coverage as rules
from anlan.areas.coverage.rules.siting import SitingAsked
from anlan.kernel.values import BadInput, Refused

router = Router(tags=["coverage"])
_searching = threading.Lock()


def asked(desk: Desk, question: schemas.Question) -> queries.Coverage:
    """Answer a question that came in words; a fault is said in the reader's language."""
    try:
        return queries.coverage(
            desk.key,
            at=desk.at,
            kind=question.kind,
            minutes=rules.read_minutes(question.minutes),
            hour=rules.read_hour(question.hour),
            counted_from=question.counted_from,
            unit_kinds=tuple(one for one in question.unit_kinds.split(",") if one),
            gap_minutes=question.gap_minutes,
        )
    except rules.PlanFault as fault:
        raise BadInput(_(fault.template).format(**fault.facts)) from fault


@router.get("/coverage", response=reads(schemas.Coverage))
def coverage(
    request: HttpRequest, key: TownKey, question: Query[schemas.LongQuestion]
) -> HttpResponse:
    """Say who is reached in how many minutes, by post and by hour, and list the gaps."""
    found = asked(enter_planning(request, key), question)
    return answer(queries.coverage_document(found, gaps=question.gaps))


@router.get("/coverage/layers", response=reads(schemas.Layers))
def layers(request: HttpRequest, key: TownKey, question: Query[schemas.Question]) -> HttpResponse:
    """Give the same as map layers: bands, gaps and posts in one GeoJSON document."""
    return answer(queries.geojson(asked(enter_planning(request, key), question)))


@router.get("/siting", response=reads(schemas.SitingLayers))
def siting(
    request: HttpRequest, key: TownKey, question: Query[schemas.SitingQuestion]
) -> HttpResponse:
    """Say where posts should stand, what is proven about it, and the cover before and after.

    GeoJSON of the cover after, with the sites; the figures are its member `siting`. One search runs
    at a time, so that the desk keeps the processor: another is refused meanwhile.
    """
    desk = enter_planning(request, key)
    if not _searching.acquire(blocking=False):
        raise Refused(_("Another search for sites is running; try again soon."), code="busy")
    try:
        end = time.monotonic() + question.seconds
        found = queries.site(
            key,
            _siting_asked(question),
            at=desk.at,
            seed=question.seed,
            stop=lambda: time.monotonic() >= end,
        )
    except rules.PlanFault as fault:
        raise BadInput(_(fault.template).format(**fault.facts)) from fault
    finally:
        _searching.release()
    return answer(queries.siting_layers(found))


def _siting_asked(question: schemas.SitingQuestion) -> SitingAsked:
    return SitingAsked(
        model=question.model,
        kind=question.kind,
        add=question.add,
        total=question.total,
        keep=question.keep,
        minutes=rules.read_minutes(question.minutes),
        weights=question.weights,
        hour=rules.read_hour(question.hour),
        forbid=tuple(point(one) for one in question.forbid.split(";") if one.strip()),
        busy=question.busy,
    )
