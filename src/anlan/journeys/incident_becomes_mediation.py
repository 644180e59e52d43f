"""An incident becomes a mediation: when a party asks for it, alone; never out of violence at home.

Dispatch says what kind of incident it is, mediation takes the request. The link from one to the
other is a sealed text among the mediator's notes, and stands nowhere else.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.dispatch.queries import incident
from anlan.areas.dispatch.rules import incident_catalogue
from anlan.areas.dispatch.rules.access import may_see_incidents
from anlan.areas.mediation.rules import Intake
from anlan.areas.mediation.rules.intake import may_take
from anlan.areas.mediation.services import take_request
from anlan.kernel.cases.services import Done
from anlan.kernel.values import Actor, Forbidden, Refused

AFTER_PRIVATE_CHECK = "after_private_check"  # what the catalogue says of a dispute
NEVER = "never"


def mediable_types(actor: Actor) -> tuple[str, ...]:
    """Give the types of incident out of which this actor may take a party's request; often none."""
    if not may_see_incidents(actor) or not may_take(actor, source="incident"):
        return ()
    known = incident_catalogue().types
    return tuple(code for code, one in known.items() if one.mediation == AFTER_PRIVATE_CHECK)


def check_incident(incident_id: int, *, town_key: str, actor: Actor) -> None:
    """Raise unless this actor sees the incident, and it may become a mediation."""
    if not may_see_incidents(actor):
        raise Forbidden(_("Your role sees no incidents."), code="role_missing")
    check_mediable(incident(incident_id, town_key=town_key).type)


def check_mediable(type_code: str) -> None:
    """Raise unless incidents of this type may become a mediation at a party's request."""
    known = incident_catalogue().types.get(type_code)
    says = "" if known is None else known.mediation
    if says == NEVER:
        raise Refused(
            _("Violence at home is an emergency of its own and is never mediated."),
            code="violence_at_home",
        )
    if says != AFTER_PRIVATE_CHECK:
        raise Refused(_("Incidents of this type don't become a mediation."), code="no_dispute")


def incident_becomes_mediation(
    incident_id: int,
    asked: Intake,
    *,
    asked_alone: bool,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> Done:
    """Take a request out of an incident: a party was asked alone and agrees, and confirms it later.

    Raises Refused for every type but a dispute, and where the party was not asked alone.
    """
    check_incident(incident_id, town_key=town_key, actor=actor)
    row = incident(incident_id, town_key=town_key)
    if not asked_alone:
        raise Refused(
            _("Ask the party alone, where the other side can't listen."), code="not_alone"
        )
    return take_request(
        replace(asked, source="incident", incident=f"incident:{incident_id}"),
        town_key=town_key,
        actor=actor,
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        made_up=row.made_up,
    )
