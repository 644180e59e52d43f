"""`anlan runcards`: import a town's own run cards."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.output import Output


def register(subparsers: Any) -> None:
    """Add `runcards import`."""
    cards = subparsers.add_parser("runcards", help="import run cards in place of the shipped ones")
    actions = cards.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser("import", help="read a TOML file of run cards")
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="RUNCARDS.toml", help="the run cards")
    imports.set_defaults(run=_import)


def _import(args: argparse.Namespace, out: Output) -> None:
    from anlan.areas.dispatch import services
    from anlan.cli.installation import stamp

    report = services.import_run_cards(args.key, Path(args.file), **stamp(args.key))
    types = report["types"]
    named = ", ".join(types) if isinstance(types, list) else ""
    out.result(report, f"Run cards taken: {report['cards']}, for {named}.")
