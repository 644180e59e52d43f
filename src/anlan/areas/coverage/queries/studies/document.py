"""The report's document: every figure with its interval and what it stands on, as plain data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from anlan.areas.coverage.queries.studies import figures as fig
from anlan.areas.coverage.queries.studies import sentences as say
from anlan.areas.coverage.queries.studies.calibrating import Calibration
from anlan.areas.coverage.queries.studies.errors import calibration_figures
from anlan.areas.coverage.queries.studies.estimates import Estimate, Sample
from anlan.areas.coverage.queries.studies.ground import Ground
from anlan.areas.coverage.queries.studies.notes import notes_of, question_of, sure_of
from anlan.areas.coverage.queries.studies.ran import Ran
from anlan.areas.coverage.queries.studies.targets import Target, targets_of
from anlan.areas.coverage.queries.studies.worlds import Built, Spots
from anlan.areas.coverage.rules.studies import labels_of_posts
from anlan.areas.coverage.rules.writing import data_of
from anlan.engine.simulation.logged.outcomes import Outcome

FORMAT = 1
LETTERS = "AB"
LEAST_IN_WORST = 20


def write_document(
    ground: Ground, spots: Spots, ran: Ran, calibration: Calibration
) -> dict[str, Any]:
    """Write the whole report as plain data; figures are rounded to five digits after the point."""
    first = ran.built[0]
    hours, days = fig.local_hours(ground, ran.outcomes[0])
    as_logged = first.scenario.calls.source == "log" and first.scenario.calls.scale == 1
    sample = Sample.of(
        [one.replication for one in ran.outcomes[0]],
        days,
        log=as_logged,
        # Days of one drawn period are no log's days: one replication alone has no interval.
        n_days=ground.days if ground.pool is None else 0,
        seed=ran.seed,
    )
    pooled = [fig.Pooled.of(outcomes) for outcomes in ran.outcomes]
    groups = fig.groups_of(ground, first)
    labels = labels_of(ground, ran.built)
    targets = targets_of(first.scenario, ground)
    paired = fig.paired_figures(sample, *pooled) if len(pooled) == 2 else None
    error = calibration_figures(ground, calibration, groups, labels)
    tables = _tables(ground, sample, pooled, groups, hours, labels)
    document = {
        "format": FORMAT,
        "kind": "compare" if paired else "simulate",
        "town": _town(ground),
        "period": {
            "from": ground.starts_at.isoformat(),
            "to": ground.ends_at.isoformat(),
            "days": ground.days,
        },
        "calls": _calls(ground, spots, ran),
        "kinds": list(ground.kinds),
        "ranks": list(ground.ranks),
        "scenarios": [_scenario(one, LETTERS[at], labels) for at, one in enumerate(ran.built)],
        "replications": {
            "asked": ran.asked,
            "done": len(ran.outcomes[0]),
            "stopped": ran.stopped,
        },
        "seed": ran.seed,
        "method": sample.method,
        "question": question_of(ran.built, labels),
        "answer": _answer(sample, pooled, paired, tables["areas"]),
        "sure": sure_of(sample, ran, calibration) + _sure_of_worst(tables["areas"], error),
        "responses": {
            LETTERS[at]: fig.response_figures(sample, one) for at, one in enumerate(pooled)
        },
        "targets": [_target(one, sample, pooled, groups) for one in targets],
        "paired": None if paired is None else _plain_paired(paired),
        **tables,
        "cells": _cells(sample, pooled, groups),
        "posts": _posts(ran.built, labels),
        "units": _units(ran),
        "waited": {LETTERS[at]: _per(o, "waited") for at, o in enumerate(ran.outcomes)},
        "never": {LETTERS[at]: _per(o, "never") for at, o in enumerate(ran.outcomes)},
        "calibration": error,
        "notes": notes_of(ground, spots, ran),
        "attribution": list(ground.town.attribution),
    }
    written: dict[str, Any] = rounded(document)
    return written


def rounded(value: Any) -> Any:
    """Give plain data: floats to three digits after the point, no nan, no numpy."""
    if isinstance(value, Mapping):
        return {str(key): rounded(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(member) for member in value]
    if isinstance(value, float | np.floating):
        return round(float(value), 5) + 0.0 if np.isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value


def _town(ground: Ground) -> dict[str, Any]:
    town = ground.town
    return {
        "key": town.key,
        "name": town.name,
        "zone": town.zone,
        "made_up": town.made_up,
        "made_up_note": town.made_up_note,
    }


def _calls(ground: Ground, spots: Spots, ran: Ran) -> dict[str, Any]:
    calls = ran.built[0].scenario.calls
    return {
        "logged": ground.calls if ground.pool is None else 0,
        "a_replication": _mean([len(one.response_s) for one in ran.outcomes[0]]),
        "source": calls.source,
        "scale": calls.scale,
        "gathered": spots.gathered,
        "left_out": dict(ground.left_out),
    }


def labels_of(ground: Ground, built: Sequence[Built]) -> dict[str, str]:
    """Name posts as people do: a post's own name, a new one by its reference."""
    labels = {one.ref: one.label for each in built for one in each.deployment.posts}
    return labels | labels_of_posts({one.ref: one.name for one in ground.posts})


