"""How the town is covered now, and units that stand by at other posts."""

from __future__ import annotations

from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from anlan.api import schemas
from anlan.api.access import enter, enter_desk
from anlan.api.encoding import answer
from anlan.api.responses import reads, writes
from anlan.api.towns import TownKey, UnitIdent
from anlan.areas.coverage.queries.live.words import live_document
from anlan.areas.coverage.rules import live as rules
from anlan.areas.dispatch import services
from anlan.journeys.board_shows_cover import cover_now, gaps_now

router = Router(tags=["cover"])

Minutes = Annotated[int | None, Field(ge=1, le=rules.LONGEST_MIN)]


@router.get("/cover", response=reads(schemas.Cover))
def cover(request: HttpRequest, key: TownKey, minutes: Minutes = None) -> HttpResponse:
    """Say what free units reach in time now, where it is weakest, and which moves would help.

    In time is within so many minutes of travel, or else as the town's own goals have it.
    """
    desk = enter_desk(request, key)
    found = cover_now(key, at=desk.at, recorded_at=desk.recorded_at, minutes=minutes)
    return answer(live_document(found))


@router.get("/cover/cells", response=reads(list[schemas.CoverCell]))
def cells(
    request: HttpRequest,
    key: TownKey,
    kind: Literal["fire", "ambulance", "police"],
    minutes: Minutes = None,
) -> HttpResponse:
    """Give the area cells that a service does not reach in time now, to be drawn."""
    desk = enter_desk(request, key)
    return answer(gaps_now(key, kind=kind, at=desk.at, minutes=minutes))


@router.post("/units/{ident}/move-up", response=writes(schemas.Unit))
def move_up(
    request: HttpRequest, key: TownKey, ident: UnitIdent, body: schemas.MoveUp
) -> HttpResponse:
    """Let a free unit stand by at another post; its crew is paged."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(services.move_up_unit(ident, post=body.post, **stamp))


@router.post("/units/{ident}/move-up/end", response=writes(schemas.Unit))
def end_move_up(
    request: HttpRequest, key: TownKey, ident: UnitIdent, body: schemas.Write
) -> HttpResponse:
    """Send a unit that stands by elsewhere back to its own post."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(services.end_move_up(ident, **stamp))
