"""Coverage as one question and one answer, kept until the town changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.demand import log_of
from anlan.areas.coverage.queries.gaps import gaps
from anlan.areas.coverage.queries.reach import (
    HOURS,
    Arrival,
    Clock,
    Field,
    Places,
    field,
    staffed,
)
from anlan.areas.coverage.queries.rows import (
    Asked,
    Band,
    Before,
    Coverage,
    DemandNote,
    HourShare,
    PostReach,
    Speeds,
)
from anlan.areas.coverage.queries.speeds import before, seen_s, speeds
from anlan.areas.coverage.rules import coverage as rules
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.kernel.places.queries.state import TownState, town_state
from anlan.kernel.values import BadInput

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph

Bools = npt.NDArray[np.bool_]
F8 = npt.NDArray[np.float64]
MOST_KEPT = 48

_kept: OrderedDict[tuple[object, ...], tuple[Field, Coverage]] = OrderedDict()
_lock = threading.Lock()


def coverage(
    town_key: str,
    *,
    at: datetime,
    kind: str = "fire",
    minutes: Sequence[int] = rules.MINUTES,
    hour: int | None = None,
    counted_from: str = "travel",
    unit_kinds: Sequence[str] = (),
    gap_minutes: int | None = None,
) -> Coverage:
    """Give who is reached within which minutes from the posts of a kind, all streets open.

    `hour` is local, None for the whole day: then each call counts at its own hour, people and area
    at the day's mean. Raises BadInput where the town has no roads or no such post.
    """
    asked = Asked(
        kind=rules.check_kind(kind),
        minutes=rules.check_minutes(minutes),
        hour=hour,
        counted_from=rules.check_counted_from(counted_from),
        unit_kinds=tuple(sorted(unit_kinds)),
        gap_minutes=gap_minutes,
    )
    if gap_minutes is not None:
        rules.check_minutes([gap_minutes])
    _check_unit_kinds(asked.unit_kinds)
    places.town(town_key)  # says so where there is no such town
    state = town_state(town_key)
    network = places.network_of(state, at=at)
    found = field(state, kind=kind, network=network)
    if not found.posts:
        raise BadInput(
            _("{town} has no post of the kind {kind}; import posts first.").format(
                town=state.town.name, kind=kind
            )
        )
    units = places.units(town_key) if asked.unit_kinds else ()
    key = (id(found), asked, units)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key][1]
    pace = speeds(state, network=network)
    wait = before(log_of(state), counted_from=counted_from)
    on = staffed(found.posts, units, unit_kinds=asked.unit_kinds)
    seen = seen_s(log_of(state), kind=kind, counted_from=counted_from)[found.calls.of_log]
    made = answer(
        state, found, asked=asked, speeds=pace, before=wait, on=on, seen=seen, graph=network.graph
    )
    with _lock:
        for old in [one for one, (was, told) in _kept.items() if _passed(was, told, found, made)]:
            del _kept[old]
        _kept[key] = (found, made)  # the field is held too, or its id could come to name another
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return made


def _passed(was: Field, told: Coverage, found: Field, made: Coverage) -> bool:
    """Say whether a kept answer is of a field that this one takes the place of."""
    return was is not found and (told.town, told.asked.kind) == (made.town, made.asked.kind)


def _check_unit_kinds(kinds: Sequence[str]) -> None:
    for one in kinds:
        if one not in unit_catalogue().kinds:
            raise BadInput(
                _("“{kind}” is no kind of unit; known are: {kinds}.").format(
                    kind=one, kinds=", ".join(unit_catalogue().kinds)
                )
            )


def answer(
    state: TownState,
    found: Field,
    *,
    asked: Asked,
    speeds: Speeds,
    before: Before,
    on: Bools,
    seen: F8,
    graph: RoadGraph,
) -> Coverage:
    """Work the whole answer out from a field; `on[hour, post]` says which post counts when.

    `seen[call]` is what the log saw, in seconds, NaN where it saw nothing.
    """
    clock = Clock(speeds, before_s=before.total_s, on=on)
    calls = clock.arrival_of_calls(found.at_calls, found.calls)
    area = clock.arrival(found.at_area, hour=asked.hour)
    people = clock.arrival(found.at_people, hour=asked.hour)
    counted = _counted(found, asked.hour)
    land, town = found.ground, state.town
    return Coverage(
        town=town.key,
        town_name=town.name,
        made_up=town.made_up,
        made_up_note=town.made_up_note,
        attribution=town.attribution,
        asked=asked,
        speeds=speeds,
        before=before,
        demand=_note(found, counted),
        bands=tuple(
            _band(
                one,
                found,
                calls=calls,
                people=people,
                area=area,
                counted=counted,
                seen=seen,
                expected=_expected(calls.first_s[counted], before, speeds, seconds=one * 60.0),
            )
            for one in asked.minutes
        ),
        hours=_by_hour(found, clock, calls, minutes=asked.minutes),
        posts=_posts(found, clock, asked, calls=calls, people=people, area=area, counted=counted),
        gaps=gaps(
            found,
            graph,
            calls=calls,
            people=people,
            area=area,
            counted=counted,
            limit_s=asked.limit * 60.0,
        ),
        cells=land.cells,
        cell_s=area.first_s,
    )


def _counted(found: Field, hour: int | None) -> Bools:
    if hour is None:
        return np.ones(len(found.calls), bool)
    return np.asarray(found.calls.hour == hour)


def _note(found: Field, counted: Bools) -> DemandNote:
    land, calls = found.ground, found.calls
    return DemandNote(
        calls=int(counted.sum()),
        calls_left_out=calls.left_out,
        calls_from=calls.first_on,
        calls_to=calls.last_on,
        people=round(float(land.people.weight.sum())),
        people_source=land.people_source,
        area_km2=round(float(land.area.weight.sum()), 2),
        cell_resolution=land.resolution,
    )


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole > 0 else None


def _band(
    minutes: int,
    found: Field,
    *,
    calls: Arrival,
    people: Arrival,
    area: Arrival,
    counted: Bools,
    seen: F8,
    expected: float | None,
) -> Band:
    limit_s = minutes * 60.0
    told = seen[counted & np.isfinite(seen)]
    reached = int((calls.first_s[counted] <= limit_s).sum())
    lived = float(found.ground.people.weight[people.first_s <= limit_s].sum())
    size = float(found.ground.area.weight[area.first_s <= limit_s].sum())
    people_of = float(found.ground.people.weight.sum())
    return Band(
        minutes=minutes,
        calls=reached,
        calls_share=_share(reached, int(counted.sum())),
        expected_share=expected,
        people=round(lived) if people_of else None,
        people_share=_share(lived, people_of),
        area_km2=round(size, 2),
        area_share=_share(size, float(found.ground.area.weight.sum())),
        seen=len(told),
        seen_share=_share(int((told <= limit_s).sum()), len(told)),
    )


def _expected(first_s: F8, before: Before, speeds: Speeds, *, seconds: float) -> float | None:
    """Give the share of calls expected in time when trips vary as those of the log do.

    Each call's travel is its usual one times a ratio of the log's (observed over estimated, left
    out of the fit), all equally likely: the mean over calls of the share of ratios that suffice.
    """
    if speeds.source != "log" or not len(first_s):
        return None
    travel = first_s - before.total_s
    with np.errstate(invalid="ignore"):
        most = np.where(np.isfinite(travel), (seconds - before.total_s) / travel, -1.0)
    enough = np.searchsorted(speeds.spread, most, side="right") / len(speeds.spread)
    return round(float(enough.mean()), 4)


def _by_hour(
    found: Field, clock: Clock, calls: Arrival, *, minutes: Sequence[int]
) -> tuple[HourShare, ...]:
    whole = float(found.ground.area.weight.sum())
    rows = []
    for hour in range(HOURS):
        mine = calls.first_s[found.calls.hour == hour]
        area = clock.arrival(found.at_area, hour=hour).first_s
        weight = found.ground.area.weight
        rows.append(
            HourShare(
                hour=hour,
                calls=len(mine),
                calls_shares=tuple(
                    _share(int((mine <= one * 60.0).sum()), len(mine)) for one in minutes
                ),
                area_shares=tuple(
                    _share(float(weight[area <= one * 60.0].sum()), whole) for one in minutes
                ),
            )
        )
    return tuple(rows)


def _posts(
    found: Field,
    clock: Clock,
    asked: Asked,
    *,
    calls: Arrival,
    people: Arrival,
    area: Arrival,
    counted: Bools,
) -> tuple[PostReach, ...]:
    limit_s = asked.limit * 60.0
    lived, size = found.ground.people.weight, found.ground.area.weight
    rows = []
    for place, post in enumerate(found.posts):

        def own(at: Places, place: int = place) -> Bools:
            return clock.within(at, post=place, hour=asked.hour, seconds=limit_s)

        called = clock.calls_within(found.at_calls, found.calls, post=place, seconds=limit_s)
        only = counted & _only(calls, place, limit_s)
        rows.append(
            PostReach(
                ref=post.ref,
                name=post.name,
                lon=post.lon,
                lat=post.lat,
                made_up=post.made_up,
                staffed=_staffed(clock.on, place, asked.hour),
                calls=int((called & counted).sum()),
                people=_people(lived, own(found.at_people)),
                area_km2=round(float(size[own(found.at_area)].sum()), 2),
                first_calls=int((counted & (calls.post == place)).sum()),
                only_calls=int(only.sum()),
                only_people=_people(lived, _only(people, place, limit_s)),
                only_area_km2=round(float(size[_only(area, place, limit_s)].sum()), 2),
            )
        )
    return tuple(rows)


def _only(arrival: Arrival, post: int, limit_s: float) -> Bools:
    """Say which places a post reaches in time and no second one does."""
    return np.asarray(
        (arrival.post == post) & (arrival.first_s <= limit_s) & (arrival.second_s > limit_s)
    )


def _people(weight: npt.NDArray[np.float64], chosen: Bools) -> float | None:
    return round(float(weight[chosen].sum())) if len(weight) else None


def _staffed(on: Bools, post: int, hour: int | None) -> bool:
    return bool(on[:, post].all() if hour is None else on[hour, post])
