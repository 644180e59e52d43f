"""The JSON API under /api/: a file for each subject, one way in, one shape of fault."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from anlan.api import (
    board,
    cases,
    closures,
    cover,
    coverage,
    errors,
    incidents,
    inspections,
    mediation,
    preplans,
    schemas,
    shifts,
    units,
)
from anlan.api.access import Session
from anlan.api.encoding import answer
from anlan.api.outline import Api

api = Api(
    title="Anlan",
    version="1",
    description=(
        "Dispatch, plans and cases for other programs and for the board. "
        "Sign in at /accounts/login/, as docs/guide/programs.md shows. Faults are {sentence, code}."
    ),
    docs_url=None,  # the page that shows the schema would load scripts from outside hosts
    openapi_url="/openapi.json",
    auth=Session(),
)
errors.install(api)
for subject in (
    board,
    incidents,
    units,
    closures,
    shifts,
    cover,
    coverage,
    cases,
    preplans,
    inspections,
    mediation,
):
    api.add_router("/towns/{key}", subject.router)


@api.get("/health", auth=None, response=schemas.Health, tags=["server"])
def health(request: HttpRequest) -> HttpResponse:
    """Say that the process answers."""
    return answer({"status": "ok"})
