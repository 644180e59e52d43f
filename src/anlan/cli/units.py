"""`anlan units`: import engines, ambulances and other units."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_datum
from anlan.cli.output import Output
from anlan.cli.reports import exit_code, imported


def register(subparsers: Any) -> None:
    """Add `units import`."""
    units = subparsers.add_parser("units", help="import units")
    actions = units.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser(
        "import", help="read a CSV with unit, kind, capabilities, post or lon/lat, on, off"
    )
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="UNITS.csv", help="the units")
    add_datum(imports)
    imports.set_defaults(run=_import)


def _import(args: argparse.Namespace, out: Output) -> int:
    from anlan.cli.installation import stamp
    from anlan.kernel.places import services

    report = services.import_units(args.key, Path(args.file), datum=args.datum, **stamp(args.key))
    out.result(report, imported(report, "Units"))
    return exit_code(report)
