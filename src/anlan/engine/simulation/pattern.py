"""Calls drawn from a pattern: when and where by a Poisson process, spells from measured quantiles.

Only `Generator(PCG64).random()` is drawn from, and times are rounded to the millisecond, so that
a seed and the number of a replication give the same calls on any machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from anlan.engine.simulation.draw import WEEK_H, UnusablePattern, arrivals
from anlan.engine.simulation.log import F8, Index
from anlan.engine.simulation.stream import CallStream, UnusableStream

SPELLS: Final = 4  # uniform numbers for each slot: turnout, on scene, transport or not, handover


@dataclass(frozen=True)
class Quantiles:
    """A spell's distribution: `seconds[q]` at share `shares[q]` (0 … 1), straight between them."""

    shares: F8
    seconds: F8

    def __post_init__(self) -> None:
        shares, seconds = np.asarray(self.shares), np.asarray(self.seconds)
        rising = shares.shape == seconds.shape and len(shares) > 1 and (np.diff(shares) > 0).all()
        if not rising or shares[0] != 0 or shares[-1] != 1 or (np.diff(seconds) < 0).any():
            raise UnusablePattern("Quantiles need shares rising from 0 to 1 and rising seconds.")
        if not np.isfinite(seconds).all() or seconds[0] < 0:
            raise UnusablePattern("A quantile is below 0 or missing.")

    @classmethod
    def always(cls, seconds: float) -> Quantiles:
        """Give the distribution of one value."""
        return cls(np.array([0.0, 1.0]), np.array([seconds, seconds], np.float64))

    @classmethod
    def measured(cls, values: F8, *, steps: int = 50) -> Quantiles:
        """Give the distribution of measured values (those not finite are left out)."""
        known = values[np.isfinite(values)]
        if not len(known):
            raise UnusablePattern("No value is known, so nothing can be drawn.")
        shares = np.linspace(0.0, 1.0, steps + 1)
        return cls(shares, np.quantile(known, shares))

    def at(self, uniform: F8) -> F8:
        """Turn uniform numbers into spells, rounded to the millisecond."""
        drawn: F8 = np.round(np.interp(uniform, self.shares, self.seconds), 3)
        return drawn


@dataclass(frozen=True)
class CardLine:
    """A line of a run card: so many units of a capability, and how long each of them takes.

    `transports` is the share of them that takes someone to a hospital, where `handover` follows.
    """

    capability: str
    count: int
    turnout: Quantiles
    on_scene: Quantiles
    transports: float = 0.0
    handover: Quantiles | None = None

    def __post_init__(self) -> None:
        if self.count < 1 or not 0 <= self.transports <= 1:
            raise UnusablePattern("A line needs a count from 1 up and a share from 0 to 1.")
        if self.transports > 0 and self.handover is None:
            raise UnusablePattern("A line that transports needs the time of the handover.")


@dataclass(frozen=True)
class CallType:
    """A type of call: how frequent, how urgent, whom it asks for."""

    share: float
    card: tuple[CardLine, ...]
    priority: int = 0
    trip_class: int = 0
    processing: Quantiles | None = None


@dataclass(frozen=True)
class CallPattern:
    """Where and when calls come. `rate_per_hour` is f8[168, cell] or f8[168] with `weights[cell]`.

    Hour 0 is Monday 00:00 in town. `place[cell]` is the place where a cell's calls stand.
    """

    place: Index
    rate_per_hour: F8
    types: Sequence[CallType]
    weights: F8 | None = None

    def __post_init__(self) -> None:
        if self.rates.shape != (WEEK_H, len(self.place)):
            raise UnusablePattern("Give 168 hourly rates for each cell, or 168 and cell weights.")
        if not np.isfinite(self.rates).all() or (self.rates < 0).any():
            raise UnusablePattern("A rate is below 0 or missing.")
        shares = [one.share for one in self.types]
        if not shares or min(shares) < 0 or sum(shares) <= 0:
            raise UnusablePattern("The types' shares hold a figure below 0, or nothing at all.")

    @property
    def rates(self) -> F8:
        """Give calls an hour, f8[168, cell]."""
        rate = np.asarray(self.rate_per_hour, np.float64)
        if rate.ndim == 2:
            return rate
        weights = np.ones(len(self.place)) if self.weights is None else np.asarray(self.weights)
        return np.outer(rate, weights / weights.sum())


