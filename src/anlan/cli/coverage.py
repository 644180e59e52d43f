"""`anlan coverage`: who is reached in how many minutes from which posts, and where the gaps are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_language, whole
from anlan.cli.output import Output, table
from anlan.kernel.values import BadInput

ENDINGS = (".geojson", ".gpkg", ".png")
_SHOWN = 10
FEW_CALLS = 30
"""With fewer calls a share says little, and the reader is told."""
FAR_APART = 0.10
"""Expected and seen shares farther apart than this are not to be trusted."""


def register(subparsers: Any) -> None:
    """Add `coverage`."""
    coverage = subparsers.add_parser(
        "coverage", help="who is reached in how many minutes, and where the gaps are"
    )
    coverage.add_argument("key", metavar="KEY")
    coverage.add_argument(
        "--minutes", default="5,10,30", metavar="M,M…", help="rising (default 5,10,30)"
    )
    coverage.add_argument(
        "--kind", default="fire", help="fire, ambulance, police or hospital (default fire)"
    )
    coverage.add_argument(
        "--hour", default="all", help="local hour of the day, 0 to 23, or all (default)"
    )
    coverage.add_argument(
        "--count-from",
        default="travel",
        help="travel (default), turnout (as the unit is sent) or call (as it is received)",
    )
    coverage.add_argument(
        "--unit-kind",
        action="append",
        default=[],
        metavar="KIND",
        help="count only posts with such a unit on duty, such as engine; may be given again",
    )
    coverage.add_argument(
        "--gap-minutes",
        type=whole(1, 120),
        default=None,
        help="by which gaps and posts are judged (default: the first of --minutes)",
    )
    coverage.add_argument(
        "--gaps", type=whole(0, 100_000), default=None, help="list so many gaps, worst first"
    )
    coverage.add_argument(
        "--out", metavar="FILE", default=None, help="write the map: .geojson, .gpkg or .png"
    )
    add_language(coverage)
    coverage.set_defaults(run=_coverage)


def _coverage(args: argparse.Namespace, out: Output) -> None:
    from django.utils.translation import override

    from anlan.areas.coverage import queries
    from anlan.areas.coverage.rules import coverage as rules
    from anlan.cli.installation import town_now

    path = None if args.out is None else _path(args.out)
    asked = {
        "kind": rules.check_kind(args.kind),
        "minutes": rules.read_minutes(args.minutes),
        "hour": rules.read_hour(args.hour),
        "counted_from": rules.check_counted_from(args.count_from),
        "unit_kinds": tuple(args.unit_kind),
        "gap_minutes": args.gap_minutes,
    }
    out.progress("Measuring coverage", 0.0)
    found = queries.coverage(args.key, at=town_now(args.key), **asked)
    out.progress("Measuring coverage", 1.0)
    if path is not None:
        with override(args.lang):
            queries.write_layers(found, path)
    document = queries.coverage_document(found, gaps=args.gaps)
    out.result({**document, "out": args.out}, _sentences(found, args.gaps, args.out))


def _path(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() not in ENDINGS:
        raise BadInput(f"“{text}” is no kind of map; end it in {', '.join(ENDINGS)}.")
    if not path.absolute().parent.is_dir():
        raise BadInput(f"There is no folder {path.absolute().parent}; make it first.")
    return path


def _sentences(found: Any, gaps: int | None, written: str | None) -> str:
    shown = _SHOWN if gaps is None else gaps
    lines = [
        _headline(found),
        "",
        _bands(found),
        "",
        *_gap_lines(found, shown),
        *_honesty(found),
    ]
    if written is not None:
        lines.append(f"Written: {written}")
    return "\n".join(lines)


def _bands(found: Any) -> str:
    """Give the shares; the columns of calls stand only where a call counts."""
    calls = {
        "CALLS": "calls_share",
        "EXPECTED": "expected_share",
        "IN THE LOG": "seen_share",
    }
    columns = {
        **(calls if found.demand.calls else {}),
        "PEOPLE": "people_share",
        "AREA": "area_share",
    }
    rows = [
        [f"{one.minutes} min", *(_percent(getattr(one, name)) for name in columns.values())]
        for one in found.bands
    ]
    return table(["WITHIN", *columns], rows, right=tuple(range(len(columns) + 1)))


_FROM = {
    "travel": "travel only, from leaving the post",
    "turnout": "from being sent, turnout included",
    "call": "from receipt of the call",
}


def _headline(found: Any) -> str:
    asked = found.asked
    hour = (
        "the whole day" if asked.hour is None else f"{asked.hour:02d}:00 to {asked.hour + 1:02d}:00"
    )
    kind = "hospital" if asked.kind == "hospital" else f"{asked.kind} post"
    to = "To the nearest" if asked.kind == "hospital" else "From the nearest"
    made_up = " Made up: nobody called." if found.made_up else ""
    return f"{found.town_name}. {to} {kind}, {hour}; {_FROM[asked.counted_from]}.{made_up}"


def _gap_lines(found: Any, shown: int) -> list[str]:
    limit, gaps, called = found.asked.limit, found.gaps, bool(found.demand.calls)
    if not gaps:
        return [f"No gap: no cell has a call, a person or 0.01 km² beyond {limit} minutes.", ""]
    rows = [
        [
            one.street or f"{one.lon:.4f},{one.lat:.4f}",
            one.nearest or "none",
            "no way" if one.minutes is None else f"{one.minutes:.1f}",
            *([f"{one.calls:,} of {one.calls_of:,}"] if called else []),
            "?" if one.people is None else f"{one.people:,.0f}",
            f"{one.area_km2:.2f}",
        ]
        for one in gaps[:shown]
    ]
    heads = ["AROUND", "NEAREST", "MIN", *(["CALLS"] if called else []), "PEOPLE", "KM²"]
    more = f" (the {len(rows)} worst of {len(gaps)})" if len(rows) < len(gaps) else ""
    if not rows:
        return [f"{len(gaps)} area cells are not wholly reached within {limit} minutes.", ""]
    return [
        f"Not reached within {limit} minutes{more}:",
        table(heads, rows, right=tuple(range(2, len(heads)))),
        "",
    ]


def _honesty(found: Any) -> list[str]:
    demand, speeds = found.demand, found.speeds
    lines = [_calls(demand)]
    people = {
        "zones": "People: by the zones that the town was made with.",
        "streets": "People: a guess, from the length of streets with homes.",
        "none": "People: not known.",
    }
    lines.append(people[demand.people_source])
    lines += _start(found)
    if speeds.source == "log":
        lines.append(
            f"Times: {speeds.fixed_s:.0f} s and {speeds.factor:.2f} times free flow, fitted by "
            f"hour to {speeds.trips:,} trips of the log; on days left out half are off by more "
            f"than {speeds.p50_error_s:.0f} s, one in ten by more than {speeds.p90_error_s:.0f} s."
        )
        if demand.calls:
            lines.append(
                "CALLS go by the usual time; EXPECTED lets trips vary as the log's do; "
                "IN THE LOG is what crews of these posts did, from wherever they were."
            )
    elif speeds.source == "town":
        lines.append(f"Times: {speeds.factor:.2f} times free flow at every hour; not by hour.")
    else:
        lines.append("Times: free flow, since the log holds too few trips; real ones are longer.")
    return [*lines, *_apart(found)]


def _start(found: Any) -> list[str]:
    """Say what is added before travel, where anything is counted."""
    before, counted = found.before, found.asked.counted_from
    if counted == "travel":
        return []
    turnout = f"{before.turnout_s:.0f} s of turnout"
    if counted == "turnout":
        return [f"Before travel: {turnout} added, the log's median."]
    handling = f"{before.processing_s:.0f} s of handling"
    return [f"Before travel: {handling} and {turnout} added, the log's medians."]


def _points_apart(band: Any) -> float:
    return float(abs(band.expected_share - band.seen_share))


def _apart(found: Any) -> list[str]:
    """Warn where what is expected and what the log saw lie far apart."""
    told = [one for one in found.bands if one.seen >= FEW_CALLS]
    both = [one for one in told if None not in (one.expected_share, one.seen_share)]
    far = max(both, key=_points_apart, default=None)
    if far is None or _points_apart(far) <= FAR_APART:
        return []
    expected, seen = _percent(far.expected_share), _percent(far.seen_share)
    return [
        f"Don't trust these figures yet: within {far.minutes} minutes {expected} are expected "
        f"and {seen} were seen in the log. Its units may be of "
        "other kinds or come from elsewhere, or its times be kept otherwise."
    ]


def _calls(demand: Any) -> str:
    if not demand.calls:
        return "Calls: none in the log that count for this kind, so people and area are judged."
    span = f"{demand.calls_from} to {demand.calls_to}"
    out = f"; {demand.calls_left_out:,} do not count for this kind" if demand.calls_left_out else ""
    few = ""
    if demand.calls < FEW_CALLS:
        only = "1 call" if demand.calls == 1 else f"{demand.calls} calls"
        few = f" Only {only}: too few for shares of calls to tell much."
    return f"Calls: {demand.calls:,} at block midpoints, {span}{out}.{few}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
