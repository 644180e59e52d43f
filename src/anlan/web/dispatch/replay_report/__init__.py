"""The replay's report as one HTML file: no outside host, both languages, light and dark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from anlan.areas.dispatch.rules.catalogue import Label, incident_catalogue
from anlan.areas.dispatch.rules.catalogue import profiles as shipped_profiles
from anlan.kernel.places.catalogue import unit_catalogue
from anlan.web.dispatch.replay_report.areas_map import AREAS_STYLE, Lines, areas_map
from anlan.web.dispatch.replay_report.plots import LIGHT, plots, trusted
from anlan.web.dispatch.replay_report.words import WORDS, both, pair

__all__ = ["pictures", "render"]

MAIN_INTERVALS = ("answer", "processing", "turnout", "travel", "response")


def render(document: Mapping[str, Any], *, streets: Lines) -> str:
    """Write the page of a report's document; `streets` are the lines of its map."""
    return render_to_string(
        "dispatch/replay_report.html",
        {
            "doc": document,
            "w": {key: both(key) for key in WORDS if "{" not in WORDS[key]},
            "period": _period(document),
            "columns": [both(name) for name in document["columns"]],
            "column_names": document["columns"],
            "error": _error_lead(document["model_error"]["response"]),
            "error_rows": _error_rows(document["model_error"]),
            "factor_range": _factor_range(document["factor"]["days"]),
            "factor_sentence": _sentence(document["factor"]),
            "paired": _paired(document["paired"]),
            "intervals": _intervals(document),
            "levels": _levels(document),
            "kinds": _kinds(document),
            "counts": _counts(document["counts"]),
            "log_lead": _log_lead(document["log"]),
            "types": _types(document["log"]["types"]),
            "notes": [_sentence(note) for note in document["notes"]],
            "plots": {name: mark_safe(svg) for name, svg in plots(document).items()},
            "shown": both("known_post" if document["series"]["known_post"] else "all_units"),
            "differences_axis": _differences_axis(trusted(document)["differences"]),
            "map": mark_safe(areas_map(trusted(document)["cells"], streets=streets)),
            "map_words": both(f"map_{_map_shows(document)}"),
        },
    )


def pictures(document: Mapping[str, Any]) -> dict[str, str]:
    """Draw the plots, and the areas without streets, as SVG files of their own in light colours."""
    files = {f"{name}.svg": svg for name, svg in plots(document, colours=LIGHT).items()}
    areas = areas_map(trusted(document)["cells"], streets=())
    if areas:
        files["areas.svg"] = areas.replace(">", f"><style>{AREAS_STYLE}</style>", 1)
    return {name: f"{svg.rstrip()}\n" for name, svg in files.items()}


def _map_shows(document: Mapping[str, Any]) -> str:
    return "error" if trusted(document)["cells_show"] == "model_error" else "differences"


def _sentence(entry: Mapping[str, Any]) -> SafeString:
    return pair(entry["sentence"], entry["sentence_zh_hans"])


def _period(document: Mapping[str, Any]) -> SafeString:
    begins, ends = (_local(document["period"][end]) for end in ("from", "to"))
    return both("town_period", town=document["town"]["name"], begins=begins, ends=ends)


def _local(text: str) -> str:
    at = datetime.fromisoformat(text)
    whole_day = (at.hour, at.minute, at.second) == (0, 0, 0)
    return at.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M")


def _whole(value: float | None, *, sign: bool = False) -> str:
    """Write seconds or a count; a missing figure is a dash."""
    if value is None:
        return "–"
    text = f"{value:+,.0f}" if sign else f"{value:,.0f}"
    return "0" if text in ("+0", "-0") else text.replace("-", "−")


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"


def _error_lead(error: Mapping[str, Any]) -> SafeString:
    if not error["n"]:
        return both("error_none")
    return both(
        "error_lead",
        median=_whole(error["p50_s"], sign=True),
        n=_whole(error["n"]),
        half=_whole(error["p50_abs_s"]),
        tenth=_whole(error["p90_abs_s"]),
    )


def _error_rows(errors: Mapping[str, Any]) -> list[dict[str, Any]]:
    names = {
        "response": (both("first_arrival"), both("all_units")),
        "travel": (both("travel"), both("all_units")),
        "travel_known_post": (both("travel"), both("known_post")),
        "travel_unknown_place": (both("travel"), both("unknown_place")),
    }
    return [
        {
            "what": what,
            "units": units,
            "n": _whole(errors[key]["n"]),
            "mean": _whole(errors[key]["mean_s"], sign=True),
            "median": _whole(errors[key]["p50_s"], sign=True),
            "half": _whole(errors[key]["p50_abs_s"]),
            "tenth": _whole(errors[key]["p90_abs_s"]),
            "rank": _two_digits(errors[key].get("rank_correlation")),
        }
        for key, (what, units) in names.items()
        if errors[key]["n"]
    ]


