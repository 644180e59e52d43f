"""Calls of a made-up town that has no log: drawn from the shipped pattern, its people, its cards.

A pool of calls is drawn once, the same for everyone; each replication then draws its calls from
the pool at the pattern's rate, as a replication of a log draws them from the log.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.rules.scenarios import Period, Scenario
from anlan.engine.simulation.pattern import (
    CallPattern,
    CallType,
    CardLine,
    Quantiles,
    draw_stream,
)
from anlan.engine.simulation.stream import CallStream
from anlan.kernel.places import queries as places
from anlan.kernel.places.catalogue import read_catalogue, unit_catalogue
from anlan.kernel.places.queries import call_pattern as patterns
from anlan.kernel.places.queries.calls import LoggedPeriod
from anlan.kernel.places.queries.made_up_calls import demand
from anlan.kernel.values import BadInput

F8 = npt.NDArray[np.float64]

POOL_CALLS = 100_000
"""So many calls the pool holds about; more make its own luck small beside the replications'."""
MOST_TIMES = 200
POOL_SEED = 1
USUAL_START = datetime(2024, 1, 1)  # noqa: DTZ001  a Monday; the town's zone is put to it
USUAL_DAYS = timedelta(days=14)
POLICE = "police"  # the pattern is of a log without police calls


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Calls to draw from, `times` as many as the period has; `log` says when, where, which type.

    The pool's `log` has no responses. `stream` holds needs and spells of the same calls, index c.
    """

    log: LoggedPeriod
    stream: CallStream
    times: int
    left_out: tuple[tuple[str, int], ...]


def drawn_period(asked: Period, town: places.TownRow) -> tuple[datetime, datetime]:
    """Give the period asked for; what is left open makes it two weeks from a Monday."""
    starts_at, ends_at = (
        at if at is None or at.tzinfo is not None else at.replace(tzinfo=town.tz)
        for at in (asked.starts_at, asked.ends_at)
    )
    if starts_at is None:
        usual = USUAL_START.replace(tzinfo=town.tz)
        starts_at = usual if ends_at is None else ends_at - USUAL_DAYS
    starts_at = starts_at.astimezone(town.tz)
    ends_at = (starts_at + USUAL_DAYS if ends_at is None else ends_at).astimezone(town.tz)
    if seconds_of((starts_at, ends_at)) <= 0:
        raise BadInput(_("The period is empty: “to” must lie after “from”."))
    return starts_at, ends_at


def seconds_of(period: tuple[datetime, datetime]) -> float:
    """Give how long a period really is: two moments of one zone differ by what its clock shows."""
    starts_at, ends_at = period
    return ends_at.timestamp() - starts_at.timestamp()


def drawn_kinds(scenario: Scenario, units: Iterable[places.UnitRow]) -> tuple[str, ...]:
    """Give the kinds asked for, else those that can do what the run cards ask for."""
    wanted = {line["capability"] for card in _cards().values() for line in card} - {POLICE}
    standing: dict[str, bool] = {}
    for one in units:
        standing[one.kind] = standing.get(one.kind, False) or bool(wanted & set(one.capabilities))
    added = tuple(one.kind for one in scenario.units.add)
    for kind in scenario.units.kinds:
        if kind not in standing and kind not in added:
            raise BadInput(
                _("No unit of the kind “{kind}” stands at a post; known here: {known}.").format(
                    kind=kind, known=", ".join(sorted(standing)) or "–"
                )
            )
    able = scenario.units.kinds or tuple(sorted(kind for kind, can in standing.items() if can))
    kinds = tuple(dict.fromkeys((*able, *added)))
    if not kinds:
        raise BadInput(_("The town has no unit at a post, so nothing can be simulated."))
    return kinds


def draw_pool(
    town: places.TownRow,
    period: tuple[datetime, datetime],
    *,
    units: Iterable[places.UnitRow],
    kinds: Collection[str],
    hospitals: bool,
    priority_of: Callable[[str], int],
) -> Pool:
    """Draw the pool for a period; BadInput where no run card asks for any of the units."""
    starts_at, _ends_at = period
    pattern = patterns.call_pattern()
    lon, lat, people = demand(town.key)
    able = _able(units, kinds)
    types, codes = [], []
    for code, share in pattern.types.items():
        card = _lines(code, able, pattern, hospitals=hospitals)
        if card:
            types.append(CallType(share=share, card=card, priority=priority_of(code)))
            codes.append(code)
    if not types:
        raise BadInput(
            _("No run card asks for what these kinds can do: {kinds}.").format(
                kinds=", ".join(kinds)
            )
        )
    kept = sum(one.share for one in types) / sum(pattern.types.values())
    rate = pattern.rate_per_hour(float(people.sum()))
    duration_s = seconds_of(period)
    mean = float(rate.mean()) * duration_s / 3600
    times = max(1, min(MOST_TIMES, round(POOL_CALLS / mean))) if mean > 0 else 1
    stream = draw_stream(
        CallPattern(
            place=np.arange(len(lon), dtype=np.intp),
            rate_per_hour=rate * kept * times,
            types=types,
            weights=people,
        ),
        duration_s=duration_s,
        seed=POOL_SEED,
        starts_at_hour_of_week=starts_at.weekday() * 24 + starts_at.hour + starts_at.minute / 60,
    )
    if not len(stream):
        raise BadInput(_("The town has so few people that no call is drawn for this period."))
    log = _log(
        stream.received_s + starts_at.timestamp(),
        tuple(codes[at] for at in stream.kind.tolist()),
        lon=lon[stream.place],
        lat=lat[stream.place],
    )
    left_out = (("calls_of_other_kinds", round(mean * (1 - kept))), ("responses_of_other_kinds", 0))
    return Pool(log, stream, times, left_out)


def _able(
    units: Iterable[places.UnitRow], kinds: Collection[str]
) -> Mapping[str, list[frozenset[str]]]:
    """Give, for each capability, what else the units that have it can do."""
    standing = [one for one in units if one.kind in kinds]
    crews = [frozenset(one.capabilities) for one in standing]
    known = unit_catalogue().kinds
    new = set(kinds) - {one.kind for one in standing}
    crews += [frozenset(known[kind].capabilities) for kind in sorted(new) if kind in known]
    able: dict[str, list[frozenset[str]]] = {}
    for crew in crews:
        for one in crew - {POLICE}:
            able.setdefault(one, []).append(crew)
    return able


def _lines(
    code: str,
    able: Mapping[str, list[frozenset[str]]],
    pattern: patterns.CallPattern,
    *,
    hospitals: bool,
) -> tuple[CardLine, ...]:
    """Give a type's card as far as the town's units can do it; one line takes the patient.

    The engine draws a slot's ride before it knows who goes. So where only some of the units that
    can take the line carry patients, their part of them scales the share.
    """
    medical = _groups().get(code) == "medical"
    word = "medical" if medical else "other"
    carried = not (medical and hospitals)
    lines = []
    for line in _cards().get(code, ()):
        if line["capability"] not in able:
            continue
        crews = able[line["capability"]]
        able_to_carry = sum("transport" in crew for crew in crews) / len(crews)
        carries = not carried and able_to_carry > 0
        carried = carried or carries
        lines.append(
            CardLine(
                capability=line["capability"],
                count=int(line["count"]),
                turnout=_spell(pattern, f"turnout_{word}"),
                on_scene=_spell(pattern, f"on_scene_{word}"),
                transports=pattern.transport_share * able_to_carry if carries else 0.0,
                handover=_spell(pattern, "at_hospital") if carries else None,
            )
        )
    return tuple(lines)


def _spell(pattern: patterns.CallPattern, name: str) -> Quantiles:
    return Quantiles(
        np.array(pattern.quantile_shares, np.float64), np.array(pattern.spells[name], np.float64)
    )


def _cards() -> dict[str, list[dict[str, Any]]]:
    """Give the first alarm of each shipped run card of a type that the pattern has."""
    types = patterns.call_pattern().types
    cards = read_catalogue("runcards.toml")["cards"]
    return {one["type"]: one["levels"][0] for one in cards if one["type"] in types}


def _groups() -> dict[str, str]:
    return {one["code"]: one["group"] for one in read_catalogue("incident_types.toml")["types"]}


def _log(received_s: F8, types: tuple[str, ...], *, lon: F8, lat: F8) -> LoggedPeriod:
    """Give the pool's calls as a log's, without a response."""
    nobody, unknown = np.zeros(0, np.int32), np.zeros(0)
    return LoggedPeriod(
        numbers=tuple(f"drawn-{at}" for at in range(len(types))),
        types=types,
        priorities=("",) * len(types),
        points=frozenset(),
        mappings=frozenset(),
        ringing_s=np.full(len(types), np.nan),
        received_s=received_s,
        entered_s=np.full(len(types), np.nan),
        lon=lon,
        lat=lat,
        units=(),
        call=nobody,
        unit=nobody,
        dispatched_s=unknown,
        en_route_s=unknown,
        on_scene_s=unknown,
        transporting_s=unknown,
        at_hospital_s=unknown,
        available_s=unknown,
        duty_unit=nobody,
        duty_from_s=unknown,
        duty_to_s=unknown,
    )
