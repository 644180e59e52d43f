"""One tail for each town and process: reads what is new once, tells every board of the town."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from datetime import UTC, datetime
from typing import Any

import structlog

from anlan.api.live.source import Source, beat, frame

POLL_S = 0.05
BEAT_S = 2.0
RETRY_S = 1.0
QUEUE_FRAMES = 256

log = structlog.get_logger(__name__)


class Listener:
    """One board's queue; bounded, so that a board that does not read costs nothing."""

    def __init__(self) -> None:
        self.behind = False
        self.closing = False
        self.since = 0
        self._frames: deque[bytes] = deque()
        self._stir = asyncio.Event()

    def offer(self, chunk: bytes) -> None:
        """Queue a frame; a full queue marks the listener as too far behind to catch up."""
        if len(self._frames) >= QUEUE_FRAMES:
            self.behind = True
            self.close()
        else:
            self._frames.append(chunk)
            self._stir.set()

    def close(self) -> None:
        """End this listener's stream."""
        self.closing = True
        self._stir.set()

    def begin(self, last_id: int) -> None:
        """Start here: what was queued before lies at or before `last_id`, which is caught up on."""
        self._frames.clear()
        self.since = last_id

    async def next(self) -> bytes | None:
        """Wait for the next frame; None at the end."""
        while not self._frames and not self.closing:
            self._stir.clear()
            await self._stir.wait()
        return None if self.closing else self._frames.popleft()


class TownTail:
    """Follows one town's ledger and hands each batch of changes to every listener.

    `last_id` is the newest entry that has been handed out. A listener joins between two batches, so
    that what it catches up on by itself (up to `last_id`) and what it is then handed leave no gap.
    """

    def __init__(self, town: str, *, source: Source, threads: Executor) -> None:
        self.town = town
        self.last_id = 0
        self._source = source
        self._threads = threads
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()
        self._wake = asyncio.Event()

    async def join(self) -> Listener:
        """Add a listener; it is handed everything after its `since`."""
        listener = Listener()
        self._listeners.add(listener)
        if self._task is None:
            self._task = asyncio.create_task(self._run(), name=f"live-{self.town}")
        await self._ready.wait()
        listener.begin(self.last_id)
        return listener

    def leave(self, listener: Listener) -> None:
        """Drop a listener; the tail rests when none is left."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None
            self._ready.clear()

    def wake(self) -> None:
        """Look for new entries now rather than at the next poll."""
        self._wake.set()

    def close(self) -> None:
        """End every listener's stream, for the server is stopping."""
        for listener in list(self._listeners):
            listener.close()

    async def _run(self) -> None:
        """Poll, hand out, beat. When reading fails no beat goes out, so boards see it at once."""
        beat_due = 0.0
        while True:
            try:
                if not self._ready.is_set():
                    self.last_id = await self._call(self._source.last_id, self.town)
                    self._ready.set()
                await self._hand_out()
                if time.monotonic() >= beat_due:
                    await self._beat()
                    beat_due = time.monotonic() + BEAT_S
                await self._rest(POLL_S)
            except Exception as error:  # noqa: BLE001 - the database may be away; boards see no beat
                log.warning("live_tail_failed", town=self.town, error=type(error).__name__)
                await self._reset()
                await asyncio.sleep(RETRY_S)

    async def _reset(self) -> None:
        """Drop the broken connection; should even that fail, the tail goes on trying."""
        try:
            await self._call(self._source.reset)
        except Exception as error:  # noqa: BLE001 - a tail that ends leaves its boards without beats
            log.warning("live_reset_failed", town=self.town, error=type(error).__name__)

    async def _hand_out(self) -> None:
        batch = await self._call(self._read)
        if batch is None:
            return
        chunk, newest = batch
        self.last_id = newest
        for listener in self._listeners:
            listener.offer(chunk)

    def _read(self) -> tuple[bytes, int] | None:
        return next_frame(self._source, self.town, after=self.last_id)

    async def _beat(self) -> None:
        clock = await self._call(self._source.clock, self.town)
        chunk = beat(clock, event_id=self.last_id, real_now=datetime.now(UTC))
        for listener in self._listeners:
            listener.offer(chunk)

    async def _rest(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), seconds)
        except TimeoutError:
            return
        self._wake.clear()

    async def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)


def next_frame(
    source: Source, town: str, *, after: int, until: int | None = None
) -> tuple[bytes, int] | None:
    """Give the next change as a frame with the id it reaches, or None when nothing is new.

    The rows are read after the entries, so they are at least as new as the id says.
    """
    entries = source.after(town, after)
    if until is not None:
        entries = [entry for entry in entries if entry.id <= until]
    if not entries:
        return None
    newest = int(entries[-1].id)
    document = {**source.changes(town, entries), "event_id": newest}
    return frame("change", document, event_id=newest), newest
