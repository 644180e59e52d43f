"""The report's document: every figure with what it stands on, and every gap with its sentence."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _
from scipy.stats import spearmanr

from anlan.areas.dispatch.queries.replay.inputs import DayFactor, Inputs
from anlan.areas.dispatch.queries.replay.sentences import (
    in_both,
    lacking_sentence,
    method_sentence,
    notes_of,
)
from anlan.areas.dispatch.queries.replay.series import write_series
from anlan.areas.dispatch.rules.catalogue import Level, incident_catalogue, profiles
from anlan.engine.simulation.replay import Modelled, Replay
from anlan.engine.simulation.report import (
    INTERVALS,
    Column,
    Interval,
    ServiceLevel,
    column,
    model_error,
    observed_times,
    paired_gap,
)
from anlan.kernel.places.queries import TownRow

FORMAT = 1
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Runs:
    """The replays: always as recorded, and as recommended where that was asked."""

    recorded: Replay
    recommended: Replay | None


def write_document(
    town: TownRow, inputs: Inputs, runs: Runs, *, policy: str, seed: int
) -> dict[str, Any]:
    """Write the whole report as plain data, in seconds rounded to tenths."""
    levels = _service_levels(inputs)
    columns = {
        "observed": column("observed", inputs.log, observed_times(inputs.log), levels=levels)
    }
    columns["recorded"] = column("recorded", inputs.log, runs.recorded.modelled, levels=levels)
    if runs.recommended is not None:
        columns["recommended"] = column(
            "recommended", inputs.log, runs.recommended.modelled, levels=levels
        )
    posted = _posted(inputs)
    document = {
        "format": FORMAT,
        "town": {
            "key": town.key,
            "name": town.name,
            "zone": town.zone,
            "made_up": town.made_up,
            "made_up_note": town.made_up_note,
        },
        "period": {
            "from": inputs.period.starts_at.isoformat(),
            "to": inputs.period.ends_at.isoformat(),
            "days": len(inputs.period.days()),
        },
        "policy": policy,
        "columns": list(columns),
        "model_error": _errors(inputs, runs.recorded, posted),
        "factor": _factor(inputs),
        "paired": _paired(inputs, runs, posted, seed=seed),
        "intervals": {name: _interval(name, columns, town) for name in INTERVALS},
        "by_kind": _by_kind(inputs, runs),
        "log": _log(inputs, posted),
        "counts": {
            "recorded": dict(runs.recorded.counts),
            "recommended": None if runs.recommended is None else dict(runs.recommended.counts),
        },
        "series": write_series(
            inputs,
            recorded=runs.recorded.modelled,
            recommended=None if runs.recommended is None else runs.recommended.modelled,
            known=_known_rows(runs, posted, known=True),
        ),
        "notes": notes_of(inputs, recommended=runs.recommended is not None),
        "attribution": list(town.attribution),
        "seed": seed,
    }
    return _rounded(document)


def _rounded(value: Any) -> Any:
    """Give plain data: floats to four digits after the point, no nan, no numpy."""
    if isinstance(value, dict):
        return {str(key): _rounded(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(member) for member in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 4) if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _service_levels(inputs: Inputs) -> list[ServiceLevel]:
    """Give every shipped profile's levels, for the types that each holds for."""
    types = sorted(set(inputs.logged.types))
    return [
        ServiceLevel(
            key=f"{profile.code}/{place}",
            interval=level.interval,  # type: ignore[arg-type]
            goal_s=level.goal_s,
            share=level.share,
            kinds=_kinds(level, types),
        )
        for profile in profiles().values()
        for place, level in enumerate(profile.levels)
    ]


def _kinds(level: Level, types: list[str]) -> frozenset[int] | None:
    if not level.groups and not level.urgent:
        return None
    catalogue = incident_catalogue().types
    return frozenset(
        place
        for place, code in enumerate(types)
        if (not level.groups or catalogue[code].group in level.groups)
        and (not level.urgent or catalogue[code].priority == 1)
    )


def _interval(name: Interval, columns: dict[str, Column], town: TownRow) -> dict[str, Any]:
    """Give one interval in every column; null with a sentence where the log lacks it."""
    figures = {key: one.figures[name] for key, one in columns.items()}
    lacking = figures["observed"].lacking
    result: dict[str, Any] = {
        "code": lacking,
        "sentence": None,
        "note": figures["observed"].note,
    }
    if lacking is not None:
        result |= in_both(lambda: lacking_sentence(lacking))
    for key, figure in figures.items():
        result[key] = (
            None
            if lacking is not None or not figure.n
            else {
                "n": figure.n,
                "p50_s": figure.p50_s,
                "p90_s": figure.p90_s,
                "p95_s": figure.p95_s,
                "levels": [
                    _level(code, asdict(level), town) for code, level in figure.levels.items()
                ],
            }
        )
    return result


def _level(code: str, figure: dict[str, Any], town: TownRow) -> dict[str, Any]:
    profile, place = code.rsplit("/", 1)
    level = profiles()[profile].levels[int(place)]
    return {
        "profile": profile,
        "selected": profile in town.level_profiles,
        "goal_s": level.goal_s,
        "asked": level.share,
        "groups": list(level.groups),
        "area": level.area,
        "urgent": level.urgent,
        "n": figure["n"],
        "share": figure["within"],
        "met": figure["met"],
    }


def _posted(inputs: Inputs) -> Bools:
    """Say of each unit whether its place is known when it is free: it has a post or a point."""
    return inputs.log.units.post >= 0


