"""A filled-in checklist, as a browser or another program sends it: once, however often it comes."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import Field

from anlan.api import schemas
from anlan.api.access import enter
from anlan.api.encoding import answer
from anlan.api.responses import writes
from anlan.api.towns import RowId, TownKey
from anlan.areas.hazards import services

router = Router(tags=["inspections"])

AnswerCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,30}$")]


class FilledForm(schemas.Write):
    """The answers by question; and, where the sender knows, who filled the form in, when by its own
    clock, and the form's number.
    """

    answers: Annotated[dict[AnswerCode, AnswerCode], Field(max_length=60)]
    filled_by: Annotated[str, Field(pattern=r"^staff:[0-9]{1,19}$")] = ""
    filled_at: schemas.Moment | None = None
    form_number: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


@router.post("/inspections/{inspection_id}/record", response=writes(schemas.OpenedHazards))
def record(
    request: HttpRequest, key: TownKey, inspection_id: RowId, body: FilledForm
) -> HttpResponse:
    """Keep a filled-in checklist; what failed opens hazard cases, which the answer names."""
    stamp = enter(request, key).stamp(body.client_key)
    cases = services.record_inspection(
        inspection_id,
        answers=body.answers,
        filled_by=body.filled_by,
        form_number=body.form_number,
        filled_at=body.filled_at,
        **stamp,
    )
    return answer({"cases": [{"id": one} for one in cases]})
