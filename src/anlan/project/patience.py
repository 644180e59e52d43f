"""Between the network and the few threads that answer: nobody slow may hold one of them.

A thread that reads a request's body waits for whoever sends it, and one that answers waits for
whoever reads. Four phones on a bad line, or four strangers, would stop dispatch. So a request comes
in whole before a thread sees it, and an answer that nobody reads is dropped.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

BODY_TIMEOUT_S = 20.0
SEND_TIMEOUT_S = 20.0


class TooLarge(Exception):
    """The body is longer than any request of ours."""


class Gone(Exception):
    """Whoever asked has left before the request was whole."""


class Patient:
    """Wraps an application that answers in threads: reads for it, and gives up for it."""

    def __init__(self, application: Application, *, most_bytes: int) -> None:
        self._application = application
        self._most_bytes = most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 408 or 413 for a request that never becomes whole; pass on the others."""
        try:
            async with asyncio.timeout(BODY_TIMEOUT_S):
                body = await _whole(receive, most_bytes=self._most_bytes)
        except Gone:
            return
        except TimeoutError:
            await _refuse(send, 408, "too_slow", "The request did not come in whole; try again.")
            return
        except TooLarge:
            await _refuse(send, 413, "too_large", "The request is too large.")
            return
        await self._application(scope, _again(body, receive), _dropping(send))


async def _whole(receive: Receive, *, most_bytes: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        body += message.get("body", b"")
        if len(body) > most_bytes:
            raise TooLarge
        if not message.get("more_body", False):
            return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body as one message, then whatever comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return waiting.pop() if waiting else await receive()

    return next_message


def _dropping(send: Send) -> Send:
    """Give a `send` that throws the rest away once the other side has stopped reading.

    It doesn't raise: the thread that answers would wait for ever to hand on what it still has. The
    server closes the connection, for the answer stays unfinished.
    """
    gone = False

    async def send_or_drop(message: Message) -> None:
        nonlocal gone
        if gone:
            return
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(message)
        except (TimeoutError, OSError):
            gone = True

    return send_or_drop


async def _refuse(send: Send, status: int, code: str, sentence: str) -> None:
    body = json.dumps({"sentence": sentence, "code": code}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),  # what is still to come of the body is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
