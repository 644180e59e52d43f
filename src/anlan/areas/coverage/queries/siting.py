"""Where a town's posts should stand: road times, the engine's models, and cover before and after.

Sites are the posts that stand and one junction in each cell with streets; demand is calls at block
midpoints, or people, gathered where they are very many. Coverage before and after is measured at
all places, not at those gathered.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import h3
import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.covering import answer
from anlan.areas.coverage.queries.demand import Points
from anlan.areas.coverage.queries.reach import Field, field, measure
from anlan.areas.coverage.queries.rows import Asked, Before, Coverage, Speeds
from anlan.areas.coverage.queries.speeds import speeds
from anlan.areas.coverage.rules.coverage import MINUTES
from anlan.areas.coverage.rules.siting import SitingAsked, check_siting
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries import PostRow
from anlan.kernel.places.queries.state import TownState, town_state
from anlan.kernel.values import BadInput, Refused

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph, RoadNetwork
    from anlan.engine.siting import Model, SitingResult

F8 = npt.NDArray[np.float64]
Stop = Callable[[], bool]

#: demands and sites, at most: for models with a search of their own, and for those that HiGHS alone
#: solves, which would look at its clock too seldom with more
MOST = (2_500, 1_500)
MOST_BY_HIGHS = (900, 400)
BY_HIGHS = frozenset({"backup", "mexclp", "dsm"})
NEAR_M = 250.0
"""No new post stands so near to a place that is forbidden, nor to a post that stands."""


@dataclass(frozen=True, slots=True)
class Site:
    """A post of the answer: "kept", "new" or "dropped" (given up), with how many units there."""

    state: str
    name: str
    ref: str | None
    lon: float
    lat: float
    units: int


@dataclass(frozen=True, slots=True, eq=False)
class SitingAnswer:
    """The sites, the model's value, and what is proven; cover before and after.

    `value` and `bound` are in the model's own unit, `unit`: "calls" or "people" covered, "seconds"
    on average (p-median) or at most (p-center), "posts" (lscp). `gap` is None without a bound.
    """

    asked: SitingAsked
    seed: int
    sites: tuple[Site, ...]
    value: float
    bound: float | None
    unit: str
    of: float
    optimal: bool
    gap: float | None
    sense: str
    method: str
    candidates: int
    demands: int
    before: Coverage
    after: Coverage


@dataclass(frozen=True, slots=True, eq=False)
class _Ground:
    """What the engine is given: sites, demands and the seconds between them."""

    points: Points
    sites: tuple[PostRow, ...]
    seconds: F8
    existing: int
    forbidden: tuple[int, ...]


def site(town_key: str, asked: SitingAsked, *, at: datetime, seed: int, stop: Stop) -> SitingAnswer:
    """Choose posts of a kind by a model; ends with a proof, or when `stop()` says so.

    Raises BadInput for a question that has no meaning here, Refused (no_such_siting) where no
    choice keeps the model's conditions.
    """
    check_siting(asked)
    places.town(town_key)
    state = town_state(town_key)
    network = places.network_of(state, at=at)
    found = field(state, kind=asked.kind, network=network)
    pace = speeds(state, network=network)
    ground = _ground(network, found, asked, pace)
    result = _solve(ground, asked, seed=seed, stop=stop)
    sites = _sites(ground, result, keep=asked.keep)
    return _answer(state, network, found, pace, ground, result, sites, asked=asked, seed=seed)


def _ground(network: RoadNetwork, found: Field, asked: SitingAsked, pace: Speeds) -> _Ground:
    points = found.calls.points if asked.weights == "calls" else found.ground.people
    if not len(points):
        sentence = (
            _("The log holds no call that counts for this kind; judge by people.")
            if asked.weights == "calls"
            else _("How many people live where is not known.")
        )
        raise BadInput(sentence)
    most_demands, most_sites = MOST_BY_HIGHS if asked.model in BY_HIGHS else MOST
    points = gather(points, most=most_demands)
    new = _junctions(network.graph, found, most=most_sites)
    sites = (*found.posts, *new)
    forbidden = [
        len(found.posts) + place
        for place, one in enumerate(new)
        if any(_metres(one, place_.lon, place_.lat) < NEAR_M for place_ in asked.forbid)
    ]
    snaps = network.snap_many([one.lon for one in sites], [one.lat for one in sites])
    targets = network.snap_many(points.lon, points.lat)
    free = network.with_closures(())
    toward = asked.kind == "hospital"
    times = free.matrix(targets, snaps) if toward else free.matrix(snaps, targets).T
    factor, fixed_s = _pace(pace, asked.hour)
    seconds = np.ascontiguousarray(fixed_s + factor * times / free.factor)
    return _Ground(points, sites, seconds, len(found.posts), tuple(forbidden))


def _pace(pace: Speeds, hour: int | None) -> tuple[float, float]:
    """Give factor and fixed seconds of an hour, or the means of the day."""
    rows = pace.hours if hour is None else pace.hours[hour : hour + 1]
    return float(np.mean([one.factor for one in rows])), float(np.mean([r.fixed_s for r in rows]))


def gather(points: Points, *, most: int) -> Points:
    """Put points together by cell, ever larger ones until they are few; weights add up.

    A cell's point is that of its heaviest place, so that it lies on a street.
    """
    resolution = 11
    lon, lat, weight = points.lon, points.lat, points.weight
    while len(lon) > most and resolution > 6:
        resolution -= 1
        cells = [
            h3.latlng_to_cell(y, x, resolution)
            for x, y in zip(points.lon.tolist(), points.lat.tolist(), strict=True)
        ]
        member = np.unique(cells, return_inverse=True)[1].ravel()
        order = np.lexsort((-points.weight, member))
        first = order[np.searchsorted(member[order], np.arange(member.max() + 1))]
        lon, lat = points.lon[first], points.lat[first]
        weight = np.asarray(np.bincount(member, weights=points.weight), np.float64)
    cell = tuple(
        h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)
    )
    return Points(lon=lon, lat=lat, weight=weight, cell=cell)


def _junctions(graph: RoadGraph, found: Field, *, most: int) -> tuple[PostRow, ...]:
    """Give one junction for each cell with streets, the nearest to its middle; few enough."""
    main = np.flatnonzero(graph.main)
    lon, lat = graph.node_lon[main], graph.node_lat[main]
    resolution = 9
    while True:
        nearest: dict[str, tuple[float, int]] = {}
        for node, x, y in zip(main.tolist(), lon.tolist(), lat.tolist(), strict=True):
            cell = h3.latlng_to_cell(y, x, resolution)
            mid_lat, mid_lon = h3.cell_to_latlng(cell)
            away = (x - mid_lon) ** 2 * np.cos(np.radians(y)) ** 2 + (y - mid_lat) ** 2
            if cell not in nearest or (away, node) < nearest[cell]:
                nearest[cell] = (float(away), node)
        if len(nearest) <= most or resolution <= 5:
            break
        resolution -= 1
    names = _corners(graph, [node for _away, node in nearest.values()])
    rows = [
        PostRow(
            id=-1 - place,
            ident=f"+{place + 1}",
            kind=found.posts[0].kind if found.posts else "",
            name=names[node],
            lon=float(graph.node_lon[node]),
            lat=float(graph.node_lat[node]),
            made_up=False,
        )
        for place, (_cell, (_away, node)) in enumerate(sorted(nearest.items()))
    ]
    return tuple(
        one for one in rows if all(_metres(one, p.lon, p.lat) >= NEAR_M for p in found.posts)
    )


def _corners(graph: RoadGraph, nodes: list[int]) -> dict[int, str]:
    """Name junctions by the streets that meet there: "5th St / Folsom St"."""
    wanted = set(nodes)
    met: dict[int, list[str]] = {node: [] for node in nodes}
    for ends in (graph.seg_from, graph.seg_to):
        for segment in np.flatnonzero(np.isin(ends, list(wanted))).tolist():
            name = graph.names[int(graph.seg_name[segment])]
            here = met[int(ends[segment])]
            if name and name not in here:
                here.append(name)
    return {node: " / ".join(sorted(names)[:2]) for node, names in met.items()}


def _metres(one: PostRow, lon: float, lat: float) -> float:
    east = (one.lon - lon) * np.cos(np.radians(lat))
    return float(np.hypot(east, one.lat - lat) * 111_195.0)


def _solve(ground: _Ground, asked: SitingAsked, *, seed: int, stop: Stop) -> SitingResult:
    from anlan.engine.siting import NoSuchSiting, SitingProblem, UnusableSiting, solve

    try:
        problem = SitingProblem(
            ground.seconds,
            weights=ground.points.weight,
            existing=tuple(range(ground.existing)) if asked.keep else (),
            forbidden=ground.forbidden,
        )
        return solve(problem, model_of(asked, ground.existing), seed=seed, stop=stop)
    except UnusableSiting as error:
        raise BadInput(
            _(
                "That many posts can't be sited here: {posts} stand, {places} places are open."
            ).format(
                posts=ground.existing,
                places=len(ground.sites) - ground.existing - len(ground.forbidden),
            )
        ) from error
    except NoSuchSiting as error:
        raise Refused(
            _("No choice of posts keeps these conditions; allow more minutes or more posts."),
            code="no_such_siting",
        ) from error


def warm_siting(*, progress: Callable[[str, float], None] | None = None) -> None:
    """Compile all that a search runs on: within a planner's first, it would hold up the desk."""
    from anlan.engine.siting.warming import warm

    warm(progress=progress)