def _scenario(built: Built, letter: str, labels: Mapping[str, str]) -> dict[str, Any]:
    plan, scenario = built.deployment, built.scenario
    return {
        "letter": letter,
        "name": scenario.name,
        "note": scenario.note,
        "data": data_of(scenario),
        "changes": [
            say.in_both(lambda one=one: say.change_sentence(one, labels=labels))  # type: ignore[misc]
            for one in plan.changes
        ],
        **say.in_both(lambda: say.scenario_sentence(plan.changes, scenario, labels=labels)),
        "posts": len({one for one in built.home if one}),
        "units": len(plan.units),
    }


def _tables(
    ground: Ground,
    sample: Sample,
    pooled: Sequence[fig.Pooled],
    groups: fig.Groups,
    hours: Any,
    labels: Mapping[str, str],
) -> dict[str, list[dict[str, Any]]]:
    """Give the rows by first-due area, by hour of the day, and by urgency."""
    columns = {LETTERS[at]: one.response_s for at, one in enumerate(pooled)}
    if len(pooled) == 2:
        columns["difference"] = pooled[1].response_s - pooled[0].response_s
    of_call = pooled[0].of_call
    posts = np.array(groups.post)[of_call]
    order = sorted(
        set(groups.post), key=lambda ref: list(labels).index(ref) if ref in labels else 0
    )
    areas = [
        row | {"label": labels.get(row["key"], row["key"])}
        for row in fig.rows_by(posts, order, sample=sample, columns=columns)
    ]
    band = np.asarray(hours) // 4
    by_hour = [
        row | {"from": fig.HOUR_BANDS[row["key"]][0], "to": fig.HOUR_BANDS[row["key"]][1]}
        for row in fig.rows_by(band, range(6), sample=sample, columns=columns)
    ]
    ranks = [
        row | {"label": ground.ranks[row["key"]]}
        for row in fig.rows_by(
            groups.rank[of_call], range(len(ground.ranks)), sample=sample, columns=columns
        )
    ]
    return {"areas": areas, "hours": by_hour, "by_rank": ranks}


def _answer(
    sample: Sample,
    pooled: Sequence[fig.Pooled],
    paired: dict[str, Any] | None,
    areas: list[dict[str, Any]],
) -> say.Said:
    if paired is not None:
        worst = _worst(areas)
        return say.in_both(
            lambda: say.answer_of_compare(
                paired,
                worst=None
                if worst is None
                else say.worst_sentence(worst["label"], Estimate(**worst["difference"])),
            )
        )
    response = pooled[0].response_s
    mean, p90 = sample.mean(response), sample.quantile(response, 0.9)
    unreached = float(np.count_nonzero(~np.isfinite(response)) / sample.replications)
    return say.in_both(lambda: say.answer_of_simulate(mean, p90, unreached=unreached))


