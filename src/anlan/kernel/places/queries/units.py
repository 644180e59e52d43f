"""Posts and units as rows, and who is on duty."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from zoneinfo import ZoneInfo

from django.db.models import Max, Min, QuerySet

from anlan.kernel.places.models import DutyPeriod, Post, Unit
from anlan.kernel.places.queries.rows import PostRow, UnitRow
from anlan.kernel.places.queries.towns import town

_FEW = 500


def posts(town_key: str) -> tuple[PostRow, ...]:
    """Give a town's posts in the order of their import."""
    rows = Post.objects.filter(town__key=town_key).order_by("pk")
    return tuple(
        PostRow(
            id=one.pk,
            ident=one.ident,
            kind=one.kind,
            name=one.name,
            lon=one.lon,
            lat=one.lat,
            made_up=one.made_up,
        )
        for one in rows
    )


def units(town_key: str, *, idents: Iterable[str] | None = None) -> tuple[UnitRow, ...]:
    """Give a town's units, all or those named, in the order of their idents."""
    rows = Unit.objects.filter(town__key=town_key).select_related("post").order_by("ident")
    if idents is not None:
        rows = rows.filter(ident__in=list(idents))
    return tuple(row_of(one) for one in rows)


def unit(town_key: str, ident: str) -> UnitRow | None:
    """Give one unit, or None."""
    found = Unit.objects.filter(town__key=town_key, ident=ident).select_related("post").first()
    return None if found is None else row_of(found)


def row_of(one: Unit) -> UnitRow:
    """Turn a unit into a row; its point falls back to its post's."""
    lon, lat = one.lon, one.lat
    if lon is None and one.post is not None:
        lon, lat = one.post.lon, one.post.lat
    return UnitRow(
        id=one.pk,
        ident=one.ident,
        kind=one.kind,
        capabilities=tuple(one.capabilities),
        post=None if one.post is None else str(one.post),
        lon=lon,
        lat=lat,
        on_time=one.on_time,
        off_time=one.off_time,
        inferred=one.inferred,
        made_up=one.made_up,
    )


def on_duty(
    town_key: str, *, at: datetime, rows: Iterable[UnitRow] | None = None
) -> frozenset[str]:
    """Give the idents on duty at a time.

    A unit with duty periods is on duty within one of them; one without goes by its daily hours in
    the town's zone; one without hours is always on duty. Periods inferred from a log speak of the
    log's days only.
    """
    zone = town(town_key).tz
    everyone = units(town_key) if rows is None else tuple(rows)
    periods = _telling_periods(town_key, at=at)
    if len(everyone) <= _FEW:
        periods = periods.filter(unit_id__in=[one.id for one in everyone])
    has_periods = set(periods.values_list("unit_id", flat=True).distinct())
    now = set(periods.filter(starts_at__lte=at, ends_at__gt=at).values_list("unit_id", flat=True))
    return frozenset(
        one.ident
        for one in everyone
        if (one.id in now if one.id in has_periods else within_hours(one, at=at, zone=zone))
    )


def _telling_periods(town_key: str, *, at: datetime) -> QuerySet[DutyPeriod]:
    """Give the periods that count at a time: inferred ones only from their first to their last."""
    periods = DutyPeriod.objects.filter(unit__town__key=town_key)
    span = periods.filter(inferred=True).aggregate(first=Min("starts_at"), last=Max("ends_at"))
    if span["first"] is None or span["first"] <= at < span["last"]:
        return periods
    return periods.filter(inferred=False)


def within_hours(one: UnitRow, *, at: datetime, zone: ZoneInfo) -> bool:
    """Say whether a unit's daily hours cover a time; hours may pass midnight; none means always."""
    if one.on_time is None or one.off_time is None:
        return True
    return covers(one.on_time, one.off_time, at.astimezone(zone).time())


def covers(on: time, off: time, clock: time) -> bool:
    """Say whether a time of day lies in on … off (half-open, may pass midnight; equal: all day)."""
    if on == off:
        return True
    if on < off:
        return on <= clock < off
    return clock >= on or clock < off
