"""`anlan premises`: the register of things that are inspected: import, list, export."""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_datum
from anlan.cli.output import Output, table
from anlan.cli.reports import exit_code, imported
from anlan.kernel.whole_file import written_whole

COLUMNS = ("ident", "class", "name", "lon", "lat", "risk")


def register(subparsers: Any) -> None:
    """Add `premises import`, `premises list` and `premises export`."""
    premises = subparsers.add_parser("premises", help="things that are inspected; never a home")
    actions = premises.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser(
        "import", help="read a CSV with ident, class, name, lon, lat, risk; homes are refused"
    )
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="PREMISES.csv", help="the premises")
    add_datum(imports)
    imports.set_defaults(run=_import)
    listing = actions.add_parser("list", help="list the register, or one class or risk of it")
    listing.add_argument("key", metavar="KEY")
    listing.add_argument("--class", dest="class_code", default="", help="one class, as school")
    listing.add_argument("--risk", default="", help="one risk, as major")
    listing.set_defaults(run=_list)
    export = actions.add_parser("export", help="write the register as the CSV that import reads")
    export.add_argument("key", metavar="KEY")
    export.add_argument("file", metavar="PREMISES.csv", help="the file to write")
    export.set_defaults(run=_export)


def _import(args: argparse.Namespace, out: Output) -> int:
    from anlan.areas.hazards import services
    from anlan.cli.installation import stamp

    report = services.import_premises(
        args.key, Path(args.file), datum=args.datum, **stamp(args.key)
    )
    out.result(report, imported(report, "Premises"))
    return exit_code(report)


def _rows(args: argparse.Namespace) -> list[Any]:
    from anlan.areas.hazards import queries
    from anlan.kernel.places import queries as places

    places.town(args.key)
    return queries.premises(
        args.key,
        class_code=getattr(args, "class_code", ""),
        risk=getattr(args, "risk", ""),
    )


def _list(args: argparse.Namespace, out: Output) -> None:
    rows = _rows(args)
    human = table(
        ["IDENT", "CLASS", "RISK", "NAME", "OPEN HAZARDS", "INSPECTION DUE"],
        [
            [one.ident, one.class_code, one.risk, one.name, one.hazards, one.due_on or ""]
            for one in rows
        ],
        right=(4,),
    )
    documents = [
        {
            "ident": one.ident,
            "class": one.class_code,
            "risk": one.risk,
            "name": one.name,
            "lon": one.lon,
            "lat": one.lat,
            "open_hazards": one.hazards,
            "due_on": one.due_on.isoformat() if one.due_on else None,
            "made_up": one.made_up,
        }
        for one in rows
    ]
    out.result(documents, human if rows else "No premises are registered here.")


def _export(args: argparse.Namespace, out: Output) -> None:
    rows = _rows(args)
    path = Path(args.file)
    with written_whole(path) as part, part.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(COLUMNS)
        for one in rows:
            writer.writerow([one.ident, one.class_code, one.name, one.lon, one.lat, one.risk])
    out.result({"file": str(path), "premises": len(rows)}, f"{len(rows)} premises in {path}.")
