"""What a crew is told of things near an open incident."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from ninja import Router

from anlan.api import schemas
from anlan.api.access import enter_desk
from anlan.api.encoding import answer
from anlan.api.responses import reads
from anlan.api.towns import RowId, TownKey
from anlan.areas.hazards.queries.rows import FactRow, NearbyPremises
from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.areas.hazards.rules.premises import premises_catalogue
from anlan.areas.hazards.rules.preplans import preplan_catalogue
from anlan.journeys.board_shows_preplans import preplans_at

router = Router(tags=["preplans"])


@router.get("/incidents/{incident_id}/preplans", response=reads(list[schemas.NearbyPremises]))
def preplans(request: HttpRequest, key: TownKey, incident_id: RowId) -> HttpResponse:
    """Give physical facts of registered things near an open incident, the nearest first.

    Nothing once it is closed; facts that have expired are left out.
    """
    desk = enter_desk(request, key)
    found = preplans_at(key, incident_id=incident_id, at=desk.at)
    return answer([_document(one, get_language() or "en") for one in found])


def _document(one: NearbyPremises, language: str) -> dict[str, Any]:
    kinds = hazard_kinds()
    return {
        "ident": one.ident,
        "name": one.name,
        "class_code": one.class_code,
        "class_label": premises_catalogue().classes[one.class_code].label.in_language(language),
        "distance_m": one.distance_m,
        "made_up": one.made_up,
        "hazards": [kinds[code].in_language(language) for code in one.open_hazards],
        "facts": [_fact(each, language) for each in one.facts],
    }


def _fact(one: FactRow, language: str) -> dict[str, Any]:
    listed = preplan_catalogue()
    kind = listed.kinds[one.kind]
    side, amount = listed.sides.get(one.side), listed.amounts.get(one.amount)
    return {
        "kind": one.kind,
        "kind_label": kind.label.in_language(language),
        "what": one.what,
        "label": kind.facts[one.what].in_language(language),
        "side": one.side,
        "side_label": "" if side is None else side.in_language(language),
        "floor": one.floor,
        "distance_m": one.distance_m,
        "un_number": one.un_number,
        "amount": one.amount,
        "amount_label": "" if amount is None else amount.in_language(language),
        "checked_on": one.checked_on,
        "expires_on": one.expires_on,
    }
