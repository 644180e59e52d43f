"""`anlan ledger`: seal, publish and verify the record of every write; check anyone's proof."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from anlan.cli.output import Output


def register(subparsers: Any) -> None:
    """Add `ledger check`."""
    ledger = subparsers.add_parser("ledger", help="seal, publish and verify the record of writes")
    actions = ledger.add_subparsers(required=True, metavar="ACTION", dest="action")
    check = actions.add_parser(
        "check", help="say of each proof (RFC 9162, JSON) whether it holds; needs no installation"
    )
    check.add_argument(
        "files", metavar="FILE.json", nargs="+", help="inclusion or consistency proofs"
    )
    check.set_defaults(run=_check, bare=True)


def _check(args: argparse.Namespace, out: Output) -> int:
    from anlan.kernel.ledger.proofs import judge

    found = [(name, judge(Path(name).read_bytes(), name=name)) for name in args.files]
    document = [
        {"file": name, "kind": each.kind, "valid": each.valid, "why": each.why}
        for name, each in found
    ]
    lines = [
        f"{'valid' if each.valid else 'INVALID'}  {name}: {each.kind}. {each.why}"
        for name, each in found
    ]
    out.result(document, "\n".join(lines))
    return 0 if all(each.valid for _, each in found) else 1
