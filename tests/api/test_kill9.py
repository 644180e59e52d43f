"""What the server acknowledged is there after it was killed; two servers share one PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from tests.api.conftest import SOUTH, WEST
from tests.api.server import Browser, Server, installation, running
from tests.postgres import PostgresAbsent, throw_away_postgres

FIRE = {"type": "structure_fire", "lon": WEST + 0.006, "lat": SOUTH + 0.005}
DISPATCHERS = 6
AT_LEAST = 20


@pytest.fixture(scope="module")
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Give an installation on the database of this run."""
    folder: Path = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        url = ""
        if request.config.getoption("--postgres"):
            try:
                url = stack.enter_context(throw_away_postgres())
            except PostgresAbsent as absent:
                pytest.skip(str(absent))
        yield installation(folder, database_url=url)


@pytest.fixture(scope="module")
def server(environment: dict[str, str]) -> Iterator[Server]:
    """Give a running server for the tests that leave it running."""
    with running(environment) as started:
        yield started


@pytest.fixture(scope="module")
def sign_in(server: Server) -> tuple[str, str]:
    """Give the administrator's name and password, printed once at the first start."""
    return server.said["username"], server.said["password"]


def burst(server: Server, sign_in: tuple[str, str]) -> list[int]:
    """Write from several desks at once and kill the server amid it; gives what it acknowledged."""
    acknowledged: list[int] = []
    lock, enough = threading.Lock(), threading.Event()

    def desk(_: int) -> None:
        browser = Browser(server.address, *sign_in)
        while True:
            try:
                made = browser.post("/incidents", FIRE)
            except httpx.TransportError:
                return
            assert made.status_code == 201, made.text
            with lock:
                acknowledged.append(made.json()["id"])
                if len(acknowledged) >= AT_LEAST:
                    enough.set()

    with ThreadPoolExecutor(DISPATCHERS) as pool:
        desks = [pool.submit(desk, number) for number in range(DISPATCHERS)]
        assert enough.wait(120), [each.exception() for each in desks if each.done()]
        server.kill()
        for each in desks:
            each.result()
    return acknowledged


def test_a_write_reaches_an_open_board_and_one_that_was_away(server, sign_in):
    browser = Browser(server.address, *sign_in)
    before = browser.get("/board").json()["event_id"]
    with browser.live(before) as events:
        assert next(events)[0] == "beat"
        made = Browser(server.address, *sign_in).post("/incidents", FIRE).json()
        change = next(data for event, data in events if event == "change")
    assert [one["id"] for one in change["incidents"]] == [made["id"]]
    with browser.live(before) as events:
        later = next(data for event, data in events if event == "change")
    assert later["incidents"] == change["incidents"]
    assert later["event_id"] == change["event_id"]


def test_the_feed_is_for_members_who_are_signed_in(server, sign_in):
    stranger = httpx.get(f"{server.address}/live/littleton")
    assert (stranger.status_code, stranger.json()["code"]) == (401, "not_signed_in")
    browser = Browser(server.address, *sign_in)
    absent = browser.http.get("/live/atlantis")
    assert (absent.status_code, absent.json()["code"]) == (404, "town_unknown")
    other_name = browser.http.get("/live/littleton", headers={"Host": "evil.example"})
    assert other_name.status_code == 400


def test_two_servers_share_one_database_and_each_others_events(environment, server, sign_in):
    if "ANLAN_DATABASE_URL" not in environment:
        pytest.skip("Two servers at once are for PostgreSQL; run with --postgres.")
    with running(environment) as other:
        here, there = Browser(server.address, *sign_in), Browser(other.address, *sign_in)
        before = here.get("/board").json()["event_id"]
        made: list[int] = []
        with here.live(before) as events, ThreadPoolExecutor(4) as pool:
            assert next(events)[0] == "beat"
            desks = [here, there, here, there]
            posts = [pool.submit(desks[at % 4].post, "/incidents", FIRE) for at in range(24)]
            made = [post.result().json()["id"] for post in posts]
            seen: set[int] = set()
            for event, data in events:
                if event == "change":
                    seen |= {row["id"] for row in data["incidents"]}
                if seen >= set(made):
                    break
        assert len(set(made)) == 24


def test_what_was_acknowledged_before_a_kill_is_read_back_and_ctrl_c_ends_cleanly(
    environment, sign_in
):
    with running(environment) as server:
        acknowledged = burst(server, sign_in)
    with running(environment) as again:
        assert "password" not in again.said
        board = Browser(again.address, *sign_in).get("/board").json()
        kept = {one["id"] for one in board["incidents"]}
        numbers = [one["number"] for one in board["incidents"]]
        with Browser(again.address, *sign_in).live() as events:
            assert next(events)[0] == "beat"
            assert again.interrupt() == 0
            assert all(event == "beat" for event, _ in events)
    assert "Traceback" not in "".join(again.noise)
    assert len(acknowledged) >= AT_LEAST
    assert len(set(acknowledged)) == len(acknowledged)
    assert set(acknowledged) <= kept
    assert len(numbers) == len(set(numbers))
