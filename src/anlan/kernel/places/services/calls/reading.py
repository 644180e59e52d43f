"""Reading a call log: one row = one unit's response to one call. Knows no database.

Rejected are only rows without call number, time or place. Everything else is kept and reported.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple, TextIO
from zoneinfo import ZoneInfo

from anlan.kernel.places.services.calls.mapping import TIME_FIELDS, LogMapping
from anlan.kernel.values import YEARS, BadInput, read_moment

Progress = Callable[[str, float], None]

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_WKT = re.compile(rf"POINT\s*\(\s*{_NUMBER}\s+{_NUMBER}\s*\)", re.IGNORECASE)
_PAIR = re.compile(rf"\(\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\)")
_CODE = re.compile(r"[\w.:+/-]{1,40}", re.ASCII)  # of a column from which words don't come in
_UNIT_LENGTH = 20
_TRUE = frozenset({"true", "1", "yes", "y", "t"})


class RowNote(NamedTuple):
    """Something to say about a line of the file: a code from a closed list and a sentence."""

    line: int
    code: str
    text: str


@dataclass(slots=True)
class CallRow:
    """One distinct call, as its first row gives it. Times are UTC; type is ours."""

    line: int
    number: str
    type: str
    priority: str
    ringing_at: datetime | None
    received_at: datetime
    entered_at: datetime | None
    lon: float
    lat: float


@dataclass(slots=True)
class ResponseRow:
    """One unit's answer to a call; `times` follow dispatched … available of TIME_FIELDS, UTC."""

    line: int
    number: str
    unit: str
    sequence: int | None
    watch_on: date | None
    times: tuple[datetime | None, ...]


@dataclass(slots=True)
class UnitSeen:
    """A unit that the log names: its first line, the log's word for its kind, rows marked ALS."""

    line: int
    kind_word: str
    rows: int = 0
    als_rows: int = 0

    @property
    def als(self) -> bool:
        """Say whether three quarters of its rows are marked advanced life support."""
        return 4 * self.als_rows >= 3 * self.rows > 0


@dataclass(slots=True)
class CallLog:
    """All that was kept of a file, with every row that wasn't and every oddity."""

    rows: int = 0
    calls: dict[str, CallRow] = field(default_factory=dict)
    responses: list[ResponseRow] = field(default_factory=list)
    units: dict[str, UnitSeen] = field(default_factory=dict)
    rejected: list[RowNote] = field(default_factory=list)
    warnings: list[RowNote] = field(default_factory=list)


def read_log(
    path: Path, *, mapping: LogMapping, zone: ZoneInfo, progress: Progress | None = None
) -> CallLog:
    """Read a whole log by its mapping; `zone` is the file's where the mapping names none.

    Raises BadInput in one sentence where the file isn't a log with the mapping's headings.
    """
    try:
        size = max(path.stat().st_size, 1)
        with path.open("rb") as raw, io.TextIOWrapper(raw, "utf-8-sig", newline="") as stream:
            reader = csv.reader(_lines(stream, path), delimiter=_delimiter(stream))
            columns = _columns_of(next(reader, []), mapping)
            log = _LogReader(mapping=mapping, zone=mapping.zone or zone, columns=columns)
            before = reader.line_num
            for cells in reader:
                line, before = before + 1, reader.line_num
                log.take(cells, line)
                if progress is not None and log.log.rows % 2000 == 0:
                    progress("Reading calls", raw.tell() / size)
    except OSError as error:
        raise BadInput(f"{path.name} can't be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path.name} is not a CSV file in UTF-8.") from error
    if log.log.rows == 0:
        raise BadInput(f"{path.name} holds no rows below its headings.")
    return log.finish()


def _lines(stream: Iterator[str], path: Path) -> Iterator[str]:
    for line in stream:
        if "\0" in line:
            raise BadInput(f"{path.name} is not a CSV file in UTF-8.")
        yield line


def _delimiter(stream: TextIO) -> str:
    """Tell comma from semicolon and tab by the first line, and go back to the start."""
    first = stream.readline()
    stream.seek(0)
    return max(",;\t", key=first.count)


