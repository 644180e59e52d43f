"""Reads a scenario from a TOML file's text or from the same as plain data; strict about keys."""

from __future__ import annotations

import difflib
import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from anlan.areas.coverage.rules.scenarios import (
    Breakdowns,
    Calls,
    Hours,
    MoveUp,
    NewPost,
    NewUnit,
    Period,
    Policy,
    Posts,
    RoadClosure,
    Roads,
    Scenario,
    ScenarioFault,
    Targets,
    Turnout,
    Units,
    gettext_noop,
)
from anlan.kernel.values import LonLat, read_moment

T = TypeVar("T")
Read = Callable[[Any, str], T]

MOST_ENTRIES = 500
MOST_LETTERS = 400
_HOURS = re.compile(r"^([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)$")
_POST = re.compile(r"^(fire|police|hospital|ambulance) \S.{0,79}$")
_UNIT = re.compile(r"^[\w.-]{1,20}$")
DAY_MIN = 24 * 60


def read_scenario(text: str) -> Scenario:
    """Read a scenario file; raises ScenarioFault with one sentence that names the place."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioFault(
            gettext_noop("The scenario is no TOML: {reason}."), reason=str(error).rstrip(".")
        ) from error
    return scenario_of(data)


def scenario_of(data: Mapping[str, Any]) -> Scenario:
    """Read a scenario from plain data, as TOML or JSON give it."""
    top = _Table(data, "")
    with_places = Scenario(
        name=top.take("name", _words, ""),
        note=top.take("note", _words, ""),
        period=_period(top.table("period")),
        calls=_calls(top.table("calls")),
        posts=_posts(top.table("posts")),
        units=_units(top.table("units")),
        roads=_roads(top.table("roads")),
        policy=_policy(top.table("policy")),
        move_up=_move_up(top.table("move_up")),
        turnout=_turnout(top.table("turnout")),
        breakdowns=_breakdowns(top.table("breakdowns")),
        targets=Targets(
            minutes=top.table("targets").only("minutes", _list(_number(low=0.5, high=240)), ())
        ),
    )
    top.done()
    return with_places


class _Table:
    """A table of the file: keys are taken one by one, and one that nobody took is a fault."""

    def __init__(self, data: Any, path: str) -> None:
        if not isinstance(data, Mapping):
            raise ScenarioFault(gettext_noop("“{path}” must be a table."), path=path)
        self._data, self._path = data, path
        self._known: list[str] = []

    def take(self, key: str, read: Read[T], default: T) -> T:
        self._known.append(key)
        return read(self._data[key], self._at(key)) if key in self._data else default

    def need(self, key: str, read: Read[T]) -> T:
        self._known.append(key)
        if key not in self._data:
            raise ScenarioFault(
                gettext_noop("“{path}” lacks “{key}”."), path=self._path or "scenario", key=key
            )
        return read(self._data[key], self._at(key))

    def table(self, key: str) -> _Table:
        self._known.append(key)
        return _Table(self._data.get(key, {}), self._at(key))

    def only(self, key: str, read: Read[T], default: T) -> T:
        value = self.take(key, read, default)
        self.done()
        return value

    def tables(self, key: str) -> Iterator[_Table]:
        self._known.append(key)
        rows = self._data.get(key, [])
        if not isinstance(rows, Sequence) or isinstance(rows, str) or len(rows) > MOST_ENTRIES:
            raise ScenarioFault(
                gettext_noop("“{path}” must be a list of tables: [[{path}]]."), path=self._at(key)
            )
        for place, row in enumerate(rows):
            yield _Table(row, f"{self._at(key)}[{place + 1}]")

    def pairs(self, key: str, read: Read[T]) -> dict[str, T]:
        self._known.append(key)
        rows = _Table(self._data.get(key, {}), self._at(key))._data
        return {
            _unit(name, self._at(key)): read(value, f"{self._at(key)}.{name}")
            for name, value in rows.items()
        }

    def done(self) -> None:
        for key in self._data:
            if key not in self._known:
                raise self._unknown(str(key))

    def _unknown(self, key: str) -> ScenarioFault:
        near = difflib.get_close_matches(key, self._known, n=1)
        if near:
            return ScenarioFault(
                gettext_noop("The scenario has no “{key}”; did you mean “{near}”?"),
                key=self._at(key),
                near=self._at(near[0]),
            )
        return ScenarioFault(
            gettext_noop("The scenario has no “{key}”; known here: {known}."),
            key=self._at(key),
            known=", ".join(self._known),
        )

    def _at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key


def _period(table: _Table) -> Period:
    period = Period(
        starts_at=table.take("from", _moment, None), ends_at=table.take("to", _moment, None)
    )
    table.done()
    return period


def _calls(table: _Table) -> Calls:
    calls = Calls(
        source=table.take("source", _choice("log", "drawn"), "log"),
        scale=table.take("scale", _number(low=0.05, high=20), 1.0),
    )
    table.done()
    return calls


def _posts(table: _Table) -> Posts:
    nothing: tuple[str, ...] = ()
    close = table.take("close", _list(_post), nothing)
    added = []
    for row in table.tables("add"):
        added.append(NewPost(post=row.need("post", _post), at=row.need("at", _point)))
        row.done()
    table.done()
    return Posts(close=close, add=tuple(added))


def _units(table: _Table) -> Units:
    added = []
    for row in table.tables("add"):
        added.append(
            NewUnit(
                unit=row.need("unit", _unit),
                kind=row.need("kind", _code),
                post=row.need("post", _post),
            )
        )
        row.done()
    units = Units(
        kinds=table.take("kinds", _list(_code), ()),
        duty=table.take("duty", _choice("always", "log"), "always"),
        remove=table.take("remove", _list(_unit), ()),
        move=table.pairs("move", _post),
        add=tuple(added),
        shifts=table.pairs("shifts", _hours),
    )
    table.done()
    return units


def _roads(table: _Table) -> Roads:
    closed = []
    for row in table.tables("close"):
        closure = RoadClosure(
            at=row.take("at", _point, None), street=row.take("street", _words, "")
        )
        row.done()
        if (closure.at is None) == (not closure.street):
            raise ScenarioFault(
                gettext_noop("A road closure names either “at” or “street”, and not both.")
            )
        closed.append(closure)
    roads = Roads(
        speed_factor=table.take("speed_factor", _number(low=0.1, high=5), 1.0), close=tuple(closed)
    )
    table.done()
    return roads


def _policy(table: _Table) -> Policy:
    policy = Policy(
        dispatch=table.take("dispatch", _choice("recommended", "closest"), "recommended"),
        cover_penalty_s=table.take("cover_penalty_s", _number(low=0, high=7200), 120.0),
    )
    table.done()
    return policy


def _move_up(table: _Table) -> MoveUp:
    moves = MoveUp(
        rule=table.take("rule", _choice("none", "compliance", "dmexclp", "ddsm"), "none"),
        kind=table.take("kind", _code, ""),
        minutes=table.take("minutes", _number(low=0.5, high=240), 8.0),
        busy=table.take("busy", _number(low=0.0, high=0.99), None),
        far_minutes=table.take("far_minutes", _number(low=0.5, high=240), 15.0),
        share=table.take("share", _number(low=0.0, high=1.0), 0.9),
    )
    table.done()
    if moves.far_minutes < moves.minutes:
        raise ScenarioFault(gettext_noop("“move_up.far_minutes” must not be below “minutes”."))
    return moves


def _turnout(table: _Table) -> Turnout:
    turnout = Turnout(
        scale=table.take("scale", _number(low=0, high=20), 1.0),
        more_s=table.take("more_s", _number(low=0, high=3600), 0.0),
    )
    table.done()
    return turnout


def _breakdowns(table: _Table) -> Breakdowns:
    breakdowns = Breakdowns(
        per_unit_year=table.take("per_unit_year", _number(low=0, high=1000), 0.0),
        hours=table.take("hours", _number(low=0.1, high=2000), 4.0),
    )
    table.done()
    return breakdowns


def _words(value: Any, path: str) -> str:
    if not isinstance(value, str) or len(value) > MOST_LETTERS:
        raise ScenarioFault(
            gettext_noop("“{path}” must be a text of at most {most} letters."),
            path=path,
            most=MOST_LETTERS,
        )
    return value.strip()


def _code(value: Any, path: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9_]{0,29}", value):
        raise ScenarioFault(
            gettext_noop("“{path}” must be a code of the catalogue, such as “engine”."), path=path
        )
    return value


def _unit(value: Any, path: str) -> str:
    if not isinstance(value, str) or not _UNIT.match(value):
        raise ScenarioFault(
            gettext_noop("“{path}” must name units by their mark, such as “E07”."), path=path
        )
    return value


def _post(value: Any, path: str) -> str:
    if not isinstance(value, str) or not _POST.match(value):
        raise ScenarioFault(
            gettext_noop("“{path}” must name a post by kind and mark, such as “fire 7”."), path=path
        )
    return value


def _point(value: Any, path: str) -> LonLat:
    numbers = [*value] if isinstance(value, Sequence) and not isinstance(value, str) else []
    if len(numbers) != 2 or not all(_is_number(one) for one in numbers):
        raise ScenarioFault(
            gettext_noop("“{path}” must be a point [LON, LAT], such as [-122.41, 37.77]."),
            path=path,
        )
    lon, lat = (float(one) for one in numbers)
    if not -180 <= lon <= 180 or not -90 <= lat <= 90:
        raise ScenarioFault(
            gettext_noop("“{path}” lies outside the world; write [LON, LAT]."), path=path
        )
    return LonLat(lon=lon, lat=lat)


def _moment(value: Any, path: str) -> datetime | None:
    found = read_moment(str(value).strip())
    if found is None:
        raise ScenarioFault(
            gettext_noop("“{path}” must be a date or time, such as 2020-04-07."), path=path
        )
    return found


def _hours(value: Any, path: str) -> tuple[Hours, ...]:
    spans = [value] if isinstance(value, str) else value
    found = []
    for one in spans if isinstance(spans, Sequence) else [None]:
        match = _HOURS.match(one.strip()) if isinstance(one, str) else None
        if match is None:
            raise ScenarioFault(
                gettext_noop('“{path}” must be hours of the day, such as ["08:00-20:00"].'),
                path=path,
            )
        on_h, on_m, off_h, off_m = (int(part) for part in match.groups())
        on_min, off_min = on_h * 60 + on_m, off_h * 60 + off_m
        if on_min >= DAY_MIN or off_min > DAY_MIN or on_min == off_min:
            raise ScenarioFault(
                gettext_noop('“{path}” must be hours of the day, such as ["08:00-20:00"].'),
                path=path,
            )
        found.append(Hours(on_min=on_min, off_min=off_min))
    return tuple(found)


def _number(*, low: float, high: float) -> Read[float]:
    def read(value: Any, path: str) -> float:
        if not _is_number(value) or not low <= float(value) <= high:
            raise ScenarioFault(
                gettext_noop("“{path}” must be a number from {low} to {high}."),
                path=path,
                low=f"{low:g}",
                high=f"{high:g}",
            )
        return float(value)

    return read


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _choice(*allowed: str) -> Read[Any]:
    def read(value: Any, path: str) -> Any:
        if value not in allowed:
            raise ScenarioFault(
                gettext_noop("“{path}” must be one of: {allowed}."),
                path=path,
                allowed=", ".join(allowed),
            )
        return value

    return read


def _list(one: Read[T]) -> Read[tuple[T, ...]]:
    def read(value: Any, path: str) -> tuple[T, ...]:
        if not isinstance(value, Sequence) or isinstance(value, str) or len(value) > MOST_ENTRIES:
            raise ScenarioFault(
                gettext_noop("“{path}” must be a list of at most {most}."),
                path=path,
                most=MOST_ENTRIES,
            )
        read_one = tuple(one(each, path) for each in value)
        if len(set(read_one)) != len(read_one):
            raise ScenarioFault(gettext_noop("“{path}” names something twice."), path=path)
        return read_one

    return read
