"""What chance draws into a log's calls: which of them come, and what trips leave over.

All is drawn from the study's seed and the replication's number before anything is simulated, so
that two scenarios meet the same calls and the same luck. Only `random()` is drawn from.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from anlan.engine.simulation.draw import Zones, draw_calls, weekly_rate
from anlan.engine.simulation.stream import CallStream

F8 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]

HOUR_S: Final = 3600.0
YEAR_S: Final = 365.25 * 86_400.0
APART_S: Final = 5400.0
"""A second copy of a logged call comes at most so long before or after it."""
HOUR_BAND: Final = 4
"""A drawn call is like a logged one of the same four hours of the day."""
CALLS: Final = 1
LEFT_OVER: Final = 2
BREAKDOWNS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class TripModel:
    """A trip to a call of a class takes `fixed_s` + factor[class, hour of week] × free flow.

    `left_over_s` are the differences of the trips that it was fitted on, ascending: observed less
    fitted; empty where nothing is to be drawn. `source` says what it comes from, `trips` how many.
    """

    source: str
    factor: F8
    fixed_s: float
    left_over_s: F8
    trips: int


@dataclass(frozen=True, slots=True)
class Chance:
    """What is drawn, and how much of it.

    `source` "log" takes each logged call `scale` times on average (1: each once, as it was);
    "drawn" draws calls at `scale` times the log's rate. Turnouts are the log's, times
    `turnout_scale`, plus `turnout_more_s`. Units break down `breakdowns_a_year` times, for
    `breakdown_h` hours on average.
    """

    source: Literal["log", "drawn"] = "log"
    scale: float = 1.0
    turnout_scale: float = 1.0
    turnout_more_s: float = 0.0
    breakdowns_a_year: float = 0.0
    breakdown_h: float = 4.0


@dataclass(frozen=True, slots=True, eq=False)
class DrawnStream:
    """A replication's calls; `of_call[c]` is the logged call that call c is or is like.

    `turnout_s` are the slots' own turnouts, without what the trip adds.
    """

    stream: CallStream
    of_call: Index
    turnout_s: F8


def draw(
    logged: CallStream,
    *,
    chance: Chance,
    model: TripModel,
    seed: int,
    replication: int,
    duration_s: float,
    starts_at_hour_of_week: float,
) -> DrawnStream:
    """Draw one replication's calls and luck.

    The fixed part of each trip and what the fit left over, drawn from all trips' left-overs, are
    put before the drive, into the slot's turnout: the unit's arrival is the same, whoever goes.
    """
    chosen, received_s = _calls(
        logged,
        chance,
        seed=seed,
        replication=replication,
        duration_s=duration_s,
        starts_at_hour_of_week=starts_at_hour_of_week,
    )
    stream = logged if chosen is None else take_calls(logged, chosen, received_s)
    of_call = np.arange(len(logged), dtype=np.intp) if chosen is None else chosen
    turnout_s = stream.turnout_s * chance.turnout_scale + chance.turnout_more_s
    uniform = _rng(seed, replication, LEFT_OVER).random(len(stream.call))
    before_s = np.round(np.maximum(model.fixed_s + _left_over(model, uniform), 0.0), 3)
    ready = replace(stream, turnout_s=turnout_s + before_s)
    return DrawnStream(stream=ready, of_call=of_call, turnout_s=turnout_s)


def _left_over(model: TripModel, uniform: F8) -> F8:
    if not len(model.left_over_s):
        return np.zeros(len(uniform))
    place = np.minimum(
        (uniform * len(model.left_over_s)).astype(np.intp), len(model.left_over_s) - 1
    )
    return model.left_over_s[place]


def _rng(seed: int, replication: int, purpose: int) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64([seed, replication, purpose]))


def _calls(
    logged: CallStream,
    asked: Chance,
    *,
    seed: int,
    replication: int,
    duration_s: float,
    starts_at_hour_of_week: float,
) -> tuple[Index | None, F8]:
    """Choose which logged calls come, and when; None where it is each of them once, as logged."""
    if asked.source == "log" and asked.scale == 1.0:
        return None, logged.received_s
    rng = _rng(seed, replication, CALLS)
    if asked.source == "log":
        return _scaled(logged, asked.scale, rng, duration_s)
    hour = _hour_of_week(logged.received_s, starts_at_hour_of_week)
    rate = asked.scale * rate_of(hour, duration_s=duration_s, starts_at=starts_at_hour_of_week)
    state = np.random.SeedSequence([seed, replication, CALLS]).generate_state(2, np.uint32)
    drawn = draw_calls(
        Zones(lon=np.zeros(1), lat=np.zeros(1), people=np.ones(1)),
        rate_per_hour=rate,
        type_shares=np.ones(1),
        starts_at_hour_of_week=starts_at_hour_of_week,
        duration_s=duration_s,
        seed=int(state[0]) << 20 | int(state[1]) & 0xFFFFF,
    )
    at = _hour_of_week(drawn.at_s, starts_at_hour_of_week)
    return _like(hour, at, rng.random(len(at))), drawn.at_s


def _like(logged_hour: F8, drawn_hour: F8, uniform: F8) -> Index:
    """Give, for each drawn call, a logged call of the same hours of the day; any where none is."""
    band, wanted = (
        (hours % 24 // HOUR_BAND).astype(np.intp) for hours in (logged_hour, drawn_hour)
    )
    chosen = np.zeros(len(drawn_hour), np.intp)
    for one in np.unique(wanted):
        pool = np.flatnonzero(band == one)
        pool = pool if len(pool) else np.arange(len(logged_hour))
        mine = wanted == one
        chosen[mine] = pool[(uniform[mine] * len(pool)).astype(np.intp)]
    return chosen


def _hour_of_week(at_s: F8, starts_at: float) -> F8:
    hours: F8 = (starts_at + at_s / HOUR_S) % 168
    return hours


def rate_of(hour: F8, *, duration_s: float, starts_at: float) -> F8:
    """Give calls an hour for each hour of the week: day's mean × hour of day × day of the week.

    A product of the two needs no more than a week of log; each is a share over its own exposure.
    """
    spans = np.arange(0.0, duration_s, HOUR_S)
    seen = _hour_of_week(spans, starts_at).astype(np.intp)
    at = hour.astype(np.intp)
    by_hour = np.bincount(at % 24, minlength=24) / np.maximum(
        np.bincount(seen % 24, minlength=24), 1
    )
    by_day = np.bincount(at // 24, minlength=7) / np.maximum(
        np.bincount(seen // 24, minlength=7), 1
    )
    by_day = np.where(np.bincount(seen // 24, minlength=7) > 0, by_day, by_day[by_day > 0].mean())
    rate = weekly_rate(calls_per_day=1.0, hour_weights=by_hour, weekday_weights=by_day)
    scale = len(hour) / rate[seen].sum()
    scaled: F8 = rate * scale
    return scaled


def _scaled(
    logged: CallStream, scale: float, rng: np.random.Generator, duration_s: float
) -> tuple[Index, F8]:
    """Thin the log, or let calls come again a little earlier or later."""
    whole = int(scale)
    copies = whole + (rng.random(len(logged)) < scale - whole)
    chosen = np.repeat(np.arange(len(logged)), copies).astype(np.intp)
    again = np.ones(len(chosen), bool)
    again[np.unique(chosen, return_index=True)[1]] = False
    shift = (rng.random(len(chosen)) * 2 - 1) * APART_S
    received = logged.received_s[chosen] + np.where(again, shift, 0.0)
    inside: F8 = np.clip(received, 0.0, max(duration_s - 1.0, 0.0)).astype(np.float64)
    received = np.round(inside, 3)
    order = np.argsort(received, kind="stable")
    return chosen[order], received[order]


def take_calls(stream: CallStream, chosen: Index, received_s: F8) -> CallStream:
    """Make a stream of chosen calls, perhaps several times each, received at other moments."""
    by_call = np.argsort(stream.call, kind="stable")
    count = np.bincount(stream.call, minlength=len(stream))
    first = np.concatenate([[0], np.cumsum(count)])
    times = count[chosen]
    call = np.repeat(np.arange(len(chosen)), times)
    step = np.arange(len(call)) - np.repeat(np.cumsum(times) - times, times)
    slot = by_call[first[chosen[call]] + step]
    picked: dict[str, Any] = {
        name: None if getattr(stream, name) is None else getattr(stream, name)[slot]
        for name in (
            "capability",
            "turnout_s",
            "on_scene_s",
            "handover_s",
            "transport_s",
            "hospital",
            "cancelled_s",
        )
    }
    lead = np.maximum(stream.asked_s[slot] - stream.received_s[chosen[call]], 0.0)
    return replace(
        stream,
        received_s=received_s,
        place=stream.place[chosen],
        kind=stream.kind[chosen],
        priority=stream.priority[chosen],
        trip_class=None if stream.trip_class is None else stream.trip_class[chosen],
        call=call.astype(np.intp),
        asked_s=np.round(received_s[call] + lead, 3),
        logged_unit=None,
        **picked,
    )


def breakdowns_of(
    keys: tuple[str, ...], asked: Chance, *, seed: int, replication: int, duration_s: float
) -> list[F8] | None:
    """Draw each unit's spans out of service: Poisson moments, exponential lengths.

    A unit's draws hang on its name alone, so that both scenarios break the same units.
    """
    if asked.breakdowns_a_year == 0:
        return None
    rate = asked.breakdowns_a_year / YEAR_S
    spans = []
    for key in keys:
        name = [int(byte) for byte in key.encode()]
        rng = np.random.Generator(np.random.PCG64([seed, replication, BREAKDOWNS, *name]))
        rows: list[list[float]] = []
        at = -float(np.log1p(-rng.random())) / rate
        while at < duration_s:
            lasts = -float(np.log1p(-rng.random())) * asked.breakdown_h * HOUR_S
            rows.append([round(at, 3), round(at + lasts, 3)])
            at -= float(np.log1p(-rng.random())) / rate
        spans.append(np.array(rows, np.float64).reshape(-1, 2))
    return spans