def _columns_of(headings: list[str], mapping: LogMapping) -> dict[str, int]:
    """Find the mapping's columns in the file; what the mapping doesn't name has no index here."""
    known = {heading.strip().casefold(): index for index, heading in enumerate(headings)}
    found: dict[str, int] = {}
    for name, variants in mapping.columns.items():
        for heading in variants:
            if heading.casefold() in known:
                found[name] = known[heading.casefold()]
                break
    needed = ["call", "received", *(["point"] if "point" in mapping.columns else ["lon", "lat"])]
    missing = [mapping.columns[name][0] for name in needed if name not in found]
    if missing:
        raise BadInput(
            f"The file lacks the heading {' and '.join(missing)} that the mapping "
            f"“{mapping.code}” reads: check the file, or name another --mapping."
        )
    return found


class _LogReader:
    """Takes rows one by one; holds what repeats (formats, seen keys)."""

    def __init__(self, *, mapping: LogMapping, zone: ZoneInfo, columns: dict[str, int]) -> None:
        self.mapping = mapping
        self.zone = zone
        self.columns = columns
        self.log = CallLog()
        self.seen: set[tuple[str, str, datetime | None]] = set()

    def take(self, cells: list[str], line: int) -> None:
        """Take one row of the file."""
        if not any(cells):
            return
        self.log.rows += 1
        row = {
            name: cells[index].strip() if index < len(cells) else ""
            for name, index in self.columns.items()
        }
        number = row["call"]
        if not _CODE.fullmatch(number):
            self._reject(line, "no_call_number", "no call number")
            return
        warned = len(self.log.warnings)
        times = self._times(row, line)
        if times["received"] is None:
            del self.log.warnings[warned:]
            self._reject(line, "no_time", f"no readable time in “{self._heading('received')}”")
            return
        point = _point(row)
        if point is None:
            del self.log.warnings[warned:]
            self._reject(line, "no_place", "no readable place")
            return
        self._call(row, line, number, times, point)
        self._response(row, line, number, times)

    def finish(self) -> CallLog:
        """Give the log, with the units that it has on two calls at once said."""
        self.log.warnings.extend(_units_on_two_calls(self.log.responses))
        self.log.warnings.sort()
        return self.log

    def _heading(self, name: str) -> str:
        return self.mapping.columns[name][0]

    def _reject(self, line: int, code: str, text: str) -> None:
        self.log.rejected.append(RowNote(line, code, text))

    def _warn(self, line: int, code: str, text: str) -> None:
        self.log.warnings.append(RowNote(line, code, text))

    def _call(
        self,
        row: dict[str, str],
        line: int,
        number: str,
        times: dict[str, datetime | None],
        point: tuple[float, float],
    ) -> None:
        received_at = times["received"]
        assert received_at is not None
        first = self.log.calls.get(number)
        if first is not None:
            if (first.received_at, first.lon, first.lat) != (received_at, *point):
                self._warn(
                    line,
                    "call_differs",
                    f"call {number}: time or place differ from line {first.line}",
                )
            return
        word = row.get("type", "")
        ours = self.mapping.types.get(word)
        if ours is None:
            ours = self.mapping.unknown_type
            self._warn(line, "unknown_type", f"type “{word[:60]}” is taken as {ours}")
        self.log.calls[number] = CallRow(
            line=line,
            number=number,
            type=ours,
            priority=_priority(row.get("priority", "")),
            ringing_at=times["ringing"],
            received_at=received_at,
            entered_at=times["entered"],
            lon=point[0],
            lat=point[1],
        )

    def _response(
        self, row: dict[str, str], line: int, number: str, times: dict[str, datetime | None]
    ) -> None:
        unit = row.get("unit", "")
        if not unit or len(unit) > _UNIT_LENGTH:
            self._warn(line, "no_unit", "no unit is named; the call is kept")
            return
        key = (number, unit, times["dispatched"])
        if key in self.seen:
            self._warn(line, "row_twice", f"{unit} on call {number} stands in the file already")
            return
        self.seen.add(key)
        seen = self.log.units.setdefault(unit, UnitSeen(line, row.get("unit_kind", "")))
        seen.rows += 1
        seen.als_rows += row.get("als", "").casefold() in _TRUE
        sequence = row.get("sequence", "")
        self.log.responses.append(
            ResponseRow(
                line=line,
                number=number,
                unit=unit,
                sequence=int(sequence) if sequence.isdecimal() and len(sequence) < 5 else None,
                watch_on=self._watch(row, times),
                times=tuple(times[name] for name in TIME_FIELDS[3:]),
            )
        )

    def _watch(self, row: dict[str, str], times: dict[str, datetime | None]) -> date | None:
        """Give the watch's date; without a column for it, the local date of the dispatch."""
        text = row.get("watch", "")
        if text:
            for pattern in ("%Y-%m-%d", "%m/%d/%Y", "%Y/%m/%d"):
                found = _by_pattern(text[:10], pattern)
                if found is not None:
                    return found.date()
        at = times["dispatched"] or times["received"]
        return None if at is None else at.astimezone(self.zone).date()

    def _times(self, row: dict[str, str], line: int) -> dict[str, datetime | None]:
        """Read a row's times into UTC, minding the hour that clocks go through twice."""
        times: dict[str, datetime | None] = {}
        earlier: datetime | None = None
        out_of_order = doubtful = False
        for name in TIME_FIELDS:
            text = row.get(name, "")
            at: datetime | None = None
            if text:
                local = parse_time(text, self.mapping.times)
                if local is None:
                    self._warn(line, "unreadable_time", f"“{text[:40]}” in {name} is no time")
                else:
                    at, twice = to_utc(local, self.zone, earlier)
                    doubtful = doubtful or twice
            times[name] = at
            if at is not None:
                out_of_order = out_of_order or (earlier is not None and at < earlier)
                earlier = at if earlier is None else max(at, earlier)
        if out_of_order:
            self._warn(line, "times_out_of_order", "a later step has an earlier time")
        if doubtful:
            self._warn(line, "clock_change", "a time falls in the hour that the clocks changed")
        return times


