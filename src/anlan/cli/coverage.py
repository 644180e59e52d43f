"""`anlan coverage`: who is reached in how many minutes from which posts, and where the gaps are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import whole
from anlan.cli.output import Output, table
from anlan.kernel.values import BadInput

ENDINGS = (".geojson", ".gpkg", ".png")
_SHOWN = 10


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
    coverage.add_argument("--lang", default="en", choices=["en", "zh-hans"], help="of the picture")
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
        table(
            ["WITHIN", "CALLS", "EXPECTED", "IN THE LOG", "PEOPLE", "AREA"],
            [
                [
                    f"{one.minutes} min",
                    *map(
                        _percent,
                        (
                            one.calls_share,
                            one.expected_share,
                            one.seen_share,
                            one.people_share,
                            one.area_share,
                        ),
                    ),
                ]
                for one in found.bands
            ],
            right=(0, 1, 2, 3, 4, 5),
        ),
        "",
        *_gap_lines(found, shown),
        *_honesty(found),
    ]
    if written is not None:
        lines.append(f"Written: {written}")
    return "\n".join(lines)


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
    limit, gaps = found.asked.limit, found.gaps
    if not gaps:
        return [f"No gap: everything is reached within {limit} minutes.", ""]
    rows = [
        [
            one.street or f"{one.lon:.4f},{one.lat:.4f}",
            one.nearest or "none",
            "no way" if one.minutes is None else f"{one.minutes:.1f}",
            f"{one.calls:,} of {one.calls_of:,}",
            "?" if one.people is None else f"{one.people:,.0f}",
            f"{one.area_km2:.2f}",
        ]
        for one in gaps[:shown]
    ]
    heads = ["AROUND", "NEAREST", "MIN", "CALLS", "PEOPLE", "KM²"]
    more = f" (the {len(rows)} worst of {len(gaps)})" if len(rows) < len(gaps) else ""
    if not rows:
        return [f"{len(gaps)} area cells are not wholly reached within {limit} minutes.", ""]
    return [
        f"Not reached within {limit} minutes{more}:",
        table(heads, rows, right=(2, 3, 4, 5)),
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
    if speeds.source == "log":
        lines.append(
            f"Times: {speeds.fixed_s:.0f} s and {speeds.factor:.2f} times free flow, fitted by "
            f"hour to {speeds.trips:,} trips of the log; on days left out half are off by more "
            f"than {speeds.p50_error_s:.0f} s, one in ten by more than {speeds.p90_error_s:.0f} s."
        )
        lines.append(
            "CALLS go by the usual time; EXPECTED lets trips vary as the log's do; "
            "IN THE LOG is what crews of these posts did, from wherever they were."
        )
    elif speeds.source == "town":
        lines.append(f"Times: {speeds.factor:.2f} times free flow at every hour; not by hour.")
    else:
        lines.append("Times: free flow, since the log holds too few trips; real ones are longer.")
    return lines


def _calls(demand: Any) -> str:
    if not demand.calls:
        return "Calls: none in the log that count for this kind."
    span = f"{demand.calls_from} to {demand.calls_to}"
    out = f"; {demand.calls_left_out:,} do not count for this kind" if demand.calls_left_out else ""
    return f"Calls: {demand.calls:,} at block midpoints, {span}{out}."


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f} %"
