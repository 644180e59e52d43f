"""Opening and closing one's own shift."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from anlan.api import schemas
from anlan.api.access import enter
from anlan.api.encoding import answer
from anlan.api.responses import writes
from anlan.api.towns import TownKey
from anlan.kernel.staff import services
from anlan.kernel.staff.queries import ShiftRow

router = Router(tags=["shift"])


@router.post("/shift/open", response=writes(schemas.Shift, status=201))
def open_shift(request: HttpRequest, key: TownKey, body: schemas.NewShift) -> HttpResponse:
    """Open one's own shift; a crew names its unit."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(_document(services.open_shift(unit=body.unit, **stamp)), status=201)


@router.post("/shift/close", response=writes(schemas.Shift))
def close_shift(request: HttpRequest, key: TownKey, body: schemas.Write) -> HttpResponse:
    """Close one's own shift."""
    stamp = enter(request, key).stamp(body.client_key)
    return answer(_document(services.close_shift(**stamp)))


def _document(shift: ShiftRow) -> dict[str, str | None]:
    return {"shift": shift.ref if shift.ended_at is None else None, "unit": shift.unit}
