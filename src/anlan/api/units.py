"""Unit statuses for programs and the board."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from anlan.api import schemas
from anlan.api.access import enter
from anlan.api.encoding import answer
from anlan.api.responses import writes
from anlan.api.towns import TownKey, UnitIdent
from anlan.areas.dispatch import services

router = Router(tags=["units"])


@router.post("/units/{ident}/status", response=writes(schemas.Unit))
def set_status(
    request: HttpRequest, key: TownKey, ident: UnitIdent, body: schemas.NewStatus
) -> HttpResponse:
    """Set a unit's status; an odd order is a warning in the answer, never a refusal."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(services.set_unit_status(ident, status=body.status, **stamp))
