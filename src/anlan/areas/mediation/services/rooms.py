"""Rooms in which sessions are held: set up by administrators."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.mediation.models import Room, Session, SessionState
from anlan.areas.mediation.rules import check_room_rights
from anlan.kernel.cases.queries import office
from anlan.kernel.cases.services.words import in_words
from anlan.kernel.ledger.services import Stamp, Write, write_once
from anlan.kernel.values import Actor, BadInput, Refused

IDENT = re.compile(r"^[A-Za-z0-9-]{1,40}$")
LONGEST_NAME = 120


@in_words
def create_room(
    *,
    town_key: str,
    office_ident: str,
    ident: str,
    name: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> int:
    """Make a room of an office and give its id."""
    check_room_rights(actor)
    if not IDENT.match(ident):
        raise BadInput(_("A room's ident is 1 to 40 letters, digits and dashes."))
    if not name.strip() or len(name) > LONGEST_NAME:
        raise BadInput(_("A room's name is 1 to 120 characters."))
    where = office(office_ident, town_key=town_key)

    def make(entry: Write) -> int:
        if Room.objects.filter(office_id=where.id, ident=ident).exists():
            raise Refused(_("This office has a room of this ident already."), code="room_exists")
        one = Room.objects.create(office_id=where.id, ident=ident, name=name.strip())
        entry.record(subject=f"room:{one.pk}", fields=["ident", "name"])
        return int(one.pk)

    return write_once(
        make,
        action="room.created",
        asked={"office": office_ident, "ident": ident, "name": name},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def close_room(
    room_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Take a room out of use; refused while a session is booked in it."""
    check_room_rights(actor)

    def close(entry: Write) -> None:
        one = Room.objects.filter(
            pk=room_id, office__town__key=town_key, closed_at__isnull=True
        ).first()
        if one is None:
            raise BadInput(_("There is no such room; choose another."))
        booked = Session.objects.filter(room=one, state=SessionState.BOOKED.value, ends_at__gt=at)
        if booked.exists():
            raise Refused(
                _("Sessions are booked in this room; move them first."), code="room_booked"
            )
        one.closed_at = at
        one.save()
        entry.record(subject=f"room:{one.pk}", fields=["closed_at"])

    write_once(
        close,
        action="room.closed",
        asked={"room": room_id},
        stamp=Stamp(town_key, actor, at, recorded_at, client_key),
    )