def model_of(asked: SitingAsked, existing: int) -> Model:
    """Give the engine's model for a question; minutes become seconds."""
    from anlan.engine import siting

    count = asked.total if asked.add is None else existing + asked.add
    p = count or 0
    near = asked.minutes[0] * 60.0
    makers: dict[str, Callable[[], Model]] = {
        "p-median": lambda: siting.PMedian(p),
        "p-center": lambda: siting.PCenter(p),
        "lscp": lambda: siting.SetCovering(near),
        "mclp": lambda: siting.MaximalCovering(p, radius=near),
        "backup": lambda: siting.BackupCovering(p, radius=near, first_share=0.5),
        "mexclp": lambda: siting.ExpectedCovering(p, radius=near, busy=asked.busy),
        "dsm": lambda: siting.DoubleStandard(
            p, near=near, far=asked.minutes[-1] * 60.0, share=0.9, per_site=2
        ),
    }
    return makers[asked.model]()


def _sites(ground: _Ground, result: SitingResult, *, keep: bool) -> tuple[Site, ...]:
    units = dict(zip(result.sites, result.units, strict=True))
    rows = []
    for place, one in enumerate(ground.sites):
        old = place < ground.existing
        if not old and place not in units:
            continue
        state = ("kept" if place in units else "dropped") if old else "new"
        rows.append(
            Site(
                state=state,
                name=one.name or one.ref,
                ref=one.ref if old else None,
                lon=round(one.lon, 6),
                lat=round(one.lat, 6),
                units=units.get(place, 0),
            )
        )
    order = {"new": 0, "dropped": 1, "kept": 2}
    return tuple(sorted(rows, key=lambda row: order[row.state]))


