"""`anlan route`: the way by road between two points, with its time and street names."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, duration, length, table


def register(subparsers: Any) -> None:
    """Add `route`."""
    route = subparsers.add_parser("route", help="the way by road between two points")
    route.add_argument("key", metavar="KEY")
    route.add_argument("start", metavar="LON,LAT", help="from here; may begin with a minus")
    route.add_argument("end", metavar="LON,LAT", help="to here")
    route.set_defaults(run=_route)


def _route(args: argparse.Namespace, out: Output) -> None:
    from anlan.api.encoding import route_document
    from anlan.cli.arguments import point
    from anlan.cli.installation import town_now
    from anlan.kernel.places import queries

    start, end = point(args.start), point(args.end)
    found = queries.route(args.key, origin=start, target=end, at=town_now(args.key))
    out.result(route_document(found), _sentences(found))


def _sentences(route: Any) -> str:
    steps = [[name or "(no name)", length(m), duration(s)] for name, m, s in route.steps]
    lines = [
        f"{duration(route.time_s)} by road, {length(route.length_m)}.",
        *_far(route.from_snap_m, "The start"),
        *_far(route.to_snap_m, "The end"),
        table(["STREET", "LENGTH", "TIME"], steps, right=(1, 2)),
    ]
    return "\n".join(lines)


def _far(distance_m: float, which: str) -> list[str]:
    if distance_m < 50:
        return []
    return [f"{which} lies {length(distance_m)} from the nearest street that can be driven."]
