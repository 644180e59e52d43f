"""How the command line is read: shared options, points with a minus, one-sentence faults."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from typing import NoReturn

from anlan.kernel.values import BadInput, LonLat

LANGUAGES = {"en": "en", "zh": "zh-hans", "zh-hans": "zh-hans"}
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT = re.compile(rf"^\s*({_NUMBER})\s*[,，]\s*({_NUMBER})\s*$")


class UsageError(Exception):
    """The command line can't be read; the sentence says how it should be."""


class Parser(argparse.ArgumentParser):
    """An argument parser that raises one sentence where argparse prints and leaves."""

    def __init__(self, *args, **options) -> None:
        options.setdefault("allow_abbrev", False)
        super().__init__(*args, **options)

    def error(self, message: str) -> NoReturn:
        """Raise the fault as one sentence with where help is."""
        sentence = message[:1].upper() + message[1:].rstrip(".")
        raise UsageError(f"{sentence}. `{self.prog} --help` shows how it is written.")


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """Add --data and --json to a parser and to every sub-command below it.

    The copies below have no default of their own, so that a value before the sub-command stays.
    """
    parser.set_defaults(data=None, json=False)
    for each in _tree(parser):
        group = each.add_argument_group("for every command")
        group.add_argument(
            "--data",
            metavar="DIR",
            default=argparse.SUPPRESS,
            help="the installation's folder (default: ANLAN_DATA, else .data)",
        )
        group.add_argument(
            "--json",
            action="store_true",
            default=argparse.SUPPRESS,
            help="one JSON document on standard output, progress on standard error",
        )


def add_datum(parser: argparse.ArgumentParser) -> None:
    """Add --datum, which files of a town in China must name."""
    parser.add_argument(
        "--datum", default=None, help="what the points are written in; in China say wgs-84"
    )


def add_language(
    parser: argparse.ArgumentParser, *, default: str | None = "en", without: str = "English"
) -> None:
    """Add --lang, which becomes "en" or "zh-hans", or the default where it is not given."""
    parser.add_argument(
        "--lang",
        metavar="LANG",
        type=_language,
        default=default,
        help=f"the language, en or zh (zh-hans is the same); without it {without}",
    )


def _language(text: str) -> str:
    code = LANGUAGES.get(text.strip().lower())
    if code is None:
        raise argparse.ArgumentTypeError(f"“{text}” is no language here; write en or zh")
    return code


def whole(low: int, high: int) -> Callable[[str], int]:
    """Give a reader of whole numbers from `low` to `high`."""

    def read(text: str) -> int:
        if not re.fullmatch(r"-?[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"“{text}” is no whole number from {low} to {high}")
        return int(text)

    return read


def _tree(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    found = [parser]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for child in {id(each): each for each in action.choices.values()}.values():
                found.extend(_tree(child))
    return found


def shield_points(words: list[str]) -> list[str]:
    """Give the words with a space before a point, so that argparse takes no minus for an option."""
    return [f" {word}" if word.startswith("-") and _POINT.match(word) else word for word in words]


def point(text: str) -> LonLat:
    """Read LON,LAT in degrees; raises BadInput with a sentence that names what is wrong."""
    found = _POINT.match(text)
    if found is None:
        raise BadInput(
            f"“{text.strip()}” is not a point; write LON,LAT, for example -122.41,37.77."
        )
    lon, lat = float(found.group(1)), float(found.group(2))
    if not -180 <= lon <= 180 or not -90 <= lat <= 90:
        raise BadInput(
            f"“{text.strip()}” lies outside the world: write longitude first (-180 to 180), "
            "then latitude (-90 to 90)."
        )
    return LonLat(lon=lon, lat=lat)
