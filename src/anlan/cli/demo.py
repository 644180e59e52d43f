"""`anlan demo`: a real town with made-up calls on the board, in one process, ended by Ctrl-C."""

from __future__ import annotations

import argparse
import fcntl
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from anlan.cli.demo_cases import open_case_desks
from anlan.cli.demo_desk import SIGN_IN_FILE, open_desk
from anlan.cli.demo_towns import (
    DemoTown,
    check_only_made_up,
    choose_town,
    make_town,
    stand_clock,
    start_clock,
)
from anlan.cli.output import Output
from anlan.kernel.values import BadInput

FIRST_PORT, PORTS = 8000, 20


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
            {
                "town": town.key,
                "address": address,
                "username": username,
                "password": password,
                "others": list(others),
            },
            _welcome(
                town,
                address,
                (username, *others),
                password,
                speed=args.speed,
                kept=shown_folder(folder) / SIGN_IN_FILE,
            ),
        )
        with _driven(replay, out=out):
            run_server(listener)
        stand_clock(town.key)
    finally:
        listener.close()
        held.close()
    out.note("Stopped. `make demo` goes on from here.")


def shown_folder(folder: Path) -> Path:
    """Give a folder as a person types it: from here where it lies below, else whole."""
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


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
    town: DemoTown,
    address: str,
    names: tuple[str, ...],
    password: str,
    *,
    speed: float,
    kept: Path,
) -> str:
    what = {
        "sited_posts_drawn_calls": "The streets are real. Posts, units and calls are made up.",
        "guessed_people_drawn_calls": "The streets are real. Posts, units and calls are made up.",
        "replayed_log": "Streets, posts and calls are real; the log is replayed, the crews' ways "
        "are modelled.",
    }[town.note]
    public = address.partition("/towns/")[0]
    return "\n".join(
        [
            "",
            f"  {town.name}, {speed:g} times as fast as life. {what}",
            f"  Open     {address}",
            f"  Sign in  {names[0]}",
            f"  Password {password}",
            f"  Others   {', '.join(names[1:])}: the same password, another sign-in each",
            f"  Kept in  {kept}",
            "",
            f"  For anyone, without a sign-in: {public}/figures/{town.key}, "
            f"{public}/report/{town.key}/hazard",
            f"  Commands on this town take --data {kept.parent}",
            "  Ctrl-C ends it; the next `make demo` goes on from there.",
        ]
    )
