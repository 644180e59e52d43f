"""`anlan town`: make a town, list the towns of an installation."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `town create` and `town list`."""
    town = subparsers.add_parser("town", help="make a town, list towns")
    actions = town.add_subparsers(required=True, metavar="ACTION", dest="action")
    create = actions.add_parser("create", help="make a town with its name and time zone")
    create.add_argument("key", metavar="KEY", help="small letters, digits and -, such as porto")
    create.add_argument("--name", required=True, help="what people call it")
    create.add_argument("--zone", required=True, help="its time zone, such as Europe/Lisbon")
    create.add_argument(
        "--country", default=None, help="two letters, such as PT (default: read from the zone)"
    )
    create.set_defaults(run=_create, begins=True)
    listing = actions.add_parser("list", help="list the towns of this installation")
    listing.set_defaults(run=_list)


def _create(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.places import services

    row = services.create_town(
        key=args.key, name=args.name, zone=args.zone, country=args.country, **stamp()
    )
    out.result(
        {"key": row.key, "name": row.name, "zone": row.zone, "country": row.country},
        f"{row.name} is there as “{row.key}”. Next: anlan roads import {row.key} FILE.osm.pbf",
    )


def _list(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.places import queries

    rows = queries.towns()
    document = [{"key": row.key, "name": row.name, "zone": row.zone} for row in rows]
    human = table(["KEY", "NAME", "ZONE"], [[row.key, row.name, row.zone] for row in rows])
    out.result(document, human if rows else "There is no town yet; `anlan town create` makes one.")
