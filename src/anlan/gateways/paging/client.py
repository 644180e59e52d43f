"""Calling a crew out through a web hook: after the commit, beside the write path, never in it.

A page holds references and codes only: the words of a call stay sealed. Pages wait in memory for a
small number of threads; when the other side hangs they are given up in turn, and when too many wait
the newest is given up, so that nothing here can hold up a dispatch. A page lost with the process is
lost: the board is what counts, the call-out comes on top.
"""

from __future__ import annotations

import json
import queue
import threading
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

import structlog

WAITING_AT_MOST = 1000
SENDERS = 2

log = structlog.get_logger("anlan.gateways.paging")


@dataclass(frozen=True, slots=True)
class Page:
    """What a crew is told: which unit, which incident, what kind, how urgent, since when.

    A crew that is to drive to a post ("fire 7") has no incident: the type is `move_up` or
    `move_up_ended` then, and the priority 0. Any other page names no post.
    """

    town: str
    unit: str
    incident: str
    type: str
    priority: int
    at: datetime
    post: str = ""


@dataclass(frozen=True, slots=True)
class _Order:
    page: Page
    url: str
    timeout_s: float


Send = Callable[[Page, str, float], None]


def post(page: Page, url: str, timeout_s: float) -> None:
    """Send one page as JSON and wait for the answer, at most `timeout_s` for each step."""
    if not url.startswith(("https://", "http://")):
        raise ValueError("A paging address begins with https:// or http://.")
    told = {name: value for name, value in asdict(page).items() if name != "post" or value}
    body = json.dumps({**told, "at": page.at.isoformat()}).encode()
    headers = {"Content-Type": "application/json", "User-Agent": "anlan"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")
    with urllib.request.urlopen(request, timeout=timeout_s) as answer:
        answer.read(0)


class Outbox:
    """Pages that wait, and the threads that send them."""

    def __init__(
        self, *, send: Send = post, senders: int = SENDERS, waiting_at_most: int = WAITING_AT_MOST
    ) -> None:
        self._send = send
        self._waiting: queue.Queue[_Order | None] = queue.Queue(maxsize=waiting_at_most)
        self._senders = senders
        self._threads: list[threading.Thread] = []
        self._starting = threading.Lock()

    def put(self, page: Page, *, url: str, timeout_s: float) -> bool:
        """Take a page to be sent and return at once; False when it had to be given up."""
        self._start()
        try:
            self._waiting.put_nowait(_Order(page, url, timeout_s))
        except queue.Full:
            log.warning("paging.given_up", gateway="paging", outcome="too_many_waiting")
            return False
        return True

    def drain(self) -> None:
        """Wait until every page taken so far was sent or given up."""
        self._waiting.join()

    def close(self) -> None:
        """Send what waits, and end the threads: none of them logs when its log has ended."""
        with self._starting:
            for _ in self._threads:
                self._waiting.put(None)
            for each in self._threads:
                each.join()
            self._threads = []

    def _start(self) -> None:
        with self._starting:
            if self._threads:
                return
            self._threads = [
                threading.Thread(target=self._send_all, name=f"paging-{number}", daemon=True)
                for number in range(self._senders)
            ]
            for each in self._threads:
                each.start()

    def _send_all(self) -> None:
        while (order := self._waiting.get()) is not None:
            try:
                self._send(order.page, order.url, order.timeout_s)
                log.info("paging.sent", gateway="paging", town=order.page.town)
            except (OSError, ValueError):  # urllib's and http's errors are OSErrors or ValueErrors
                log.warning("paging.failed", gateway="paging", outcome="not_sent", exc_info=True)
            except Exception:
                log.error("paging.failed", gateway="paging", outcome="fault", exc_info=True)
            finally:
                self._waiting.task_done()
        self._waiting.task_done()


_outbox = Outbox()


def call_out(page: Page, *, url: str, timeout_s: float = 3.0) -> bool:
    """Call a crew out, unless no address is set; returns at once.

    Call it from `transaction.on_commit`, so that a refused dispatch pages nobody.
    """
    return _outbox.put(page, url=url, timeout_s=timeout_s) if url else False