def draw_stream(
    pattern: CallPattern,
    *,
    duration_s: float,
    seed: int,
    replication: int = 0,
    starts_at_hour_of_week: float = 0.0,
) -> CallStream:
    """Draw the calls of one replication; replication r of a seed is the same for every deployment.

    Calls are received from 0 to below `duration_s`.
    """
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, replication])))
    rates = pattern.rates
    received = np.round(arrivals(rates.sum(1), starts_at_hour_of_week, duration_s, rng), 3)
    count = len(received)
    kind = _pick(np.array([one.share for one in pattern.types]), rng.random(count))
    hour = ((received / 3600.0 + starts_at_hour_of_week) // 1).astype(np.intp) % WEEK_H
    place = np.asarray(pattern.place)[_pick_in_hour(rates, hour, rng.random(count))]
    uniform = rng.random(count)
    asked = received.copy()
    for at, one in enumerate(pattern.types):
        if one.processing is not None:
            asked[kind == at] += one.processing.at(uniform[kind == at])
    return _with_slots(pattern, received, place, kind, np.round(asked, 3), rng)


def _with_slots(
    pattern: CallPattern,
    received: F8,
    place: Index,
    kind: Index,
    asked: F8,
    rng: np.random.Generator,
) -> CallStream:
    types = pattern.types
    vocabulary = tuple(sorted({line.capability for one in types for line in one.card}))
    cards = [[line for line in one.card for _ in range(line.count)] for one in types]
    wanted = np.array([len(card) for card in cards], np.intp)[kind]
    call = np.repeat(np.arange(len(kind)), wanted)
    nth = np.arange(len(call)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    uniform = rng.random((len(call), SPELLS))
    columns = {name: np.full(len(call), np.nan) for name in ("turnout", "on_scene", "handover")}
    capability = np.zeros(len(call), np.intp)
    for at, card in enumerate(cards):
        for number, line in enumerate(card):
            here = np.flatnonzero((kind[call] == at) & (nth == number))
            capability[here] = vocabulary.index(line.capability)
            columns["turnout"][here] = line.turnout.at(uniform[here, 0])
            columns["on_scene"][here] = line.on_scene.at(uniform[here, 1])
            rides = here[uniform[here, 2] < line.transports]
            if line.handover is not None:
                columns["handover"][rides] = line.handover.at(uniform[rides, 3])
    return CallStream(
        received_s=received,
        place=place,
        kind=kind,
        priority=np.array([one.priority for one in types], np.intp)[kind],
        trip_class=np.array([one.trip_class for one in types], np.intp)[kind],
        vocabulary=vocabulary,
        call=call,
        capability=capability,
        asked_s=asked[call],
        turnout_s=columns["turnout"],
        on_scene_s=columns["on_scene"],
        handover_s=columns["handover"],
    )


def _pick(weights: F8, uniform: F8) -> Index:
    share = np.cumsum(weights, dtype=np.float64)
    picked = np.searchsorted(share / share[-1], uniform, side="right")
    return np.minimum(picked, np.flatnonzero(weights)[-1]).astype(np.intp)


def _pick_in_hour(rates: F8, hour: Index, uniform: F8) -> Index:
    picked = np.zeros(len(hour), np.intp)
    for one in np.unique(hour):
        here = hour == one
        picked[here] = _pick(rates[one], uniform[here])
    return picked


def thin_stream(calls: CallStream, *, share: float, seed: int) -> CallStream:
    """Keep each call with this chance; of two shares the smaller keeps a part of the larger's."""
    if not 0 <= share <= 1:
        raise UnusableStream("The share of calls to keep is from 0 to 1.")
    rng = np.random.Generator(np.random.PCG64(seed))
    return calls.keep(rng.random(len(calls)) < share)
