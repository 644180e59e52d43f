"""A small town of made-up streets, its units, and a signed-in client for each role."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.test import Client

from anlan.kernel.values import Actor, Role

CLI = Actor("cli", frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER}))
KEY = "littleton"
SIDE = 7
STEP = 0.004
WEST, SOUTH = -3.70, 40.40


@dataclass(frozen=True)
class Member:
    """A member of staff with a browser: `post` sends JSON with the token, as the board does."""

    username: str
    password: str
    role: str
    client: Client

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/towns/{KEY}{path}", query)

    def post(self, path: str, body: dict[str, Any] | None = None, *, token: bool = True) -> Any:
        document = {"client_key": uuid4().hex, **(body or {})}
        headers = {"X-CSRFToken": self.client.cookies["csrftoken"].value} if token else {}
        return self.client.post(
            f"/api/towns/{KEY}{path}",
            json.dumps(document),
            content_type="application/json",
            headers=headers,
        )


def stamp() -> dict[str, Any]:
    """Give who sets the town up, and when."""
    now = datetime.now(UTC)
    return {"actor": CLI, "at": now, "recorded_at": now}


def write_files(folder: Path) -> dict[str, Path]:
    """Write the town's roads (a grid of streets), posts and units as the importers take them."""
    nodes, edges = ["node_id,lon,lat,in_main_component"], []
    for row in range(SIDE):
        for column in range(SIDE):
            number = row * SIDE + column + 1
            nodes.append(f"{number},{WEST + column * STEP:.6f},{SOUTH + row * STEP:.6f},1")
            if column + 1 < SIDE:
                edges.append((number, number + 1, f"{row + 1} Street", 340.0))
            if row + 1 < SIDE:
                edges.append((number, number + SIDE, f"{'ABCDEFG'[column]} Avenue", 445.0))
    heading = (
        "edge_id,from_node,to_node,length_m,road_class,name,mtfcc,oneway,oneway_source,"
        "speed_kmh,speed_source,lanes,geometry"
    )
    points = {line.split(",")[0]: " ".join(line.split(",")[1:3]) for line in nodes[1:]}
    lines = [heading] + [
        f"{at},{a},{b},{metres},street,{name},S1400,B,assumed,40.0,class,,"
        f'"LINESTRING({points[str(a)]},{points[str(b)]})"'
        for at, (a, b, name, metres) in enumerate(edges, start=1)
    ]
    texts = {
        "nodes.csv": "\n".join(nodes),
        "edges.csv": "\n".join(lines),
        "posts.csv": "kind,ident,lon,lat,name\n"
        f"fire,1,{WEST},{SOUTH},Station 1\n"
        f"fire,2,{WEST + 6 * STEP},{SOUTH + 6 * STEP},Station 2\n",
        "units.csv": "unit,kind,capabilities,post,lon,lat,on,off\n"
        + "".join(f"E{number},engine,,fire {number % 2 + 1},,,,\n" for number in range(1, 7))
        + "T1,truck,,fire 1,,,,\nM1,ambulance_als,,fire 1,,,,\nB1,chief,,fire 2,,,,\n",
    }
    for name, text in texts.items():
        (folder / name).write_text(text + "\n", encoding="utf-8")
    return {name: folder / name for name in texts}


def make_town(folder: Path) -> None:
    """Make the town with its roads, posts and units through the services, without a base map."""
    from anlan.kernel.places import services as places

    files = write_files(folder)
    places.create_town(key=KEY, name="Littleton", zone="Europe/Madrid", **stamp())
    with patch("anlan.kernel.places.services.roads.draw_basemap", return_value=""):
        places.import_roads(KEY, [files["nodes.csv"], files["edges.csv"]], **stamp())
    places.import_posts(KEY, files["posts.csv"], **stamp())
    report = places.import_units(KEY, files["units.csv"], **stamp())
    assert report["added"] == 9, report


def make_member(username: str, role: str | None, *, town: str = KEY) -> tuple[str, str]:
    """Make an account with a role; gives its name and password."""
    from anlan.kernel.staff import services as staff

    made = staff.create_staff(username=username, **stamp())
    if role is not None:
        staff.grant_role(town_key=town, username=username, role=Role(role), **stamp())
    return made.username, made.password


@pytest.fixture
def little_town(transactional_db: None, settings: Any, tmp_path: Path) -> str:
    """Give the key of the small town."""
    settings.ANLAN_DATA = tmp_path / "data"
    files = tmp_path / "files"
    files.mkdir()
    make_town(files)
    return KEY


@pytest.fixture
def member(little_town: str) -> Callable[..., Member]:
    """Give a maker of signed-in members: member("dispatcher"); member(None) holds no role here."""
    from django.contrib.auth import get_user_model

    made: dict[str | None, Member] = {}

    def make(role: str | None) -> Member:
        if role not in made:
            name = f"{(role or 'nobody').replace('_', '-')}-1"
            username, password = make_member(name, role)
            client = Client(enforce_csrf_checks=True)
            client.force_login(
                get_user_model().objects.get(username=username),
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
            client.cookies["csrftoken"] = "a" * 32
            made[role] = Member(username, password, str(role), client)
        return made[role]

    return make


@pytest.fixture
def dispatcher(member: Callable[..., Member]) -> Member:
    """Give a signed-in dispatcher."""
    return member("dispatcher")
