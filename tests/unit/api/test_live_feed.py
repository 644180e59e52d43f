"""The live feed as ASGI, with a ledger in memory: no gap, no silence, nobody holds others up."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from anlan.api.live import feed as feed_module
from anlan.api.live import tail as tail_module
from anlan.api.live.feed import LiveFeed
from anlan.api.live.source import CATCH_UP, Refusal, beat
from anlan.kernel.values import TownClock

START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    id: int


class Memory:
    """A ledger in memory; `down` makes every read fail, as a database that is away does."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.down = False
        self.refused: Refusal | None = None
        self.resets = 0

    def add(self, *ids: int) -> None:
        self.lines += [Line(number) for number in ids]

    def _up(self) -> None:
        if self.down:
            raise OSError("the database is away")

    def refusal(self, scope, town):
        return self.refused

    def last_id(self, town):
        self._up()
        return self.lines[-1].id if self.lines else 0

    def after(self, town, last_id):
        self._up()
        return [line for line in self.lines if line.id > last_id][:3]

    def changes(self, town, entries):
        return {"incidents": [entry.id for entry in entries], "units": []}

    def clock(self, town):
        self._up()
        return TownClock(START, START, 30.0)

    def reset(self):
        self.resets += 1


async def failed(memory: Memory, *, times: int) -> None:
    """Wait until the ledger could not be read so many times more."""
    enough = memory.resets + times
    async with asyncio.timeout(30):
        while memory.resets < enough:
            await asyncio.sleep(0.002)


class Board:
    """One browser's stream."""

    def __init__(self, feed: LiveFeed, query: str = "", headers=(), path="/live/porto") -> None:
        self.sent: list[dict] = []
        self.text = ""
        self.may_read = asyncio.Event()
        self.may_read.set()
        self._gone = asyncio.Event()
        self._news = asyncio.Event()
        scope = {
            "type": "http", "method": "GET", "path": path,
            "query_string": query.encode(), "headers": list(headers),
        }  # fmt: skip
        self.task = asyncio.create_task(feed(scope, self._receive, self._send))

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message) -> None:
        await self.may_read.wait()
        self.sent.append(message)
        self.text += message.get("body", b"").decode()
        self._news.set()

    def events(self, kind: str) -> list[dict]:
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
            if fields.get("event") == kind:
                found.append(json.loads(fields["data"]))
        return found

    def seen(self) -> list[int]:
        return [number for change in self.events("change") for number in change["incidents"]]

    async def until(self, done) -> None:
        async with asyncio.timeout(10):
            while not done():
                self._news.clear()
                await self._news.wait()

    async def leave(self) -> None:
        self._gone.set()
        async with asyncio.timeout(10):
            await self.task


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(tail_module, "POLL_S", 0.001)
    monkeypatch.setattr(tail_module, "BEAT_S", 0.01)
    monkeypatch.setattr(tail_module, "RETRY_S", 0.001)


@pytest.fixture
def memory(quick):
    return Memory()


def test_a_board_is_told_what_is_written_after_it_came(memory):
    async def scene():
        memory.add(1, 2)
        board = Board(LiveFeed(source=memory))
        await board.until(lambda: board.events("beat"))
        memory.add(3, 5)
        await board.until(lambda: 5 in board.seen())
        await board.leave()
        return board

    board = asyncio.run(scene())
    assert board.seen() == [3, 5]
    assert board.sent[0]["status"] == 200
    assert (b"content-type", b"text/event-stream; charset=utf-8") in board.sent[0]["headers"]
    assert board.events("change")[-1]["event_id"] == 5
    assert "id: 5\n" in board.text


