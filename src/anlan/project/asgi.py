"""One process for everything: the live feed as raw ASGI, pages and API as WSGI in threads.

Django's own ASGI opens a thread and a connection for each request; this keeps both few.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, cast
from urllib.parse import quote

from a2wsgi import WSGIMiddleware
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from anlan.project.patience import Patient

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.project.settings")
wsgi = get_wsgi_application()  # before the feed: Django has to be set up when its queries come in

from anlan.api.live import LiveFeed  # noqa: E402

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# How many pieces of an answer may wait for the network, so that its thread is free again at once.
PIECES_WAITING = 256

live = LiveFeed()
pages = Patient(
    cast(
        Any,
        WSGIMiddleware(
            cast(Any, wsgi), workers=settings.ANLAN_THREADS, send_queue_size=PIECES_WAITING
        ),
    ),
    most_bytes=settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
    most_bytes_of_files=settings.FILE_UPLOAD_MAX_MEMORY_SIZE + 1_000_000,  # what is a little too
    # large still gets its own sentence on the form's page
)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request, or follow the server's start and stop."""
    if scope["type"] == "lifespan":
        await _follow(receive, send)
    elif scope["type"] == "http" and scope["path"].startswith("/live/"):
        await live(scope, receive, send)
    else:
        await pages(_plain(scope), receive, send)


async def _follow(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            await send({"type": "lifespan.startup.complete"})
        elif message["type"] == "lifespan.shutdown":
            await live.stop()
            await send({"type": "lifespan.shutdown.complete"})
            return


def _plain(scope: Scope) -> Scope:
    """Give the scope with a query of ASCII only: WSGI takes no other bytes, browsers send none."""
    query = scope.get("query_string", b"")
    if query.isascii():
        return scope
    return {**scope, "query_string": quote(query, safe="%&=+,;:@/?!$'()*[]~-._").encode()}
