"""A language is asked for in one way by every command that speaks more than one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

import pytest

from anlan.cli.arguments import UsageError
from anlan.cli.main import build_parser

COMMANDS = {
    "prove": ["prove"],
    "recommend": ["recommend", "town", "--at", "1,2", "--type", "medical"],
    "coverage": ["coverage", "town"],
    "simulate": ["simulate", "town", "--scenario", "a.toml", "--report", "out"],
    "compare": ["compare", "town", "a.toml", "b.toml", "--report", "out"],
}


def asking() -> Iterator[tuple[str, argparse.Action]]:
    """Give each command that takes --lang, and how it takes it."""
    todo = [("", build_parser())]
    for name, parser in todo:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                todo += [
                    (f"{name} {word}".strip(), child) for word, child in action.choices.items()
                ]
            elif "--lang" in action.option_strings:
                yield name, action


def test_every_command_with_a_language_says_it_in_the_same_words():
    found = dict(asking())
    assert set(found) == set(COMMANDS)
    assert len({str(action.help).split(";")[0] for action in found.values()}) == 1
    assert {str(action.metavar) for action in found.values()} == {"LANG"}


@pytest.mark.parametrize("name", COMMANDS)
def test_both_codes_of_chinese_are_taken_everywhere(name):
    def language(code: str) -> str:
        return str(build_parser().parse_args([*COMMANDS[name], "--lang", code]).lang)

    assert {language(code) for code in ("zh", "zh-hans", "zh-Hans")} == {"zh-hans"}
    assert language("en") == "en"
    with pytest.raises(UsageError, match="write en or zh"):
        language("fr")
