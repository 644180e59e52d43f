"""`anlan replay`: what a logged period would have been with other assignments; writes a report."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anlan.cli.output import Output, duration, table
from anlan.kernel.values import BadInput
from anlan.kernel.whole_file import write_files

POLICIES = ("recorded", "recommended")
SEED = 20200407
COLUMNS = ("observed", "recorded", "recommended")


def register(subparsers: Any) -> None:
    """Add `replay`."""
    replay = subparsers.add_parser(
        "replay", help="replay logged calls in memory and report; nothing in the town changes"
    )
    replay.add_argument("key", metavar="KEY")
    replay.add_argument(
        "--from", dest="begins", required=True, metavar="WHEN", help="2020-04-07, local; or a time"
    )
    replay.add_argument(
        "--to", dest="ends", required=True, metavar="WHEN", help="the end, not itself included"
    )
    replay.add_argument(
        "--policy",
        choices=POLICIES,
        required=True,
        help="recorded: the log's assignments; recommended: ours, compared with the log's",
    )
    replay.add_argument(
        "--speed", default="max", metavar="max|N", help="N town seconds in a second (default: max)"
    )
    replay.add_argument(
        "--report", required=True, metavar="DIR", help="where report.json and report.html go"
    )
    replay.add_argument(
        "--seed", type=int, default=SEED, help="draws the bootstrap of the comparison"
    )
    replay.add_argument(
        "--pictures", action="store_true", help="also write each plot and the areas as an SVG file"
    )
    replay.set_defaults(run=_replay)


def _replay(args: argparse.Namespace, out: Output) -> None:
    folder = Path(args.report)
    pace = _pace(args.speed, args.key, out)
    _make(folder)
    from anlan.areas.dispatch.queries.replay import replay_report
    from anlan.web.dispatch.replay_report import pictures, render

    report = replay_report(
        args.key,
        begins=args.begins,
        ends=args.ends,
        policy=args.policy,
        seed=args.seed,
        pace=pace,
        progress=out.progress,
    )
    document = report.document | {"command": _command(args)}
    out.progress("Writing the report", 0.0)
    files = {
        "report.json": json.dumps(document, ensure_ascii=False, indent=1) + "\n",
        "report.html": render(document, streets=report.streets),
    }
    files |= pictures(document) if args.pictures else {}
    write_files(folder, {name: text.encode() for name, text in files.items()})
    out.progress("Writing the report", 1.0)
    out.result(document, _summary(document, folder))


def _command(args: argparse.Namespace) -> str:
    return (
        f"anlan replay {args.key} --from {args.begins} --to {args.ends} "
        f"--policy {args.policy} --speed {args.speed} --report DIR"
    )


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} can't be used: {error.strerror}.") from error


def _pace(speed: str, key: str, out: Output) -> Callable[[float], None] | None:
    """Give what holds the replay to so many town seconds a second; None for as fast as it can."""
    if speed == "max":
        return None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not 0 < factor < float("inf"):
        raise BadInput(f"“{speed}” is no speed; write max, or a number above 0 such as 600.")
    from datetime import datetime

    from anlan.kernel.places import queries

    zone = queries.town(key).tz
    began: list[float] = []

    def pace(at_s: float) -> None:
        if not began:
            began.extend((time.monotonic(), at_s))
        ahead = began[0] + (at_s - began[1]) / factor - time.monotonic()
        if ahead > 0:
            now = datetime.fromtimestamp(at_s, zone)
            out.progress(f"Town time {now:%Y-%m-%d %H:00}")
            time.sleep(ahead)

    return pace


def _summary(document: dict[str, Any], folder: Path) -> str:
    log, error = document["log"], document["model_error"]["response"]
    columns = [name for name in COLUMNS if name in document["columns"]]
    lines = [
        f"{log['calls']:,} calls, {log['responses']:,} responses of {log['units']:,} units.",
        _error_line(error),
        document["factor"]["sentence"],
    ]
    rows = [
        (name, figure[column]["n"] if figure[column] else 0, column, *_cells(figure[column]))
        for name, figure in document["intervals"].items()
        for column in columns
        if figure[column]
    ]
    lines.append(
        table(("interval", "n", "column", "p50_s", "p90_s", "p95_s"), rows, right=(1, 3, 4, 5))
    )
    lines.extend(
        f"{name}: {figure['sentence']}"
        for name, figure in document["intervals"].items()
        if figure["sentence"]
    )
    lines.extend(_paired_lines(document["paired"]))
    lines.extend(f"Note: {note['sentence']}" for note in document["notes"])
    lines.append(f"Written: {folder / 'report.json'} and {folder / 'report.html'}")
    return "\n".join(lines)


def _error_line(error: dict[str, Any]) -> str:
    if not error["n"]:
        return "The model's error is unknown: the log has no arrivals."
    return (
        f"The model's error (first arrival, recorded-modelled less observed): median "
        f"{error['p50_s']:+.0f} s; half of {error['n']:,} calls are off by more than "
        f"{error['p50_abs_s']:.0f} s, one in ten by more than {error['p90_abs_s']:.0f} s."
    )


def _cells(figure: dict[str, Any]) -> tuple[str, ...]:
    return tuple(f"{figure[name]:.0f}" for name in ("p50_s", "p90_s", "p95_s"))


def _paired_lines(paired: dict[str, Any] | None) -> list[str]:
    if paired is None:
        return []
    names = {
        "known_post": "units with a known post",
        "unknown_place": "units whose place is only guessed",
        "all": "all units",
    }
    worst = max(paired["all"]["p90_s"] or 0, 0)
    return [
        f"First arrival, {words}: recommended sooner on {gap['better']:,} of {gap['n']:,} calls, "
        f"later on {gap['worse']:,}; mean {gap['mean_s']:+.0f} s "
        f"(95 %: {gap['mean_ci_s'][0]:+.0f} to {gap['mean_ci_s'][1]:+.0f})."
        for name, words in names.items()
        if (gap := paired[name])["n"]
    ] + [f"On one call in ten the first arrival is {duration(worst)} later or more."] * (worst >= 1)