def parse_time(text: str, patterns: tuple[str, ...]) -> datetime | None:
    """Read a time by the first pattern that fits ("iso" or a strptime pattern), within `YEARS`."""
    for pattern in patterns:
        found = read_moment(text) if pattern == "iso" else _by_pattern(text, pattern)
        if found is not None:
            return found
    return None


def _by_pattern(text: str, pattern: str) -> datetime | None:
    try:
        found = datetime.strptime(text, pattern)  # noqa: DTZ007 (the zone is the mapping's)
    except ValueError:
        return None
    return found if found.year in YEARS else None


def to_utc(local: datetime, zone: ZoneInfo, not_before: datetime | None) -> tuple[datetime, bool]:
    """Give the UTC time of a local one, and whether the clocks' change leaves it in doubt.

    In the hour that comes twice, the first that isn't before `not_before` is taken; an hour that
    the clocks skip is read as if they hadn't changed yet.
    """
    if local.tzinfo is not None:
        return local.astimezone(UTC), False
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second:
        return first, False
    if first < second and not_before is not None and first < not_before:
        return second, True
    return first, True


def _priority(word: str) -> str:
    return word[:8] if _CODE.fullmatch(word) else ""


def _point(row: dict[str, str]) -> tuple[float, float] | None:
    """Give lon, lat of a row; None where there is none, or it lies on no globe."""
    pair = _pair(row["point"]) if "point" in row else (row["lon"], row["lat"])
    if pair is None:
        return None
    try:
        lon, lat = float(pair[0]), float(pair[1])
    except ValueError:
        return None
    on_globe = math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90
    return (lon, lat) if on_globe and (lon, lat) != (0.0, 0.0) else None


def _pair(text: str) -> tuple[str, str] | None:
    match = _WKT.search(text)
    if match:
        return match[1], match[2]
    match = _PAIR.search(text)
    return (match[2], match[1]) if match else None


def _units_on_two_calls(responses: list[ResponseRow]) -> Iterator[RowNote]:
    """Say each response that begins before the unit's one before it has ended."""
    by_unit: dict[str, list[tuple[datetime, datetime, ResponseRow]]] = {}
    for response in responses:
        start, end = response.times[0], response.times[-1]
        if start is not None and end is not None:
            by_unit.setdefault(response.unit, []).append((start, end, response))
    for unit, spells in by_unit.items():
        spells.sort(key=lambda spell: (spell[0], spell[1], spell[2].line))
        busy = spells[0]
        for spell in spells[1:]:
            if spell[0] < busy[1] and spell[2].number != busy[2].number:
                yield RowNote(
                    spell[2].line,
                    "unit_on_two_calls",
                    f"{unit} is sent to call {spell[2].number} while on call {busy[2].number}",
                )
            if spell[1] > busy[1]:
                busy = spell
