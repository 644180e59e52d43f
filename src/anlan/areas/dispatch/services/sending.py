"""Units are sent to an incident: all of them or none, and no unit twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident, IncidentPlace, UnitState
from anlan.areas.dispatch.queries.incidents import incident as incident_row
from anlan.areas.dispatch.queries.rows import IncidentRow
from anlan.areas.dispatch.queries.shown import plan_rank
from anlan.areas.dispatch.queries.units import on_duty_idents, standing_place
from anlan.areas.dispatch.rules import (
    IncidentState,
    SendCheck,
    UnitStatus,
    check_may,
    check_send,
    incident_catalogue,
    next_state,
)
from anlan.areas.dispatch.services.call_out import call_out_after_commit
from anlan.areas.dispatch.services.moves import NOWHERE_ELSE
from anlan.areas.dispatch.services.writing import (
    Stamp,
    change_incident,
    change_state,
    clear,
    in_words,
    lock_incident,
    lock_unit,
    open_assignment,
    requeue_if_left,
    state_for_update,
    writing,
)
from anlan.kernel.ledger.services import Write
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Unit
from anlan.kernel.values import Actor, BadInput, Refused, Role

MOST_UNITS = 50


@in_words
def dispatch_units(
    incident_id: int,
    *,
    town_key: str,
    units: Sequence[str],
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    reason_code: str = "",
) -> IncidentRow:
    """Send units. One that can't go refuses them all, naming what holds it.

    A unit on its way to a lesser incident is diverted: that incident goes back to the queue when
    nobody else is on the way to it. The crews are called out after the commit.

    A duty officer who gives a reason also sends a unit that is off duty, and diverts one from an
    incident that is as grave or graver.
    """
    check_may(actor, "dispatch_units")
    idents = _check_idents(units)
    _check_reason(reason_code)
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    asked = {"incident": incident_id, "units": idents, "reason_code": reason_code}
    # Before the write: loading streets may take a while, and the town's lock must not wait for it.
    travel = _travel(incident_id, idents, stamp)
    with writing(stamp, "incident.dispatched", asked) as entry:
        if not entry.replayed:
            one = lock_incident(incident_id, town_key=town_key)
            target = next_state(IncidentState(one.state), "dispatch")
            order = _Order(
                incident=one,
                rank=plan_rank(one.pk, frozenset(idents)),
                reason_code=reason_code,
                at=at,
                overruled=bool(reason_code) and actor.has(Role.DUTY_OFFICER),
            )
            _send_all(entry, order, idents, stamp, travel)
            change_incident(
                one,
                state=target.value,
                first_dispatched_at=one.first_dispatched_at or at,
                requeued_at=None,
            )
            entry.record(
                subject=f"incident:{one.pk}",
                about=[f"unit:{ident}" for ident in idents],
                fields=["state", "units"],
                reason_code=reason_code,
            )
            call_out_after_commit(town_key, one, idents=idents, at=at)
    return incident_row(incident_id, town_key=town_key)


def _check_idents(units: Sequence[str]) -> tuple[str, ...]:
    idents = tuple(dict.fromkeys(units))
    if not idents:
        raise BadInput(_("Name at least one unit to send."))
    if len(idents) > MOST_UNITS:
        raise BadInput(_("At most {most} units are sent at once.").format(most=MOST_UNITS))
    return idents


def _check_reason(code: str) -> None:
    known = incident_catalogue().dispatch_reasons
    if code and code not in known:
        raise BadInput(
            _("“{code}” is no reason here; give one of: {known}.").format(
                code=code[:40], known=", ".join(known)
            )
        )


@dataclass(frozen=True, slots=True)
class _Order:
    """What each assignment of one dispatch has in common."""

    incident: Incident
    rank: int
    reason_code: str
    at: datetime
    overruled: bool


def _send_all(
    entry: Write,
    order: _Order,
    idents: tuple[str, ...],
    stamp: Stamp,
    travel: dict[str, tuple[float, float]],
) -> None:
    rows = {ident: lock_unit(ident, town_key=stamp.town_key) for ident in sorted(idents)}
    states = {ident: state_for_update(row, at=stamp.at) for ident, row in rows.items()}
    duty = on_duty_idents(stamp.town_key, at=stamp.at)
    for ident in idents:
        _send(
            entry,
            order,
            rows[ident],
            states[ident],
            on_duty=ident in duty,
            travel=travel.get(ident),
        )


def _send(
    entry: Write,
    order: _Order,
    unit: Unit,
    state: UnitState,
    *,
    on_duty: bool,
    travel: tuple[float, float] | None,
) -> None:
    held = open_assignment(unit)
    diverted = check_send(
        SendCheck(
            unit=unit.ident,
            status=UnitStatus(state.status),
            on_duty=on_duty,
            incident_number=None if held is None else held.incident.number,
            incident_priority=None if held is None else held.incident.priority,
        ),
        to_priority=order.incident.priority,
        overruled=order.overruled and (held is None or held.incident_id != order.incident.pk),
    )
    if diverted and held is not None:
        clear(held, at=order.at, outcome="diverted")
        entry.record(
            subject=f"incident:{held.incident_id}",
            about=[f"unit:{unit.ident}"],
            fields=["units"],
            action="unit.diverted",
        )
        requeue_if_left(entry, held.incident, at=order.at)
    _assign(order, unit, travel)
    if state.covering_id is not None:
        entry.record(
            subject=f"unit:{unit.ident}",
            about=[f"post:{state.covering_id}"],
            fields=["covering"],
            action="unit.move_up_ended",
        )
    change_state(
        state,
        status=UnitStatus.DISPATCHED.value,
        since=order.at,
        incident=order.incident,
        **NOWHERE_ELSE,
    )


def _assign(order: _Order, unit: Unit, travel: tuple[float, float] | None) -> None:
    """Write the assignment; the constraint on open ones decides what a lock could not."""
    try:
        with transaction.atomic():
            Assignment.objects.create(
                incident=order.incident,
                unit=unit,
                recommended=order.rank > 0,
                rank=order.rank,
                travel_s=None if travel is None else travel[0],
                free_flow_s=None if travel is None else travel[1],
                reason_code=order.reason_code,
                dispatched_at=order.at,
            )
    except IntegrityError as error:
        raise Refused(
            _("{unit} has just been sent to another incident.").format(unit=unit.ident),
            code="unit_busy",
        ) from error


def _travel(
    incident_id: int, idents: tuple[str, ...], stamp: Stamp
) -> dict[str, tuple[float, float]]:
    """Give calibrated and free-flow seconds to the incident for units whose place is known.

    Whole seconds: from a station's point and a time to the last digit, the incident's point could
    be worked out long after it was sealed.
    """
    place = IncidentPlace.objects.filter(
        incident_id=incident_id, incident__town__key=stamp.town_key
    ).first()
    if place is None or not places.has_roads(stamp.town_key):
        return {}
    rows = Unit.objects.select_related("post", "dispatch_state__covering").filter(
        town__key=stamp.town_key, ident__in=idents
    )
    where = {row.ident: standing_place(row) for row in rows}
    known = {ident: point for ident, point in where.items() if point is not None}
    if not known:
        return {}
    now = places.network(stamp.town_key, at=stamp.at)
    origins = now.snap_many([p[0] for p in known.values()], [p[1] for p in known.values()])
    target = places.open_end(now, now.snap(place.lon, place.lat))
    times = now.times_to(target, [places.open_end(now, one) for one in origins])
    return {
        ident: (float(round(time_s)), float(round(time_s / now.factor)))
        for ident, time_s in zip(known, times, strict=True)
        if time_s != float("inf")
    }
