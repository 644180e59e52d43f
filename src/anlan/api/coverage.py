"""Coverage for programs and for the planning pages. It holds no incident: calls are counted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router

from anlan.api import coverage_schemas as schemas
from anlan.api.access import Desk, enter_planning
from anlan.api.encoding import answer
from anlan.api.responses import reads
from anlan.api.towns import TownKey
from anlan.areas.coverage import queries
from anlan.areas.coverage.rules import coverage as rules
from anlan.kernel.values import BadInput

router = Router(tags=["coverage"])


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