def _answer(
    state: TownState,
    network: RoadNetwork,
    found: Field,
    pace: Speeds,
    ground: _Ground,
    result: SitingResult,
    sites: tuple[Site, ...],
    *,
    asked: SitingAsked,
    seed: int,
) -> SitingAnswer:
    chosen = tuple(ground.sites[place] for place in result.sites)
    weight = float(ground.points.weight.sum())
    share = weight if asked.model == "p-median" else 1.0  # its seconds are said as a mean
    value, bound = result.value / share, _bound(result, share, weight)
    return SitingAnswer(
        asked=asked,
        seed=seed,
        sites=sites,
        value=value,
        bound=bound,
        unit=_unit(asked),
        of=weight,
        optimal=result.optimal,
        gap=_gap(value, bound),
        sense=result.sense,
        method=result.method,
        candidates=len(ground.sites) - len(ground.forbidden),
        demands=len(ground.points),
        before=_cover(state, network, found, pace, asked),
        after=_cover(
            state,
            network,
            measure(network, chosen, land=found.ground, calls=found.calls, kind=asked.kind),
            pace,
            asked,
        ),
    )


def _bound(result: SitingResult, share: float, weight: float) -> float | None:
    """Give what is proven; where that is nothing, no more than all can be covered."""
    bound = result.bound
    if result.sense == "max":
        return weight if bound is None else min(bound, max(weight, result.value))
    return bound / share if bound is not None and np.isfinite(bound) else None


def _gap(value: float, bound: float | None) -> float | None:
    """Give how far the best possible can lie from the value, as a share of the greater."""
    if bound is None:
        return None
    most = max(abs(value), abs(bound))
    return abs(value - bound) / most if most else 0.0


def _unit(asked: SitingAsked) -> str:
    return {"p-median": "seconds", "p-center": "seconds", "lscp": "posts"}.get(
        asked.model, asked.weights
    )


def _cover(
    state: TownState, network: RoadNetwork, found: Field, pace: Speeds, asked: SitingAsked
) -> Coverage:
    minutes = tuple(sorted({*asked.minutes, *MINUTES}))
    question = Asked(
        kind=asked.kind, minutes=minutes, hour=asked.hour, gap_minutes=asked.minutes[0]
    )
    return answer(
        state,
        found,
        asked=question,
        speeds=pace,
        before=Before(),
        on=np.ones((24, len(found.posts)), bool),
        seen=np.full(len(found.calls), np.nan),
        graph=network.graph,
    )
