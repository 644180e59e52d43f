"""Writes docs/reference/states.md from the rules themselves: `python -m anlan.cli.states_page`."""

from __future__ import annotations

from pathlib import Path

from anlan.cli.installation import set_up

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "states.md"
HEAD = """# States

Made from the code by `python -m anlan.cli.states_page`; a test compares. Incidents and units first,
then every case type. `anlan cases types --mermaid TYPE` prints one diagram, `--bpmn-like` the same
as a flow in lanes by role.
"""
CASES = """
# Case types

What stands in brackets under “asks” may be left out. Times in days and months don't count the day
on which they begin, see [clocks](../method/clocks.md).
"""


def page() -> str:
    """Give the whole page; Django must be set up, since areas register their types then."""
    from anlan.areas.dispatch.rules import state_diagram
    from anlan.kernel.cases.registry import case_types
    from anlan.kernel.cases.rules.drawing import section

    types = [f"\n{section(one)}\n" for one in case_types()]
    return "".join([HEAD, "\n", state_diagram(), *([CASES, *types] if types else [])])


if __name__ == "__main__":
    set_up()
    PAGE.write_text(page(), encoding="utf-8")
