"""`anlan notices`: what waits in the outbox, what went out, what was given up; never to whom."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `notices`."""
    notices = subparsers.add_parser(
        "notices", help="count what waits in the outbox, went out or was given up"
    )
    notices.add_argument("key", metavar="KEY", help="the town")
    notices.set_defaults(run=_notices)


def _notices(args: argparse.Namespace, out: Output) -> int:
    """Print the counts; exit 1 when something waits for a gateway that isn't set."""
    from anlan.kernel.cases import queries, services
    from anlan.kernel.places.queries import town

    town(args.key)
    rows = queries.outbox(args.key)
    ready = [each.value for each in services.channels_set_up()]
    stuck = sorted({row.channel for row in rows if row.state == "waiting"} - set(ready))
    human = table(
        ["WAY", "STATE", "WHY", "COUNT", "OLDEST (UTC)"],
        [[r.channel, r.state, r.outcome, r.count, f"{r.oldest:%F %R}"] for r in rows],
        right=(3,),
    )
    lines = [human if rows else "There are no notices."]
    lines.append(f"Ways that are set up: {', '.join(ready) or 'none'}.")
    lines += [f"What goes by {each} waits until its gateway is set." for each in stuck]
    out.result({"set_up": ready, "stuck": stuck, "notices": _document(rows)}, "\n".join(lines))
    return 1 if stuck else 0


def _document(rows: list[Any]) -> list[dict[str, Any]]:
    return [
        {
            "channel": row.channel,
            "state": row.state,
            "outcome": row.outcome,
            "count": row.count,
            "oldest": row.oldest.isoformat(),
        }
        for row in rows
    ]
