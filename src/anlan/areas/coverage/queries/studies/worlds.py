"""From a town and a scenario to what the engine simulates: places, units, rules, calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

import h3
import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.studies.ground import Ground, type_priorities
from anlan.areas.coverage.queries.studies.moves import move_up_of, moves_up, moving_kind
from anlan.areas.coverage.rules.deployments import (
    Deployment,
    StandingPost,
    StandingUnit,
    deploy,
)
from anlan.areas.coverage.rules.scenarios import RoadClosure, Roads, Scenario
from anlan.engine.roads import Closure, Snap
from anlan.engine.simulation.log import CallLog, Log, ResponseLog, Units
from anlan.engine.simulation.logged import Chance, TripModel
from anlan.engine.simulation.replay import CoverRule
from anlan.engine.simulation.stream import CallStream, stream_from_log
from anlan.engine.simulation.world import Fleet, Policy, World
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.models import DutyPeriod
from anlan.kernel.values import BadInput, LonLat

F8 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

MOST_CALL_PLACES = 4000
"""More places of calls than this are gathered to cells, so that the times fit into memory."""
FINEST, COARSEST = 12, 8


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """All places of a study: calls' first, then hospitals, posts of all scenarios, own points."""

    lon: F8
    lat: F8
    of_call: Index
    hospitals: Index
    of_post: dict[str, int]
    of_unit: dict[str, int]
    gathered: bool


@dataclass(frozen=True, slots=True, eq=False)
class Built:
    """A scenario ready to run, but for what chance draws into its calls."""

    scenario: Scenario
    deployment: Deployment
    world: World
    fleet: Fleet
    policy: Policy
    calls: CallStream  # the log's own
    home: tuple[str, ...]  # [unit] the post's reference, or "" for a point of its own


def deployment_of(ground: Ground, scenario: Scenario) -> Deployment:
    """Apply a scenario to the town's posts and units; ScenarioFault where it can't be."""
    now = ground.network.with_closures(())

    def nearest(here: LonLat, there: Sequence[LonLat]) -> int:
        snaps = ground.network.snap_many([one.lon for one in there], [one.lat for one in there])
        return int(np.argmin(now.times_from(ground.network.snap(here.lon, here.lat), snaps)))

    return deploy(
        scenario,
        posts=[
            StandingPost(one.ref, one.kind, LonLat(one.lon, one.lat), one.name)
            for one in ground.posts
        ],
        units=[StandingUnit(one.ident, one.kind, one.post or "") for one in ground.units],
        kinds=unit_catalogue().kinds,
        nearest=nearest,
    )


def spots_of(ground: Ground, deployments: Sequence[Deployment]) -> Spots:
    """Gather the places that any of the scenarios needs, each once."""
    log = ground.log
    lon, lat, of_call, gathered = _call_places(log.lon, log.lat)
    lons, lats = [*lon.tolist()], [*lat.tolist()]
    of_post: dict[str, int] = {}
    standing = {one.ref for one in ground.posts}
    for one in (post for plan in deployments for post in plan.posts):
        if one.ref not in of_post:
            if one.ref not in standing:
                places.snap_asked(ground.network, one.at)
            of_post[one.ref] = len(lons)
            lons.append(one.at.lon)
            lats.append(one.at.lat)
    of_unit: dict[str, int] = {}
    for unit in ground.units:
        if unit.post is None and unit.lon is not None and unit.lat is not None:
            of_unit[unit.ident] = len(lons)
            lons.append(unit.lon)
            lats.append(unit.lat)
    hospitals = [
        of_post[one.ref] for one in ground.posts if one.kind == "hospital" and one.ref in of_post
    ]
    return Spots(
        lon=np.array(lons),
        lat=np.array(lats),
        of_call=of_call,
        hospitals=np.array(sorted(hospitals), np.intp),
        of_post=of_post,
        of_unit=of_unit,
        gathered=gathered,
    )


def _call_places(lon: F8, lat: F8) -> tuple[F8, F8, Index, bool]:
    """Give the calls' own points; where there are too many, the middles of cells stand for them."""
    points: F8 = np.round(np.column_stack([lon, lat]), 6).astype(np.float64)
    spots, of_call = np.unique(points, axis=0, return_inverse=True)
    resolution = FINEST
    while len(spots) > MOST_CALL_PLACES and resolution >= COARSEST:
        cells = [h3.latlng_to_cell(y, x, resolution) for x, y in points.tolist()]
        names, of_call = np.unique(np.array(cells), return_inverse=True)
        spots = np.array([h3.cell_to_latlng(str(one))[::-1] for one in names])
        resolution -= 1
    gathered = resolution < FINEST
    places_at = spots.astype(np.float64)
    return places_at[:, 0], places_at[:, 1], of_call.ravel().astype(np.intp), gathered


