"""Writes docs/reference/cli.md from the command line itself: `python -m anlan.cli.reference`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from anlan.cli.arguments import Parser
from anlan.cli.main import build_parser

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "cli.md"
MEANINGS = {"KEY": "the town's key", "CALLS.csv": "the call log"}
HEAD = """# The command line

Made from the code by `python -m anlan.cli.reference`; a test compares. Each command takes
`--data DIR` (the installation's folder: `ANLAN_DATA`, else `.data`) and `--json` (one JSON
document on standard output, progress on standard error), before or after the command's words.

| exit | meaning |
|---|---|
| 0 | yes, or done |
| 1 | a clear no: nothing to send, a rule refused, or a file had rows that were rejected |
| 2 | bad input, in one sentence; nothing half-written |
| 70 | a fault of ours; `ANLAN_TRACE=1` shows the trace |
| 130 | stopped by Ctrl-C |

With `--json` a fault is `{"error": sentence, "code": code}`. Points are LON,LAT in degrees and may
begin with a minus sign as they are.
"""


def page() -> str:
    """Give the whole page."""
    return "\n".join([HEAD, *(_section(name, leaf) for name, leaf in _leaves(build_parser()))])


def _leaves(
    parser: argparse.ArgumentParser, name: str = "anlan", said: str = ""
) -> Iterator[tuple[str, tuple[Parser, str]]]:
    below = [each for each in parser._actions if isinstance(each, argparse._SubParsersAction)]
    if not below:
        yield name, (parser, said)  # type: ignore[misc]
    for action in below:
        helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
        for word, child in action.choices.items():
            yield from _leaves(child, f"{name} {word}", helps.get(word, ""))


def _section(name: str, leaf: tuple[Parser, str]) -> str:
    parser, said = leaf
    rows = [_row(action) for action in parser._actions if _own(action)]
    words = " ".join([name, *(_usage(action) for action in parser._actions if _own(action))])
    table = ["| word | what it is |", "|---|---|", *rows, ""] if rows else []
    sentence = f"{said[:1].upper()}{said[1:]}." if said else ""
    return "\n".join([f"## {name}", "", f"`{words}`", "", sentence, "", *table])


def _own(action: argparse.Action) -> bool:
    return action.dest not in {"help", "data", "json"}


def _usage(action: argparse.Action) -> str:
    value = _value(action)
    if not action.option_strings:
        return {"+": f"{value} …", "?": f"[{value}]"}.get(str(action.nargs), value)
    words = f"{action.option_strings[0]} {value}".strip()
    return words if action.required else f"[{words}]"


def _row(action: argparse.Action) -> str:
    word = " ".join(filter(None, [*action.option_strings[:1], _value(action)]))
    said = (action.help or MEANINGS.get(_value(action), "")).replace("|", "\\|")
    choices = "" if action.choices is None else f" One of: {', '.join(map(str, action.choices))}."
    return f"| `{word}` | {said}{'.' if said and choices else ''}{choices} |"


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    return str(action.metavar or action.dest.upper())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
