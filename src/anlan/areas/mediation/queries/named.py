"""What a mediation's references may name: sessions, rooms, versions, mediators, guardians."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

from anlan.areas.mediation.models import Agreement, AgreementState, Room, Session, SessionState
from anlan.areas.mediation.rules.fields import PARTY_ROLES, PLACES
from anlan.areas.mediation.rules.intake import fits_tier
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries import Offer, Offers, ReferenceKind, offices, staff_offers
from anlan.kernel.cases.rules.acting import parties_in
from anlan.kernel.cases.rules.facts import CaseFacts, Part
from anlan.kernel.cases.rules.types import Action, Tier
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAYS_ZH = "一二三四五六日"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _when(moment: datetime, zone: tzinfo) -> Label:
    """Write a moment by the town's clock: “Mon 7 Dec 14:00”."""
    at = moment.astimezone(zone)
    return Label(
        en=f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at:%H:%M}",
        zh=f"{at.month}月{at.day}日（周{_DAYS_ZH[at.weekday()]}）{at:%H:%M}",
    )


def _zone(case_id: int) -> tzinfo:
    return ZoneInfo(Case.objects.values_list("town__zone", flat=True).get(pk=case_id))


# --- sessions ------------------------------------------------------------------------------------


def _sessions(facts: CaseFacts, action: Action) -> Offers:
    """Give the booked sessions; of those that have begun it is noted how they went and who came."""
    found = Session.objects.filter(case_id=facts.id).select_related("room").order_by("number")
    if action.code in {"hold_session", "note_attendance"}:
        found = found.filter(starts_at__lte=facts.at)
    if action.code == "note_attendance":
        found = found.exclude(state=SessionState.CANCELLED.value)
    else:
        found = found.filter(state=SessionState.BOOKED.value)
    zone = _zone(facts.id)
    return Offers(tuple(Offer(one.number, _session_label(one, zone)) for one in found))


def _session_label(one: Session, zone: tzinfo) -> Label:
    when, place = _when(one.starts_at, zone), _place(one)
    alone = one.party is not None
    return Label(
        en=f"Session {one.number}, {when.en}, {place.en}"
        + (f", party {one.party} alone" if alone else ""),
        zh=f"第{one.number}次会谈，{when.zh}，{place.zh}"
        + (f"，单独会谈当事人{one.party}" if alone else ""),
    )


def _place(one: Session) -> Label:
    if one.room is not None:
        return Label(en=one.room.name, zh=one.room.name)
    return next(each.label for each in PLACES if each.code == one.held_at)


def _session_name(case_id: int, value: str | int) -> Label | None:
    found = Session.objects.filter(case_id=case_id, number=value).select_related("room").first()
    return None if found is None else _session_label(found, _zone(case_id))


# --- rooms ---------------------------------------------------------------------------------------


def _rooms(facts: CaseFacts, action: Action) -> Offers:
    """Give the town's rooms in use, those of the case's own office first."""
    case = Case.objects.only("town_id", "office_id").get(pk=facts.id)
    found = Room.objects.filter(office__town_id=case.town_id, closed_at__isnull=True)
    rows = found.select_related("office").order_by("office__ident", "ident")
    own_first = sorted(rows, key=lambda one: one.office_id != case.office_id)
    return Offers(tuple(Offer(one.pk, _room_label(one)) for one in own_first))


def _room_label(one: Room) -> Label:
    name = f"{one.name} · {one.office.name}"
    return Label(en=name, zh=name)


def _room_name(case_id: int, value: str | int) -> Label | None:
    found = Room.objects.filter(pk=value, office__town__cases=case_id).select_related("office")
    one = found.first()
    return None if one is None else _room_label(one)


# --- versions ------------------------------------------------------------------------------------


def _versions(facts: CaseFacts, action: Action) -> Offers:
    """Give the version that waits to be confirmed: there is one, or none."""
    found = Agreement.objects.filter(case_id=facts.id, state=AgreementState.DRAFT.value)
    zone = _zone(facts.id)
    return Offers(tuple(Offer(one.version, _version_label(one, zone)) for one in found))


def _version_label(one: Agreement, zone: tzinfo) -> Label:
    when = _when(one.drafted_at, zone)
    return Label(
        en=f"Version {one.version}, written {when.en}", zh=f"第{one.version}版，拟于{when.zh}"
    )


def _version_name(case_id: int, value: str | int) -> Label | None:
    found = Agreement.objects.filter(case_id=case_id, version=value).first()
    return None if found is None else _version_label(found, _zone(case_id))


# --- offices -------------------------------------------------------------------------------------


def _offices(facts: CaseFacts, action: Action) -> Offers:
    """Give the offices whose tier fits the difficulty; one that has the case already is none."""
    case = Case.objects.select_related("town", "office").get(pk=facts.id)
    has_it = "" if facts.state == "confirmed" or case.office is None else case.office.ident
    difficulty = str(facts.answers.get("difficulty", "simple"))
    return Offers(
        tuple(
            Offer(one.ident, Label(en=one.name, zh=one.name))
            for one in offices(case.town.key)
            if one.ident != has_it and fits_tier(difficulty, Tier(one.tier))
        )
    )


# --- people --------------------------------------------------------------------------------------


_NOBODY_HERE = Label(
    en="Nobody else mediates at this office: an administrator adds somebody, or the case goes to "
    "another office.",
    zh="该调解组织没有其他调解员：可由管理员添加，或将案件改派其他调解组织。",
)


def _mediators(facts: CaseFacts, action: Action) -> Offers:
    """Give who mediates at the case's office and neither stepped aside nor was refused."""
    out = {ref for ref, part in facts.staff if part in (Part.RECUSED, Part.REFUSED)}
    if facts.handler is not None:
        out.add(facts.handler)
    if action.code == "add_helper":
        out |= {ref for ref, part in facts.staff if part is Part.HELPER}
    case = Case.objects.select_related("town").only("town__key", "office_id").get(pk=facts.id)
    found = staff_offers(
        case.town.key,
        type="mediation",
        role=Role.MEDIATOR,
        office_id=case.office_id or 0,
        leave_out=out,
    )
    return replace(found, none=_NOBODY_HERE)


def _guardians(facts: CaseFacts, action: Action) -> Offers:
    """Give the guardians who are in the case already: a minor is added after its own."""
    word = next(one.label for one in PARTY_ROLES if one.code == "guardian")
    return Offers(
        tuple(
            Offer(
                one.number,
                Label(en=f"Party {one.number} · {word.en}", zh=f"当事人{one.number}·{word.zh}"),
            )
            for one in parties_in(facts)
            if one.role == "guardian"
        )
    )


REFERENCES: Mapping[str, ReferenceKind] = {
    "session": ReferenceKind(_sessions, _session_name),
    "room": ReferenceKind(_rooms, _room_name),
    "version": ReferenceKind(_versions, _version_name),
    "office": ReferenceKind(_offices),
    "mediator": ReferenceKind(_mediators),
    "guardian": ReferenceKind(_guardians),
}
