"""`anlan recommend`: which units to send to a place, and why each; writes nothing."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from anlan.cli.arguments import add_language, whole
from anlan.cli.output import Output, duration, table

EXIT_NOTHING_TO_SEND = 1


def register(subparsers: Any) -> None:
    """Add `recommend`."""
    recommend = subparsers.add_parser("recommend", help="which units to send, and why each")
    recommend.add_argument("key", metavar="KEY")
    recommend.add_argument("--at", required=True, metavar="LON,LAT", help="where")
    recommend.add_argument("--type", required=True, help="such as structure_fire")
    recommend.add_argument("--level", type=whole(1, 9), default=1, help="alarm level (default 1)")
    add_language(recommend)
    recommend.add_argument(
        "--alternatives", type=whole(0, 9), default=2, help="further plans (default 2)"
    )
    recommend.add_argument(
        "--when",
        default=None,
        metavar="TIME",
        help="as of this local time, such as 2020-04-08T14:00 (default: now by the town's clock)",
    )
    recommend.set_defaults(run=_recommend)


def _recommend(args: argparse.Namespace, out: Output) -> int:
    from django.utils.translation import override

    from anlan.api.encoding import recommendation_document
    from anlan.areas.dispatch import queries
    from anlan.cli.arguments import point

    place = point(args.at)
    with override(args.lang):
        found = queries.recommend(
            args.key,
            lon=place.lon,
            lat=place.lat,
            type=args.type,
            alarm_level=args.level,
            at=_when(args.key, args.when),
            alternatives=args.alternatives,
        )
    out.result(recommendation_document(found), _sentences(found))
    return EXIT_NOTHING_TO_SEND if found.status == "none" else 0


def _when(key: str, text: str | None) -> datetime:
    from anlan.cli.installation import town_now
    from anlan.kernel.places import queries
    from anlan.kernel.values import BadInput, read_moment

    if text is None:
        return town_now(key)
    moment = read_moment(text)
    if moment is None:
        raise BadInput(f"“{text}” is no time; write it as 2020-04-08T14:00.")
    return moment if moment.tzinfo else moment.replace(tzinfo=queries.town(key).tz)


def _sentences(found: Any) -> str:
    parts = [_plan(plan) for plan in found.plans if plan.units]
    parts += [f"! {missing.sentence}" for missing in found.missing]
    parts += [f"- {unit.sentence}" for unit in found.not_sent]
    parts += list(found.notes)
    return "\n".join(parts)


def _plan(plan: Any) -> str:
    rows = [
        [unit.unit, unit.kind, duration(unit.travel_s), unit.capability, unit.reason]
        for unit in plan.units
    ]
    head = f"{plan.rank}. {plan.summary}"
    body = table(["   UNIT", "KIND", "TIME", "FOR", "WHY"], [[f"   {r[0]}", *r[1:]] for r in rows])
    return f"{head}\n{body}"