def _two_digits(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _factor_range(days: list[Mapping[str, Any]]) -> SafeString | str:
    fitted = [day for day in days if day["n"]]
    if not fitted:
        return ""
    values, trips = [day["value"] for day in fitted], [day["n"] for day in fitted]
    return both(
        "factor_range", low=f"{min(values):.2f}", high=f"{max(values):.2f}", n=_whole(min(trips))
    )


def _paired(paired: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if paired is None:
        return None
    known, guessed = paired["known_post"], paired["unknown_place"]
    leads = []
    if known["n"]:
        low, high = known["mean_ci_s"]
        leads.append(
            both(
                "paired_lead",
                better=_whole(known["better"]),
                n=_whole(known["n"]),
                worse=_whole(known["worse"]),
                same=_whole(known["same"]),
                mean=_whole(known["mean_s"], sign=True),
                low=_whole(low, sign=True),
                high=_whole(high, sign=True),
            )
        )
    if guessed["n"]:
        leads.append(both("paired_guess", mean=_whole(guessed["mean_s"], sign=True)))
    return {
        "leads": leads,
        "rows": [
            _paired_row(both(words), paired[key])
            for key, words in (
                ("known_post", "known_post"),
                ("unknown_place", "unknown_place"),
                ("all", "all_units"),
            )
            if paired[key]["n"]
        ],
    }


def _paired_row(units: SafeString, gap: Mapping[str, Any]) -> dict[str, Any]:
    low, high = gap["mean_ci_s"]
    return {
        "units": units,
        "n": _whole(gap["n"]),
        "better": _whole(gap["better"]),
        "same": _whole(gap["same"]),
        "worse": _whole(gap["worse"]),
        "mean": _whole(gap["mean_s"], sign=True),
        "ci": f"{_whole(low, sign=True)} … {_whole(high, sign=True)}",
        "median": _whole(gap["median_s"], sign=True),
        "best": _whole(gap["p10_s"], sign=True),
        "worst": _whole(gap["p90_s"], sign=True),
    }


def _intervals(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each interval with a row a column, or the sentence for why it is missing."""
    result = []
    for name, figures in document["intervals"].items():
        rows = [
            {
                "column": both(column),
                "n": _whole(figures[column]["n"]),
                "p50": _whole(figures[column]["p50_s"]),
                "p90": _whole(figures[column]["p90_s"]),
                "p95": _whole(figures[column]["p95_s"]),
            }
            for column in document["columns"]
            if figures[column]
        ]
        if not rows and name not in MAIN_INTERVALS:
            continue
        result.append(
            {
                "name": both(name),
                "note": both(figures["note"]) if figures["note"] and rows else "",
                "rows": rows,
                "sentence": "" if rows else _sentence(figures),
            }
        )
    return result


def _levels(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each service level with its share in every column, the town's own profiles first."""
    rows = []
    for name, figures in document["intervals"].items():
        columns = [figures[column] for column in document["columns"]]
        if not all(columns):
            continue
        for place, level in enumerate(columns[0]["levels"]):
            mine = [column["levels"][place] for column in columns]
            rows.append(
                {
                    "profile": _label(shipped_profiles()[level["profile"]].label),
                    "selected": level["selected"],
                    "interval": both(name),
                    "holds_for": _holds_for(level),
                    "n": _whole(level["n"]),
                    "goal": f"{level['goal_s']:.0f} s",
                    "asked": "–" if level["asked"] is None else f"{100 * level['asked']:.0f} %",
                    "shares": [
                        {"share": _percent(one["share"]), "met": one["met"]} for one in mine
                    ],
                }
            )
    return sorted(rows, key=lambda row: not row["selected"])


def _label(label: Label) -> SafeString:
    return pair(label.en, label.zh)


def _holds_for(level: Mapping[str, Any]) -> SafeString:
    groups = incident_catalogue().groups
    words = [_label(groups[code]) for code in level["groups"]]
    words += [both("urgent")] if level["urgent"] else []
    words += [both(level["area"])] if level["area"] else []
    joined = ", ".join(words) if words else both("all_calls")
    return mark_safe(joined)


def _kinds(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    catalogue = unit_catalogue().kinds
    return [
        {
            "kind": _label(catalogue[row["kind"]].label)
            if row["kind"] in catalogue
            else escape(row["kind"]),
            "n": _whole(row["n"]),
            "post": _percent(row["known_post"]),
            "cells": [
                f"{_whole(row[column]['p50_s'])} / {_whole(row[column]['p90_s'])}"
                for column in document["columns"]
            ],
            "same": _percent(row["same_unit"]) if "same_unit" in row else "",
        }
        for row in document["by_kind"]
    ]


def _counts(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give what was counted, a row a thing, in each modelled column."""
    recorded, recommended = counts["recorded"], counts["recommended"]
    names = [*recorded, *(name for name in recommended or () if name not in recorded)]
    return [
        {
            "what": both(f"count_{name}") if f"count_{name}" in WORDS else escape(name),
            "recorded": _whole(recorded.get(name, 0)),
            "recommended": None if recommended is None else _whole(recommended.get(name, 0)),
        }
        for name in names
        if recorded.get(name) or (recommended or {}).get(name)
    ]


def _log_lead(log: Mapping[str, Any]) -> SafeString:
    return both(
        "log_lead",
        calls=_whole(log["calls"]),
        responses=_whole(log["responses"]),
        units=_whole(log["units"]),
        inferred=_whole(log["units_inferred"]),
        posted=_whole(log["units_with_known_post"]),
    )


def _types(types: Mapping[str, int]) -> list[tuple[SafeString | str, str]]:
    catalogue = incident_catalogue().types
    return [
        (_label(catalogue[code].label) if code in catalogue else escape(code), _whole(count))
        for code, count in types.items()
    ]


def _differences_axis(bins: Mapping[str, Any] | None) -> SafeString | str:
    return "" if bins is None else both("differences_axis", same=_whole(bins["same"]))
