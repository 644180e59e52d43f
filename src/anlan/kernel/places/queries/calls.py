"""Reads of imported call logs, as arrays: times in seconds since 1970 (UTC), NaN where missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import numpy as np
import numpy.typing as npt

from anlan.engine.roads.network import RoadNetwork
from anlan.kernel.places.models import DutyPeriod, LoggedCall, LoggedResponse, Unit

F8 = npt.NDArray[np.float64]
I4 = npt.NDArray[np.int32]

AT_POST_AFTER_S = 1200.0
"""A unit that has been free this long is taken to be back at its post."""


@dataclass(frozen=True, slots=True)
class LoggedUnit:
    """A unit that a log names; lon/lat is its post's point or its own, None if neither.

    Where an inferred unit last became free is no home: it counts as neither.
    """

    ident: str
    kind: str
    capabilities: tuple[str, ...]
    post: str | None
    lon: float | None
    lat: float | None
    on_time: time | None
    off_time: time | None
    inferred: bool


@dataclass(frozen=True, slots=True, eq=False)
class LoggedPeriod:
    """The calls received in a period with their responses, in order of receipt and dispatch.

    Arrays over calls have shape (c,), over responses (r,): `call` and `unit` index into calls and
    `units`. `duty_unit`, `duty_from_s`, `duty_to_s` list spans on duty, shape (d,); a unit without
    any goes by its daily hours, and without those is on duty always.
    """

    numbers: tuple[str, ...]
    types: tuple[str, ...]
    priorities: tuple[str, ...]
    points: frozenset[str]
    mappings: frozenset[str]
    ringing_s: F8
    received_s: F8
    entered_s: F8
    lon: F8
    lat: F8
    units: tuple[LoggedUnit, ...]
    call: I4
    unit: I4
    dispatched_s: F8
    en_route_s: F8
    on_scene_s: F8
    transporting_s: F8
    at_hospital_s: F8
    available_s: F8
    duty_unit: I4
    duty_from_s: F8
    duty_to_s: F8


@dataclass(frozen=True, slots=True, eq=False)
class TravelPairs:
    """Trips from post to scene: when the call came, free-flow seconds by road, observed seconds.

    `call` is the trip's call among those of the log.
    """

    received_s: F8
    free_flow_s: F8
    observed_s: F8
    call: I4

    def __len__(self) -> int:
        return len(self.observed_s)

    def take(self, chosen: npt.NDArray[np.bool_]) -> TravelPairs:
        """Give the chosen pairs."""
        return TravelPairs(
            self.received_s[chosen],
            self.free_flow_s[chosen],
            self.observed_s[chosen],
            self.call[chosen],
        )


def log_span(town_key: str) -> tuple[datetime, datetime] | None:
    """Give when a town's logged calls begin and end, or None where it has none."""
    times = LoggedCall.objects.filter(town__key=town_key).order_by("received_at")
    first = times.values_list("received_at", flat=True).first()
    last = times.values_list("received_at", flat=True).last()
    return None if first is None or last is None else (first, last)


def logged_period(
    town_key: str, *, starts_at: datetime | None = None, ends_at: datetime | None = None
) -> LoggedPeriod:
    """Give the log of the calls received in a half-open period (a side that is None is open)."""
    calls = LoggedCall.objects.filter(town__key=town_key)
    if starts_at is not None:
        calls = calls.filter(received_at__gte=starts_at)
    if ends_at is not None:
        calls = calls.filter(received_at__lt=ends_at)
    rows = list(
        calls.order_by("received_at", "number").values_list(
            "id",
            "number",
            "type",
            "priority",
            "points",
            "mapping",
            "lon",
            "lat",
            "ringing_at",
            "received_at",
            "entered_at",
        )
    )
    index = {row[0]: i for i, row in enumerate(rows)}
    answers = _answers(calls)
    units, unit_index = _units(sorted({row[1] for row in answers}))
    duty = _duty(unit_index)
    return LoggedPeriod(
        numbers=tuple(row[1] for row in rows),
        types=tuple(row[2] for row in rows),
        priorities=tuple(row[3] for row in rows),
        points=frozenset(row[4] for row in rows),
        mappings=frozenset(row[5] for row in rows),
        lon=np.array([row[6] for row in rows], np.float64),
        lat=np.array([row[7] for row in rows], np.float64),
        ringing_s=_seconds([row[8] for row in rows]),
        received_s=_seconds([row[9] for row in rows]),
        entered_s=_seconds([row[10] for row in rows]),
        units=units,
        call=np.array([index[row[0]] for row in answers], np.int32),
        unit=np.array([unit_index[row[1]] for row in answers], np.int32),
        dispatched_s=_seconds([row[2] for row in answers]),
        en_route_s=_seconds([row[3] for row in answers]),
        on_scene_s=_seconds([row[4] for row in answers]),
        transporting_s=_seconds([row[5] for row in answers]),
        at_hospital_s=_seconds([row[6] for row in answers]),
        available_s=_seconds([row[7] for row in answers]),
        duty_unit=np.array([row[0] for row in duty], np.int32),
        duty_from_s=_seconds([row[1] for row in duty]),
        duty_to_s=_seconds([row[2] for row in duty]),
    )


