"""A small made-up town for tests of the demo: a grid of streets, ten by ten."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from anlan.kernel.places import services
from anlan.kernel.values import Actor, Role

KEY = "grid"
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
REAL = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOWN = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SIDE, STEP = 10, 0.004


def stamp(at: datetime = TOWN) -> dict[str, object]:
    """Give who writes and when."""
    return {"actor": CLI, "at": at, "recorded_at": REAL}


def write_grid(folder: Path) -> list[Path]:
    """Write the grid's nodes and edges as CSV files, as `anlan roads import` reads them."""
    nodes, edges = folder / "nodes.csv", folder / "edges.csv"
    spot = [(i * STEP, j * STEP) for j in range(SIDE) for i in range(SIDE)]
    rows = [f"{n},{lon:.6f},{lat:.6f},1" for n, (lon, lat) in enumerate(spot)]
    nodes.write_text("\n".join(["node_id,lon,lat,in_main_component", *rows]), encoding="utf-8")
    pairs = [(n, n + 1, "Row") for n in range(SIDE * SIDE) if (n + 1) % SIDE]
    pairs += [(n, n + SIDE, "Column") for n in range(SIDE * (SIDE - 1))]
    lines = ["edge_id,from_node,to_node,length_m,road_class,name,oneway,speed_kmh,geometry"]
    for number, (a, b, name) in enumerate(pairs):
        line = f'"LINESTRING({spot[a][0]} {spot[a][1]},{spot[b][0]} {spot[b][1]})"'
        lines.append(f"{number},{a},{b},444.8,residential,{name} {a},B,40,{line}")
    edges.write_text("\n".join(lines), encoding="utf-8")
    return [nodes, edges]


def make_grid_town(folder: Path, *, made_up: bool = True, speed: float = 30.0) -> str:
    """Make the town with its roads, without posts; gives its key."""
    services.create_town(
        key=KEY,
        name="Grid",
        zone="UTC",
        country="CL",
        made_up=made_up,
        made_up_note="guessed_people_drawn_calls" if made_up else "",
        clock_speed=speed if made_up else 1.0,
        town_anchor=TOWN if made_up else None,
        **stamp(),  # type: ignore[arg-type]
    )
    with patch("anlan.kernel.places.services.roads.draw_basemap", return_value=""):
        services.import_roads(KEY, write_grid(folder), **stamp())  # type: ignore[arg-type]
    return KEY
