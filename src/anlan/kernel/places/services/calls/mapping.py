"""What a call log's columns and words mean: a small TOML file, and an allow-list.

A column that the mapping doesn't name is never read, so an address, a name or a note in the
publisher's file can't enter the database by an oversight.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from anlan.kernel.values import BadInput

TIME_FIELDS = (
    "ringing",
    "received",
    "entered",
    "dispatched",
    "en_route",
    "on_scene",
    "transporting",
    "at_hospital",
    "available",
)
FIELDS = frozenset(
    {
        "call",
        "unit",
        "unit_kind",
        "als",
        "sequence",
        "type",
        "priority",
        "watch",
        "lon",
        "lat",
        "point",
    }
    | set(TIME_FIELDS)
)
POINTS = ("block", "exact")
_SETTINGS = {"code", "extends", "label", "zone", "times", "points", "off_roads_m"}
_KEYS = _SETTINGS | {"unknown_type", "unknown_kind", "columns", "types", "unit_kinds", "unit_rules"}
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True)
class UnitRule:
    """Which kind and post a unit has by its name; `{1}` in `post` stands for the first group."""

    pattern: re.Pattern[str]
    kind: str
    post: str
    capabilities: tuple[str, ...]

    def read(self, ident: str) -> InferredUnit | None:
        """Give what this rule says of a unit's name, or None where it doesn't fit."""
        match = self.pattern.fullmatch(ident)
        if match is None:
            return None
        post = self.post
        for number, group in enumerate(match.groups(), start=1):
            post = post.replace(f"{{{number}}}", (group or "").lstrip("0") or "0")
        return InferredUnit(kind=self.kind, post=post, capabilities=self.capabilities, known=True)


@dataclass(frozen=True, slots=True)
class InferredUnit:
    """Kind and post of a logged unit; `post` is "fire 7" or "", `known` False where guessed."""

    kind: str
    post: str
    capabilities: tuple[str, ...]
    known: bool


@dataclass(frozen=True, slots=True)
class LogMapping:
    """A validated mapping. `columns` is the allow-list: our field → headings that it may have."""

    code: str
    label: str
    zone: ZoneInfo | None
    times: tuple[str, ...]
    points: str
    off_roads_m: float
    unknown_type: str
    unknown_kind: str
    columns: dict[str, tuple[str, ...]]
    types: dict[str, str]
    unit_kinds: dict[str, str]
    unit_rules: tuple[UnitRule, ...]

    def infer_unit(self, ident: str, kind_word: str) -> InferredUnit:
        """Give kind and post of a unit: the first rule that fits its name, else the log's word."""
        for rule in self.unit_rules:
            found = rule.read(ident)
            if found is not None:
                return found
        kind = self.unit_kinds.get(kind_word)
        return InferredUnit(
            kind=kind or self.unknown_kind, post="", capabilities=(), known=kind is not None
        )


def shipped_mappings() -> tuple[str, ...]:
    """Name the mappings that come with Anlan."""
    folder = files("anlan").joinpath("catalogue", "mappings")
    return tuple(
        sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".toml"))
    )


def load_mapping(name: str) -> LogMapping:
    """Give a shipped mapping by name, or the one in a TOML file by path.

    Raises BadInput with one sentence where it doesn't exist or says something impossible.
    """
    raw = _read_raw(name)
    base = raw.pop("extends", None)
    if base is not None:
        raw = _read_raw(_text({"extends": base}, "extends")) | raw
    return _checked(raw)


