"""The live feed on the real ledger: writers that race and overlap, and boards that miss nothing.

On PostgreSQL this is where `id > last` loses events unless a town's entries commit in id order.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from datetime import UTC, datetime

import pytest
from django.db import connection, connections

from anlan.api.live import tail as tail_module
from anlan.api.live.feed import LiveFeed
from anlan.api.live.source import LedgerSource
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.ledger.services import write
from anlan.kernel.values import Actor, Role, TownClock

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOWN = "littleton"


class OpenDoor(LedgerSource):
    """The real ledger; the door and the rows are left out, since other tests hold those."""

    def refusal(self, scope, town):
        return None

    def changes(self, town, entries):
        return {"ids": [entry.id for entry in entries]}

    def clock(self, town):
        return TownClock(NOW, NOW)


def enter(number: int, *, town: str = TOWN, linger_s: float = 0.0) -> int:
    """Write one entry, lingering between its numbering and its commit as a slow write does."""
    actor = Actor(f"job:writer-{number}", frozenset({Role.DISPATCHER}))
    with write(town=town, actor=actor, action="test.written", at=NOW, recorded_at=NOW) as entry:
        number = entry.record(subject=f"incident:{number}")
        time.sleep(linger_s)
    return number


def race(*, writers: int, each: int, linger_s: float = 0.0, towns=(TOWN,)) -> list[int]:
    """Let threads write at once; gives the ids of the first town in no order."""
    ids: list[int] = []
    lock, start = threading.Lock(), threading.Barrier(writers)

    def one(writer: int) -> None:
        try:
            start.wait()
            for turn in range(each):
                town = towns[(writer + turn) % len(towns)]
                number = enter(writer, town=town, linger_s=linger_s if turn % 3 == 0 else 0.0)
                if town == towns[0]:
                    with lock:
                        ids.append(number)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ids


class Listening:
    """A board on the feed, in a loop of its own thread's making."""

    def __init__(self, feed: LiveFeed, last: int) -> None:
        self.text = ""
        self._gone = asyncio.Event()
        scope = {
            "type": "http",
            "method": "GET",
            "path": f"/live/{TOWN}",
            "query_string": f"last={last}".encode(),
            "headers": [],
        }
        self.task = asyncio.create_task(feed(scope, self._receive, self._send))

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message) -> None:
        self.text += message.get("body", b"").decode()

    def seen(self) -> list[int]:
        found: list[int] = []
        for block in self.text.split("\n\n"):
            if "event: change" in block:
                found += json.loads(block.split("data: ", 1)[1])["ids"]
        return found

    async def leave(self) -> None:
        self._gone.set()
        await self.task


def watch(*, during, comings: int = 1) -> tuple[list[int], list[list[int]]]:
    """Run `during` in a thread while boards come; gives its ids and what each board saw.

    The boards know an entry from before: PostgreSQL goes on numbering where the test before this
    one stopped, and a board that is thousands of numbers behind is told to read anew instead.
    """
    last = enter(0)

    async def scene():
        feed = LiveFeed(source=OpenDoor())
        work = asyncio.get_running_loop().run_in_executor(None, during)
        boards = []
        for _ in range(comings):
            boards.append(Listening(feed, last))
            await asyncio.sleep(0.03)
        ids = await work
        newest = max(ids)
        async with asyncio.timeout(30):
            while any(newest not in board.seen() for board in boards):
                await asyncio.sleep(0.01)
        seen = [board.seen() for board in boards]
        for board in boards:
            await board.leave()
        for pool in (feed._tail_thread, feed._door_threads):
            pool.submit(connections.close_all).result()
            pool.submit(connections.close_all).result()
            pool.shutdown()
        return ids, seen

    return asyncio.run(scene())


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(tail_module, "POLL_S", 0.002)


def test_racing_writers_lose_no_entry_on_any_board():
    ids, seen = watch(during=lambda: race(writers=6, each=25, linger_s=0.004), comings=6)
    assert len(ids) == 150
    for one in seen:
        assert one == sorted(ids)


def test_writers_of_another_town_do_not_hide_entries():
    ids, seen = watch(
        during=lambda: race(writers=6, each=20, linger_s=0.004, towns=(TOWN, "elsewhere")),
        comings=2,
    )
    assert ids
    for one in seen:
        assert one == sorted(ids)


def test_a_slow_write_is_not_overtaken_by_a_quick_one_of_its_town():
    """The slow one is numbered first; the quick one has to wait, so nobody reads past the slow."""
    order: list[str] = []
    numbered = threading.Event()

    def slow() -> None:
        try:
            actor = Actor("job:slow", frozenset({Role.DISPATCHER}))
            with write(
                town=TOWN, actor=actor, action="test.written", at=NOW, recorded_at=NOW
            ) as entry:
                entry.record(subject="incident:1")
                numbered.set()
                time.sleep(0.2)
                order.append("slow")
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    assert numbered.wait(10)
    quick_id = enter(2)
    order.append("quick")
    thread.join()
    assert order == ["slow", "quick"]
    assert [entry.id for entry in ledger.entries_after(TOWN, quick_id - 2)][-1] == quick_id


def test_without_the_towns_lock_postgresql_would_hide_an_entry():
    """Why the lock is there: an entry numbered first and committed last is never read."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time, so its entries commit in order anyway.")
    from django.db import transaction

    numbered, committed = threading.Event(), threading.Event()

    def insert() -> int:
        return LedgerEntry.objects.create(
            town=TOWN,
            at=NOW,
            recorded_at=NOW,
            actor_ref="cli",
            action="test.written",
            subject="incident:1",
        ).pk

    def first() -> None:
        try:
            with transaction.atomic():
                insert()
                numbered.set()
                committed.wait(10)
        finally:
            connections.close_all()

    thread = threading.Thread(target=first)
    thread.start()
    assert numbered.wait(10)
    second = insert()
    seen = [entry.id for entry in ledger.entries_after(TOWN, 0)]
    committed.set()
    thread.join()
    assert seen == [second]
    assert ledger.entries_after(TOWN, second) == []
    assert LedgerEntry.objects.count() == 2