@pytest.mark.parametrize("last", [0, 1, 4, 6, 7])
def test_a_board_that_was_away_is_told_all_it_missed_once(memory, last):
    async def scene():
        memory.add(1, 2, 4, 5, 6, 7)
        board = Board(LiveFeed(source=memory), f"last={last}")
        await board.until(lambda: board.events("beat"))
        memory.add(9)
        await board.until(lambda: 9 in board.seen())
        await board.leave()
        return board.seen()

    assert asyncio.run(scene()) == [n for n in (1, 2, 4, 5, 6, 7, 9) if n > last]


def test_the_browsers_own_last_event_id_wins_over_the_address(memory):
    async def scene():
        memory.add(1, 2, 3)
        board = Board(LiveFeed(source=memory), "last=0", [(b"last-event-id", b"2")])
        await board.until(lambda: board.seen())
        await board.leave()
        return board.seen()

    assert asyncio.run(scene()) == [3]


def test_what_is_written_while_boards_come_and_go_reaches_each_without_a_gap(memory):
    async def scene():
        feed, boards = LiveFeed(source=memory), []
        memory.add(1)
        for number in range(2, 80):
            memory.add(number)
            if number % 4 == 0:
                boards.append(Board(feed, f"last={number // 2}"))
                await asyncio.sleep(0.002)
            if number % 8 == 0:
                await boards.pop(0).leave()
        for board in boards:
            await board.until(lambda board=board: 79 in board.seen())
        seen = [(board, board.seen()) for board in boards]
        for board in boards:
            await board.leave()
        return [numbers for _, numbers in seen]

    for numbers in asyncio.run(scene()):
        assert numbers == list(range(numbers[0], 80))


@pytest.mark.parametrize("last", [CATCH_UP + 11, 10**17])
def test_a_board_ahead_of_the_ledger_is_told_to_load_anew(memory, last):
    async def scene():
        memory.add(1, 2)
        board = Board(LiveFeed(source=memory), f"last={last}")
        async with asyncio.timeout(10):
            await board.task
        return board

    board = asyncio.run(scene())
    assert board.events("reload") == [{"event_id": 2}]
    assert board.sent[-1] == {"type": "http.response.body", "body": b""}


def test_a_board_too_far_behind_is_told_to_load_anew(memory):
    async def scene():
        memory.add(1, CATCH_UP + 100)
        board = Board(LiveFeed(source=memory), "last=1")
        async with asyncio.timeout(10):
            await board.task
        return board

    assert asyncio.run(scene()).events("reload") == [{"event_id": CATCH_UP + 100}]


def test_a_board_that_does_not_read_is_dropped_and_holds_nobody_up(memory, monkeypatch):
    monkeypatch.setattr(tail_module, "QUEUE_FRAMES", 5)

    async def scene():
        feed = LiveFeed(source=memory)
        stuck, well = Board(feed), Board(feed)
        await well.until(lambda: well.events("beat"))
        await stuck.until(lambda: stuck.events("beat"))
        stuck.may_read.clear()
        for number in range(1, 60):
            memory.add(number)
            await well.until(lambda number=number: number in well.seen())
        stuck.may_read.set()
        async with asyncio.timeout(10):
            await stuck.task
        await well.leave()
        return stuck, well

    stuck, well = asyncio.run(scene())
    assert stuck.events("reload")
    assert len(stuck.seen()) < 59
    assert well.seen() == list(range(1, 60))


def test_a_board_whose_line_hangs_is_given_up(memory, monkeypatch):
    monkeypatch.setattr(feed_module, "SEND_TIMEOUT_S", 0.01)

    async def scene():
        board = Board(LiveFeed(source=memory))
        board.may_read.clear()
        async with asyncio.timeout(10):
            await board.task

    asyncio.run(scene())


def test_no_beat_goes_out_while_the_database_is_away_and_nothing_is_lost_after(memory):
    async def scene():
        board = Board(LiveFeed(source=memory))
        await board.until(lambda: board.events("beat"))
        memory.down = True
        await failed(memory, times=3)  # a beat that was under way has gone out by then
        silent = len(board.events("beat"))
        await failed(memory, times=3)
        assert len(board.events("beat")) == silent
        memory.add(1, 2)
        memory.down = False
        await board.until(lambda: board.seen() == [1, 2])
        await board.leave()

    asyncio.run(scene())
    assert memory.resets > 0


