"""A small desk for tests of dispatch: a grid of streets, three fire stations, six units, people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.services.demo_town import STEP, write_grid

from anlan.areas.dispatch import services
from anlan.areas.dispatch.queries.rows import IncidentRow
from anlan.kernel.places import services as places
from anlan.kernel.values import Actor, Role

KEY = "grid"
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
DISPATCHER = Actor("staff:1", frozenset({Role.DISPATCHER}), shift_ref="shift:1")
OFFICER = Actor("staff:2", frozenset({Role.DUTY_OFFICER}), shift_ref="shift:2")
CREW_E1 = Actor("staff:3", frozenset({Role.CREW}), shift_ref="shift:3", unit_ref="unit:E1")
SUPERVISOR = Actor("staff:4", frozenset({Role.SUPERVISOR}), shift_ref="shift:4")

POSTS = f"""kind,ident,name,lon,lat
fire,1,District 1,{STEP:.4f},{STEP:.4f}
fire,2,District 2,{4 * STEP:.4f},{STEP:.4f}
fire,3,District 3,{8 * STEP:.4f},{8 * STEP:.4f}
"""
UNITS = """unit,kind,capabilities,post,on,off
E1,engine,,fire 1,,
E2,engine,,fire 2,,
E3,engine,,fire 3,,
T1,truck,,fire 1,,
M2,ambulance_als,,fire 2,,
N3,ambulance_als,,fire 3,20:00,08:00
"""


def stamp(actor: Actor = DISPATCHER, *, seconds: float = 0) -> dict[str, Any]:
    """Give who writes and when, so many seconds after noon."""
    moment = AT + timedelta(seconds=seconds)
    return {"actor": actor, "at": moment, "recorded_at": moment, "town_key": KEY}


def open_desk(
    folder: Path, *, made_up: bool = False, posts: str = POSTS, units: str = UNITS
) -> None:
    """Make the town with roads, posts and units, through the services."""
    by_cli = {"actor": CLI, "at": AT, "recorded_at": AT}
    places.create_town(key=KEY, name="Grid", zone="UTC", country="CL", made_up=made_up, **by_cli)
    with patch("anlan.kernel.places.services.roads.draw_basemap", return_value=""):
        places.import_roads(KEY, write_grid(folder), **by_cli)  # no map is looked at here
    for name, text, take in (
        ("posts.csv", posts, places.import_posts),
        ("units.csv", units, places.import_units),
    ):
        file = folder / name
        file.write_text(text, encoding="utf-8")
        report = take(KEY, file, **by_cli)
        assert report["rejected"] == []


def call(type: str = "vehicle_fire", *, x: float = 1.5, y: float = 1.0, **more: Any) -> IncidentRow:
    """Take a call at a crossing of the grid."""
    given = stamp() | more
    return services.create_incident(type=type, lon=x * STEP, lat=y * STEP, **given)


def send(incident: IncidentRow, *units: str, **more: Any) -> IncidentRow:
    """Send units."""
    return services.dispatch_units(incident.id, units=list(units), **(stamp() | more))


def tell(unit: str, status: str, *, seconds: float = 0, actor: Actor = DISPATCHER) -> Any:
    """Set a unit's status."""
    return services.set_unit_status(unit, status=status, **stamp(actor, seconds=seconds))
