"""Reading CSV files that people made: byte-order mark, commas or semicolons, bad rows by line."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation import gettext as _

from anlan.kernel.places.queries.rows import TownRow
from anlan.kernel.values import BadInput

LARGEST_FILE = 200_000_000
FAR_DEGREES = 0.5
DATUMS = ("wgs84", "gcj02", "bd09")


class BadRow(ValueError):
    """Why one row can't be taken; the import reports it with its line and goes on."""


@dataclass
class Report:
    """What an import did, as `--json` prints it."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[dict[str, object]] = field(default_factory=list)
    warnings: list[dict[str, object]] = field(default_factory=list)

    def reject(self, line: int, reason: str) -> None:
        """Note a row that was not taken."""
        self.rejected.append({"line": line, "reason": reason})

    def warn(self, line: int, code: str, text: str) -> None:
        """Note a row that was taken, with something to look at."""
        self.warnings.append({"line": line, "code": code, "text": text})

    def as_dict(self) -> dict[str, object]:
        """Give the report as plain data."""
        return {
            "rows": self.rows,
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "rejected": self.rejected,
            "warnings": self.warnings,
        }


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the line it begins on; cells by heading, stripped."""

    line: int
    cells: Mapping[str, str]
    decimal_comma: bool

    def text(self, name: str) -> str:
        """Give a cell, "" where the column or the cell is missing."""
        return self.cells.get(name, "")

    def needed(self, name: str, *, longest: int) -> str:
        """Give a cell that must be filled."""
        value = self.text(name)
        if not value:
            raise BadRow(_("“{name}” is empty.").format(name=name))
        if len(value) > longest:
            raise BadRow(
                _("“{name}” is longer than {longest} characters.").format(
                    name=name, longest=longest
                )
            )
        return value

    def number(self, name: str, *, low: float, high: float) -> float:
        """Give a cell as a finite number within bounds."""
        raw = self.needed(name, longest=40)
        try:
            value = float(raw.replace(",", ".") if self.decimal_comma else raw)
        except ValueError:
            value = math.nan
        if not low <= value <= high:
            raise BadRow(
                _("“{name}” is “{raw}”; it must be a number from {low:g} to {high:g}.").format(
                    name=name, raw=raw[:40], low=low, high=high
                )
            )
        return value


def read_rows(path: Path, *, needed: Sequence[str]) -> Iterator[Row]:
    """Read a CSV file row by row; BadInput where it is not one or lacks a needed column."""
    text = _read_text(path)
    delimiter = _delimiter(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        headings = [cell.strip().casefold() for cell in next(reader, [])]
        _check_headings(path, headings, needed)
        before = reader.line_num
        for cells in reader:
            line, before = before + 1, reader.line_num
            if any(cell.strip() for cell in cells):
                padded = [cell.strip() for cell in cells] + [""] * (len(headings) - len(cells))
                yield Row(line, dict(zip(headings, padded, strict=False)), delimiter == ";")
    except csv.Error as error:
        raise BadInput(
            _("{file} is not a readable CSV file near line {line}; mend it and try again.").format(
                file=path.name, line=reader.line_num
            )
        ) from error


def _read_text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise BadInput(_("{file} is larger than 200 MB.").format(file=path.name))
        raw = path.read_bytes()
    except OSError as error:
        raise BadInput(
            _("{file} can't be read: {why}.").format(
                file=path, why=error.strerror or "no such file"
            )
        ) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(
            _("{file} is not UTF-8 text; save it as CSV in UTF-8.").format(file=path.name)
        ) from error
    if "\x00" in text:
        raise BadInput(_("{file} holds binary data, not CSV.").format(file=path.name))
    return text


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return max((",", ";", "\t"), key=first.count)


def _check_headings(path: Path, headings: Sequence[str], needed: Sequence[str]) -> None:
    missing = [name for name in needed if name not in headings]
    if missing:
        raise BadInput(
            _("{file} lacks the column “{column}”; its first line must name: {needed}.").format(
                file=path.name, column=missing[0], needed=", ".join(needed)
            )
        )
    twice = [name for name in needed if headings.count(name) > 1]
    if twice:
        raise BadInput(
            _("{file} has the column “{column}” twice.").format(file=path.name, column=twice[0])
        )


def check_datum(town: TownRow, datum: str | None) -> None:
    """Refuse points whose datum is not WGS-84, and points in China whose datum nobody named."""
    if datum is None:
        if town.country == "CN":
            raise BadInput(
                _(
                    "Maps in China use several datums; name the file's with --datum "
                    "(wgs84, gcj02 or bd09)."
                )
            )
        return
    named = datum.casefold().replace("-", "").replace("_", "").strip()
    if named not in DATUMS:
        raise BadInput(
            _("“{datum}” is no known datum; give wgs84, gcj02 or bd09.").format(datum=datum[:20])
        )
    if named != "wgs84":
        raise BadInput(
            _("Points in {datum} can't be read yet; convert the file to WGS-84 first.").format(
                datum=datum
            )
        )


def far_off(town: TownRow, lon: float, lat: float) -> bool:
    """Tell a point that lies far outside the town's roads; not where there are none yet."""
    if town.bounds is None:
        return False
    west, south, east, north = town.bounds
    return not (
        west - FAR_DEGREES <= lon <= east + FAR_DEGREES
        and south - FAR_DEGREES <= lat <= north + FAR_DEGREES
    )


def check_near_roads(town: TownRow, lon: float, lat: float) -> None:
    """Refuse a point that lies far outside the town's roads, and say which number is which."""
    if town.bounds is None or not far_off(town, lon, lat):
        return
    west, south, east, north = town.bounds
    said = _(
        "Longitude {lon}, latitude {lat} lies far outside the town's roads, which lie between the "
        "longitudes {west} and {east} and the latitudes {south} and {north}."
    ).format(
        lon=lon,
        lat=lat,
        west=round(west, 3),
        east=round(east, 3),
        south=round(south, 3),
        north=round(north, 3),
    )
    if not far_off(town, lat, lon):
        said += _(" The two look swapped.")
    raise BadInput(said)