def travel_of(ground: Ground, spots: Spots, roads: Roads) -> F8:
    """Give free-flow seconds between all places with the scenario's streets closed."""
    network = ground.network
    snaps = network.snap_many(spots.lon, spots.lat)
    snapshot = network.with_closures(_closures(ground, roads.close))
    closed = places.closed_segments(snapshot)
    listed: list[Snap] = [snaps[at] for at in range(len(spots.lon))]
    if closed:
        listed = [places.open_end(snapshot, one) for one in listed]  # type: ignore[arg-type]
    seconds: F8 = snapshot.matrix(listed, listed) / snapshot.factor
    np.fill_diagonal(seconds, 0.0)
    return seconds


def _closures(ground: Ground, asked: Sequence[RoadClosure]) -> tuple[Closure, ...]:
    graph = ground.network.graph
    segments: list[int] = []
    for one in asked:
        if one.at is not None:
            segments.append(places.snap_asked(ground.network, one.at).segment)
            continue
        named = [
            at for at, name in enumerate(graph.names) if name.casefold() == one.street.casefold()
        ]
        found = np.flatnonzero(np.isin(graph.seg_name, named)) if named else np.zeros(0, int)
        if not len(found):
            near = places.find_street(ground.town.key, one.street, limit=1)
            raise BadInput(
                _("The town has no street “{name}”{hint}.").format(
                    name=one.street, hint=f" ({near[0].label}?)" if near else ""
                )
            )
        segments += found.tolist()
    return tuple(Closure(one) for one in sorted(set(segments)))


def world_of(
    ground: Ground, spots: Spots, travel_s: F8, *, model: TripModel, roads: Roads
) -> World:
    """Give the engine's world; the fixed part of a trip stands in the calls' slots (draws.py)."""
    begins = ground.starts_at
    return World(
        travel_s=travel_s,
        hospitals=spots.hospitals,
        factor=_factors(model, roads),
        starts_at_hour_of_week=begins.weekday() * 24 + begins.hour + begins.minute / 60,
    )


def with_model(world: World, model: TripModel, *, roads: Roads) -> World:
    """Give the same places under another model of trips."""
    other = replace(world, factor=_factors(model, roads))
    # The whole milliseconds of millions of pairs don't hang on the factors: made once for all.
    other.__dict__["ms_to"] = world.ms_to
    return other


def _factors(model: TripModel, roads: Roads) -> F8:
    """Give the factors by class and hour; class 0, moves to no call, goes by the classes' mean."""
    slowed = model.factor / roads.speed_factor
    return np.vstack([slowed.mean(axis=0), slowed])


def build(
    ground: Ground, spots: Spots, plan: Deployment, world: World, *, scenario: Scenario
) -> Built:
    """Give a scenario's fleet, policy and calls (the log's own) in its world."""
    areas = places.cover_areas(_standing(ground, plan))
    fleet = _fleet(ground, spots, plan, scenario, {one.post: at for at, one in enumerate(areas)})
    calls = stream_of(ground, spots, fleet)
    moves = move_up_of(
        scenario.move_up,
        world=world,
        fleet=fleet,
        calls=calls,
        before_s=ground.model.fixed_s,
        times=ground.times,
    )
    if moves is not None:
        kind = moving_kind(scenario.move_up, fleet, calls)
        fleet = replace(fleet, moves_up=moves_up(kind, fleet))
    policy = Policy(
        dispatch=scenario.policy.dispatch,
        cover=tuple(CoverRule(one.key, one.label, one.capability, one.keep) for one in areas),
        cover_penalty_s=scenario.policy.cover_penalty_s,
        move_up=moves,
    )
    home = tuple(one.post if one.post in spots.of_post else "" for one in plan.units)
    return Built(scenario, plan, world, fleet, policy, calls, home)


def _standing(ground: Ground, plan: Deployment) -> tuple[places.PostRow, ...]:
    """Give the open posts; a new one is first due for an area like any other."""
    rows = {one.ref: one for one in ground.posts}
    return tuple(
        rows.get(one.ref)
        or places.PostRow(
            id=0,
            ident=one.ref.split(" ", 1)[1],
            kind=one.kind,
            name=one.label,
            lon=one.at.lon,
            lat=one.at.lat,
            made_up=False,
        )
        for one in plan.posts
    )


def _fleet(
    ground: Ground, spots: Spots, plan: Deployment, scenario: Scenario, area: dict[str, int]
) -> Fleet:
    rows = {one.ident: one for one in ground.units}
    kinds = unit_catalogue().kinds
    post = [spots.of_post.get(u.post, spots.of_unit.get(u.ident, -1)) for u in plan.units]
    return Fleet(
        keys=tuple(one.ident for one in plan.units),
        kind=tuple(f"kind:{one.kind}" for one in plan.units),
        capabilities=tuple(
            frozenset(
                {
                    f"kind:{one.kind}",
                    *(rows[one.ident] if one.ident in rows else kinds[one.kind]).capabilities,
                }
            )
            for one in plan.units
        ),
        post=np.array(post, np.intp),
        duty=_duty(ground, plan, scenario),
        area=np.array([area.get(one.post, -1) for one in plan.units], np.intp),
    )


