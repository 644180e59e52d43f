"""An incident is taken, sorted, noted on, closed, cancelled, opened again."""

from __future__ import annotations

import math
from datetime import datetime

from django.db.models import Max
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Assignment, Incident, IncidentPlace, UnitState
from anlan.areas.dispatch.queries.incidents import incident as incident_row
from anlan.areas.dispatch.queries.incidents import row_of
from anlan.areas.dispatch.queries.rows import IncidentRow
from anlan.areas.dispatch.rules import (
    CARRYING_STATUSES,
    OPEN_STATES,
    QUEUED_STATES,
    IncidentState,
    IncidentType,
    UnitStatus,
    check_may,
    incident_catalogue,
    levels_of,
    next_state,
)
from anlan.areas.dispatch.rules.catalogue import HIGHEST_ALARM_LEVEL
from anlan.areas.dispatch.services.incident_texts import (
    check_crew_is_on,
    check_takes_words,
    check_texts,
    seal_texts,
)
from anlan.areas.dispatch.services.writing import (
    Stamp,
    change_incident,
    change_state,
    clear,
    in_words,
    lock_incident,
    writing,
)
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import TownRow
from anlan.kernel.values import Actor, BadInput, LonLat, Refused


@in_words
def create_incident(
    *,
    town_key: str,
    type: str,
    lon: float,
    lat: float,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    words: str = "",
    caller_name: str = "",
    caller_number: str = "",
    place_text: str = "",
    priority: int | None = None,
    received_at: datetime | None = None,
    made_up: bool = False,
) -> IncidentRow:
    """Take a call: a place and a type are enough. Every word and the caller's data are sealed.

    A place off the roads is taken too: its distance is on the row. `received_at` is for calls that
    were written on paper; it is `at` otherwise.
    """
    check_may(actor, "create_incident")
    kind = _type(type)
    _check_point(lon, lat)
    received = received_at or at
    if received > at:
        raise BadInput(_("The call can't have come in later than now."))
    texts = {
        "words": words,
        "caller_name": caller_name,
        "caller_number": caller_number,
        "place_text": place_text,
    }
    check_texts(texts)
    town, place = _town_and_place(town_key, lon=lon, lat=lat, at=at)
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    asked = {
        "type": type,
        "priority": priority,
        "point": (lon, lat),
        "received_at": received_at,
        **texts,
    }
    with writing(stamp, "incident.created", asked) as entry:
        if entry.replayed:
            return incident_row(entry.result["incident"], town_key=town_key)
        highest = Incident.objects.filter(town_id=town.id).aggregate(top=Max("number"))["top"]
        one = Incident.objects.create(
            town_id=town.id,
            number=(highest or 0) + 1,
            type=type,
            priority=_priority(priority, default=kind.priority),
            state=IncidentState.RECEIVED.value,
            cell=places.cell_of(lon, lat),
            received_at=received,
            made_up=made_up,
        )
        IncidentPlace.objects.create(incident=one, lon=lon, lat=lat, **place)
        entry.record(subject=f"incident:{one.pk}", fields=["type", "priority", "place"])
        seal_texts(entry, one, texts, stamp)
        entry.result = {"incident": one.pk}
        return row_of(one, (), levels_of(town.level_profiles))


@in_words
def triage_incident(
    incident_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    type: str | None = None,
    priority: int | None = None,
    alarm_level: int | None = None,
) -> IncidentRow:
    """Set type, priority or alarm level. A new type brings its priority, unless one is given.

    While units are out the state stays; in the queue the incident becomes triaged.
    """
    check_may(actor, "triage_incident")
    changes = _triage_changes(type, priority, alarm_level)
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    asked = {"incident": incident_id, **changes}
    with writing(stamp, "incident.triaged", asked) as entry:
        if not entry.replayed:
            one = lock_incident(incident_id, town_key=town_key)
            state = IncidentState(one.state)
            if state not in OPEN_STATES or state in QUEUED_STATES:
                changes |= {"state": next_state(state, "triage").value}
            change_incident(one, triaged_at=one.triaged_at or at, **changes)
            entry.record(subject=f"incident:{one.pk}", fields=sorted(changes))
    return incident_row(incident_id, town_key=town_key)


@in_words
def add_note(
    incident_id: int,
    *,
    town_key: str,
    text: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> IncidentRow:
    """Add a note, sealed. A crew adds notes to its own incident only."""
    check_may(actor, "add_note")
    check_texts({"note": text})
    if not text.strip():
        raise BadInput(_("The note is empty."))
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "incident.noted", {"incident": incident_id, "text": text}) as entry:
        if not entry.replayed:
            one = lock_incident(incident_id, town_key=town_key)
            check_crew_is_on(actor, one)
            check_takes_words(one)
            change_incident(one)
            seal_texts(entry, one, {"note": text}, stamp, action="incident.noted")
    return incident_row(incident_id, town_key=town_key)


