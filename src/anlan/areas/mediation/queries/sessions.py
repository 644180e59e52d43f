"""Sessions and rooms."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q, QuerySet

from anlan.areas.mediation.models import Room, Session
from anlan.areas.mediation.queries.rows import RoomRow, SessionRow
from anlan.kernel.cases.queries import reads_common, visible_cases, wards_of
from anlan.kernel.values import Actor


def rooms(town_key: str) -> list[RoomRow]:
    """Give the rooms in use, by office and ident."""
    found = Room.objects.filter(office__town__key=town_key, closed_at__isnull=True)
    ordered = found.select_related("office").order_by("office__ident", "ident")
    return [RoomRow(one.pk, one.ident, one.name, one.office.ident) for one in ordered]


def sessions_of(case_id: int) -> list[SessionRow]:
    """Give a case's sessions in the order in which they were booked."""
    return _rows(Session.objects.filter(case_id=case_id).order_by("number"))


def sessions_of_party(case_id: int, *, party: int | None) -> list[SessionRow]:
    """Give the sessions that a party may know of: those of all, and those with it alone.

    Of those of all it knows once it agreed to take part, as of all words for all. A guardian reads
    of those with its minor; a link of no party reads of those of all.
    """
    own = () if party is None else (party, *wards_of(case_id, party))
    may = Q(kind="separate", party__in=own)
    if party is None or reads_common(case_id, party=party):
        may |= Q(kind="joint")
    return _rows(Session.objects.filter(may, case_id=case_id).order_by("starts_at"))


def calendar(town_key: str, *, actor: Actor, since: datetime, until: datetime) -> list[SessionRow]:
    """Give the booked and held sessions of a period, of the cases that an actor may see."""
    found = Session.objects.filter(
        case__in=visible_cases(actor, town_key=town_key, type="mediation").order_by(),
        starts_at__gte=since,
        starts_at__lt=until,
    ).exclude(state="cancelled")
    return _rows(found.order_by("starts_at", "id"))


def _rows(found: QuerySet[Session]) -> list[SessionRow]:
    whole = found.select_related("room", "case").prefetch_related("attendances")
    return [
        SessionRow(
            case_id=one.case_id,
            number=one.number,
            kind=one.kind,
            held_at=one.held_at,
            room="" if one.room is None else one.room.name,
            mediator_ref=one.mediator_ref,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            state=one.state,
            outcome=one.outcome,
            came={each.party: each.came for each in one.attendances.all()},
            party=one.party,
            link_text=one.link_text,
        )
        for one in whole
    ]
