"""Sessions: booked without two in one room or with one mediator at a time; held; called off."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from anlan.areas.mediation.models import Attendance, Room, Session, SessionState
from anlan.areas.mediation.rules.known import tries
from anlan.areas.mediation.services.hooks.telling import local, tell
from anlan.kernel.cases.rules.acting import moment_of
from anlan.kernel.cases.services import Doing
from anlan.kernel.values import Refused


def booked(doing: Doing) -> None:
    """Book a session of all parties; each that may hear of it is told."""
    _tell(doing, _book(doing, "joint"), "appointment")


def booked_alone(doing: Doing) -> None:
    """Book a session with one party alone: its link is sealed in that party's own space."""
    _book(doing, "separate", party=doing.party().number)


def _book(doing: Doing, kind: str, *, party: int | None = None) -> Session:
    """Book where room and mediator are free. A town's writes come one after another."""
    values = doing.asked.values
    starts, ends = _span(doing)
    one = Session(
        case=doing.case,
        number=Session.objects.filter(case=doing.case).count() + 1,
        kind=kind,
        party=party,
        link_text=doing.sealed[-1] if doing.sealed else "",
        held_at=str(values["held_at"]),
        room=_room(doing) if values["held_at"] == "room" else None,
        mediator_ref=doing.facts.handler or doing.actor.staff_ref,
        starts_at=starts,
        ends_at=ends,
        state=SessionState.BOOKED.value,
    )
    _check_free(one)
    one.save()
    return one


def moved(doing: Doing) -> None:
    """Move a booked session to another time, or room."""
    one = _session(doing)
    one.starts_at, one.ends_at = _span(doing)
    if one.held_at == "room" and doing.asked.values.get("room") is not None:
        one.room = _room(doing)
    _check_free(one)
    one.save()
    _tell(doing, one, "appointment_changed")


def cancelled(doing: Doing) -> None:
    """Call a session off."""
    _cancel(doing, _session(doing))


def _cancel(doing: Doing, one: Session) -> None:
    one.state = SessionState.CANCELLED.value
    one.save()
    _tell(doing, one, "appointment_cancelled")


def _tell(doing: Doing, one: Session, template: str) -> None:
    """Tell all parties of a joint session; who is seen alone is told by the mediator."""
    if one.kind == "joint":
        tell(doing, template, when=local(doing, one.starts_at))


def held(doing: Doing) -> None:
    """Note how a session went; the first try that failed starts the police's second clock."""
    one = _session(doing)
    one.state, one.outcome = SessionState.HELD.value, str(doing.asked.values["outcome"])
    one.save()
    if one.kind == "joint" and one.outcome == "no_agreement":
        doing.answer(tries=tries(doing.case.answers) + 1)


def attended(doing: Doing) -> None:
    """Note whether a party came."""
    Attendance.objects.update_or_create(
        session=_session(doing),
        party=doing.party().number,
        defaults={"came": bool(doing.asked.values["came"])},
    )


def ended(doing: Doing) -> None:
    """Call off what is still booked, and say that it has ended."""
    cancel_what_is_booked(doing)
    tell(doing, "ended")


def cancel_what_is_booked(doing: Doing, *, alone_with: int | None = None) -> None:
    """Call off every session that is still to come, or those with one party alone."""
    to_come = Session.objects.filter(
        case=doing.case, state=SessionState.BOOKED.value, starts_at__gt=doing.at
    )
    if alone_with is not None:
        to_come = to_come.filter(party=alone_with)
    for one in to_come.order_by("number"):
        _cancel(doing, one)


def _session(doing: Doing) -> Session:
    number = doing.asked.values["session"]
    return Session.objects.get(case=doing.case, number=int(number or 0))


def _span(doing: Doing) -> tuple[datetime, datetime]:
    starts = moment_of(doing.asked.values, "starts")
    minutes = doing.asked.values["minutes"]
    if starts is None or not isinstance(minutes, int):
        raise Refused(_("Say when the session begins and how long it lasts."), code="no_time")
    return starts, starts + timedelta(minutes=minutes)


def _room(doing: Doing) -> Room:
    found = Room.objects.filter(
        pk=doing.asked.values.get("room") or 0,
        office__town=doing.case.town,
        closed_at__isnull=True,
    ).first()
    if found is None:
        raise Refused(_("There is no such room; choose another."), code="no_room")
    return found


def _check_free(one: Session) -> None:
    """Refuse a session that meets another in its room or with its mediator."""
    meets = Session.objects.filter(
        state=SessionState.BOOKED.value, starts_at__lt=one.ends_at, ends_at__gt=one.starts_at
    ).exclude(pk=one.pk)
    if one.room is not None and meets.filter(room=one.room).exists():
        raise Refused(_("The room is taken at that time; choose another."), code="room_taken")
    if meets.filter(Q(mediator_ref=one.mediator_ref)).exists():
        raise Refused(
            _("The mediator has another session at that time; choose another."),
            code="mediator_taken",
        )
