"""How an import's report reads for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

SHOWN = 20
EXIT_SOME_REJECTED, EXIT_NOTHING_TAKEN = 1, 2


def exit_code(report: Mapping[str, Any]) -> int:
    """Give 2 where every row was rejected, 1 where some were, so that a script hears of it."""
    rejected = len(report["rejected"])
    if not rejected:
        return 0
    return EXIT_NOTHING_TAKEN if rejected == report["rows"] else EXIT_SOME_REJECTED


def imported(report: Mapping[str, Any], things: str) -> str:
    """Say how many came in, and each row that did not with its line and reason."""
    counts = [
        f"{report[name]} {name}" for name in ("added", "changed", "unchanged") if report.get(name)
    ]
    rejected: Sequence[Mapping[str, Any]] = report.get("rejected", ())
    warnings: Sequence[Mapping[str, Any]] = report.get("warnings", ())
    lines = [f"{things}: {', '.join(counts) or 'none'}."]
    lines += _listed(rejected, "rejected", "reason")
    lines += _listed(warnings, "warnings", "text")
    return "\n".join(lines)


def _listed(rows: Sequence[Mapping[str, Any]], title: str, field: str) -> list[str]:
    if not rows:
        return []
    shown = [
        f"  line {row.get('line', '?')}: {row.get(field) or row.get('reason') or row.get('text')}"
        for row in rows[:SHOWN]
    ]
    more = [f"  … and {len(rows) - SHOWN} more; --json lists all"] if len(rows) > SHOWN else []
    return [f"{len(rows)} {title}:", *shown, *more]
