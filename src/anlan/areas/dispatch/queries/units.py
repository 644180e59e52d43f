"""Units as the board draws them: status, place, who is on duty, when they will be there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from anlan.areas.dispatch.models import Assignment, UnitState
from anlan.areas.dispatch.queries.rows import UnitBoardRow
from anlan.areas.dispatch.rules import UnitStatus, stands_at
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Unit
from anlan.kernel.places.queries import UnitRow
from anlan.kernel.staff import queries as staff

_ON_THE_WAY = frozenset({UnitStatus.DISPATCHED, UnitStatus.EN_ROUTE})


def units_on_board(
    town_key: str, *, at: datetime, idents: Iterable[str] | None = None
) -> tuple[UnitBoardRow, ...]:
    """Give units, all or those named, in the order of their idents; five queries."""
    rows = places.units(town_key, idents=idents)
    if not rows:
        return ()
    all_states = UnitState.objects.select_related("covering").filter(unit__town__key=town_key)
    all_sent = Assignment.objects.filter(unit__town__key=town_key, cleared_at__isnull=True)
    if idents is not None:
        ids = [one.id for one in rows]
        all_states = all_states.filter(unit_id__in=ids)
        all_sent = all_sent.filter(unit_id__in=ids)
    states = {one.unit_id: one for one in all_states}
    sent = {one.unit_id: one for one in all_sent}
    duty = on_duty_idents(town_key, at=at, rows=rows)
    return tuple(
        _row(one, states.get(one.id), sent.get(one.id), on_duty=one.ident in duty) for one in rows
    )


def on_duty_idents(
    town_key: str, *, at: datetime, rows: Iterable[UnitRow] | None = None
) -> frozenset[str]:
    """Give who is on duty: by hours or periods, or because a crew signed in to the unit."""
    return places.on_duty(town_key, at=at, rows=rows) | staff.units_with_open_shift(town_key)


def _row(
    one: UnitRow, state: UnitState | None, sent: Assignment | None, *, on_duty: bool
) -> UnitBoardRow:
    status = UnitStatus.AVAILABLE if state is None else UnitStatus(state.status)
    if not on_duty and sent is None and status is UnitStatus.AVAILABLE:
        status = UnitStatus.OFF_DUTY
    own = None if one.lon is None or one.lat is None else (one.lon, one.lat)
    lon, lat = _stands(state, status, home=own) or (None, None)
    covering = None if state is None else state.covering
    return UnitBoardRow(
        ident=one.ident,
        kind=one.kind,
        capabilities=one.capabilities,
        post=one.post,
        status=status.value,
        since=None if state is None else state.since,
        incident=None if state is None else state.incident_id,
        lon=lon,
        lat=lat,
        on_duty=on_duty and status is not UnitStatus.OFF_DUTY,
        made_up=one.made_up,
        eta_at=_eta(status, state, sent),
        inferred=one.inferred,
        covering=None if covering is None else str(covering),
    )


def standing_place(unit: Unit) -> tuple[float, float] | None:
    """Give where a unit is taken to stand; its post, state and covered post are loaded with it."""
    state = getattr(unit, "dispatch_state", None)
    home = None if unit.post is None else (unit.post.lon, unit.post.lat)
    if unit.lon is not None and unit.lat is not None:
        home = (unit.lon, unit.lat)
    status = UnitStatus.AVAILABLE if state is None else UnitStatus(state.status)
    return _stands(state, status, home=home)


def _stands(
    state: UnitState | None, status: UnitStatus, *, home: tuple[float, float] | None
) -> tuple[float, float] | None:
    if state is None:
        return home
    told = state.lon is not None and state.lat is not None
    return stands_at(
        status=status,
        since=state.since,
        position=(state.lon, state.lat) if told else None,  # type: ignore[arg-type]
        position_at=state.position_at,
        covering=None if state.covering is None else (state.covering.lon, state.covering.lat),
        home=home,
    )


def _eta(status: UnitStatus, state: UnitState | None, sent: Assignment | None) -> datetime | None:
    """Give when a unit on its way should be there, by the travel time it was sent with."""
    if state is not None and status is UnitStatus.RETURNING:
        return state.covering_due_at
    if sent is None or sent.travel_s is None or status not in _ON_THE_WAY:
        return None
    return (sent.en_route_at or sent.dispatched_at) + timedelta(seconds=sent.travel_s)