def _answers(calls: Any) -> list[tuple[Any, ...]]:
    return list(
        LoggedResponse.objects.filter(call__in=calls)
        .order_by("call__received_at", "call__number", "dispatched_at", "sequence", "unit__ident")
        .values_list(
            "call_id",
            "unit_id",
            "dispatched_at",
            "en_route_at",
            "on_scene_at",
            "transporting_at",
            "at_hospital_at",
            "available_at",
        )
    )


def _units(ids: list[int]) -> tuple[tuple[LoggedUnit, ...], dict[int, int]]:
    """Give the units by ident, and where each id stands among them."""
    rows = Unit.objects.filter(id__in=ids).select_related("post").order_by("ident")
    units: list[LoggedUnit] = []
    index: dict[int, int] = {}
    for unit in rows:
        index[unit.pk] = len(units)
        own = unit.lon is not None and not unit.inferred
        place = unit if own else unit.post
        units.append(
            LoggedUnit(
                ident=unit.ident,
                kind=unit.kind,
                capabilities=tuple(unit.capabilities),
                post=None if unit.post is None else f"{unit.post.kind} {unit.post.ident}",
                lon=None if place is None else place.lon,
                lat=None if place is None else place.lat,
                on_time=unit.on_time,
                off_time=unit.off_time,
                inferred=unit.inferred,
            )
        )
    return tuple(units), index


def _duty(index: dict[int, int]) -> list[tuple[int, datetime, datetime]]:
    periods = DutyPeriod.objects.filter(unit_id__in=index).order_by("unit_id", "starts_at")
    rows = periods.values_list("unit_id", "starts_at", "ends_at")
    return [(index[unit_id], start, end) for unit_id, start, end in rows]


def _seconds(times: Sequence[datetime | None]) -> F8:
    return np.array([np.nan if at is None else at.timestamp() for at in times], np.float64)


def travel_pairs(log: LoggedPeriod, *, network: RoadNetwork) -> TravelPairs:
    """Give the trips by which a town's factor is fitted: from the unit's post to the call.

    Used are responses of units with a known post that had been free for 20 minutes (or had no
    earlier call in the log), with both times there and in order. Free flow is by the network's
    weights without its factor, closures included.
    """
    at_post = _from_post(log)
    observed = log.on_scene_s - log.en_route_s
    with np.errstate(invalid="ignore"):
        usable = at_post & np.isfinite(observed) & (observed > 0)
    chosen = np.flatnonzero(usable)
    free_flow = np.full(len(chosen), np.nan)
    if len(chosen):
        calls = network.snap_many(log.lon, log.lat)
        for unit in np.unique(log.unit[chosen]):
            mine = np.flatnonzero(log.unit[chosen] == unit)
            post = network.snap(log.units[unit].lon, log.units[unit].lat)
            targets = calls.take(log.call[chosen[mine]])
            free_flow[mine] = network.times_from(post, targets) / network.factor
    good = np.isfinite(free_flow) & (free_flow > 0)
    return TravelPairs(
        received_s=log.received_s[log.call[chosen]][good],
        free_flow_s=free_flow[good],
        observed_s=observed[chosen][good],
        call=log.call[chosen][good],
    )


def _from_post(log: LoggedPeriod) -> npt.NDArray[np.bool_]:
    """Say of each response whether its unit had been free long enough to stand at its post."""
    posted = np.array([unit.lon is not None for unit in log.units], bool)
    result = np.zeros(len(log.unit), bool)
    for unit in np.flatnonzero(posted):
        mine = np.flatnonzero(log.unit == unit)
        mine = mine[np.argsort(log.dispatched_s[mine], kind="stable")]
        mine = mine[np.isfinite(log.dispatched_s[mine])]
        ended = np.fmax.accumulate(np.fmax(log.available_s[mine], log.dispatched_s[mine]))
        free_since = np.concatenate([[-np.inf], ended[:-1]]) if len(mine) else ended
        result[mine] = log.dispatched_s[mine] - free_since >= AT_POST_AFTER_S
    return result
