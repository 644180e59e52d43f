"""`anlan closures`: close or slow a street, open it again, list what is closed."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import Any

from anlan.cli.arguments import whole
from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `closures add`, `closures lift` and `closures list`."""
    closures = subparsers.add_parser("closures", help="close, slow and open streets")
    actions = closures.add_subparsers(required=True, metavar="ACTION", dest="action")
    add = actions.add_parser("add", help="close the street nearest to a point, or slow it")
    add.add_argument("key", metavar="KEY")
    add.add_argument("at", metavar="LON,LAT", help="a point on the street")
    add.add_argument(
        "--speed-factor", type=float, default=0.0, help="0 closes, 0.5 halves the speed (default 0)"
    )
    add.add_argument(
        "--minutes",
        type=whole(1, 366 * 24 * 60),
        default=None,
        help="for how long (default: for good)",
    )
    add.set_defaults(run=_add)
    lift = actions.add_parser("lift", help="open a street again")
    lift.add_argument("key", metavar="KEY")
    lift.add_argument("closure", metavar="ID", type=whole(1, 999_999_999), help="as the list shows")
    lift.set_defaults(run=_lift)
    listing = actions.add_parser("list", help="list what is closed now")
    listing.add_argument("key", metavar="KEY")
    listing.set_defaults(run=_list)


def _add(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.arguments import point
    from anlan.cli.installation import stamp
    from anlan.kernel.places import queries, services

    place, writing = point(args.at), stamp(args.key)
    ends_at = None if args.minutes is None else writing["at"] + timedelta(minutes=args.minutes)
    row = services.close_street(
        town_key=args.key,
        lon=place.lon,
        lat=place.lat,
        speed_factor=args.speed_factor,
        ends_at=ends_at,
        **writing,
    )
    zone = queries.town(args.key).tz
    until = f" until {row.ends_at.astimezone(zone):%F %R}" if row.ends_at else " until it is lifted"
    done = "closed" if row.speed_factor == 0 else f"slowed to {row.speed_factor:.0%}"
    out.result(_document(row), f"{row.street or 'A street without a name'} is {done}{until}.")


def _lift(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.places import services

    row = services.lift_closure(args.closure, town_key=args.key, **stamp(args.key))
    out.result(_document(row), f"{row.street or 'The street'} is open again.")


def _list(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import town_now
    from anlan.kernel.places import queries

    rows, zone = queries.closures(args.key, at=town_now(args.key)), queries.town(args.key).tz
    human = table(
        ["ID", "STREET", "SPEED", "UNTIL"],
        [
            [
                row.id,
                row.street,
                f"{row.speed_factor:.0%}",
                row.ends_at and f"{row.ends_at.astimezone(zone):%F %R}",
            ]
            for row in rows
        ],
        right=(0, 2),
    )
    out.result([_document(row) for row in rows], human if rows else "No street is closed.")


def _document(row: Any) -> dict[str, Any]:
    return {
        "id": row.id,
        "street": row.street,
        "speed_factor": row.speed_factor,
        "ends_at": row.ends_at.isoformat() if row.ends_at else None,
    }
