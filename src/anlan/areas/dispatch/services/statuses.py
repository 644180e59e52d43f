"""A unit tells its status: times are written by it, and the incident follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import ArrivalFigure, Assignment, Incident
from anlan.areas.dispatch.queries.rows import UnitBoardRow
from anlan.areas.dispatch.queries.units import units_on_board
from anlan.areas.dispatch.rules import (
    OPEN_STATES,
    OWN_STATUSES,
    STANDING_BY_ENDS,
    TIME_COLUMN,
    IncidentState,
    UnitStatus,
    check_may,
    check_own_unit,
    check_status,
    next_state,
    odd_order,
)
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
from anlan.kernel.values import Actor, BadInput


@in_words
def set_unit_status(
    ident: str,
    *,
    town_key: str,
    status: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> UnitBoardRow:
    """Set a unit's status; a crew sets its own unit's only.

    The first time of each status stays. An odd order is taken, with the warning odd_order. A unit
    that is free again leaves its incident; the first on scene makes that incident a working one.
    """
    check_may(actor, "set_unit_status")
    check_own_unit(actor, ident)
    wanted = _status(status)
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    warnings: tuple[str, ...] = ()
    with writing(stamp, "unit.status_set", {"unit": ident, "status": status}) as entry:
        if not entry.replayed:
            unit = lock_unit(ident, town_key=town_key)
            warnings = _set(entry, unit, wanted, stamp)
    row = units_on_board(town_key, at=at, idents=[ident])[0]
    return replace(row, warnings=warnings)


def _status(code: str) -> UnitStatus:
    try:
        return UnitStatus(code)
    except ValueError:
        raise BadInput(
            _("“{status}” is no status; give one of: {known}.").format(
                status=code[:40], known=", ".join(one.value for one in UnitStatus)
            )
        ) from None


def _set(entry: Write, unit: Unit, wanted: UnitStatus, stamp: Stamp) -> tuple[str, ...]:
    state = state_for_update(unit, at=stamp.at)
    before = UnitStatus(state.status)
    held = open_assignment(unit)
    number = None if held is None else held.incident.number
    check_status(wanted, unit=unit.ident, incident_number=number)
    about = [] if held is None else [f"incident:{held.incident_id}"]
    left = NOWHERE_ELSE if wanted in STANDING_BY_ENDS and state.covering_id else {}
    fields = ["status", "covering"] if left else ["status"]
    entry.record(subject=f"unit:{unit.ident}", about=about, fields=fields)
    if held is not None:
        incident = lock_incident(held.incident_id, town_key=stamp.town_key)
        if wanted in OWN_STATUSES:
            _leave(entry, held, incident, stamp)
        else:
            _advance(held, incident, unit, wanted, stamp)
    free = held is None or wanted in OWN_STATUSES
    change_state(
        state,
        status=wanted.value,
        since=state.since if wanted is before else stamp.at,
        incident=None if free or held is None else held.incident,
        **left,
    )
    return ("odd_order",) if odd_order(before, wanted) else ()


def _leave(entry: Write, held: Assignment, incident: Incident, stamp: Stamp) -> None:
    """End the unit's part; an incident that nobody reached goes back to the queue."""
    clear(held, at=stamp.at, outcome="completed" if held.on_scene_at else "withdrawn")
    if not requeue_if_left(entry, incident, at=stamp.at):
        change_incident(incident)


def _advance(
    held: Assignment, incident: Incident, unit: Unit, wanted: UnitStatus, stamp: Stamp
) -> None:
    column = TIME_COLUMN[wanted]
    if getattr(held, column) is None:
        setattr(held, column, stamp.at)
        Assignment.objects.filter(pk=held.pk).update(**{column: stamp.at})
        if wanted is UnitStatus.ON_SCENE:
            _learn(held, incident, unit, stamp)
    changes: dict[str, object] = {}
    if wanted is UnitStatus.EN_ROUTE and incident.first_en_route_at is None:
        changes["first_en_route_at"] = stamp.at
    if wanted is UnitStatus.ON_SCENE and IncidentState(incident.state) in OPEN_STATES:
        target = next_state(IncidentState(incident.state), "arrive")
        changes |= {
            "state": target.value,
            "working_at": incident.working_at or stamp.at,
            "first_on_scene_at": incident.first_on_scene_at or stamp.at,
        }
    change_incident(incident, **changes)


def _learn(held: Assignment, incident: Incident, unit: Unit, stamp: Stamp) -> None:
    """Keep what an arrival teaches, as figures: no point, no incident, no person (rail 4)."""
    if held.en_route_at is None or held.free_flow_s is None:
        return
    observed_s = (stamp.at - held.en_route_at).total_seconds()
    if observed_s <= 0 or incident.made_up:
        return
    zone = places.town(stamp.town_key).tz
    ArrivalFigure.objects.create(
        town_id=incident.town_id,
        cell=incident.cell,
        hour_band=stamp.at.astimezone(zone).hour,
        post_ref="" if unit.post is None else str(unit.post),
        unit_kind=unit.kind,
        free_flow_s=_coarse(held.free_flow_s),
        observed_s=_coarse(observed_s),
    )


def _coarse(seconds: float) -> float:
    """Give a figure that is kept for good to 10 s: several exact ones would meet in one house."""
    return max(10.0, 10.0 * round(seconds / 10))
