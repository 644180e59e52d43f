"""What a replay reads: a log as the engine's arrays, the roads, and factors of other days."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.engine.roads import RoadNetwork, fit_factor
from anlan.engine.roads.calibration import Factor
from anlan.engine.simulation.log import CallLog, Log, ResponseLog, Travel, Units
from anlan.engine.simulation.replay import CoverRule
from anlan.kernel.places import queries as places
from anlan.kernel.places.queries.calls import (
    LoggedPeriod,
    LoggedUnit,
    TravelPairs,
    logged_period,
    travel_pairs,
)
from anlan.kernel.values import BadInput, read_moment

F8 = npt.NDArray[np.float64]

LEAST_TRIPS = 100
"""A factor is fitted from at least so many trips of other days; with fewer, free flow is used."""


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open period in a town's zone."""

    starts_at: datetime
    ends_at: datetime

    def days(self) -> tuple[date, ...]:
        """Give the local days that the period touches."""
        last = (self.ends_at - timedelta(microseconds=1)).date()
        count = (last - self.starts_at.date()).days + 1
        return tuple(self.starts_at.date() + timedelta(days=day) for day in range(count))


@dataclass(frozen=True, slots=True)
class DayFactor:
    """The factor used on a day; `fit` is None where too few trips of other days are logged."""

    day: date
    starts_s: float
    fit: Factor | None

    @property
    def value(self) -> float:
        """Give the factor, 1 (free flow) where none could be fitted."""
        return 1.0 if self.fit is None else self.fit.value


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """All that both policies and the report stand on."""

    period: Period
    logged: LoggedPeriod
    log: Log
    cover: tuple[CoverRule, ...]
    factors: tuple[DayFactor, ...]
    method: str
    travel: Travel


def read_period(begins: str, ends: str, *, zone: ZoneInfo) -> Period:
    """Read --from and --to: local dates or local date-times, half-open."""
    starts_at, ends_at = (_moment(text, zone) for text in (begins, ends))
    if not starts_at < ends_at:
        raise BadInput(_("The period is empty: --to must lie after --from."))
    return Period(starts_at, ends_at)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    at = read_moment(text.strip())
    if at is None:
        raise BadInput(
            _("“{text}” is no date or time; write 2020-04-07 or 2020-04-07T18:00.").format(
                text=text
            )
        )
    return at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)


def read_inputs(town_key: str, period: Period) -> Inputs:
    """Read a town's log of a period for the engine; BadInput where there is nothing to replay."""
    if not places.has_roads(town_key):
        raise BadInput(
            _(
                "The town {key} has no roads yet. Import them with: anlan roads import {key} FILE"
            ).format(key=town_key)
        )
    everything = logged_period(town_key)
    if not everything.numbers:
        raise BadInput(
            _(
                "The town {key} has no logged calls. Import some: anlan calls import {key} FILE"
            ).format(key=town_key)
        )
    logged = logged_period(town_key, starts_at=period.starts_at, ends_at=period.ends_at)
    if not len(logged.call):
        first, last = (
            datetime.fromtimestamp(s, period.starts_at.tzinfo).date()
            for s in everything.received_s[[0, -1]]
        )
        raise BadInput(
            _("No logged call lies in this period; the log runs from {first} to {last}.").format(
                first=first, last=last
            )
        )
    network = places.network(town_key, at=period.starts_at)
    factors, method = _factors(travel_pairs(everything, network=network), period)
    posts = places.posts(town_key)
    log, points = _log(logged, posts, period)
    return Inputs(
        period=period,
        logged=logged,
        log=log,
        cover=tuple(
            CoverRule(one.key, one.label, one.capability, one.keep)
            for one in places.cover_areas(posts)
        ),
        factors=factors,
        method=method,
        travel=_travel(network, points, factors),
    )


def _factors(pairs: TravelPairs, period: Period) -> tuple[tuple[DayFactor, ...], str]:
    """Fit each day's factor from other days: those not replayed, else all but itself.

    A day of which an hour is replayed is a replayed day whole.
    """
    days = [(day, _local_midnight(day, period)) for day in period.days()]
    ends_s = _local_midnight(days[-1][0] + timedelta(days=1), period)
    outside = pairs.take((pairs.received_s < days[0][1]) | (pairs.received_s >= ends_s))
    if len(outside) >= LEAST_TRIPS:
        fit = fit_factor(outside.free_flow_s, outside.observed_s)
        return tuple(DayFactor(day, starts_s, fit) for day, starts_s in days), "days_not_replayed"
    factors = []
    for day, starts_s in days:
        ends_s = _local_midnight(day + timedelta(days=1), period)
        others = pairs.take((pairs.received_s < starts_s) | (pairs.received_s >= ends_s))
        enough = len(others) >= LEAST_TRIPS
        fit_or_none = fit_factor(others.free_flow_s, others.observed_s) if enough else None
        factors.append(DayFactor(day, starts_s, fit_or_none))
    lacking = all(one.fit is None for one in factors)
    return tuple(factors), "free_flow" if lacking else "leave_one_day_out"


