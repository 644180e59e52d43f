"""`anlan cases`: print the case types, as tables or drawn; they are the same in every town."""

from __future__ import annotations

import argparse
from typing import Any

from anlan.cli.installation import set_up
from anlan.cli.output import Output, table


def register(subparsers: Any) -> None:
    """Add `cases types`."""
    cases = subparsers.add_parser("cases", help="the kinds of cases and how each goes its way")
    actions = cases.add_subparsers(required=True, metavar="ACTION", dest="action")
    types = actions.add_parser("types", help="list the case types, or draw them")
    types.add_argument("type", metavar="TYPE", nargs="?", help="one type; without it every type")
    drawn = types.add_mutually_exclusive_group()
    drawn.add_argument("--mermaid", action="store_true", help="print Mermaid state diagrams")
    drawn.add_argument(
        "--bpmn-like", action="store_true", help="print Mermaid flows in lanes by role"
    )
    types.set_defaults(run=_types, bare=True)


def _types(args: argparse.Namespace, out: Output) -> None:
    set_up()
    from anlan.kernel.cases.registry import case_type, case_types
    from anlan.kernel.cases.rules import drawing

    found = case_types() if args.type is None else (case_type(args.type),)
    if args.mermaid or args.bpmn_like:
        draw = drawing.lanes if args.bpmn_like else drawing.state_diagram
        drawings = {one.code: draw(one) for one in found}
        human = "\n\n".join(f"%% {code}\n{text}" for code, text in drawings.items())
        out.result(drawings, human or "There is no case type yet.")
        return
    rows = [
        [one.code, name[:1].upper() + name[1:], len(one.states), len(one.actions), len(one.clocks)]
        for one, name in ((one, one.label.en) for one in found)
    ]
    document = [
        {
            "type": one.code,
            "label": {"en": one.label.en, "zh": one.label.zh},
            "states": [state.code for state in one.states],
            "actions": [action.code for action in one.actions],
            "clocks": [clock.code for clock in one.clocks],
            "results": [result.code for result in one.results],
        }
        for one in found
    ]
    head = ["TYPE", "WHAT IT IS", "STATES", "ACTIONS", "CLOCKS"]
    human = table(head, rows, right=(2, 3, 4)) if rows else "There is no case type yet."
    out.result(document, human)