def _read_raw(name: str) -> dict[str, Any]:
    if name in shipped_mappings():
        text = files("anlan").joinpath("catalogue", "mappings", f"{name}.toml").read_text("utf-8")
        return tomllib.loads(text)
    if not name.endswith(".toml"):
        shipped = ", ".join(shipped_mappings())
        raise BadInput(f"There is no mapping “{name}”: name {shipped} or the path of a .toml file.")
    try:
        return tomllib.loads(Path(name).read_text("utf-8-sig"))
    except OSError as error:
        raise BadInput(f"The mapping {name} can't be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"The mapping {name} is not TOML: {error}.") from error


def _checked(raw: dict[str, Any]) -> LogMapping:
    unknown = sorted(set(raw) - _KEYS)
    if unknown:
        raise BadInput(f"The mapping has keys that mean nothing: {', '.join(unknown)}.")
    code = _text(raw, "code")
    if not _CODE.fullmatch(code):
        raise BadInput("The mapping's code must be small letters, digits and hyphens, at most 40.")
    points = _text(raw, "points")
    if points not in POINTS:
        raise BadInput('The mapping must say points = "block" or points = "exact".')
    return LogMapping(
        code=code,
        label=_text(raw, "label"),
        zone=_zone(raw),
        times=_times(raw),
        points=points,
        off_roads_m=_metres(raw),
        unknown_type=_text(raw, "unknown_type"),
        unknown_kind=_text(raw, "unknown_kind"),
        columns=_columns(raw),
        types=_words(raw, "types"),
        unit_kinds=_words(raw, "unit_kinds"),
        unit_rules=tuple(_rule(entry) for entry in raw.get("unit_rules", ())),
    )


def _text(raw: MappingType[str, Any], key: str) -> str:
    value = raw.get(key)
    if not isinstance(value, str) or not value:
        raise BadInput(f"The mapping must say {key} as a text.")
    return value


def _zone(raw: MappingType[str, Any]) -> ZoneInfo | None:
    if "zone" not in raw:
        return None
    name = _text(raw, "zone")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(f"The mapping's zone “{name}” is no time zone.") from error


def _times(raw: MappingType[str, Any]) -> tuple[str, ...]:
    times = raw.get("times")
    if not isinstance(times, list) or not times or not all(isinstance(t, str) for t in times):
        raise BadInput(
            'The mapping must say times as a list, such as ["iso"] or ["%d.%m.%Y %H:%M"].'
        )
    return tuple(times)


def _metres(raw: MappingType[str, Any]) -> float:
    metres = raw.get("off_roads_m", 250)
    if isinstance(metres, bool) or not isinstance(metres, int | float) or not metres > 0:
        raise BadInput("The mapping's off_roads_m must be metres above 0.")
    return float(metres)


def _columns(raw: MappingType[str, Any]) -> dict[str, tuple[str, ...]]:
    table = raw.get("columns")
    if not isinstance(table, dict):
        raise BadInput("The mapping must have a [columns] table.")
    unknown = sorted(set(table) - FIELDS)
    if unknown:
        raise BadInput(f"The mapping's [columns] names fields that mean nothing: {unknown[0]}.")
    columns = {
        field: (headings,) if isinstance(headings, str) else tuple(headings)
        for field, headings in table.items()
    }
    for field in ("call", "received"):
        if field not in columns:
            raise BadInput(f"The mapping's [columns] must name {field}.")
    if "point" not in columns and not {"lon", "lat"} <= set(columns):
        raise BadInput("The mapping's [columns] must name point, or lon and lat.")
    return columns


def _words(raw: MappingType[str, Any], key: str) -> dict[str, str]:
    table = raw.get(key, {})
    if not isinstance(table, dict) or not all(isinstance(v, str) for v in table.values()):
        raise BadInput(f"The mapping's [{key}] must map the log's words to ours.")
    return table


def _rule(entry: Any) -> UnitRule:
    if not isinstance(entry, dict) or not {"pattern", "kind"} <= set(entry):
        raise BadInput("Each of the mapping's [[unit_rules]] needs a pattern and a kind.")
    try:
        pattern = re.compile(entry["pattern"])
    except (re.error, TypeError) as error:
        raise BadInput(f"A pattern in [[unit_rules]] can't be read: {error}.") from error
    return UnitRule(
        pattern=pattern,
        kind=_text(entry, "kind"),
        post=str(entry.get("post", "")),
        capabilities=tuple(entry.get("capabilities", ())),
    )
