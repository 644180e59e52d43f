"""What a board reads: everything at once, streets by name, a way by road."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import Field

from anlan.api import schemas
from anlan.api.access import Desk, enter, enter_desk
from anlan.api.basemap import basemap_address
from anlan.api.encoding import answer, route_document, to_json
from anlan.api.points import point
from anlan.api.responses import reads
from anlan.api.towns import TownKey
from anlan.areas.dispatch import queries as dispatch
from anlan.kernel.places import queries as places

router = Router(tags=["board"])


@router.get("/board", response=reads(schemas.Board))
def board(request: HttpRequest, key: TownKey) -> HttpResponse:
    """Give the whole board; the live feed goes on from its `event_id`."""
    desk = enter_desk(request, key)
    document = to_json(dispatch.board(key, at=desk.at))
    document["town"]["server_now"] = desk.recorded_at.isoformat()
    document["town"]["basemap"] = basemap_address(key)
    document["me"] = _me(desk)
    return answer(document)


@router.get("/streets", response=reads(list[schemas.Street]))
def streets(
    request: HttpRequest, key: TownKey, q: Annotated[str, Field(max_length=80), Query()] = ""
) -> HttpResponse:
    """Find streets by a part of their name."""
    enter(request, key)
    return answer(list(places.find_street(key, q)) if q.strip() else [])


@router.get("/route", response=reads(schemas.Route))
def route(
    request: HttpRequest,
    key: TownKey,
    start: Annotated[str, Field(max_length=60), Query(alias="from")],
    to: Annotated[str, Field(max_length=60), Query()],
) -> HttpResponse:
    """Give the way by road from LON,LAT to LON,LAT as the streets are now."""
    desk = enter(request, key)
    found = places.route(key, origin=point(start), target=point(to), at=desk.at)
    return answer(route_document(found))


def _me(desk: Desk) -> dict[str, object]:
    return {
        "staff": desk.actor.staff_ref,
        "roles": sorted(role.value for role in desk.actor.roles),
        "shift": desk.actor.shift_ref,
    }
