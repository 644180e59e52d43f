"""`anlan demo`: a real town with made-up calls on the board, in one process, ended by Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TextIO

from anlan.cli.demo_cases import open_case_desks
from anlan.cli.output import Output
from anlan.kernel.values import BadInput, Refused

COQUIMBO = Path(".cache/demo-town/project_database.sqlite")
SAN_FRANCISCO = Path("../shared/data/san-francisco")
FIRST_PORT, PORTS = 8000, 20
USER = "dispatcher"
SIGN_IN_FILE = "demo-sign-in.json"
OPENING_HOUR = 10  # a new town's clock begins here, local time: calls are frequent then


@dataclass(frozen=True, slots=True)
class DemoTown:
    """A town that the demo can show: where its roads come from, and what about it is made up."""

    key: str
    name: str
    zone: str
    country: str
    note: str
    roads: tuple[Path, ...]
    zones: Path | None = None
    log: Path | None = None
    posts: Path | None = None
    attribution: str | None = None
    begins_at: datetime | None = None


def register(subparsers: Any) -> None:
    """Add `demo`."""
    demo = subparsers.add_parser(
        "demo", help="a town with made-up calls and crews that drive, on the board"
    )
    demo.add_argument("--speed", type=float, default=30.0, help="town seconds a second (30)")
    demo.add_argument(
        "--town", default="coquimbo", help="coquimbo, san-francisco, or a FILE.osm.pbf"
    )
    demo.add_argument("--zone", default="UTC", help="the time zone of a FILE.osm.pbf")
    demo.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    demo.add_argument("--port", type=int, default=None, help="the port (default: a free one)")
    demo.set_defaults(run=_demo, bare=True)


def _demo(args: argparse.Namespace, out: Output) -> None:
    town = choose_town(args.town, zone=args.zone)
    if not 0 < args.speed <= 600:
        raise BadInput("SPEED is a number over 0 and up to 600; 30 is usual, 1 is real time.")
    os.environ.setdefault("ANLAN_LOG_LEVEL", "WARNING")
    out.progress("Opening the installation", 0.0)
    from anlan.cli.installation import prepare
    from anlan.cli.serve import run_server, warm

    folder = prepare(args.data or ".demo", out=out)
    out.progress("Opening the installation", 1.0)
    check_only_made_up(folder)
    held = _only_one(folder)
    listener = _listen(args.host, args.port)
    try:
        stood = make_town(town, speed=args.speed, out=out)
        username, password = open_desk(town.key, folder, at=stood)
        others = open_case_desks(town.key, password=password, at=stood)
        warm(town.key, out=out)
        replay = _replay(town, out=out)
        start_clock(town.key, stood=stood, speed=args.speed)
        host, port = listener.getsockname()[:2]
        address = f"http://{host}:{port}/towns/{town.key}/board"
        out.result(
            {"town": town.key, "address": address, "username": username, "password": password},
            _welcome(town, address, (username, *others), password, speed=args.speed),
        )
        with _driven(replay, out=out):
            run_server(listener)
        stand_clock(town.key)
    finally:
        listener.close()
        held.close()
    out.note("Stopped. `make demo` goes on from here.")


def _only_one(folder: Path) -> TextIO:
    """Hold this folder's demo while it runs: two drivers would send the same crews."""
    held = (folder / "demo.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        held.close()
        raise BadInput(
            f"A demo runs on {folder} already; end it, or take another folder: make demo DATA=…"
        ) from error
    return held


def choose_town(word: str, *, zone: str) -> DemoTown:
    """Give the town that a word names, or say in one sentence what is missing."""
    if word == "coquimbo":
        if not COQUIMBO.is_file():
            raise BadInput(f"{COQUIMBO} is absent; `make demo` fetches it.")
        return DemoTown(
            key="coquimbo",
            name="La Serena–Coquimbo",
            zone="America/Santiago",
            country="CL",
            note="sited_posts_drawn_calls",
            roads=(COQUIMBO,),
            zones=COQUIMBO,
        )
    if word == "san-francisco":
        return _san_francisco()
    path = Path(word)
    if not path.is_file():
        raise BadInput(
            f"There is no town “{word}”: say coquimbo, san-francisco, or give a FILE.osm.pbf."
        )
    stem = path.name.split(".")[0]
    return DemoTown(
        key=(re.sub(r"[^a-z0-9]+", "-", stem.lower()).strip("-") or "town")[:40],
        name=stem.replace("_", " ").replace("-", " ").title(),
        zone=zone,
        country="",
        note="guessed_people_drawn_calls",
        roads=(path,),
    )


def _san_francisco() -> DemoTown:
    wanted = [
        SAN_FRANCISCO / name
        for name in ("roads_nodes.csv", "roads_edges.csv", "calls_2020-04.csv", "facilities.csv")
    ]
    absent = [path for path in wanted if not path.is_file()]
    if absent:
        raise BadInput(
            f"{absent[0]} is absent, so San Francisco can't be shown: its roads, posts and calls "
            "are no part of the project. TOWN=coquimbo needs no files."
        )
    return DemoTown(
        key="san-francisco",
        name="San Francisco",
        zone="America/Los_Angeles",
        country="US",
        note="replayed_log",
        roads=(wanted[0], wanted[1]),
        log=wanted[2],
        posts=wanted[3],
        attribution="datasf",
        begins_at=datetime(2020, 4, 7, 17, 0, tzinfo=UTC),
    )


def check_only_made_up(folder: Path) -> None:
    """Refuse an installation that holds a real town: the demo's data never mix with its data."""
    from anlan.kernel.places import queries

    real = [town.name for town in queries.towns() if not town.made_up]
    if real:
        raise BadInput(
            f"{folder} holds {real[0]}, which is a real town; give the demo a folder of its own."
        )


def _listen(host: str, port: int | None) -> Any:
    """Take the port that was asked for, else the first free one."""
    from anlan.cli.serve import listen

    if port is not None:
        return listen(host, port)
    for one in range(FIRST_PORT, FIRST_PORT + PORTS):
        try:
            return listen(host, one)
        except BadInput:
            continue
    raise BadInput(f"No port from {FIRST_PORT} on is free; name one: make demo PORT=9000")


def make_town(town: DemoTown, *, speed: float, out: Output) -> datetime:
    """Make what is not there yet, keep what is; gives the time at which the town's clock stands."""
    from anlan.cli.installation import stamp
    from anlan.kernel.places import queries, services

    if town.key not in {one.key for one in queries.towns()}:
        services.create_town(
            key=town.key,
            name=town.name,
            zone=town.zone,
            country=town.country or None,
            made_up=True,
            made_up_note=town.note,
            clock_speed=speed,
            town_anchor=town.begins_at or _opening(town.zone),
            **stamp(),
        )
    stood = where_it_stood(town.key)
    now = {**stamp(), "at": stood}
    if not queries.has_roads(town.key):
        services.import_roads(
            town.key,
            list(town.roads),
            attribution=town.attribution,
            progress=out.progress,
            **now,
        )
    if not queries.posts(town.key):
        if town.posts is not None:
            services.import_posts(town.key, town.posts, **now)
        else:
            services.site_posts(town.key, zones=town.zones, progress=out.progress, **now)
    if town.log is not None and not queries.units(town.key):
        _import_log(town.key, town.log, now=now, out=out)
    return stood


def _import_log(key: str, path: Path, *, now: dict[str, Any], out: Output) -> None:
    from anlan.kernel.places.services import calls

    calls.import_calls(key, path, mapping="sf-fire", progress=out.progress, **now)
    calls.calibrate(key, **now)


def _opening(zone: str) -> datetime:
    """Give the last time it was ten in the morning there."""
    from zoneinfo import ZoneInfo

    now = datetime.now(ZoneInfo(zone))
    ten = now.replace(hour=OPENING_HOUR, minute=0, second=0, microsecond=0)
    return (ten if ten <= now else ten - timedelta(days=1)).astimezone(UTC)


def where_it_stood(key: str) -> datetime:
    """Give where the town's clock stood when the demo ended, even by a kill.

    The row says where it stood at the last start or stop; after a kill, the driver's last entry in
    the ledger is later.
    """
    from anlan.kernel.ledger import queries as ledger
    from anlan.kernel.places import queries

    stood = queries.town(key).clock.town_anchor
    last = ledger.entries_after(key, ledger.last_id(key) - 1, limit=1)
    return max([stood, *(entry.at for entry in last if entry.actor_ref == "job:demo")])


def start_clock(key: str, *, stood: datetime, speed: float) -> None:
    """Let the town's clock go on from where it stood; set-up takes no time of the town's."""
    from anlan.cli.installation import cli_actor
    from anlan.kernel.places import services

    services.set_clock(
        key,
        town_anchor=stood,
        speed=speed,
        actor=cli_actor(),
        at=stood,
        recorded_at=datetime.now(UTC),
    )


def stand_clock(key: str) -> None:
    """Note where the town's clock stands as the demo ends."""
    from anlan.cli.installation import cli_actor
    from anlan.kernel.places import queries, services

    clock, now = queries.town(key).clock, datetime.now(UTC)
    services.set_clock(
        key,
        town_anchor=clock.at(now),
        speed=clock.speed,
        actor=cli_actor(),
        at=clock.at(now),
        recorded_at=now,
    )


def open_desk(key: str, folder: Path, *, at: datetime) -> tuple[str, str]:
    """Give a dispatcher's sign-in with an open shift; the same at every start."""
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import queries, services
    from anlan.kernel.values import Actor, Role

    kept = folder / SIGN_IN_FILE
    members = {one.username: one for one in queries.members_of(key)}
    roles = (Role.DISPATCHER, Role.DUTY_OFFICER)
    if kept.is_file():
        sign_in = json.loads(kept.read_text(encoding="utf-8"))
    else:
        account = _account()
        sign_in = {"ref": account.staff_ref, "username": USER, "password": account.password}
        _keep_private(kept, json.dumps(sign_in))
    now = {**stamp(), "at": at}
    for role in roles:
        if USER not in members or role.value not in members[USER].roles:
            services.grant_role(town_key=key, username=USER, role=role, **now)
    actor = Actor(sign_in["ref"], frozenset(roles))
    if queries.open_shift_of(actor.staff_ref, key) is None:
        services.open_shift(town_key=key, **{**now, "actor": actor})
    return sign_in["username"], sign_in["password"]


def _account() -> Any:
    from anlan.cli.installation import stamp
    from anlan.kernel.staff import services

    try:
        return services.create_staff(username=USER, **stamp())
    except Refused:  # it is there, and the file with its password is lost
        return services.reset_password(username=USER, **stamp())


def _keep_private(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)


def _replay(town: DemoTown, *, out: Output) -> Any:
    """Put the driver together: the town's crews, and the calls that are to come."""
    from anlan.areas.dispatch.rules import catalogue
    from anlan.jobs.crews import Crews
    from anlan.jobs.replay_calls import Replay, drive_by_road
    from anlan.kernel.places import queries
    from anlan.kernel.places.queries.call_pattern import call_pattern
    from anlan.kernel.places.queries.made_up_calls import drawn_calls, logged_calls

    pattern = call_pattern()
    posts = queries.posts(town.key)
    hospitals = tuple((post.lon, post.lat) for post in posts if post.kind == "hospital")
    homes = {
        unit.ident: (unit.lon, unit.lat)
        for unit in queries.units(town.key)
        if unit.lon is not None and unit.lat is not None
    }
    crews = Crews(
        spell=pattern.spell_s,
        drive=drive_by_road(town.key, now=lambda: _town_now(town.key)),
        hospitals=hospitals,
        homes=homes,
        posts={post.ref: (post.lon, post.lat) for post in posts},
        transport_share=pattern.transport_share,
    )
    source = logged_calls if town.log is not None else drawn_calls
    return Replay(
        town.key,
        crews,
        lambda hour: source(town.key, hour=hour),
        {one.code: one.group for one in catalogue.incident_catalogue().types.values()},
        say=out.note,
    )


def _town_now(key: str) -> datetime:
    from anlan.cli.installation import town_now

    return town_now(key)


class _driven:
    """Drives the town in a thread while the server runs; a fault is said and stops the driving."""

    def __init__(self, replay: Any, *, out: Output) -> None:
        self._replay = replay
        self._out = out
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._drive, name="replay", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_about: object) -> None:
        self._stop.set()
        self._thread.join(timeout=10)

    def _drive(self) -> None:
        from django.db import connection

        from anlan.cli.faults import where
        from anlan.jobs.replay_calls import run

        try:
            run(self._replay, stop=self._stop, real_now=_now)
        except Exception as error:  # noqa: BLE001 - the thread's last door: said, never silent
            if os.environ.get("ANLAN_TRACE"):
                import traceback

                traceback.print_exception(error)
            self._out.note(
                f"The replay stopped inside ({where(error)}); the board goes on without it. "
                "Start `make demo` again, with ANLAN_TRACE=1 to see the trace."
            )
        finally:
            connection.close()


def _now() -> datetime:
    return datetime.now(UTC)


def _welcome(
    town: DemoTown, address: str, names: tuple[str, ...], password: str, *, speed: float
) -> str:
    what = {
        "sited_posts_drawn_calls": "The streets are real. Posts, units and calls are made up.",
        "guessed_people_drawn_calls": "The streets are real. Posts, units and calls are made up.",
        "replayed_log": "Streets, posts and calls are real; the log is replayed, the crews' ways "
        "are modelled.",
    }[town.note]
    return "\n".join(
        [
            "",
            f"  {town.name}, {speed:g} times as fast as life. {what}",
            f"  Open     {address}",
            f"  Sign in  {names[0]}",
            f"  Password {password}",
            f"  Cases    sign in as {', '.join(names[1:])}, with the same password",
            "",
            "  Ctrl-C ends it; the next `make demo` goes on from there.",
        ]
    )
