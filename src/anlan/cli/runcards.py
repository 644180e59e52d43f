"""`anlan runcards`: propose a town's own run cards, list what works, agree to a change."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import whole
from anlan.cli.output import Output, table
from anlan.kernel.values import Forbidden


def register(subparsers: Any) -> None:
    """Add `runcards import`, `runcards list` and `runcards agree`."""
    cards = subparsers.add_parser("runcards", help="import run cards in place of the shipped ones")
    actions = cards.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser(
        "import", help="propose the run cards of a TOML file; a second person lets them work"
    )
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="RUNCARDS.toml", help="the run cards")
    imports.set_defaults(run=_import)
    listing = actions.add_parser("list", help="show the cards that work and the changes that wait")
    listing.add_argument("key", metavar="KEY")
    listing.set_defaults(run=_list)
    agree = actions.add_parser("agree", help="let a proposed change work, as a second person")
    agree.add_argument("key", metavar="KEY")
    agree.add_argument("change", metavar="ID", type=whole(1, 999_999_999), help="as the list shows")
    agree.add_argument(
        "--by", metavar="NAME", required=True, help="your account; asks its password"
    )
    agree.set_defaults(run=_agree)


def _import(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.dispatch import services
    from anlan.cli.installation import stamp

    report = services.import_run_cards(args.key, Path(args.file), **stamp(args.key))
    types = report["types"]
    named = ", ".join(types) if isinstance(types, list) else ""
    out.result(
        report,
        f"Run cards proposed: {report['cards']}, for {named}. They work once a second person "
        f"agrees: anlan runcards agree {args.key} {report['change']} --by NAME",
    )


def _list(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.dispatch import queries
    from anlan.cli.installation import town_now

    now = town_now(args.key)
    cards, waiting = queries.run_cards(args.key, at=now), queries.run_card_changes(args.key, at=now)
    lines = [
        (card.type, str(level), ", ".join(f"{n.count} {n.capability}" for n in needs))
        for card in cards
        for level, needs in enumerate(card.levels, start=1)
    ]
    waits = [
        f"Change {one.id} waits for its second person: {', '.join(c.type for c in one.cards)}"
        + (f"; it works until {one.lapses_at:%Y-%m-%d %H:%M} UTC." if one.works else ".")
        for one in waiting
    ]
    document = {
        "cards": [{"type": kind, "level": int(level), "asks": asks} for kind, level, asks in lines],
        "waiting": [
            {"change": one.id, "types": [c.type for c in one.cards], "works": one.works}
            for one in waiting
        ],
    }
    out.result(document, "\n".join([table(("type", "alarm level", "asks for"), lines), *waits]))


def _agree(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.dispatch import services
    from anlan.cli.installation import stamp

    writing = stamp(args.key) | {"actor": _person(args.by, args.key)}
    services.decide_run_cards(args.change, agree=True, town_key=args.key, **writing)
    out.result({"change": args.change}, f"Change {args.change} works from now on.")


def _person(username: str, key: str) -> Any:
    """Let somebody say who they are; a program can't be the second person."""
    import getpass

    from django.contrib.auth import authenticate
    from django.http import HttpRequest

    from anlan.kernel.staff import queries as staff

    given = getpass.getpass("Password: ")
    user = authenticate(HttpRequest(), username=username, password=given)
    if user is None:
        raise Forbidden("That is not the account's password.", code="not_signed_in")
    return staff.actor_for(user, key)
