"""The page of commands says what the commands are."""

from anlan.cli import reference


def test_the_page_of_commands_is_fresh():
    written = reference.PAGE.read_text(encoding="utf-8")
    assert written == reference.page(), "Write it anew: python -m anlan.cli.reference"


def test_every_word_of_the_command_line_says_what_it_is():
    lines = reference.page().splitlines()
    unsaid = [line for line in lines if line.startswith("| `") and line.endswith("|  |")]
    assert unsaid == []
