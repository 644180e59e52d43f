"""`anlan calls`: import a log of real calls, and fit the town's travel factor from it."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.output import Output, table
from anlan.cli.reports import exit_code
from anlan.kernel.values import BadInput

_SHOWN = 10


def register(subparsers: Any) -> None:
    """Add `calls import` and `calls calibrate`."""
    calls = subparsers.add_parser("calls", help="import a log of real calls")
    actions = calls.add_subparsers(required=True, metavar="ACTION", dest="action")
    imports = actions.add_parser("import", help="read CALLS.csv by a mapping; twice adds nothing")
    imports.add_argument("key", metavar="KEY")
    imports.add_argument("file", metavar="CALLS.csv")
    imports.add_argument(
        "--mapping",
        required=True,
        metavar="NAME",
        help="what the columns mean: sf-fire, datasf-fire, or a TOML file of your own",
    )
    imports.set_defaults(run=_import)
    fits = actions.add_parser("calibrate", help="fit free flow to the logged travel times again")
    fits.add_argument("key", metavar="KEY")
    fits.set_defaults(run=_calibrate)


def _import(args: argparse.Namespace, out: Output) -> int:
    from anlan.cli.installation import stamp
    from anlan.kernel.places.services import calls as services

    report = services.import_calls(
        args.key,
        Path(args.file),
        mapping=args.mapping,
        progress=out.progress,
        **stamp(args.key),
    )
    report["factor"] = _fit(args.key, report, out)
    out.result(report, _sentences(report))
    return exit_code(report)


def _fit(key: str, report: dict[str, Any], out: Output) -> dict[str, Any] | None:
    """Fit the factor after new calls; where that can't be done the import stands, and says why.

    It is fitted without new ones too where the town has none yet: an import may have been killed
    between its calls and its factor.
    """
    from anlan.cli.installation import stamp
    from anlan.kernel.places import queries
    from anlan.kernel.places.services import calls as services

    if not report["added"]["responses"] and queries.town(key).factor_error:
        return None
    out.progress("Fitting the travel factor", 0.0)
    try:
        factor = services.calibrate(key, **stamp(key))
    except BadInput as reason:
        return {"factor": None, "sentence": str(reason)}
    out.progress("Fitting the travel factor", 1.0)
    return factor


def _calibrate(args: argparse.Namespace, out: Output) -> None:
    from anlan.cli.installation import stamp
    from anlan.kernel.places.services import calls as services

    report = services.calibrate(args.key, **stamp(args.key))
    out.result(report, _factor_sentence(report))


def _sentences(report: dict[str, Any]) -> str:
    added = report["added"]
    lines = [
        f"{report['rows']:,} rows: {report['calls']:,} calls, {report['responses']:,} responses "
        f"of {report['units']:,} units.",
        f"New: {added['calls']:,} calls, {added['responses']:,} responses, "
        f"{added['units']:,} units (inferred: kind and post by the mapping's rule, on duty from "
        "the first to the last row of a watch).",
    ]
    if report["factor"] is not None:
        lines.append(_factor_sentence(report["factor"]))
    lines.append(f"Rejected: {len(report['rejected']):,} rows (no call number, time or place).")
    lines.extend(_first(f"  line {each['line']}: {each['reason']}" for each in report["rejected"]))
    if report["warning_counts"]:
        counts = table(("kept, but", "rows"), report["warning_counts"].items(), right=(1,))
        lines.append(counts)
        lines.extend(
            _first(f"  line {each['line']}: {each['text']}" for each in report["warnings"])
        )
    return "\n".join(lines)


def _first(lines: Any) -> list[str]:
    every = list(lines)
    more = [f"  … and {len(every) - _SHOWN:,} more; --json lists all."] * (len(every) > _SHOWN)
    return every[:_SHOWN] + more


def _factor_sentence(report: dict[str, Any]) -> str:
    if report["factor"] is None:
        return f"Travel times stay at free flow: {report['sentence']}"
    return (
        f"Observed travel is {report['factor']:.2f} times free flow, from {report['n']:,} trips; "
        f"half of the modelled trips are off by more than {report['p50_error_s']:.0f} s, "
        f"one in ten by more than {report['p90_error_s']:.0f} s."
    )
