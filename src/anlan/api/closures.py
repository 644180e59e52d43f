"""Closed and slowed streets for programs and the board."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from anlan.api import schemas
from anlan.api.access import enter
from anlan.api.encoding import answer
from anlan.api.responses import writes
from anlan.api.towns import RowId, TownKey
from anlan.kernel.places import services
from anlan.kernel.values import BadInput

router = Router(tags=["closures"])


@router.post("/closures", response=writes(schemas.Closure, status=201))
def close_street(request: HttpRequest, key: TownKey, body: schemas.NewClosure) -> HttpResponse:
    """Close the street nearest to a point, or slow it; for a time or until it is lifted."""
    desk = enter(request, key)
    row = services.close_street(
        lon=body.lon,
        lat=body.lat,
        speed_factor=body.speed_factor,
        ends_at=_end(body, now=desk.at),
        **desk.stamp(body.client_key),
    )
    return answer(row, status=201)


@router.post("/closures/{closure_id}/lift", response=writes(schemas.Closure))
def lift_closure(
    request: HttpRequest, key: TownKey, closure_id: RowId, body: schemas.Write
) -> HttpResponse:
    """Open a street again before its time."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(services.lift_closure(closure_id, **stamp))


def _end(body: schemas.NewClosure, *, now: datetime) -> datetime | None:
    if body.ends_at is not None and body.minutes is not None:
        raise BadInput(_("Give ends_at or minutes, not both."))
    if body.minutes is not None:
        return now + timedelta(minutes=body.minutes)
    return body.ends_at
