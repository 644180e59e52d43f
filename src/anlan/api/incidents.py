"""Incidents for programs and the board: one service call each."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from anlan.api import schemas
from anlan.api.access import enter_desk
from anlan.api.encoding import answer, recommendation_document
from anlan.api.responses import reads, writes
from anlan.api.towns import RowId, TownKey
from anlan.areas.dispatch import queries, services

router = Router(tags=["incidents"])


@router.post("/incidents", response=writes(schemas.Incident, status=201))
def create(request: HttpRequest, key: TownKey, body: schemas.NewIncident) -> HttpResponse:
    """Take a call: a place and a type are enough; every word is sealed."""
    desk = enter_desk(request, key)
    stamp = desk.stamp(body.client_key)
    details = body.model_dump(exclude={"client_key"})
    row = services.create_incident(**stamp, **details)
    return answer(row, status=201)


@router.get(
    "/incidents/{incident_id}/recommendation",
    response=reads(schemas.Recommendation),
    by_alias=True,  # a unit's need is called `for`, which Python reserves
)
def recommendation(request: HttpRequest, key: TownKey, incident_id: RowId) -> HttpResponse:
    """Say which units to send, and why each, in the reader's language."""
    desk = enter_desk(request, key)
    found = queries.recommend_for(incident_id, town_key=key, at=desk.at)
    return answer(recommendation_document(found))


@router.post("/incidents/{incident_id}/dispatch", response=writes(schemas.Incident))
def dispatch(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Dispatch
) -> HttpResponse:
    """Send units; one that is taken meanwhile is a clear refusal."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    row = services.dispatch_units(
        incident_id, units=body.units, reason_code=body.reason_code, **stamp
    )
    return answer(row)


@router.post("/incidents/{incident_id}/close", response=writes(schemas.Incident))
def close(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Close
) -> HttpResponse:
    """Close with a result."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    return answer(services.close_incident(incident_id, result_code=body.result_code, **stamp))


@router.post("/incidents/{incident_id}/cancel", response=writes(schemas.Incident))
def cancel(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Close
) -> HttpResponse:
    """Cancel what turned out to need nobody."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    return answer(services.cancel_incident(incident_id, result_code=body.result_code, **stamp))


@router.post("/incidents/{incident_id}/reopen", response=writes(schemas.Incident))
def reopen(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Write
) -> HttpResponse:
    """Open a closed incident again."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    return answer(services.reopen_incident(incident_id, **stamp))


@router.post("/incidents/{incident_id}/triage", response=writes(schemas.Incident))
def triage(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Triage
) -> HttpResponse:
    """Set the type, priority or alarm level that the call turned out to have."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    row = services.triage_incident(
        incident_id,
        type=body.type,
        priority=body.priority,
        alarm_level=body.alarm_level,
        **stamp,
    )
    return answer(row)


@router.post("/incidents/{incident_id}/notes", response=writes(schemas.Incident, status=201))
def add_note(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Note
) -> HttpResponse:
    """Add a note, sealed as it is written."""
    stamp = enter_desk(request, key).stamp(body.client_key)
    return answer(services.add_note(incident_id, text=body.text, **stamp), status=201)


@router.post("/incidents/{incident_id}/open", response=writes(schemas.Opened))
def open_texts(
    request: HttpRequest, key: TownKey, incident_id: RowId, body: schemas.Opening
) -> HttpResponse:
    """Open this one incident's texts for a named purpose; the ledger keeps who did."""
    desk = enter_desk(request, key)
    texts = services.open_incident_texts(
        incident_id,
        town_key=key,
        actor=desk.actor,
        purpose=body.purpose,
        at=desk.at,
        recorded_at=desk.recorded_at,
    )
    rows = [
        {"field": text.field, "text": text.text, "at": text.written_at, "by": text.author_ref}
        for text in texts
    ]
    return answer({"texts": rows})
