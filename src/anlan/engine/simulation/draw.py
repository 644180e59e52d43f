"""Calls and spells drawn from measured figures: the same seed gives the same calls anywhere.

Only `Generator(PCG64).random()` is drawn from, and times and points are rounded, so that another
machine's last bit of a logarithm changes nothing. docs/method/replay.md has the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from anlan.engine.simulation.log import F8, Index

HOUR_S: Final = 3600.0
WEEK_H: Final = 168
TRIES_PER_POINT: Final = 64


class UnusablePattern(ValueError):
    """One clear sentence: what in the zones or the pattern cannot be drawn from."""


@dataclass(frozen=True)
class Zones:
    """Where people live; index z. `ring[z]`, f8[k, 2] lon/lat, is the zone's outline where known.

    Without a ring every call of the zone stands at its middle, `lon[z]`, `lat[z]`.
    """

    lon: F8
    lat: F8
    people: F8
    ring: Sequence[F8 | None] | None = None


@dataclass(frozen=True)
class DrawnCalls:
    """Drawn calls, in the order of time; `at_s` counts from the start, `kind` indexes the mix."""

    at_s: F8
    kind: Index
    zone: Index
    lon: F8
    lat: F8


def weekly_rate(*, calls_per_day: float, hour_weights: F8, weekday_weights: F8) -> F8:
    """Give calls an hour for each hour of the week, f8[168], Monday 00 first, of the asked mean."""
    hours, days = np.asarray(hour_weights, np.float64), np.asarray(weekday_weights, np.float64)
    if hours.shape != (24,) or days.shape != (7,) or (hours < 0).any() or (days < 0).any():
        raise UnusablePattern("Give 24 hour weights and 7 weekday weights, none below 0.")
    shape = np.outer(days, hours).ravel()
    if shape.sum() <= 0 or calls_per_day < 0:
        raise UnusablePattern("The weights are all 0, or the calls a day are below 0.")
    return shape / shape.sum() * calls_per_day * 7.0


def draw_calls(
    zones: Zones,
    *,
    rate_per_hour: F8,
    type_shares: F8,
    starts_at_hour_of_week: float,
    duration_s: float,
    seed: int,
) -> DrawnCalls:
    """Draw calls from a Poisson process whose rate follows the hour of the week.

    `rate_per_hour[168]` starts on Monday at 00 town time; `starts_at_hour_of_week` says where in
    it the drawing begins (24.5 = Tuesday half past midnight). Zones weigh by their people.
    """
    _check(zones, rate_per_hour=rate_per_hour, type_shares=type_shares)
    rng = np.random.Generator(np.random.PCG64(seed))
    at_s = arrivals(rate_per_hour, starts_at_hour_of_week, duration_s, rng)
    count = len(at_s)
    kind = _pick(type_shares, rng.random(count))
    zone = _pick(zones.people, rng.random(count))
    lon, lat = zones.lon[zone].astype(np.float64), zones.lat[zone].astype(np.float64)
    if zones.ring is not None:
        for call in range(count):
            ring = zones.ring[int(zone[call])]
            if ring is not None:
                lon[call], lat[call] = _point_inside(ring, rng, (lon[call], lat[call]))
    return DrawnCalls(
        at_s=np.round(at_s, 3), kind=kind, zone=zone, lon=np.round(lon, 6), lat=np.round(lat, 6)
    )


def draw_spells(*, shares: F8, quantiles_s: F8, count: int, seed: int) -> F8:
    """Draw spells, f8[count] seconds, from measured quantiles, straight lines between them.

    `quantiles_s[q]` is the value at share `shares[q]`; shares rise from 0 to 1.
    """
    shares, quantiles_s = np.asarray(shares, np.float64), np.asarray(quantiles_s, np.float64)
    rising = shares.shape == quantiles_s.shape and len(shares) > 1 and (np.diff(shares) > 0).all()
    if not rising or shares[0] != 0 or shares[-1] != 1 or (np.diff(quantiles_s) < 0).any():
        raise UnusablePattern("Give one quantile per share; shares rise from 0 to 1, values rise.")
    rng = np.random.Generator(np.random.PCG64(seed))
    return np.round(np.interp(rng.random(count), shares, quantiles_s), 3)


def _check(zones: Zones, *, rate_per_hour: F8, type_shares: F8) -> None:
    if not len(zones.people) == len(zones.lon) == len(zones.lat):
        raise UnusablePattern("The zones' columns are not of one length.")
    if zones.ring is not None and len(zones.ring) != len(zones.people):
        raise UnusablePattern("Give one outline per zone, None where it is not known.")
    for name, values in (("people of the zones", zones.people), ("type shares", type_shares)):
        if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
            raise UnusablePattern(f"The {name} hold a figure below 0, or nothing at all.")
    if rate_per_hour.shape != (WEEK_H,) or (rate_per_hour < 0).any():
        raise UnusablePattern("Give 168 hourly rates, from Monday 00 on, none below 0.")


def arrivals(rate: F8, starts_at_hour: float, duration_s: float, rng: np.random.Generator) -> F8:
    """Draw a Poisson process: one of rate 1, mapped through the inverse of the expected count."""
    whole = int(np.floor(starts_at_hour))
    hours = int(np.ceil(starts_at_hour - whole + duration_s / HOUR_S)) + 1
    edges_s = (whole + np.arange(hours + 1) - starts_at_hour) * HOUR_S
    steps = rate[(whole + np.arange(hours)) % WEEK_H]
    expected = np.concatenate([[0.0], np.cumsum(steps)])
    begin, end = np.interp([0.0, duration_s], edges_s, expected)
    reached = begin
    times: list[float] = []
    while True:
        reached -= float(np.log1p(-rng.random()))
        if reached >= end:
            return np.array(times, np.float64)
        step = int(np.searchsorted(expected, reached, side="right")) - 1
        share = (reached - expected[step]) / (expected[step + 1] - expected[step])
        times.append(float(edges_s[step] + share * HOUR_S))


def _pick(weights: F8, uniform: F8) -> Index:
    """Turn uniform numbers into indices that are as frequent as their weights."""
    share = np.cumsum(weights, dtype=np.float64)
    picked = np.searchsorted(share / share[-1], uniform, side="right")
    return np.minimum(picked, np.flatnonzero(weights)[-1]).astype(np.intp)


def _point_inside(
    ring: F8, rng: np.random.Generator, otherwise: tuple[float, float]
) -> tuple[float, float]:
    """Draw points in the outline's box until one falls inside; give the middle where none does."""
    low, high = ring.min(axis=0), ring.max(axis=0)
    for _ in range(TRIES_PER_POINT):
        lon, lat = low + (high - low) * rng.random(2)
        if _inside(ring, float(lon), float(lat)):
            return float(lon), float(lat)
    return otherwise


def _inside(ring: F8, lon: float, lat: float) -> bool:
    """Count the edges that a ray to the east crosses: odd is inside."""
    x, y = ring[:, 0], ring[:, 1]
    next_x, next_y = np.roll(x, -1), np.roll(y, -1)
    straddles = (y > lat) != (next_y > lat)
    rise = np.where(straddles, next_y - y, 1.0)
    crossing = x + (lat - y) / rise * (next_x - x)
    return bool(np.count_nonzero(straddles & (lon < crossing)) % 2)
