"""`anlan calendar`: load a year's notice of working days; a town's region; show its calendar."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from anlan.cli.arguments import whole
from anlan.cli.output import Output

_SOURCES = {
    "loaded": "from the notice that was loaded",
    "notice": "from the published notice",
    "law": "as the law of the region gives them",
    "expected": "expected only: no notice settles this year yet, so due dates are provisional",
    "none": "weekdays only: nothing is published for this region, so due dates are provisional",
}


def register(subparsers: Any) -> None:
    """Add `calendar load`, `calendar region` and `calendar show`."""
    calendar = subparsers.add_parser("calendar", help="working days, by which deadlines count")
    actions = calendar.add_subparsers(required=True, metavar="ACTION", dest="action")
    load = actions.add_parser(
        "load", help="load a year's notice; due dates that waited for it are computed anew"
    )
    load.add_argument("region", metavar="REGION", help="a country or its part: CN, CL, US-CA")
    load.add_argument("year", metavar="YEAR", type=whole(1950, 2100), help="the notice's year")
    load.add_argument(
        "file", metavar="FILE.csv", help="columns day, works: 2027-01-01,no and 2027-02-20,yes"
    )
    load.set_defaults(run=_load)
    region = actions.add_parser(
        "region", help="say by which part of its country's holidays a town works"
    )
    region.add_argument("key", metavar="KEY")
    region.add_argument("region", metavar="REGION", help="DE-BW, or DE for the country's alone")
    region.set_defaults(run=_region)
    show = actions.add_parser("show", help="print a year: free days and worked weekends")
    show.add_argument("key", metavar="KEY")
    show.add_argument("year", metavar="YEAR", type=whole(1950, 2100), help="which year")
    show.set_defaults(run=_show)


def _load(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.cases import queries, services

    loaded = services.load_calendar(Path(args.file), region=args.region, year=args.year, **stamp())
    moved = {
        key: services.recompute_dues(town_key=key, year=args.year, **stamp(key))
        for key in queries.towns_in(args.region)
    }
    what = "Loaded" if loaded.changed else "Already loaded as it is"
    lines = [
        f"{what}: {loaded.region} {loaded.year}, {loaded.free} free weekdays, "
        f"{loaded.worked} worked weekend days.",
        *(f"{key}: {count:,} due dates computed anew." for key, count in moved.items()),
    ]
    document = {
        "region": loaded.region,
        "year": loaded.year,
        "free": loaded.free,
        "worked": loaded.worked,
        "changed": loaded.changed,
        "due_dates": moved,
    }
    out.result(document, "\n".join(lines))


def _region(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.cases import services

    changed = services.set_region(args.key, region=args.region, **stamp())
    moved = services.recompute_dues(town_key=args.key, every=True, **stamp(args.key))
    what = "works by the days of" if changed else "works by these days already:"
    out.result(
        {"key": args.key, "region": args.region, "changed": changed, "due_dates": moved},
        f"{args.key} {what} {args.region}; {moved:,} due dates computed anew.",
    )


def _show(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.cases import queries

    row = queries.calendar_year(args.key, year=args.year)
    region = row.region or "no region"
    free = [_stretch(*each) for each in row.free]
    lines = [f"{region} {row.year}, {_SOURCES[row.source]}."]
    lines += [f"free    {each}" for each in free]
    lines += [f"worked  {each:%a %F}" for each in row.worked]
    document = {
        "region": row.region,
        "year": row.year,
        "source": row.source.value,
        "final": row.final,
        "free": [[first.isoformat(), last.isoformat()] for first, last in row.free],
        "worked": [each.isoformat() for each in row.worked],
    }
    out.result(document, "\n".join(lines))


def _stretch(first: date, last: date) -> str:
    if first == last:
        return f"{first:%a %F}"
    return f"{first:%a %F} to {last:%a %F} ({(last - first).days + 1} days)"