def _worst(areas: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the area that loses most among those with calls enough, None where none loses."""
    losing = [
        row
        for row in areas
        if row["n"] and row["n"] >= LEAST_IN_WORST and (row["difference"]["value"] or 0) > 0.5
    ]
    return max(losing, key=lambda row: row["difference"]["value"], default=None)


def _sure_of_worst(areas: list[dict[str, Any]], error: dict[str, Any]) -> list[say.Said]:
    """Say how far the model is off in the area that loses most: an area's own error is larger."""
    worst = _worst(areas) if areas and "difference" in areas[0] else None
    here = next((one for one in error["areas"] if worst and one["key"] == worst["key"]), None)
    if here is None or not here["n"]:
        return []
    return [say.in_both(lambda: say.area_error(here["label"], here["bias_s"]))]


def _plain_paired(paired: dict[str, Any]) -> dict[str, Any]:
    return {
        name: fig.plain(value) if isinstance(value, Estimate) else value
        for name, value in paired.items()
    }


def _target(
    target: Target, sample: Sample, pooled: Sequence[fig.Pooled], groups: fig.Groups
) -> dict[str, Any]:
    """Give the share of calls within a goal in each scenario, and the difference in points."""
    chosen = target.holds_for[pooled[0].of_call]
    within = []
    for one in pooled:
        seconds = {
            "response": one.response_s,
            "dispatch_to_scene": one.sent_s,
            "travel": one.travel_s,
        }[target.interval]
        within.append(np.where(np.isfinite(seconds), seconds <= target.goal_s, np.nan))
    shares = {
        LETTERS[at]: fig.plain(sample.mean(one, chosen=chosen)) for at, one in enumerate(within)
    }
    gap = None
    if len(within) == 2:
        gap = fig.plain(sample.mean(within[1] - within[0], chosen=chosen))
    return {
        "interval": target.interval,
        "goal_s": target.goal_s,
        "asked": target.share,
        "profile": target.profile,
        "groups": list(target.groups),
        "urgent": target.urgent,
        **shares,
        "difference": gap,
    }


def _cells(sample: Sample, pooled: Sequence[fig.Pooled], groups: fig.Groups) -> dict[str, Any]:
    shows = "differences" if len(pooled) == 2 else "response"
    values = pooled[0].response_s
    if len(pooled) == 2:
        values = pooled[1].response_s - values
    cell = [groups.cell[at] for at in pooled[0].of_call.tolist()]
    return {"shows": shows, "rows": fig.cells_of(cell, values, sample=sample)}


def _posts(built: Sequence[Built], labels: Mapping[str, str]) -> list[dict[str, Any]]:
    """Give every post with units in a scenario, and whether each scenario has it."""
    found: dict[str, dict[str, Any]] = {}
    for at, one in enumerate(built):
        staffed = set(one.home)
        for post in one.deployment.posts:
            if post.ref in staffed:
                row = found.setdefault(
                    post.ref,
                    {
                        "post": post.ref,
                        "label": labels.get(post.ref, post.ref),
                        "lon": post.at.lon,
                        "lat": post.at.lat,
                    }
                    | {LETTERS[other]: False for other in range(len(built))},
                )
                row[LETTERS[at]] = True
    return list(found.values())


def _units(ran: Ran) -> list[dict[str, Any]]:
    rows = [fig.unit_rows(b, o) for b, o in zip(ran.built, ran.outcomes, strict=True)]
    keys = list(dict.fromkeys(key for one in rows for key in one))
    return [
        {"unit": key, **{LETTERS[at]: one.get(key) for at, one in enumerate(rows)}} for key in keys
    ]


def _per(outcomes: Sequence[Outcome], name: str) -> float:
    return _mean([getattr(one, name) for one in outcomes])


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values))
