"""Which units to send to a place, and why each: the engine's answer, put into words.

One small query tells whether anything changed; the rest stands in memory. No query for each unit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.dispatch.models import Incident, RunCard, RunCardChange
from anlan.areas.dispatch.queries import fleet as fleets
from anlan.areas.dispatch.queries.rows import MissingNeed, Recommendation
from anlan.areas.dispatch.queries.shown import remember_plans
from anlan.areas.dispatch.queries.words import (
    missing_sentence,
    not_sent_rows,
    off_road_sentence,
    one_language,
    plan_rows,
)
from anlan.areas.dispatch.rules import Card, CardNeed, default_cards, incident_catalogue
from anlan.areas.dispatch.rules.catalogue import HIGHEST_ALARM_LEVEL
from anlan.areas.dispatch.rules.changes import card_of_data, in_effect
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries import TownRow, TownState
from anlan.kernel.values import BadInput, LonLat, Refused

if TYPE_CHECKING:
    from anlan.engine.assignment import AssignmentProblem, AssignmentResult
    from anlan.engine.roads import RoadNetwork, Snap

COVER_PENALTY_S = 120.0
DIVERT_PENALTY_S = 300.0
OFF_ROAD_M = 150.0
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Call:
    """What is asked: where, which needs, how grave, and who is there already."""

    lon: float
    lat: float
    needs: tuple[CardNeed, ...]
    priority: int
    incident: int = 0


def recommend(
    town_key: str,
    *,
    lon: float,
    lat: float,
    type: str,
    at: datetime,
    alarm_level: int = 1,
    alternatives: int = 2,
) -> Recommendation:
    """Recommend units for a type at a place; what is asked for is the run card's alarm level."""
    known = incident_catalogue().types.get(type)
    if known is None:
        raise BadInput(
            _("“{type}” is no incident type; give one of: {known}.").format(
                type=type[:40], known=", ".join(incident_catalogue().types)
            )
        )
    if not 1 <= alarm_level <= HIGHEST_ALARM_LEVEL:
        raise BadInput(_("An alarm level is 1 to {most}.").format(most=HIGHEST_ALARM_LEVEL))
    state = places.town_state(town_key)
    needs = _card_of(state, type, at=at).needs(alarm_level)
    call = _Call(lon, lat, needs, known.priority)
    found, _plans = _recommend(state, call, at=at, alternatives=alternatives)
    return replace(found, type=type, alarm_level=alarm_level)


def recommend_for(
    incident_id: int, *, town_key: str, at: datetime, alternatives: int = 2
) -> Recommendation:
    """Recommend units for an incident: its run card less what is on it already."""
    one = (
        Incident.objects.filter(pk=incident_id, town__key=town_key).select_related("place").first()
    )
    if one is None:
        raise Refused(_("There is no such incident in this town."), code="no_such_incident")
    place = getattr(one, "place", None)
    if place is None:
        raise Refused(
            _("Its place was sealed after closing, so no unit can be recommended."),
            code="place_sealed",
        )
    state = places.town_state(town_key)
    needs = _card_of(state, one.type, at=at).needs(one.alarm_level)
    call = _Call(place.lon, place.lat, needs, one.priority, incident=one.pk)
    found, plans = _recommend(state, call, at=at, alternatives=alternatives)
    remember_plans(one.pk, plans)
    return replace(found, type=one.type, alarm_level=one.alarm_level, incident=one.pk)


def run_card(town_id: int, type: str, *, at: datetime) -> Card:
    """Give a town's run card for a type at a time: an urgent one, its own, or the shipped one."""
    for begins, card in _urgent_cards(town_id):
        if card.type == type and in_effect(urgent=True, proposed_at=begins, at=at):
            return card
    return _agreed_card(town_id, type)


def _urgent_cards(town_id: int) -> list[tuple[datetime, Card]]:
    """Give the cards of urgent changes that nobody decided yet, the newest first."""
    waiting = RunCardChange.objects.filter(
        town_id=town_id, urgent=True, decided_at__isnull=True
    ).order_by("-proposed_at", "-pk")
    return [(one.proposed_at, card_of_data(each)) for one in waiting for each in one.cards]


def _agreed_card(town_id: int, type: str) -> Card:
    own = RunCard.objects.filter(town_id=town_id, type=type).order_by("alarm_level")
    levels = tuple(
        tuple(CardNeed(line["capability"], line["count"]) for line in needs)
        for needs in own.values_list("needs", flat=True)
    )
    return Card(type, levels) if levels else default_cards()[type]


@dataclass(frozen=True, slots=True)
class _Cards:
    """Run cards looked up so far, for one epoch of a town's state."""

    epoch: object
    by_type: dict[str, Card]
    urgent: list[tuple[datetime, Card]]


_cards: dict[str, _Cards] = {}


def _card_of(state: TownState, type: str, *, at: datetime) -> Card:
    """Give a run card, from memory while nothing of the town has changed."""
    held = _cards.get(state.town.key)
    if held is None or held.epoch is not state.epoch:
        held = _Cards(state.epoch, {}, _urgent_cards(state.town.id))
        _cards[state.town.key] = held
    for begins, card in held.urgent:
        if card.type == type and in_effect(urgent=True, proposed_at=begins, at=at):
            return card
    if type not in held.by_type:
        held.by_type[type] = _agreed_card(state.town.id, type)
    return held.by_type[type]


