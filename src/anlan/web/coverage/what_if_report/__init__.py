"""A study's report as one HTML file, or as PDF pages: both languages, no outside host."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from anlan.kernel.places.catalogue import Label, read_catalogue, read_label, unit_catalogue
from anlan.kernel.values import BadInput
from anlan.web.coverage.what_if_report.calibration import calibration
from anlan.web.coverage.what_if_report.drawing import (
    LEGEND,
    STYLE_RULES,
    Lines,
    areas_chart,
    areas_map,
    histogram,
    standing_alone,
    swatch,
)
from anlan.web.coverage.what_if_report.figures import clock, hours, number, percent, span
from anlan.web.coverage.what_if_report.words import WORDS, both, pair, said

__all__ = ["Lines", "NoPrinter", "pictures", "print_pdf", "render"]

LANGUAGES = ("en", "zh")


class NoPrinter(BadInput):
    """Pages can't be printed here, for want of a library of the system."""


def render(
    document: Mapping[str, Any], *, streets: Lines, lang: str = "", paper: bool = False
) -> str:
    """Write the page of a study's document; `streets` are the lines of its map.

    `lang` is the language that it opens in ("" follows the reader's browser). `paper` writes it
    for the printer: no switches, drawings with their colours in them.
    """
    drawn = _drawings(document, streets=streets, coarse=paper)
    if paper:
        drawn = {name: standing_alone(svg) for name, svg in drawn.items()}
    return render_to_string("coverage/what_if_report.html", _context(document, drawn, lang, paper))


