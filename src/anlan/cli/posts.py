"""`anlan posts`: import where crews stand."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_datum
from anlan.cli.output import Output
from anlan.cli.reports import exit_code, imported


def register(subparsers: Any) -> None:
    """Add `posts import`."""
    posts = subparsers.add_parser("posts", help="import posts: stations, hospitals")
    actions = posts.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser(
        "import", help="read a CSV with kind, ident, lon, lat (and address, which is a thing's)"
    )
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="FACILITIES.csv", help="the posts")
    add_datum(imports)
    imports.set_defaults(run=_import)


def _import(args: argparse.Namespace, out: Output) -> int:
    from anlan.cli.installation import stamp
    from anlan.kernel.places import services

    report = services.import_posts(args.key, Path(args.file), datum=args.datum, **stamp(args.key))
    out.result(report, imported(report, "Posts"))
    return exit_code(report)
