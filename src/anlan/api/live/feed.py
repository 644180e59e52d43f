"""The feed as an ASGI application: GET /live/{town}?last={event_id}."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from urllib.parse import parse_qs
from weakref import WeakSet

from django.db import DatabaseError

from anlan.api.live.source import CATCH_UP, LedgerSource, Refusal, Source, frame
from anlan.api.live.tail import Listener, TownTail, next_frame

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

PATH = re.compile(r"^/live/(?P<town>[a-z0-9][a-z0-9-]{0,39})/?$")
SEND_TIMEOUT_S = 20.0
REVIEW_S = 60.0
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
    (b"x-content-type-options", b"nosniff"),
]


_running: WeakSet[LiveFeed] = WeakSet()


class Gone(Exception):
    """The board has left or does not read."""


class LiveFeed:
    """Serves every board of this process; one tail a town, two threads for asking who is there."""

    def __init__(self, *, source: Source | None = None) -> None:
        self._source: Source = source or LedgerSource()
        self._tails: dict[str, TownTail] = {}
        self._tail_thread = ThreadPoolExecutor(1, thread_name_prefix="live-tail")
        self._door_threads = ThreadPoolExecutor(2, thread_name_prefix="live-door")
        self._stopping = False
        _running.add(self)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request: a stream, or a refusal as {sentence, code}."""
        found = PATH.match(scope["path"])
        if found is None:
            return await _refuse(send, Refusal(404, "not_found", "There is no such feed."))
        if scope["method"] != "GET":
            return await _refuse(send, Refusal(405, "get_only", "The feed is read by GET."))
        last = _last_id(scope)
        if last is not None and last < 0:
            return await _refuse(
                send, Refusal(422, "bad_input", "Name the last event by its whole number.")
            )
        refusal = await self._ask(scope, found["town"])
        if refusal is not None:
            return await _refuse(send, refusal)
        await self._serve(scope, receive, send, town=found["town"], last=last)
        return None

    async def stop(self) -> None:
        """End every stream, so that the server can stop without cutting boards off mid-frame."""
        self._stopping = True
        for tail in self._tails.values():
            tail.close()
        await asyncio.sleep(0)

    def wake(self, town: str) -> None:
        """Look for a town's new entries now."""
        if town in self._tails:
            self._tails[town].wake()

    async def _serve(
        self, scope: Scope, receive: Receive, send: Send, *, town: str, last: int | None
    ) -> None:
        tail = self._tails.get(town)
        if tail is None:
            tail = TownTail(town, source=self._source, threads=self._tail_thread)
            self._tails[town] = tail
        listener = await tail.join()
        if self._stopping:
            listener.close()
        stream = asyncio.create_task(self._stream(scope, send, listener, town=town, last=last))
        left = asyncio.create_task(_until_left(receive))
        try:
            await asyncio.wait({stream, left}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            tail.leave(listener)
            await _end(stream, left)

    async def _stream(
        self, scope: Scope, send: Send, listener: Listener, *, town: str, last: int | None
    ) -> None:
        """Catch up by itself to where it joined, then pass on what the tail hands out."""
        try:
            await _pass(send, {"type": "http.response.start", "status": 200, "headers": HEADERS})
            await _write(send, b"retry: 1000\n\n")
            if await self._catch_up(send, listener, town=town, last=last):
                await self._pass_on(scope, send, listener, town)
            await _pass(send, {"type": "http.response.body", "body": b""})
        except Gone:
            return

    async def _catch_up(
        self, send: Send, listener: Listener, *, town: str, last: int | None
    ) -> bool:
        """Send what was missed; False (and `reload`) when the board must load anew."""
        if last is None:
            return True
        until = listener.since
        if last > until or until - last > CATCH_UP:
            # Ahead of us: another database, or one restored. Far behind: loading anew is less.
            newest = await self._at_door(self._source.last_id, town)
            if last > newest or newest - last > CATCH_UP:
                await _write(send, frame("reload", {"event_id": newest}))
                return False
        while last < until:
            found = await self._at_door(
                partial(next_frame, self._source, town, after=last, until=until)
            )
            if found is None:
                return True
            chunk, last = found
            await _write(send, chunk)
        return True

    async def _pass_on(self, scope: Scope, send: Send, listener: Listener, town: str) -> None:
        review_at = asyncio.get_running_loop().time() + REVIEW_S
        while (chunk := await listener.next()) is not None:
            await _write(send, chunk)
            if asyncio.get_running_loop().time() >= review_at:
                if await self._ask(scope, town) is not None:
                    return
                review_at = asyncio.get_running_loop().time() + REVIEW_S
        if listener.behind:
            await _write(send, frame("reload", {"event_id": 0}))

    async def _ask(self, scope: Scope, town: str) -> Refusal | None:
        try:
            refusal: Refusal | None = await self._at_door(self._source.refusal, scope, town)
        except DatabaseError:
            await self._at_door(self._source.reset)
            return Refusal(503, "database_away", "The database does not answer; try again soon.")
        return refusal

    async def _at_door(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._door_threads, function, *arguments)


async def _end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks and wait for them; a board that is gone is no fault."""
    for task in tasks:
        task.cancel()
    for outcome in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(outcome, Exception) and not isinstance(outcome, (Gone, OSError)):
            raise outcome


async def stop_all() -> None:
    """End every stream of every feed in this process."""
    for feed in list(_running):
        await feed.stop()


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _write(send: Send, chunk: bytes) -> None:
    await _pass(send, {"type": "http.response.body", "body": chunk, "more_body": True})


async def _pass(send: Send, message: dict[str, Any]) -> None:
    try:
        async with asyncio.timeout(SEND_TIMEOUT_S):
            await send(message)
    except (TimeoutError, OSError) as error:
        raise Gone from error


async def _refuse(send: Send, refusal: Refusal) -> None:
    body = json.dumps({"sentence": refusal.sentence, "code": refusal.code}).encode()
    headers = [(b"content-type", b"application/json"), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _last_id(scope: Scope) -> int | None:
    """Read where the board left off: the header wins, then ?last=; -1 when it is no number."""
    headers = dict(scope["headers"])
    text = headers.get(b"last-event-id", b"").decode("latin-1")
    if not text:
        text = parse_qs(scope["query_string"].decode("latin-1")).get("last", [""])[0]
    if not text:
        return None
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else -1