def _local_midnight(day: date, period: Period) -> float:
    return datetime.combine(day, time(), period.starts_at.tzinfo).timestamp()


def _log(
    logged: LoggedPeriod, posts: Sequence[places.PostRow], period: Period
) -> tuple[Log, tuple[F8, F8]]:
    """Give the engine's log and its points: calls first, then posts, then units' own points."""
    calls = len(logged.numbers)
    post_point = {one.ref: calls + place for place, one in enumerate(posts)}
    area = {one.key: place for place, one in enumerate(places.cover_areas(tuple(posts)))}
    own = [unit for unit in logged.units if unit.post is None and unit.lon is not None]
    own_point = {unit.ident: calls + len(posts) + place for place, unit in enumerate(own)}
    homes = [
        post_point.get(unit.post or "", own_point.get(unit.ident, -1)) for unit in logged.units
    ]
    types = sorted(set(logged.types))
    units = Units(
        keys=tuple(unit.ident for unit in logged.units),
        kind=tuple(f"kind:{unit.kind}" for unit in logged.units),
        capabilities=tuple(
            frozenset({f"kind:{unit.kind}", *unit.capabilities}) for unit in logged.units
        ),
        post=np.array(homes, np.intp),
        start=np.full(len(logged.units), -1, np.intp),
        duty=_duty(logged, period),
        area=np.array([area.get(unit.post or "", -1) for unit in logged.units], np.intp),
    )
    log = Log(
        calls=CallLog(
            received_s=logged.received_s,
            point=np.arange(calls),
            kind=np.array([types.index(each) for each in logged.types], np.intp),
            rang_s=logged.ringing_s,
            answered_s=None,
        ),
        responses=ResponseLog(
            call=logged.call.astype(np.intp),
            unit=logged.unit.astype(np.intp),
            dispatch_s=logged.dispatched_s,
            en_route_s=logged.en_route_s,
            on_scene_s=logged.on_scene_s,
            transport_s=logged.transporting_s,
            hospital_s=logged.at_hospital_s,
            available_s=logged.available_s,
        ),
        units=units,
        hospitals=np.array(
            [post_point[one.ref] for one in posts if one.kind == "hospital"], np.intp
        ),
    )
    lon = [*logged.lon, *(one.lon for one in posts), *(unit.lon for unit in own)]
    lat = [*logged.lat, *(one.lat for one in posts), *(unit.lat for unit in own)]
    return log, (np.array(lon, np.float64), np.array(lat, np.float64))


def _duty(logged: LoggedPeriod, period: Period) -> list[F8]:
    """Give each unit's spans on duty: logged or entered ones, else daily hours, else always."""
    spans = []
    for place, unit in enumerate(logged.units):
        mine = logged.duty_unit == place
        if mine.any():
            spans.append(np.column_stack([logged.duty_from_s[mine], logged.duty_to_s[mine]]))
        elif unit.on_time is None or unit.off_time is None:
            spans.append(np.array([[-np.inf, np.inf]]))
        else:
            spans.append(_daily(unit, period))
    return spans


def _daily(unit: LoggedUnit, period: Period) -> F8:
    assert unit.on_time is not None
    assert unit.off_time is not None
    zone = period.starts_at.tzinfo
    rows = []
    for day in (period.days()[0] - timedelta(days=1), *period.days()):
        off_day = day if unit.off_time > unit.on_time else day + timedelta(days=1)
        rows.append(
            [
                datetime.combine(day, unit.on_time, zone).timestamp(),
                datetime.combine(off_day, unit.off_time, zone).timestamp(),
            ]
        )
    return np.array(rows)


def _travel(network: RoadNetwork, points: tuple[F8, F8], factors: tuple[DayFactor, ...]) -> Travel:
    """Give travel by road without today's closures, with the factor of the day."""
    state = network.with_closures(())
    snaps = network.snap_many(*points)
    starts = np.array([one.starts_s for one in factors])
    scale = np.array([one.value for one in factors]) / state.factor

    def travel(origins: npt.NDArray[np.intp], target: int, at_s: float) -> F8:
        day = max(int(np.searchsorted(starts, at_s, side="right")) - 1, 0)
        return state.times_to(snaps[int(target)], snaps.take(origins)) * scale[day]

    return travel


def paced(travel: Travel, *, pace: Callable[[float], None]) -> Travel:
    """Give the same travel, telling `pace` the town's time (seconds since 1970) each time."""

    def telling(origins: npt.NDArray[np.intp], target: int, at_s: float) -> F8:
        pace(at_s)
        return travel(origins, target, at_s)

    return telling
