"""Incidents as rows: a few queries for any number of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident
from anlan.areas.dispatch.queries.rows import IncidentRow, Timer
from anlan.areas.dispatch.rules import (
    OPEN_STATES,
    IncidentTimes,
    Level,
    incident_catalogue,
    levels_of,
    stop_watches,
)
from anlan.kernel.values import Refused

#: how long a closed incident stays on the board
ON_BOARD = timedelta(hours=1)


def incident(incident_id: int, *, town_key: str) -> IncidentRow:
    """Give one incident; Refused (code no_incident) where the town has none of this id."""
    rows = incidents_by_id([incident_id], town_key=town_key)
    if not rows:
        raise Refused(_("There is no such incident in this town."), code="no_such_incident")
    return rows[0]


def incident_ref(number: int, *, town_key: str) -> str | None:
    """Give the reference of an incident by its number on the board, None where there is none."""
    found = Incident.objects.filter(town__key=town_key, number=number).values_list("pk", flat=True)
    return None if (one := found.first()) is None else f"incident:{one}"


def incidents_by_id(ids: Iterable[int], *, town_key: str) -> tuple[IncidentRow, ...]:
    """Give incidents by their ids, in the order of their numbers; unknown ids are left out."""
    return _rows(Incident.objects.filter(pk__in=list(ids)), town_key=town_key)


def incidents_on_board(town_key: str, *, at: datetime) -> tuple[IncidentRow, ...]:
    """Give all open incidents and those that ended within the last hour of town time."""
    shown = Q(state__in=OPEN_STATES) | Q(closed_at__gt=at - ON_BOARD)
    return _rows(Incident.objects.filter(shown), town_key=town_key)


def _rows(chosen: QuerySet[Incident], *, town_key: str) -> tuple[IncidentRow, ...]:
    found = list(
        chosen.filter(town__key=town_key).select_related("place", "town").order_by("number")
    )
    if not found:
        return ()
    sent: dict[int, list[str]] = {}
    open_now = Assignment.objects.filter(
        incident_id__in=[one.pk for one in found], cleared_at__isnull=True
    ).order_by("dispatched_at", "rank", "pk")
    for incident_id, ident in open_now.values_list("incident_id", "unit__ident"):
        sent.setdefault(incident_id, []).append(ident)
    levels = levels_of(found[0].town.level_profiles)
    return tuple(row_of(one, tuple(sent.get(one.pk, ())), levels) for one in found)


def row_of(one: Incident, units: tuple[str, ...], levels: tuple[Level, ...]) -> IncidentRow:
    """Turn an incident, its place loaded, and the units on it into a row."""
    place = getattr(one, "place", None)
    return IncidentRow(
        id=one.pk,
        number=one.number,
        type=one.type,
        priority=one.priority,
        state=one.state,
        alarm_level=one.alarm_level,
        received_at=one.received_at,
        first_dispatched_at=one.first_dispatched_at,
        first_on_scene_at=one.first_on_scene_at,
        closed_at=one.closed_at,
        lon=None if place is None else place.lon,
        lat=None if place is None else place.lat,
        street="" if place is None else place.street,
        units=units,
        timers=_timers(one, levels),
        made_up=one.made_up,
        version=one.version,
        result_code=one.result_code,
        cell=one.cell,
        snap_m=None if place is None or place.segment < 0 else place.snap_m,
        warnings=_warnings(one, units),
    )


def _timers(one: Incident, levels: tuple[Level, ...]) -> tuple[Timer, ...]:
    known = incident_catalogue().types.get(one.type)
    watches = stop_watches(
        IncidentTimes(
            received_at=one.received_at,
            requeued_at=one.requeued_at,
            first_dispatched_at=one.first_dispatched_at,
            first_en_route_at=one.first_en_route_at,
            first_on_scene_at=one.first_on_scene_at,
            ended_at=one.closed_at,
        ),
        levels=levels,
        group=known.group if known else "",
        priority=one.priority,
    )
    return tuple(Timer(w.code, w.started_at, w.due_at, w.stopped_at) for w in watches)


def _warnings(one: Incident, units: tuple[str, ...]) -> tuple[str, ...]:
    codes = []
    if one.requeued_at is not None:
        codes.append("waits_again")
    if one.state == "working" and not units:
        codes.append("no_units_left")
    return tuple(codes)