def print_pdf(document: Mapping[str, Any], *, streets: Lines, lang: str = "en") -> bytes:
    """Give the report as PDF pages in one language; NoPrinter where the system can't."""
    for chatty in ("weasyprint", "weasyprint.progress"):
        logging.getLogger(chatty).disabled = True  # it complains of styles meant for screens
    try:
        from weasyprint import HTML
    except OSError as error:  # WeasyPrint says so of a library that the system lacks
        raise NoPrinter(
            "No PDF: the system lacks Pango. On Debian or Ubuntu: "
            "apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        ) from error
    page = render(document, streets=streets, lang=lang or "en", paper=True)
    printed: bytes = HTML(string=page).write_pdf()
    return printed


def pictures(document: Mapping[str, Any]) -> dict[str, str]:
    """Draw the map without streets and the charts as SVG files of their own in light colours."""
    drawn = _drawings(document, streets=())
    return {f"{name}.svg": f"{standing_alone(svg)}\n" for name, svg in drawn.items() if svg}


def _drawings(
    document: Mapping[str, Any], *, streets: Lines, coarse: bool = False
) -> dict[str, str]:
    compare = document["paired"] is not None
    return {
        "map": areas_map(document, streets=streets, coarse=coarse),
        "areas": areas_chart(document["areas"]) if compare else "",
        "differences": histogram(document["paired"]["histogram"]) if compare else "",
    }


def _context(
    document: Mapping[str, Any], drawn: Mapping[str, str], lang: str, paper: bool
) -> dict[str, Any]:
    compare = document["paired"] is not None
    return {
        "doc": document,
        "compare": compare,
        "lang": lang or "en",
        "chosen": lang,
        "paper": paper,
        "rules": mark_safe(STYLE_RULES),
        "w": {key: both(key) for key in WORDS if "{" not in WORDS[key]},
        "title": both("title_compare" if compare else "title_simulate"),
        "period": _period(document),
        "question": said(document["question"]),
        "answer": said(document["answer"]),
        "sure": [said(one) for one in document["sure"]],
        "tiles": _tiles(document),
        "scenarios": [_scenario(one) for one in document["scenarios"]],
        "drawn": {name: mark_safe(svg) for name, svg in drawn.items()},
        "legend": _legend(document["cells"]["shows"], paper=paper),
        "map_words": both("map_differences" if compare else "map_response"),
        "map_title": both("map_title" if compare else "map_title_response"),
        "areas": [_row(one, escape(one["label"]), compare) for one in document["areas"]],
        "hours": [_row(one, hours(one), compare) for one in document["hours"]],
        "ranks": [_row(one, escape(one["label"]), compare) for one in document["by_rank"]],
        "targets": [_target(one, compare) for one in document["targets"]],
        "histogram_axis": _histogram_axis(document),
        "units": _units(document),
        "has_moves": _has_moves(document),
        "calibration": calibration(document["calibration"]),
        "notes": [said(one) for one in document["notes"]],
        "counts": _counts(document),
    }


def _legend(shows: str, *, paper: bool) -> list[tuple[SafeString, SafeString | str]]:
    """Give the map's key: a square of each shade and what it stands for."""
    words: tuple[SafeString | str, ...] = ("≤ 5 min", "≤ 7 min", "≤ 9 min", "> 9 min")
    if shows == "differences":
        names = ("later_much", "later_some", "even", "sooner_some", "sooner_much")
        words = tuple(both(name) for name in names)
    squares = [swatch(shade) for shade in LEGEND[shows]]
    if paper:
        squares = [standing_alone(one) for one in squares]
    return list(zip(map(mark_safe, squares), words, strict=True))


def _period(document: Mapping[str, Any]) -> SafeString:
    begins, ends = (_local(document["period"][end]) for end in ("from", "to"))
    return both("town_period", town=document["town"]["name"], begins=begins, ends=ends)


def _local(text: str) -> str:
    at = datetime.fromisoformat(text)
    whole_day = (at.hour, at.minute, at.second) == (0, 0, 0)
    return at.strftime("%Y-%m-%d" if whole_day else "%Y-%m-%d %H:%M")


def _tiles(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the three or four figures that stand first, each with what it is of."""
    paired = document["paired"]
    if paired is None:
        response = document["responses"]["A"]
        tiles = [
            _tile(
                both("mean_response"), clock(response["mean"]["value"]), _clocks(response["mean"])
            ),
            _tile(both("p90_response"), clock(response["p90"]["value"]), _clocks(response["p90"])),
        ]
    else:
        of = both("of_calls", n=number(paired["n"]))
        tiles = [
            _tile(
                both("mean_later"),
                f"{number(paired['mean']['value'], sign=True, digits=1)} s",
                f"{span(paired['mean'], digits=1)} s",
            ),
            _tile(both("calls_later"), number(paired["later"]["value"]), of),
            _tile(both("calls_sooner"), number(paired["sooner"]["value"]), of),
        ]
    for target in document["targets"][:1]:
        tiles.append(_target_tile(target, paired is not None))
    return tiles


def _tile(label: SafeString, figure: SafeString | str, below: SafeString | str) -> dict[str, Any]:
    return {"label": label, "figure": figure, "below": below}


def _clocks(estimate: Mapping[str, Any]) -> SafeString | str:
    if estimate["low"] is None:
        return both("no_interval")
    return f"{clock(estimate['low'])} … {clock(estimate['high'])}"


def _target_tile(target: Mapping[str, Any], compare: bool) -> dict[str, Any]:
    goal = mark_safe(f"{both(target['interval'])} ≤ {clock(target['goal_s'])}")
    if not compare:
        return _tile(
            goal, percent(target["A"]["value"]), both("of_calls", n=number(target["A"]["n"]))
        )
    a, b = (percent(target[letter]["value"]) for letter in "AB")
    points = number(_times(target["difference"]["value"], 100), sign=True, digits=1)
    return _tile(goal, both("in_points", points=points), both("from_to", a=a, b=b))


def _times(value: float | None, scale: float) -> float | None:
    return None if value is None else scale * value


def _scenario(entry: Mapping[str, Any]) -> dict[str, Any]:
    size = both("scenario_size", units=number(entry["units"]), posts=number(entry["posts"]))
    return {
        "letter": entry["letter"],
        "name": entry["name"],
        "note": entry["note"],
        "said": said(entry),
        "size": size,
    }


def _row(row: Mapping[str, Any], label: object, compare: bool) -> dict[str, Any]:
    if row["n"] is None:
        return {"label": label, "withheld": True}
    shown = {
        "label": label,
        "n": number(row["n"]),
        "a": clock(row["A"]["value"]),
        "span_a": _clocks(row["A"]),
    }
    if compare:
        gap = row["difference"]
        shown |= {
            "b": clock(row["B"]["value"]),
            "gap": number(gap["value"], sign=True, digits=1),
            "span": span(gap, digits=1),
        }
    return shown


def _target(target: Mapping[str, Any], compare: bool) -> dict[str, Any]:
    labels = {
        one["code"]: read_label(one["label"], where=one["code"])
        for one in read_catalogue("service_levels.toml")["profiles"]
    }
    groups = read_catalogue("incident_types.toml")["groups"]
    holds = [_label(read_label(groups[code], where=code)) for code in target["groups"]]
    holds += [both("urgent")] if target["urgent"] else []
    shown = {
        "interval": both(target["interval"]),
        "profile": _label(labels[target["profile"]]) if target["profile"] else "",
        "holds": mark_safe(", ".join(holds)) if holds else "",
        "goal": clock(target["goal_s"]),
        "asked": "–" if target["asked"] is None else percent(target["asked"], digits=0),
        "n": number(target["A"]["n"]),
        "a": percent(target["A"]["value"]),
    }
    if compare:
        gap = target["difference"]
        shown |= {
            "b": percent(target["B"]["value"]),
            "gap": number(_times(gap["value"], 100), sign=True, digits=1),
            "span": span(gap, scale=100, digits=1),
        }
    return shown


def _label(label: Label) -> SafeString:
    return pair(label.en, label.zh)


def _histogram_axis(document: Mapping[str, Any]) -> SafeString | str:
    paired = document["paired"]
    if paired is None:
        return ""
    return both("histogram_axis", same=number(paired["histogram"]["same"]))


def _has_moves(document: Mapping[str, Any]) -> bool:
    return any(row[x] and row[x]["moves"] for row in document["units"] for x in "AB" if x in row)


def _units(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    labels = {one["post"]: one["label"] for one in document["posts"]}
    kinds = unit_catalogue().kinds
    rows = []
    for row in document["units"]:
        sides = [row.get(letter) for letter in "AB" if letter in row]
        known = next(one for one in sides if one is not None)
        posts = [labels.get(one["post"], one["post"]) if one else "–" for one in sides]
        kind = known["kind"]
        rows.append(
            {
                "unit": row["unit"],
                "kind": _label(kinds[kind].label) if kind in kinds else escape(kind),
                "post": " → ".join(dict.fromkeys(posts)),
                "moved": len(set(posts)) > 1,
                "cells": [
                    {
                        "busy": percent(one["busy"]) if one else "–",
                        "sent": number(one["sent"]) if one else "–",
                        "moves": number(one["moves"]) if one else "–",
                    }
                    for one in sides
                ],
            }
        )
    return rows


def _counts(document: Mapping[str, Any]) -> list[SafeString]:
    waited, never, paired = document["waited"], document["never"], document["paired"]
    replications = document["replications"]
    told = [both("drawn_with", done=number(replications["done"]), seed=document["seed"])]
    if paired is None:
        told.append(both("waited_one", a=number(waited["A"]), c=number(never["A"])))
        return told
    told.append(
        both(
            "waited",
            a=number(waited["A"]),
            b=number(waited["B"]),
            c=number(never["A"]),
            d=number(never["B"]),
        )
    )
    if paired["only_a"] or paired["only_b"]:
        told.append(both("only_one", a=number(paired["only_a"]), b=number(paired["only_b"])))
    return told