def _recommend(
    state: TownState, call: _Call, *, at: datetime, alternatives: int
) -> tuple[Recommendation, tuple[frozenset[str], ...]]:
    from anlan.engine.assignment import solve

    started = time.perf_counter()
    network = places.network_of(state, at=at)
    held = fleets.fleet(state, network)
    find = places.snap_point if call.incident else places.snap_asked
    asked = find(network, LonLat(call.lon, call.lat))
    snap = places.open_end(network, asked)
    with held.lock:
        problem, left = _problem(held, state.town, call, network, snap, at)
    if problem is None:
        return _nobody_needed(started), ()
    result = solve(problem, alternatives=alternatives)
    plans = (result.best, *result.alternatives)
    notes = []
    if asked.distance_m > OFF_ROAD_M:
        notes.append(off_road_sentence(asked.distance_m))
    if snap is not asked:
        notes.append(_("The street is closed there; times are to its open end."))
    with one_language():
        rows = plan_rows(plans, result, held) if result.best.units else ()
        missing, not_sent = _missing(result), not_sent_rows(result)
    found = Recommendation(
        type="",
        alarm_level=1,
        status=result.status,
        plans=rows,
        missing=missing,
        not_sent=not_sent,
        notes=tuple(notes),
        computed_ms=round((time.perf_counter() - started) * 1000, 3),
        needs=tuple((one.capability, one.count) for one in left),
    )
    return found, tuple(frozenset(u.key for u in plan.units) for plan in plans if plan.units)


def _nobody_needed(started: float) -> Recommendation:
    """Answer for an incident that has all that its run card asks for."""
    return Recommendation(
        type="",
        alarm_level=1,
        status="full",
        plans=(),
        missing=(),
        not_sent=(),
        notes=(_("All that the run card asks for is on this incident already."),),
        computed_ms=round((time.perf_counter() - started) * 1000, 3),
    )


def _problem(
    held: fleets.Fleet,
    town: TownRow,
    call: _Call,
    network: RoadNetwork,
    snap: Snap,
    at: datetime,
) -> tuple[AssignmentProblem | None, tuple[CardNeed, ...]]:
    from anlan.engine.assignment import AssignmentProblem, CandidateTable, CoverArea, Need

    left = _needs_left(held, call)
    if not left:
        return None, ()
    travel_s = network.times_to(snap, fleets.snaps_off_closed(held, network))
    placed = held.placed
    travel_s[~placed] = np.nan
    duty = held.on_duty(at, town.tz)
    free = fleets.free_mask(held) & duty
    diverting = _divertible(held, call) & duty
    state = np.where(diverting, "diverting", "free")
    blocked = _blocked(held, placed=placed, duty=duty, may_go=free | diverting)
    have = np.bincount(held.area[free & (held.area >= 0)], minlength=len(held.areas))
    table = CandidateTable(
        keys=held.keys,
        vocabulary=held.vocabulary,
        capability_bits=held.capability_bits,
        travel_s=travel_s,
        area=held.area,
        kinds=held.kinds,
        posts=held.posts,
        state=state,
        blocked=blocked,
    )
    areas = tuple(
        CoverArea(one.key, one.label, one.capability, one.keep, int(count))
        for one, count in zip(held.areas, have, strict=True)
    )
    partly = unit_catalogue().partly
    problem = AssignmentProblem(
        needs=tuple(
            Need(one.capability, one.count, partly.get(one.capability, ())) for one in left
        ),
        candidates=table,
        areas=areas,
        cover_penalty_s=COVER_PENALTY_S,
        divert_penalty_s=DIVERT_PENALTY_S,
    )
    return problem, left


def _divertible(held: fleets.Fleet, call: _Call) -> Bools:
    """Tell which units are on the way to a lesser incident."""
    on_the_way = (held.status == fleets.STATUS_INDEX["dispatched"]) | (
        held.status == fleets.STATUS_INDEX["en_route"]
    )
    lesser = (held.incident_priority > call.priority) & (held.incident != call.incident)
    return np.asarray(on_the_way & lesser)


def _blocked(
    held: fleets.Fleet, *, placed: Bools, duty: Bools, may_go: Bools
) -> npt.NDArray[np.str_]:
    """Say why each unit can't go, "" where it can; the first reason that holds."""
    codes = np.zeros(len(held.keys), "U14")
    codes[~may_go] = "busy"
    codes[~placed] = "no_position"
    codes[~duty] = "off_shift"
    codes[held.status == fleets.STATUS_INDEX["out_of_service"]] = "out_of_service"
    return codes


def _needs_left(held: fleets.Fleet, call: _Call) -> tuple[CardNeed, ...]:
    """Take what is on the incident already off the run card: each unit fills one line at most."""
    if not call.incident:
        return call.needs
    left = {one.capability: one.count for one in call.needs}
    for row in np.flatnonzero(held.incident == call.incident):
        bits = int(held.capability_bits[row])
        can = [name for place, name in enumerate(held.vocabulary) if bits >> place & 1]
        for name in can:
            if left.get(name, 0) > 0:
                left[name] -= 1
                break
    return tuple(CardNeed(name, count) for name, count in left.items() if count > 0)


def _missing(result: AssignmentResult) -> tuple[MissingNeed, ...]:
    return tuple(
        MissingNeed(need.capability, need.count, missing_sentence(need, result.reasons))
        for need in result.missing
    )