def _duty(ground: Ground, plan: Deployment, scenario: Scenario) -> list[F8]:
    """Give each unit's spans on duty, in seconds from the start."""
    entered = _entered(ground, inferred=scenario.units.duty == "log")
    rows = {one.ident: one for one in ground.units}
    spans = []
    for unit in plan.units:
        row = rows.get(unit.ident)
        if unit.hours is not None:
            spans.append(_daily(ground, [(one.on_min, one.off_min) for one in unit.hours]))
        elif unit.ident in entered:
            spans.append(ground.since_start(np.array(entered[unit.ident])))
        elif row is not None and row.on_time is not None and row.off_time is not None:
            spans.append(_daily(ground, [(_minutes(row.on_time), _minutes(row.off_time))]))
        else:
            spans.append(np.array([[-np.inf, np.inf]]))
    return spans


def _entered(ground: Ground, *, inferred: bool) -> dict[str, list[tuple[float, float]]]:
    """Give the duty periods that somebody entered, with the inferred ones where these count."""
    periods = DutyPeriod.objects.filter(unit__town__key=ground.town.key).order_by("starts_at")
    if not inferred:
        periods = periods.filter(inferred=False)
    spans: dict[str, list[tuple[float, float]]] = {}
    for ident, begins, ends in periods.values_list("unit__ident", "starts_at", "ends_at"):
        spans.setdefault(ident, []).append((begins.timestamp(), ends.timestamp()))
    return spans


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _daily(ground: Ground, hours: Sequence[tuple[int, int]]) -> F8:
    """Give daily hours as spans over the period and the day before; equal hours are all day."""
    zone = ground.starts_at.tzinfo
    rows = []
    for on_min, off_min in hours:
        for number in range(-1, ground.days):
            day = ground.starts_at.date() + timedelta(days=number)
            until = day if off_min > on_min else day + timedelta(days=1)
            rows.append([_clock(day, on_min, zone), _clock(until, off_min, zone)])
    return ground.since_start(np.array(rows, np.float64))


def _clock(day: date, minutes: int, zone: object) -> float:
    days, rest = divmod(minutes, 24 * 60)
    at = datetime.combine(day + timedelta(days=days), time(rest // 60, rest % 60))
    return at.replace(tzinfo=zone).timestamp()  # type: ignore[arg-type]


def chance_of(scenario: Scenario, *, times: int = 1) -> Chance:
    """Give what a scenario leaves to chance; the calls hold `times` as many as the period has."""
    return Chance(
        source=scenario.calls.source,
        scale=scenario.calls.scale / times,
        turnout_scale=scenario.turnout.scale,
        turnout_more_s=scenario.turnout.more_s,
        breakdowns_a_year=scenario.breakdowns.per_unit_year,
        breakdown_h=scenario.breakdowns.hours,
    )


def stream_of(ground: Ground, spots: Spots, fleet: Fleet) -> CallStream:
    """Give the log's own calls as the engine takes them: its needs, its spells, its moments.

    A pool's calls have the needs and spells that were drawn for them.
    """
    log = ground.log
    if ground.pool is not None:
        return replace(
            ground.pool.stream,
            place=spots.of_call,
            trip_class=(ground.rank + 1).astype(np.intp),
        )
    types = sorted(set(log.types))
    units = Units(
        keys=tuple(one.ident for one in log.units),
        kind=tuple(f"kind:{one.kind}" for one in log.units),
        capabilities=tuple(frozenset({f"kind:{one.kind}"}) for one in log.units),
        post=np.full(len(log.units), -1, np.intp),
        start=np.full(len(log.units), -1, np.intp),
        duty=[np.zeros((0, 2))] * len(log.units),
    )
    since = ground.since_start
    stream = stream_from_log(
        Log(
            calls=CallLog(
                received_s=since(log.received_s),
                point=spots.of_call,
                kind=np.array([types.index(one) for one in log.types], np.intp),
                priority=type_priorities(log.types),
            ),
            responses=ResponseLog(
                call=log.call.astype(np.intp),
                unit=log.unit.astype(np.intp),
                dispatch_s=since(log.dispatched_s),
                en_route_s=since(log.en_route_s),
                on_scene_s=since(log.on_scene_s),
                transport_s=since(log.transporting_s),
                hospital_s=since(log.at_hospital_s),
                available_s=since(log.available_s),
            ),
            units=units,
            hospitals=spots.hospitals,
        ),
        trip_class=(ground.rank + 1).astype(np.intp),
    )
    number = {key: at for at, key in enumerate(fleet.keys)}
    of_fleet = np.array([number.get(one.ident, -1) for one in log.units], np.intp)
    assert stream.logged_unit is not None
    return replace(stream, logged_unit=of_fleet[stream.logged_unit])