@in_words
def close_incident(
    incident_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    result_code: str = "",
) -> IncidentRow:
    """Close with a result; units still out are free again, save those with a patient aboard.

    Its point stays until it is sealed.
    """
    check_may(actor, "close_incident")
    return _end(
        incident_id,
        "close",
        _result(result_code or "resolved", ends="closed"),
        Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def cancel_incident(
    incident_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    result_code: str = "",
) -> IncidentRow:
    """Cancel before a crew is there; units on the way are recalled."""
    check_may(actor, "cancel_incident")
    return _end(
        incident_id,
        "cancel",
        _result(result_code or "called_off", ends="cancelled"),
        Stamp(town_key, actor, at, recorded_at, client_key),
    )


@in_words
def reopen_incident(
    incident_id: int,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> IncidentRow:
    """Open a closed or cancelled incident again: it waits in the queue as one sorted already."""
    check_may(actor, "reopen_incident")
    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    with writing(stamp, "incident.reopened", {"incident": incident_id}) as entry:
        if not entry.replayed:
            one = lock_incident(incident_id, town_key=town_key)
            target = next_state(IncidentState(one.state), "reopen")
            if not IncidentPlace.objects.filter(incident=one).exists():
                raise Refused(
                    _("Its place was sealed after closing; take a new incident instead."),
                    code="place_sealed",
                )
            change_incident(one, state=target.value, closed_at=None, result_code="", requeued_at=at)
            entry.record(subject=f"incident:{one.pk}", fields=["state", "result_code"])
    return incident_row(incident_id, town_key=town_key)


def _end(incident_id: int, action: str, result_code: str, stamp: Stamp) -> IncidentRow:
    name = {"close": "incident.closed", "cancel": "incident.cancelled"}[action]
    asked = {"incident": incident_id, "result_code": result_code}
    with writing(stamp, name, asked) as entry:
        if not entry.replayed:
            one = lock_incident(incident_id, town_key=stamp.town_key)
            target = next_state(IncidentState(one.state), action)
            freed = _free_units(one, at=stamp.at, recalled=action == "cancel")
            change_incident(
                one,
                state=target.value,
                closed_at=stamp.at,
                result_code=result_code,
                requeued_at=None,
            )
            entry.record(
                subject=f"incident:{one.pk}",
                about=[f"unit:{ident}" for ident in freed],
                fields=["state", "closed_at", "result_code"],
                reason_code=result_code,
            )
    return incident_row(incident_id, town_key=stamp.town_key)


def _free_units(one: Incident, *, at: datetime, recalled: bool) -> list[str]:
    """Free the units that are still out, and name them.

    A unit that has someone aboard stays as it is, or the next call would be given to it.
    """
    freed = []
    for sent in Assignment.objects.select_related("unit").filter(
        incident=one, cleared_at__isnull=True
    ):
        state = UnitState.objects.get(unit_id=sent.unit_id)
        if UnitStatus(state.status) in CARRYING_STATUSES:
            continue
        arrived = sent.on_scene_at is not None
        clear(sent, at=at, outcome="completed" if arrived else _not_arrived(recalled=recalled))
        change_state(state, status=UnitStatus.AVAILABLE.value, since=at, incident=None)
        freed.append(sent.unit.ident)
    return freed


def _not_arrived(*, recalled: bool) -> str:
    return "recalled" if recalled else "not_needed"


def _type(code: str) -> IncidentType:
    known = incident_catalogue().types.get(code)
    if known is None:
        raise BadInput(
            _("“{type}” is no incident type; give one of: {known}.").format(
                type=code[:40], known=", ".join(incident_catalogue().types)
            )
        )
    return known


def _check_point(lon: float, lat: float) -> None:
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadInput(_("A place is longitude -180 to 180, then latitude -90 to 90."))


def _priority(given: int | None, *, default: int) -> int:
    if given is None:
        return default
    if given not in (1, 2, 3, 4):
        raise BadInput(_("A priority is 1 (most urgent) to 4."))
    return given


def _triage_changes(
    type: str | None, priority: int | None, alarm_level: int | None
) -> dict[str, object]:
    changes: dict[str, object] = {}
    if type is not None:
        changes |= {"type": type, "priority": _priority(priority, default=_type(type).priority)}
    elif priority is not None:
        changes["priority"] = _priority(priority, default=priority)
    if alarm_level is not None:
        if not 1 <= alarm_level <= HIGHEST_ALARM_LEVEL:
            raise BadInput(_("An alarm level is 1 to {most}.").format(most=HIGHEST_ALARM_LEVEL))
        changes["alarm_level"] = alarm_level
    return changes


def _result(code: str, *, ends: str) -> str:
    known = incident_catalogue().results
    if code not in known or known[code].ends != ends:
        fitting = [one.code for one in known.values() if one.ends == ends]
        raise BadInput(
            _("“{code}” is no result here; give one of: {known}.").format(
                code=code[:40], known=", ".join(fitting)
            )
        )
    return code


def _town_and_place(
    town_key: str, *, lon: float, lat: float, at: datetime
) -> tuple[TownRow, dict[str, object]]:
    """Give the town and the street at a point, where the town has roads."""
    if not places.has_roads(town_key):
        return places.town(town_key), {}
    state = places.town_state(town_key)
    roads = places.network_of(state, at=at)
    snap = places.snap_asked(roads, LonLat(lon, lat))
    name = roads.graph.names[int(roads.graph.seg_name[snap.segment])]
    return state.town, {"segment": snap.segment, "snap_m": snap.distance_m, "street": name[:160]}