def _only(run: Replay, rows: Bools) -> Replay:
    """Give a replay in which only the chosen rows ever come on scene."""
    arrived = np.where(rows, run.modelled.on_scene_s, np.nan)
    return replace(run, modelled=replace(run.modelled, on_scene_s=arrived))


def _errors(inputs: Inputs, recorded: Replay, posted: Bools) -> dict[str, Any]:
    """Give how far the model is from what was observed; apart where posts are known."""
    known = posted[inputs.log.responses.unit]
    return {
        "response": asdict(model_error(inputs.log, recorded, interval="response")),
        "travel": _travel_error(inputs, recorded, np.ones(len(known), bool)),
        "travel_known_post": _travel_error(inputs, recorded, known),
        "travel_unknown_place": _travel_error(inputs, recorded, ~known),
    }


def _travel_error(inputs: Inputs, recorded: Replay, rows: Bools) -> dict[str, Any]:
    log = inputs.log.responses
    observed = np.where(rows, log.on_scene_s - log.en_route_s, np.nan)
    modelled = recorded.modelled.on_scene_s - recorded.modelled.en_route_s
    both = np.isfinite(observed) & np.isfinite(modelled) & (observed >= 0)
    varied = both.sum() > 2 and np.ptp(observed[both]) > 0 and np.ptp(modelled[both]) > 0
    rank = spearmanr(observed[both], modelled[both])[0] if varied else np.nan
    error = asdict(model_error(inputs.log, _only(recorded, rows), interval="travel"))
    return error | {"rank_correlation": float(rank)}


def _factor(inputs: Inputs) -> dict[str, Any]:
    return {
        "method": inputs.method,
        **in_both(lambda: method_sentence(inputs.method)),
        "days": [_day(one) for one in inputs.factors],
    }


def _day(one: DayFactor) -> dict[str, Any]:
    fit = one.fit
    return {
        "day": one.day.isoformat(),
        "value": one.value,
        "n": 0 if fit is None else fit.n,
        "p50_error_s": None if fit is None else fit.p50_error_s,
        "p90_error_s": None if fit is None else fit.p90_error_s,
    }


def _paired(inputs: Inputs, runs: Runs, posted: Bools, *, seed: int) -> dict[str, Any] | None:
    """Compare first arrivals call by call; apart where the model knows where units stand."""
    if runs.recommended is None:
        return None
    log = inputs.log

    def gap(rows: Bools) -> dict[str, Any]:
        recorded, recommended = _only(runs.recorded, rows), _only(runs.recommended, rows)  # type: ignore[arg-type]
        return asdict(paired_gap(log, recorded, recommended, seed=seed))

    return {
        "interval": "response",
        "all": asdict(paired_gap(log, runs.recorded, runs.recommended, seed=seed)),
        "known_post": gap(_known_rows(runs, posted, known=True)),
        "unknown_place": gap(_known_rows(runs, posted, known=False)),
    }


def _known_rows(runs: Runs, posted: Bools, *, known: bool) -> Bools:
    """Mark the rows whose units all have a known post, or all have none, in every run."""
    rows = np.ones(len(runs.recorded.modelled.unit), bool)
    for run in (runs.recorded, runs.recommended):
        if run is not None:
            sent = run.modelled.unit
            rows &= (sent >= 0) & (posted[sent] == known)
    return rows


def _by_kind(inputs: Inputs, runs: Runs) -> list[dict[str, Any]]:
    """Give travel by kind of unit in each column, over the rows that all of them have."""
    rows = inputs.log.responses
    observed = _travel_of(observed_times(inputs.log))
    recorded = _travel_of(runs.recorded.modelled)
    both = None if runs.recommended is None else _travel_of(runs.recommended.modelled)
    usable = np.isfinite(observed) & (observed >= 0) & np.isfinite(recorded)
    usable &= True if both is None else np.isfinite(both)
    kinds = np.array([unit.kind for unit in inputs.logged.units])[rows.unit]
    known = _posted(inputs)[rows.unit]
    result = []
    for kind, n in Counter(kinds[usable].tolist()).most_common():
        mine = usable & (kinds == kind)
        entry: dict[str, Any] = {
            "kind": kind,
            "n": n,
            "known_post": float(known[mine].mean()),
            "observed": _two(observed[mine]),
            "recorded": _two(recorded[mine]),
        }
        if both is not None and runs.recommended is not None:
            same = runs.recommended.modelled.unit[mine] == rows.unit[mine]
            entry |= {"recommended": _two(both[mine]), "same_unit": float(same.mean())}
        result.append(entry)
    return result


def _travel_of(times: Modelled) -> npt.NDArray[np.float64]:
    return times.on_scene_s - times.en_route_s


def _two(seconds: npt.NDArray[np.float64]) -> dict[str, float]:
    return {"p50_s": float(np.median(seconds)), "p90_s": float(np.quantile(seconds, 0.9))}


def _log(inputs: Inputs, posted: Bools) -> dict[str, Any]:
    logged = inputs.logged
    zone = inputs.period.starts_at.tzinfo
    first, last = (
        datetime.fromtimestamp(float(at), zone).isoformat() for at in logged.received_s[[0, -1]]
    )
    return {
        "calls": len(logged.numbers),
        "responses": len(logged.call),
        "units": len(logged.units),
        "units_inferred": sum(unit.inferred for unit in logged.units),
        "units_with_known_post": int(posted.sum()),
        "duty_periods": len(logged.duty_unit),
        "first_call": first,
        "last_call": last,
        "mappings": sorted(logged.mappings),
        "points": sorted(logged.points),
        "types": dict(Counter(logged.types).most_common()),
        "inferred": _("Units' kinds, posts and hours on duty are inferred from the log."),
    }