def test_a_connection_that_cannot_even_be_dropped_ends_no_tail(memory, monkeypatch):
    def broken():
        memory.resets += 1
        raise OSError("the connection is broken")

    monkeypatch.setattr(memory, "reset", broken)

    async def scene():
        board = Board(LiveFeed(source=memory))
        await board.until(lambda: board.events("beat"))
        memory.down = True
        await failed(memory, times=2)
        memory.down = False
        memory.add(1)
        await board.until(lambda: board.seen() == [1])
        await board.leave()

    asyncio.run(scene())


def test_a_tail_rests_when_nobody_listens_and_goes_on_without_a_gap(memory):
    async def scene():
        feed = LiveFeed(source=memory)
        first = Board(feed)
        await first.until(lambda: first.events("beat"))
        memory.add(1)
        await first.until(lambda: first.seen() == [1])
        await first.leave()
        memory.add(2, 3)
        second = Board(feed, "last=1")
        await second.until(lambda: second.seen() == [2, 3])
        await second.leave()

    asyncio.run(scene())


def test_stopping_the_server_ends_every_stream(memory):
    async def scene():
        feed = LiveFeed(source=memory)
        boards = [Board(feed) for _ in range(3)]
        for board in boards:
            await board.until(lambda board=board: board.events("beat"))
        await feed.stop()
        async with asyncio.timeout(10):
            await asyncio.gather(*(board.task for board in boards))
        return boards

    for board in asyncio.run(scene()):
        assert board.sent[-1] == {"type": "http.response.body", "body": b""}


@pytest.mark.parametrize(
    ("query", "path", "status"),
    [
        ("last=x", "/live/porto", 422),
        ("last=-1", "/live/porto", 422),
        ("last=9" + "9" * 30, "/live/porto", 422),
        ("", "/live/", 404),
        ("", "/live/a/b", 404),
        ("", "/live/Porto", 404),
    ],
)
def test_a_wrong_request_is_refused_in_a_sentence(memory, query, path, status):
    async def scene():
        board = Board(LiveFeed(source=memory), query, path=path)
        async with asyncio.timeout(10):
            await board.task
        return board

    board = asyncio.run(scene())
    assert board.sent[0]["status"] == status
    assert json.loads(board.text)["sentence"]


def test_who_is_refused_at_the_door_gets_no_stream(memory):
    async def scene():
        memory.refused = Refusal(403, "not_a_member", "You hold no role in this town.")
        board = Board(LiveFeed(source=memory))
        async with asyncio.timeout(10):
            await board.task
        return board

    board = asyncio.run(scene())
    assert board.sent[0]["status"] == 403
    assert json.loads(board.text) == {
        "sentence": "You hold no role in this town.",
        "code": "not_a_member",
    }


def test_a_member_whose_role_is_withdrawn_loses_the_stream(memory, monkeypatch):
    monkeypatch.setattr(feed_module, "REVIEW_S", 0.0)

    async def scene():
        board = Board(LiveFeed(source=memory))
        await board.until(lambda: board.events("beat"))
        memory.refused = Refusal(403, "not_a_member", "You hold no role in this town.")
        async with asyncio.timeout(10):
            await board.task

    asyncio.run(scene())


def test_a_beat_carries_the_towns_own_time():
    real = datetime(2026, 1, 1, 0, 0, 10, tzinfo=UTC)
    text = beat(TownClock(START, START, 30.0), event_id=7, real_now=real).decode()
    document = json.loads(text.splitlines()[1].removeprefix("data: "))
    assert document == {
        "event_id": 7,
        "town_now": "2026-01-01T00:05:00+00:00",
        "real_now": "2026-01-01T00:00:10+00:00",
    }
