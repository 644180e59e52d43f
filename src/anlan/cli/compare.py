"""`anlan compare`: two scenarios on the same calls, call by call, for a council to read."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.output import Output


def register(subparsers: Any) -> None:
    """Add `compare`."""
    from anlan.cli.study_reports import add_options

    compare = subparsers.add_parser(
        "compare", help="what if: compare two scenarios on the same calls; nothing changes"
    )
    compare.add_argument("key", metavar="KEY")
    compare.add_argument(
        "a", metavar="A.toml", help="what it is compared with, such as an empty file"
    )
    compare.add_argument("b", metavar="B.toml", help="what if")
    add_options(compare)
    compare.set_defaults(run=_compare)


def _compare(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.study_reports import run

    command = (
        f"anlan compare {args.key} {args.a} {args.b} "
        f"--replications {args.replications} --seed {args.seed} --report DIR"
    )
    run(args, out, files=[args.a, args.b], command=command)
