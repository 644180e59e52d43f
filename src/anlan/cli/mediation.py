"""`anlan mediation`: cases without names, sessions, rooms, counts; erase what nobody confirmed."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `mediation list`, `sessions`, `rooms`, `room`, `count` and `lapse`."""
    mediation = subparsers.add_parser("mediation", help="cases by state, sessions, rooms, counts")
    actions = mediation.add_subparsers(required=True, metavar="ACTION", dest="action")
    listing = _with_town(actions, "list", _list, "list cases: number, state, due; no names")
    listing.add_argument("--state", metavar="STATE", help="only those in this state")
    listing.add_argument("--overdue", action="store_true", help="only those whose time is over")
    _with_town(actions, "sessions", _sessions, "list the sessions of the next 14 days")
    _with_town(actions, "rooms", _rooms, "list the rooms")
    room = _with_town(actions, "room", _room, "make a room of an office")
    room.add_argument("office", metavar="OFFICE", help="the office's short code")
    room.add_argument("ident", metavar="IDENT", help="the room's short code")
    room.add_argument("name", metavar="NAME", help="the room's name")
    count = _with_town(actions, "count", _count, "count cases by kind and tier, for the service")
    count.add_argument("period", metavar="PERIOD", help="2026Q1 or 2026")
    lapse = actions.add_parser("lapse", help="erase requests that nobody confirmed in 7 days")
    lapse.set_defaults(run=_lapse)


def _with_town(actions: Any, name: str, run: Any, says: str) -> Any:
    parser = actions.add_parser(name, help=says)
    parser.add_argument("key", metavar="KEY")
    parser.set_defaults(run=run)
    return parser


def _list(args: argparse.Namespace, out: Output) -> int:
    from anlan.cli.installation import cli_actor, town_now
    from anlan.kernel.cases import queries
    from anlan.kernel.cases.registry import case_type
    from anlan.kernel.cases.rules.calendars import due_as_written
    from anlan.kernel.places.queries import town
    from anlan.kernel.values import BadInput

    states = [one.code for one in case_type("mediation").states]
    if args.state is not None and args.state not in states:
        raise BadInput(f"“{args.state[:40]}” is no state; states are: {', '.join(states)}.")
    now, zone = town_now(args.key), town(args.key).tz
    found = queries.cases(
        town_key=args.key,
        actor=cli_actor(),
        type="mediation",
        states=[args.state] if args.state else (),
        overdue_at=now if args.overdue else None,
        limit=1000,
    ).rows
    human = table(
        ["NUMBER", "STATE", "OFFICE", "OPENED", "DUE"],
        [
            [
                one.id,
                one.state,
                one.office,
                f"{one.opened_at.astimezone(zone):%F}",
                "" if one.due_at is None else due_as_written(one.due_at, zone=zone),
            ]
            for one in found
        ],
        right=(0,),
    )
    document = [
        {
            "number": one.id,
            "case": one.ref,
            "state": one.state,
            "office": one.office,
            "opened_at": one.opened_at.isoformat(),
            "due_at": None if one.due_at is None else one.due_at.isoformat(),
        }
        for one in found
    ]
    out.result(document, human)
    return 1 if args.overdue and found else 0


def _sessions(args: argparse.Namespace, out: Output) -> None:
    from datetime import timedelta

    from anlan.areas.mediation import queries
    from anlan.cli.installation import cli_actor, town_now
    from anlan.kernel.places.queries import town

    now, zone = town_now(args.key), town(args.key).tz
    rows = queries.calendar(args.key, actor=cli_actor(), since=now, until=now + timedelta(days=14))
    human = table(
        ["BEGINS", "CASE", "KIND", "WHERE"],
        [
            [f"{one.starts_at.astimezone(zone):%F %R}", one.case_id, one.kind, one.room]
            for one in rows
        ],
        right=(1,),
    )
    document = [
        {
            "starts_at": one.starts_at.isoformat(),
            "ends_at": one.ends_at.isoformat(),
            "case": one.case_id,
            "kind": one.kind,
            "held_at": one.held_at,
            "room": one.room,
            "state": one.state,
        }
        for one in rows
    ]
    out.result(document, human)


def _rooms(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.mediation import queries
    from anlan.kernel.places.queries import town

    rows = queries.rooms(town(args.key).key)
    human = table(["OFFICE", "ROOM", "NAME"], [[one.office, one.ident, one.name] for one in rows])
    document = [{"office": one.office, "room": one.ident, "name": one.name} for one in rows]
    out.result(document, human)


def _room(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.mediation import services
    from anlan.cli.installation import stamp

    made = services.create_room(
        town_key=args.key,
        office_ident=args.office,
        ident=args.ident,
        name=args.name,
        **stamp(args.key),
    )
    out.result({"room": made, "office": args.office}, f"Room {args.ident} of {args.office} made.")


def _count(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.mediation.queries.figures import MEDIATIONS, count_mediations
    from anlan.kernel.cases.rules.figures import read_period, with_totals
    from anlan.kernel.places.queries import town

    period = read_period(args.period)
    found = with_totals(
        MEDIATIONS, count_mediations(town(args.key).key, period.begins, period.ends)
    )
    kinds, tiers = MEDIATIONS.dimensions
    columns = [*(one.code for one in tiers.members), "all"]
    human = table(
        ["KIND", *(one.upper() for one in columns)],
        [
            [code, *(found[code, column] for column in columns)]
            for code in [*(one.code for one in kinds.members), "all"]
        ],
        right=tuple(range(1, len(columns) + 1)),
    )
    out.result({".".join(key): count for key, count in found.items()}, human)


def _lapse(args: argparse.Namespace, out: Output) -> None:
    from datetime import UTC, datetime

    from anlan.jobs.lapse_requests import lapse_due

    erased = lapse_due(real_now=datetime.now(UTC))
    out.result({"erased": erased}, f"Requests erased: {erased}.")
