"""Promises about `anlan demo`: it starts, says where, ends cleanly, and goes on the next time."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from anlan.cli import demo
from anlan.kernel.values import BadInput

READY_WITHIN_S = 600.0  # a slow machine compiles the kernels first


@dataclass
class Ended:
    """What a demo printed and how it ended."""

    code: int
    document: dict[str, object]
    errors: str


def write_extract(path: Path) -> Path:
    """Write a small OpenStreetMap extract: a grid of residential streets."""
    import osmium

    side, step = 8, 0.004
    with osmium.SimpleWriter(str(path)) as out:
        for n in range(side * side):
            place = ((n % side) * step, (n // side) * step)
            out.add_node(osmium.osm.mutable.Node(id=n + 1, location=place))
        rows = [[r * side + c + 1 for c in range(side)] for r in range(side)]
        columns = [list(column) for column in zip(*rows, strict=True)]
        for number, nodes in enumerate([*rows, *columns], start=1):
            tags = {"highway": "residential", "name": f"Street {number}"}
            out.add_way(osmium.osm.mutable.Way(id=number, nodes=nodes, tags=tags))
    return path


def run_demo(folder: Path, *words: str, hold_s: float = 2.0) -> Ended:
    """Start a demo as a user would, wait until it is ready, press Ctrl-C, and see how it ends."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("ANLAN_", "DJANGO_"))}
    environ = {**kept, "ANLAN_KEY_FILE": str(folder / "demo.key"), "ANLAN_TRACE": "1"}
    command = [sys.executable, "-m", "anlan.cli.main", "demo", "--json", *words]
    with (folder / "errors.txt").open("w") as errors, (folder / "out.json").open("w") as printed:
        process = subprocess.Popen(
            [*command, "--data", str(folder / "demo")],
            cwd=folder,
            env=environ,
            stdout=printed,
            stderr=errors,
            start_new_session=True,
        )
        try:
            wait_for(lambda: answers(folder / "out.json"), process)
            time.sleep(hold_s)
        finally:
            os.killpg(process.pid, signal.SIGINT)
            code = process.wait(timeout=120)
    text = (folder / "out.json").read_text()
    return Ended(code, json.loads(text or "{}"), (folder / "errors.txt").read_text())


def wait_for(is_ready: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until the demo is ready, or ended."""
    until = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < until and process.poll() is None and not is_ready():
        time.sleep(0.2)


def answers(printed: Path) -> bool:
    """Say whether the demo answers: it prints its address a moment before, deaf to Ctrl-C yet."""
    text = printed.read_text()
    if not text.rstrip().endswith("}"):
        return False
    site = str(json.loads(text)["address"]).partition("/towns/")[0]
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{site}/api/health").is_success
    return False


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a small extract, in which demos run one after the other."""
    made = tmp_path_factory.mktemp("demo")
    write_extract(made / "gridville.osm.pbf")
    return made


def test_demo_starts_says_where_and_ends_cleanly_and_goes_on_next_time(folder: Path) -> None:
    first = run_demo(folder, "--town", "gridville.osm.pbf", "--speed", "60")
    assert first.code in {0, 130}, first.errors
    assert "Traceback" not in first.errors
    assert first.document["town"] == "gridville"
    assert str(first.document["address"]).startswith("http://127.0.0.1:")
    mode = (folder / "demo" / demo.SIGN_IN_FILE).stat().st_mode
    assert mode & 0o077 == 0, "the password is for its owner only"

    stood, began = clock_of(folder), time.monotonic()
    second = run_demo(folder, "--town", "gridville.osm.pbf", "--speed", "60", hold_s=1.0)
    assert second.code in {0, 130}, second.errors
    assert second.document["password"] == first.document["password"]
    went_on_s = clock_of(folder) - stood
    took_s = time.monotonic() - began
    assert 0 < went_on_s < 60 * took_s, "the clock goes on where it stood, at its speed"


def clock_of(folder: Path) -> float:
    """Read where the town's clock stands, in seconds since 1970."""
    import sqlite3
    from datetime import datetime

    with sqlite3.connect(folder / "demo" / "anlan.sqlite3") as database:
        (stood,) = database.execute("SELECT clock_town_anchor FROM places_town").fetchone()
    return datetime.fromisoformat(f"{stood}+00:00").timestamp()


def test_taken_port_is_one_sentence_and_the_next_free_one_is_found(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"Port {port}"):
            demo._listen("127.0.0.1", port)
    found = demo._listen("127.0.0.1", None)
    try:
        assert found.getsockname()[1] >= demo.FIRST_PORT
        other = demo._listen("127.0.0.1", None)
        assert other.getsockname()[1] != found.getsockname()[1]
        other.close()
    finally:
        found.close()


def test_absent_town_is_one_sentence_that_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for word, advice in {
        "coquimbo": "make demo",
        "san-francisco": "TOWN=coquimbo",
        "atlantis": "say coquimbo",
    }.items():
        with pytest.raises(BadInput, match=advice) as refused:
            demo.choose_town(word, zone="UTC")
        assert "\n" not in str(refused.value)


def test_towns_of_the_demo_are_named_from_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "São_Tomé centre.osm.pbf").touch()
    town = demo.choose_town("São_Tomé centre.osm.pbf", zone="Africa/Sao_Tome")
    assert town.key == "s-o-tom-centre"
    assert town.note == "guessed_people_drawn_calls"


def test_a_second_demo_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    from anlan.cli.demo import _only_one

    held = _only_one(tmp_path)
    with pytest.raises(BadInput, match=r"runs on .* already"):
        _only_one(tmp_path)
    held.close()
    _only_one(tmp_path).close()
