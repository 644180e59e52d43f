"""Between the network and the few threads that answer: nobody slow may hold one of them.

A thread that reads a request's body waits for whoever sends it, and one that answers waits for
whoever reads. Four phones on a bad line, or four strangers, would stop dispatch. So a request comes
in whole before a thread sees it, and an answer that nobody reads is dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
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
SLOWEST_BYTES_PER_S = 20_000  # a photo from a phone on a bad line takes its time
FILES_AT_A_TIME = 12  # bodies above the small limit that are held in memory
DRAINED_TIMES = 10  # a browser shows an answer only after it has sent all


class TooLarge(Exception):
    """The body is longer than any request of ours."""


class Busy(Exception):
    """As many files are coming in as may be held in memory."""


class Gone(Exception):
    """Whoever asked has left before the request was whole."""


class Patient:
    """Wraps an application that answers in threads: reads for it, and gives up for it.

    A form with a file may be as long as `most_bytes_of_files`, any other body as `most_bytes`.
    """

    def __init__(
        self, application: Application, *, most_bytes: int, most_bytes_of_files: int = 0
    ) -> None:
        self._application = application
        self._most_bytes = most_bytes
        self._most_bytes_of_files = most_bytes_of_files
        self._files = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 408, 413 or 503 for a request that never becomes whole; pass on the others."""
        held: list[bool] = []
        try:
            body = await self._whole(scope, receive, held)
            await self._application(scope, _again(body, receive), _dropping(send))
        except Gone:
            return
        except TimeoutError:
            await _refuse(scope, send, 408, "too_slow", _TOO_SLOW)
        except Busy:
            await _drain(receive, self._most_bytes_of_files)
            await _refuse(scope, send, 503, "busy", _BUSY)
        except TooLarge:
            if _is_form_with_files(scope):
                await _drain(receive, DRAINED_TIMES * self._most_bytes_of_files)
            await _refuse(scope, send, 413, "too_large", _TOO_LARGE)
        finally:
            self._files -= len(held)

    async def _whole(self, scope: Scope, receive: Receive, held: list[bool]) -> bytes:
        """Give the body; `held` says afterwards whether it takes one of the places for files."""
        most = self._most_bytes
        if _is_form_with_files(scope):
            most = max(most, self._most_bytes_of_files)
        body = bytearray()
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(BODY_TIMEOUT_S) as patience:
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                body += message.get("body", b"")
                if len(body) > most:
                    raise TooLarge
                if len(body) > self._most_bytes and not held:
                    self._take_place(held)
                if not message.get("more_body", False):
                    return bytes(body)
                patience.reschedule(began + BODY_TIMEOUT_S + len(body) / SLOWEST_BYTES_PER_S)

    def _take_place(self, held: list[bool]) -> None:
        if self._files >= FILES_AT_A_TIME:
            raise Busy
        self._files += 1
        held.append(True)


def _header(scope: Scope, name: bytes) -> bytes:
    return next((bytes(value) for key, value in scope.get("headers", ()) if key == name), b"")


def _is_form_with_files(scope: Scope) -> bool:
    return _header(scope, b"content-type").lower().startswith(b"multipart/form-data")


async def _drain(receive: Receive, most: int) -> None:
    """Let a sender finish, and throw it away, so that it reads the answer: so much, so long."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BODY_TIMEOUT_S):
            while most > 0:
                message = await receive()
                most -= len(message.get("body", b""))
                if message["type"] == "http.disconnect" or not message.get("more_body", False):
                    return


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


# Said to people in both languages: no page of ours is drawn before a request is whole.
_TOO_SLOW = ("The request did not come in whole; try again.", "请求未能完整送达，请重试。")
_TOO_LARGE = ("The request is too large.", "发送的内容过大。")
_BUSY = (
    "Many files are being sent just now; try again in a minute.",
    "当前上传的文件较多，请一分钟后重试。",
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Anlan 安澜</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><main><h1>{en}</h1>
<p>Go back: what you filled in is still there. A smaller file may do.</p>
<div lang="zh-Hans"><h2>{zh}</h2>
<p>请返回上一页，已填写的内容仍在；可改用较小的文件。</p></div></main></html>
"""


async def _refuse(scope: Scope, send: Send, status: int, code: str, said: tuple[str, str]) -> None:
    """Refuse as a page to whoever asks for pages, else as our API does."""
    page = b"text/html" in _header(scope, b"accept")
    text = (
        _PAGE.format(en=said[0], zh=said[1])
        if page
        else json.dumps({"sentence": said[0], "code": code})
    )
    headers = [
        (b"content-type", b"text/html; charset=utf-8" if page else b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        (b"referrer-policy", b"no-referrer"),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),  # what is still to come of the body is not read
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text.encode()})
