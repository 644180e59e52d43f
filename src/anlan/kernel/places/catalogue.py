"""What a unit can be and do: unit kinds and capabilities of the shipped catalogue, checked at load.

Pure but for reading the packaged file once.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from anlan.kernel.values import BadInput

POST_KIND_WORDS = ("fire", "police", "hospital", "ambulance")


@dataclass(frozen=True, slots=True)
class Label:
    """A word in English and in Simplified Chinese."""

    en: str
    zh: str

    def in_language(self, language: str) -> str:
        """Give the word in a language code such as "en" or "zh-hans"; English for any other."""
        return self.zh if language.startswith("zh") else self.en


def labels(**named: tuple[str, str]) -> dict[str, Label]:
    """Give labels by code from code=(English, Chinese)."""
    return {code: Label(en=en, zh=zh) for code, (en, zh) in named.items()}


@dataclass(frozen=True, slots=True)
class UnitKind:
    """A kind of unit: letters for the board and what it can do."""

    code: str
    letters: str
    label: Label
    capabilities: tuple[str, ...]


@dataclass(frozen=True)
class UnitCatalogue:
    """All kinds and capabilities, in the order of the file.

    `partly` names, for a capability, others that do part of its work, best first.
    """

    capabilities: Mapping[str, Label]
    kinds: Mapping[str, UnitKind]
    partly: Mapping[str, tuple[str, ...]]


def read_catalogue(name: str) -> dict[str, Any]:
    """Read one packaged TOML file of the catalogue."""
    return tomllib.loads(files("anlan.catalogue").joinpath(name).read_text(encoding="utf-8"))


def read_label(raw: object, *, where: str) -> Label:
    """Turn a table with `en` and `zh` into a label, or say where one is missing."""
    if not isinstance(raw, dict) or not raw.get("en") or not raw.get("zh"):
        raise BadInput(f"{where} needs a label in both languages: {{ en = …, zh = … }}.")
    return Label(en=str(raw["en"]), zh=str(raw["zh"]))


def parse_unit_catalogue(raw: Mapping[str, Any]) -> UnitCatalogue:
    """Check and freeze unit kinds; a kind that names an unknown capability fails."""
    capabilities = {
        code: read_label(label, where=f"Capability {code}")
        for code, label in raw.get("capabilities", {}).items()
    }
    kinds: dict[str, UnitKind] = {}
    for item in raw.get("kinds", []):
        code = str(item.get("code", ""))
        if not code or code in kinds:
            raise BadInput(f"Unit kind {code!r} is empty or stands twice; give each its own code.")
        unknown = sorted(set(item["capabilities"]) - capabilities.keys())
        if unknown:
            raise BadInput(
                f"Unit kind {code} names the unknown capability {unknown[0]}; "
                f"known are: {', '.join(capabilities)}."
            )
        kinds[code] = UnitKind(
            code=code,
            letters=str(item["letters"]),
            label=read_label(item.get("label"), where=f"Unit kind {code}"),
            capabilities=tuple(item["capabilities"]),
        )
    return UnitCatalogue(capabilities, kinds, partly=_read_partly(raw, capabilities))


def _read_partly(
    raw: Mapping[str, Any], capabilities: Mapping[str, Label]
) -> dict[str, tuple[str, ...]]:
    partly = {code: tuple(others) for code, others in raw.get("partly", {}).items()}
    for code, others in partly.items():
        unknown = sorted({code, *others} - capabilities.keys())
        if unknown or code in others:
            raise BadInput(f"What does part of {code} names {(unknown or [code])[0]}.")
    return partly


@cache
def unit_catalogue() -> UnitCatalogue:
    """Give the shipped unit kinds and capabilities."""
    return parse_unit_catalogue(read_catalogue("unit_kinds.toml"))
