"""Writes a scenario as the plain data from which `reading.scenario_of` gives the same again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from anlan.areas.coverage.rules.scenarios import Hours, Scenario
from anlan.kernel.values import LonLat


def data_of(scenario: Scenario) -> dict[str, Any]:
    """Give what the scenario says, leaving out all that is as by default, in the file's order."""
    empty = Scenario()
    data: dict[str, Any] = {
        "name": scenario.name,
        "note": scenario.note,
        "period": {
            "from": _moment(scenario.period.starts_at),
            "to": _moment(scenario.period.ends_at),
        },
        "calls": _differing(scenario.calls, empty.calls),
        "posts": {
            "close": list(scenario.posts.close),
            "add": [{"post": one.post, "at": _point(one.at)} for one in scenario.posts.add],
        },
        "units": _units(scenario),
        "roads": {
            **_differing(scenario.roads, empty.roads, skip=("close",)),
            "close": [
                {"at": _point(one.at)} if one.at is not None else {"street": one.street}
                for one in scenario.roads.close
            ],
        },
        "policy": _differing(scenario.policy, empty.policy),
        "move_up": _differing(scenario.move_up, empty.move_up),
        "turnout": _differing(scenario.turnout, empty.turnout),
        "breakdowns": _differing(scenario.breakdowns, empty.breakdowns),
        "targets": {"minutes": list(scenario.targets.minutes)},
    }
    kept: dict[str, Any] = _without_empty(data)
    return kept


def _units(scenario: Scenario) -> dict[str, Any]:
    units = scenario.units
    return {
        "kinds": list(units.kinds),
        "duty": units.duty if units.duty != "always" else "",
        "remove": list(units.remove),
        "move": dict(units.move),
        "add": [{"unit": one.unit, "kind": one.kind, "post": one.post} for one in units.add],
        "shifts": {ident: [_hours(one) for one in spans] for ident, spans in units.shifts.items()},
    }


def _differing(part: Any, empty: Any, *, skip: tuple[str, ...] = ()) -> dict[str, Any]:
    return {
        name: getattr(part, name)
        for name in part.__dataclass_fields__
        if name not in skip and getattr(part, name) != getattr(empty, name)
    }


def _without_empty(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {key: _without_empty(member) for key, member in value.items()}
        return {key: member for key, member in kept.items() if member not in ("", [], {}, None)}
    return value


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _point(at: LonLat) -> list[float]:
    return [at.lon, at.lat]


def _hours(one: Hours) -> str:
    return f"{_clock(one.on_min)}-{_clock(one.off_min)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
