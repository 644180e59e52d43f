"""`anlan openings`: who opened which case's words, and who went past the hour's budget."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `openings`."""
    openings = subparsers.add_parser(
        "openings", help="list who opened which case's words, and who went past the budget"
    )
    openings.add_argument("key", metavar="KEY", help="the town")
    openings.add_argument("--days", type=int, default=7, help="how far back (default 7)")
    openings.add_argument(
        "--over", action="store_true", help="only where the hour's budget was exceeded"
    )
    openings.set_defaults(run=_openings)


def _openings(args: argparse.Namespace, out: Output) -> int:
    from datetime import timedelta

    from anlan.cli.installation import town_now
    from anlan.kernel.places import queries as places
    from anlan.kernel.sealing import queries
    from anlan.kernel.staff.queries import username_of
    from anlan.kernel.values import BadInput

    if not 1 <= args.days <= 3660:
        raise BadInput("Days are 1 to 3660.")
    town = places.town(args.key)
    since = town_now(town.key) - timedelta(days=args.days)
    rows = queries.openings_in(town.key, since=since, over_budget_only=args.over)
    document = [
        {
            "at": each.at.isoformat(),
            "who": each.actor_ref,
            "role": each.role,
            "case": each.case_ref,
            "purpose": each.purpose,
            "over_budget": each.over_budget,
            "parts": list(each.parts),
        }
        for each in rows
    ]
    headings = ("when", "who", "role", "case", "what", "purpose", "")
    lines = [
        (
            f"{each.at.astimezone(town.tz):%Y-%m-%d %H:%M}",
            username_of(each.actor_ref),
            each.role,
            each.case_ref,
            " ".join(each.parts),
            each.purpose,
            "over the budget" if each.over_budget else "",
        )
        for each in rows
    ]
    over = sum(each.over_budget for each in rows)
    out.result(document, table(headings, lines) if lines else "Nothing was opened.")
    return 1 if over else 0
