"""`anlan figures`: publish counts, list what was published, audit that none can be worked out."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from anlan.cli.output import Output, table
from anlan.kernel.values import Refused

if TYPE_CHECKING:
    from anlan.kernel.cases.queries.figures import ReleaseRow

WITHHELD = "withheld"


def register(subparsers: Any) -> None:
    """Add `figures publish`, `figures list` and `figures audit`."""
    figures = subparsers.add_parser("figures", help="publish counts with small ones withheld")
    actions = figures.add_subparsers(required=True, metavar="ACTION", dest="action")
    publish = actions.add_parser("publish", help="publish a period that is over, once")
    publish.add_argument("key", metavar="KEY")
    publish.add_argument(
        "subject", metavar="SUBJECT", help="what is counted, such as mediations, hazards"
    )
    publish.add_argument(
        "period", metavar="PERIOD", help="2026Q1 or 2026; a subject that goes by month, 2026-03"
    )
    publish.set_defaults(run=_publish)
    listing = actions.add_parser("list", help="show what was published")
    listing.add_argument("key", metavar="KEY")
    listing.add_argument("subject", metavar="SUBJECT", help="what is counted")
    listing.set_defaults(run=_list)
    audit = actions.add_parser(
        "audit", help="say for each withheld count what all releases together let conclude"
    )
    audit.add_argument("key", metavar="KEY")
    audit.set_defaults(run=_audit)


def _publish(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.cases.services.figures import release_counts

    number = release_counts(args.subject, args.period, town_key=args.key, **stamp(args.key))
    out.result(
        {"release": number, "subject": args.subject, "period": args.period},
        f"{args.subject} of {args.period} is published. See: anlan figures list "
        f"{args.key} {args.subject}" + (f" --data {args.data}" if args.data else ""),
    )


def _list(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.cases.queries.figures import releases
    from anlan.kernel.cases.registry import figure_subject
    from anlan.kernel.places import queries as places

    places.town(args.key)
    figure_subject(args.subject)
    rows = releases(args.key, subject=args.subject)
    document = [
        {
            "period": str(row.period),
            "counts": {".".join(key): count for key, count in row.counts.items()},
        }
        for row in rows
    ]
    lines = [line for row in rows for line in _lines(row)]
    shown = table(("period", "what", "count"), lines) if lines else "Nothing was published yet."
    out.result({"releases": document}, shown)


def _lines(row: ReleaseRow) -> list[tuple[str, str, str]]:
    """Give a table's counts; what is withheld of one that is nearly empty stands in one line."""
    lines = [
        (str(row.period), " ".join(key), WITHHELD if count is None else str(count))
        for key, count in row.counts.items()
        if count is not None or not row.mostly_hidden
    ]
    if row.mostly_hidden:
        what = f"{row.hidden} of {len(row.counts)} counts"
        why = f"{WITHHELD}: under 5, or would give away one that is"
        lines.append((str(row.period), what, why))
    return lines


def _audit(args: argparse.Namespace, out: Output) -> None:
    from anlan.kernel.cases.queries.figures import audit
    from anlan.kernel.places import queries as places

    places.town(args.key)
    rows = audit(args.key)
    document = {
        "withheld": [
            {
                "subject": row.subject,
                "period": str(row.period),
                "key": ".".join(row.key),
                "least": row.low,
                "greatest": row.high,
                "safe": row.safe,
            }
            for row in rows
        ]
    }
    given_away = [row for row in rows if not row.safe]
    lines = [
        (
            row.subject,
            str(row.period),
            " ".join(row.key),
            str(row.low),
            "no limit" if row.high is None else str(row.high),
            "hidden" if row.safe else "GIVEN AWAY",
        )
        for row in rows
    ]
    head = ("subject", "period", "withheld", "least", "greatest", "")
    shown = table(head, lines) if lines else "No count is withheld: nothing was published yet."
    if given_away:
        out.result(document, shown)
        raise Refused(
            f"{len(given_away)} withheld counts can be worked out from what was published.",
            code="given_away",
        )
    out.result(document, f"{shown}\nNo withheld count can be worked out.")
