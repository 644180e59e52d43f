"""`anlan roads`: import a town's roads."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.arguments import add_datum
from anlan.cli.output import Output


def register(subparsers: Any) -> None:
    """Add `roads import`."""
    roads = subparsers.add_parser("roads", help="import a town's roads")
    actions = roads.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser(
        "import", help="read FILE.osm.pbf, or NODES.csv EDGES.csv; replaces the roads as a whole"
    )
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("files", metavar="FILE", nargs="+", help="one .osm.pbf, or two CSV files")
    imports.add_argument(
        "--attribution",
        metavar="WHOM",
        help="whom maps and reports name for CSV roads: osm, datasf, aequilibrae",
    )
    add_datum(imports)
    imports.set_defaults(run=_import)


def _import(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.places import services

    report = services.import_roads(
        args.key,
        [Path(name) for name in args.files],
        datum=args.datum,
        attribution=args.attribution,
        progress=out.progress,
        **stamp(args.key),
    )
    out.result(report, _sentence(args.key, report))


def _sentence(key: str, report: dict[str, Any]) -> str:
    return (
        f"{report['nodes']:,} nodes, {report['edges']:,} streets between junctions, "
        f"{report['km']:,.0f} km. {report['cut_off_nodes']:,} nodes are cut off from the main net; "
        f"{report['restrictions']:,} turn restrictions are counted and not yet obeyed.\n"
        f"Try: anlan route {key} LON,LAT LON,LAT"
    )
