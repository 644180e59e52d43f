"""What was said about an incident: sealed, and opened through the one door."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import partial

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident, IncidentPlace
from anlan.areas.dispatch.rules import OPEN_STATES, IncidentState
from anlan.areas.dispatch.rules.access import DESK
from anlan.areas.dispatch.services.writing import Stamp
from anlan.kernel.ledger.services import Write
from anlan.kernel.sealing import services as sealing
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

LONGEST = {"words": 4000, "caller_name": 200, "caller_number": 60, "place_text": 500, "note": 4000}


def open_incident_texts(
    incident_id: int,
    *,
    town_key: str,
    actor: Actor,
    purpose: str,
    at: datetime,
    recorded_at: datetime,
) -> tuple[sealing.OpenedText, ...]:
    """Open this one incident's texts for a named purpose, through the sealing's one door.

    A crew opens the incident that its own unit is on now, and no other.
    """
    try:
        why = Purpose(purpose)
    except ValueError:
        raise BadInput(
            _("“{purpose}” is no purpose; give one of: {known}.").format(
                purpose=purpose[:40], known=", ".join(one.value for one in Purpose)
            )
        ) from None
    one = Incident.objects.filter(pk=incident_id, town__key=town_key).first()
    if one is None:
        raise Refused(_("There is no such incident in this town."), code="no_such_incident")
    gate = partial(check_crew_is_on, actor, one, now=True)
    gate()
    return sealing.open_one(
        f"incident:{incident_id}",
        town=town_key,
        actor=actor,
        purpose=why,
        at=at,
        recorded_at=recorded_at,
        gate=gate,
    )


def check_takes_words(one: Incident) -> None:
    """Refuse words to an incident that was sealed: nobody would wrap their key anew."""
    if IncidentState(one.state) in OPEN_STATES:
        return
    if not IncidentPlace.objects.filter(incident=one).exists():
        raise Refused(_("This incident is sealed; it takes no notes any more."), code="sealed")


def check_texts(texts: Mapping[str, str]) -> None:
    """Refuse a text that is too long for its field."""
    for field, text in texts.items():
        if len(text) > LONGEST[field]:
            raise BadInput(
                _("This text is too long: at most {most} characters.").format(most=LONGEST[field])
            )


def seal_texts(
    entry: Write,
    one: Incident,
    texts: Mapping[str, str],
    stamp: Stamp,
    *,
    action: str = "incident.text_sealed",
) -> None:
    """Seal what was said; the ledger keeps the field's name and the ciphertext's hash."""
    ref = f"incident:{one.pk}"
    for field, text in texts.items():
        if text:
            sealed = sealing.seal(ref, field, text, actor=stamp.actor, at=stamp.at)
            entry.record(subject=ref, fields=[field], cipher=sealed.cipher, action=action)


def check_crew_is_on(actor: Actor, one: Incident, *, now: bool = False) -> None:
    """Refuse a crew whose unit was never sent to this incident, or has left it by `now`."""
    if actor.has(*DESK, Role.SUPERVISOR):
        return
    ident = (actor.unit_ref or "").removeprefix("unit:")
    sent = Assignment.objects.filter(incident=one, unit__ident=ident)
    if not (sent.filter(cleared_at__isnull=True) if now else sent).exists():
        raise Forbidden(_("Your unit is not on this incident."), code="not_own_incident")
