"""A pager that hangs or fails changes nothing for who writes."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from anlan.gateways import paging
from anlan.gateways.paging.fake import BrokenPaging, FakePaging, HangingPaging

PAGE = paging.Page(
    town="porto",
    unit="E7",
    incident="incident:12",
    type="structure_fire",
    priority=1,
    at=datetime(2026, 3, 1, 12, tzinfo=UTC),
)


@pytest.fixture
def outbox_of() -> Iterator[Callable[..., paging.Outbox]]:
    """Give outboxes whose threads end with the test: who logs later finds the stream closed."""
    made: list[paging.Outbox] = []

    def make(**how: Any) -> paging.Outbox:
        made.append(paging.Outbox(**how))
        return made[-1]

    yield make
    for each in made:
        each.close()


def test_page_is_sent_by_another_thread(outbox_of):
    fake = FakePaging()
    outbox = outbox_of(send=fake)
    assert outbox.put(PAGE, url="http://pager", timeout_s=1)
    outbox.drain()
    assert fake.sent == [PAGE]


def test_hanging_pager_holds_nobody_up_and_overflow_is_given_up(outbox_of):
    hanging = HangingPaging()
    outbox = outbox_of(send=hanging, senders=1, waiting_at_most=3)
    taken = [outbox.put(PAGE, url="http://pager", timeout_s=1) for _ in range(10)]
    assert 3 <= sum(taken) <= 4  # three wait, one may be in the sender's hands
    assert not taken[-1]
    hanging.let_go.set()
    outbox.drain()
    assert len(hanging.sent) == sum(taken)


def test_failing_pager_does_not_end_the_sending(outbox_of):
    broken = BrokenPaging()
    outbox = outbox_of(send=broken, senders=1)
    for _ in range(3):
        outbox.put(PAGE, url="http://pager", timeout_s=1)
    outbox.drain()
    assert len(broken.sent) == 3


def test_an_outbox_that_is_closed_has_sent_what_waited_and_keeps_no_thread():
    fake, before = FakePaging(), set(threading.enumerate())
    outbox = paging.Outbox(send=fake)
    for _ in range(20):
        outbox.put(PAGE, url="http://pager", timeout_s=1)
    outbox.close()
    assert (len(fake.sent), set(threading.enumerate()) - before) == (20, set())
    assert outbox.put(PAGE, url="http://pager", timeout_s=1)  # and begins anew
    outbox.close()
    assert len(fake.sent) == 21


def test_without_an_address_nothing_is_sent():
    assert not paging.call_out(PAGE, url="")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "pager.example"])
def test_address_that_is_no_web_address_is_refused(url):
    with pytest.raises(ValueError, match="https"):
        paging.post(PAGE, url, 1.0)


def received_by_hook(page: paging.Page) -> dict[str, object]:
    """Send a page to a hook of our own; gives what it received."""
    received: list[dict[str, object]] = []

    class Pager(BaseHTTPRequestHandler):
        def do_POST(self):
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Pager)
    thread = threading.Thread(target=server.handle_request)
    thread.start()
    paging.post(page, f"http://127.0.0.1:{server.server_port}/", 5.0)
    thread.join()
    server.server_close()
    return received[0]


def test_web_hook_receives_codes_and_references_only():
    assert received_by_hook(PAGE) == {
        "town": "porto",
        "unit": "E7",
        "incident": "incident:12",
        "type": "structure_fire",
        "priority": 1,
        "at": "2026-03-01T12:00:00+00:00",
    }


def test_a_crew_that_is_to_cover_a_post_is_told_which():
    page = replace(PAGE, incident="", type="move_up", priority=0, post="fire 7")
    told = received_by_hook(page)
    assert (told["type"], told["post"], told["incident"]) == ("move_up", "fire 7", "")


def test_server_that_takes_the_call_and_never_answers_is_given_up():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(TimeoutError):
            paging.post(PAGE, f"http://127.0.0.1:{port}/", 0.05)
