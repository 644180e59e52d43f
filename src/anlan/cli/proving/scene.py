"""The scratch installation's made-up town: streets, accounts, offices, and the canary in its cases.

Everything goes in by the services that the desk, the pages and the API use.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from anlan.cli.proving.search import Canary, Needle, draw, needles_of
from anlan.kernel.values import Actor, Role

KEY = "scratch"
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
STEP = 0.004
POINT = (1.23456789 * STEP, 1.0 * STEP)  # of the incident: digits that stand nowhere else
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
JOB = Actor("job:prove", frozenset({Role.ADMINISTRATOR}))
PEOPLE = {
    "dispatcher": Role.DISPATCHER,
    "officer": Role.DUTY_OFFICER,
    "crew": Role.CREW,
    "supervisor": Role.SUPERVISOR,
    "second": Role.SUPERVISOR,
    "clerk": Role.CLERK,
    "mediator": Role.MEDIATOR,
    "inspector": Role.INSPECTOR,
}
ON_SHIFT = ("dispatcher", "officer")
CUSTODIANS = ("court", "notary", "ombud")


@dataclass
class Scratch:
    """The scratch town, and the moment at which the next thing is done in it."""

    data: Path
    keys: Path  # the folder of the key files, beside the data
    out: Path  # what is exported and backed up
    canary: Canary
    people: dict[str, Actor] = field(default_factory=dict)
    at: datetime = AT
    custodians: dict[str, tuple[str, str]] = field(default_factory=dict)

    def stamp(self, who: str | Actor, *, later: timedelta = timedelta(0)) -> dict[str, Any]:
        """Give who acts in the town and when; each act is a minute after the one before."""
        self.at += timedelta(minutes=1)
        actor = who if isinstance(who, Actor) else self.people[who]
        moment = self.at + later
        return {"town_key": KEY, "actor": actor, "at": moment, "recorded_at": moment}

    @property
    def folders(self) -> tuple[Path, ...]:
        """Give every folder in which this installation keeps or leaves anything."""
        from django.db import connection

        database = Path(str(connection.settings_dict["NAME"])).parent
        own = (self.data, self.keys, self.out)
        return own if any(database.is_relative_to(each) for each in own) else (*own, database)

    @property
    def needles(self) -> tuple[Needle, ...]:
        """Give every form of the canary that is searched for."""
        return (*needles_of(self.canary.latin), *needles_of(self.canary.chinese))

    @property
    def log(self) -> Path:
        """Name the file that holds all that was logged meanwhile."""
        return self.out / "log.jsonl"


@contextmanager
def logged_to(file: Path) -> Iterator[None]:
    """Let all that is logged go to a file as well, in the form in which the service writes it."""
    root = logging.getLogger()
    ours = [each for each in root.handlers if getattr(each, "anlan", False)]
    handler = logging.FileHandler(file, encoding="utf-8")
    if ours:
        handler.setFormatter(ours[0].formatter)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)
        handler.close()


def build(data: Path, keys: Path, out: Path) -> Scratch:
    """Make the town with its streets, units, offices, accounts and custodians."""
    from anlan.kernel.places import services as places

    scene = Scratch(data, keys, out, draw())
    places.create_town(key=KEY, name="Scratch", zone="Asia/Shanghai", country="CN", **_by_cli())
    _make_streets(scene)
    _make_people(scene)
    set_custodians(scene)
    return scene


def _by_cli() -> dict[str, Any]:
    return {"actor": CLI, "at": AT, "recorded_at": AT}


def _make_streets(scene: Scratch) -> None:
    from anlan.kernel.places import services as places

    files = _write_grid(scene.out)
    places.import_roads(KEY, files, datum="wgs84", **_by_cli())
    posts = scene.out / "posts.csv"
    posts.write_text(
        f"kind,ident,name,lon,lat\nfire,1,Station 1,{STEP:.4f},{STEP:.4f}\n", encoding="utf-8"
    )
    places.import_posts(KEY, posts, datum="wgs84", **_by_cli())
    units = scene.out / "units.csv"
    units.write_text("unit,kind,capabilities,post,on,off\nE1,engine,,fire 1,,\n", encoding="utf-8")
    places.import_units(KEY, units, **_by_cli())


def _write_grid(folder: Path) -> list[Path]:
    """Write three by three crossings as CSV files, as `anlan roads import` reads them."""
    side = 3
    spots = [(i * STEP, j * STEP) for j in range(side) for i in range(side)]
    nodes, edges = folder / "nodes.csv", folder / "edges.csv"
    rows = [f"{n},{lon:.6f},{lat:.6f},1" for n, (lon, lat) in enumerate(spots)]
    nodes.write_text("\n".join(["node_id,lon,lat,in_main_component", *rows]), encoding="utf-8")
    pairs = [(n, n + 1) for n in range(side * side) if (n + 1) % side]
    pairs += [(n, n + side) for n in range(side * (side - 1))]
    lines = ["edge_id,from_node,to_node,length_m,road_class,name,oneway,speed_kmh,geometry"]
    for number, (a, b) in enumerate(pairs):
        line = f'"LINESTRING({spots[a][0]} {spots[a][1]},{spots[b][0]} {spots[b][1]})"'
        lines.append(f"{number},{a},{b},444.8,residential,Street {number},B,40,{line}")
    edges.write_text("\n".join(lines), encoding="utf-8")
    return [nodes, edges]


def _make_people(scene: Scratch) -> None:
    from anlan.kernel.cases import services as cases
    from anlan.kernel.staff import queries as members
    from anlan.kernel.staff import services as staff

    stamp = {"town_key": KEY, **_by_cli()}
    cases.create_office(ident="v-1", name="Village 1", tier="village", **stamp)
    for name, role in PEOPLE.items():
        staff.create_staff(username=name, **_by_cli())
        staff.grant_role(username=name, role=role, **stamp)
        if role in (Role.CLERK, Role.MEDIATOR):
            cases.add_member("v-1", username=name, **stamp)
    refs = {each.username: each.staff_ref for each in members.members_of(KEY)}
    for number, (name, role) in enumerate(PEOPLE.items(), start=1):
        shift = f"shift:{number}" if name in ON_SHIFT else None
        scene.people[name] = Actor(refs[name], frozenset({role}), shift_ref=shift)


def set_custodians(scene: Scratch) -> None:
    """Set three custodians, whose secret keys never touch the disk."""
    from anlan.kernel.sealing.custody import services as custody
    from anlan.kernel.sealing.custody import wraps

    scene.custodians = {name: wraps.new_identity() for name in CUSTODIANS}
    public = {name: pair[1] for name, pair in scene.custodians.items()}
    custody.set_custodians(public, town=KEY, **_by_cli())
