"""Whoever sends slowly or doesn't read holds up nobody else."""

from __future__ import annotations

import asyncio
import json

import pytest
from a2wsgi import WSGIMiddleware

from anlan.project import patience
from anlan.project.patience import Patient

LARGE = b"x" * 1000


class Caller:
    """One side of a connection: gives messages, then nothing for ever; keeps what it is sent."""

    def __init__(self, *messages, reads=True):
        self.messages = list(messages)
        self.reads = reads
        self.sent = []

    async def receive(self):
        if self.messages:
            return self.messages.pop(0)
        await asyncio.Event().wait()

    async def send(self, message):
        if not self.reads:
            await asyncio.Event().wait()
        self.sent.append(message)

    @property
    def status(self):
        return self.sent[0]["status"]

    @property
    def body(self):
        return b"".join(message.get("body", b"") for message in self.sent)


def part(body, *, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def echo(environ, start_response):
    """Read the body and give it back, many small pieces first."""
    said = environ["wsgi.input"].read()
    start_response("200 OK", [("content-type", "text/plain")])
    return [*[b"."] * 50, said]


@pytest.fixture
def pages(monkeypatch):
    """One thread answers; patience is short."""
    monkeypatch.setattr(patience, "BODY_TIMEOUT_S", 0.1)
    monkeypatch.setattr(patience, "SEND_TIMEOUT_S", 0.1)
    return lambda: Patient(
        WSGIMiddleware(echo, workers=1, send_queue_size=4),
        most_bytes=2000,
        most_bytes_of_files=5000,
    )


SCOPE = {
    "type": "http",
    "method": "POST",
    "path": "/",
    "query_string": b"",
    "http_version": "1.1",
    "headers": [],
}


FILES = (b"content-type", b"multipart/form-data; boundary=x")
PAGE = (b"accept", b"text/html,*/*")


def ask(pages, *callers, headers=()):
    async def all_at_once():
        application = pages()
        scope = {**SCOPE, "headers": list(headers)}
        asking = [application(scope, one.receive, one.send) for one in callers]
        await asyncio.wait_for(asyncio.gather(*asking), 30)

    asyncio.run(all_at_once())


def test_request_in_parts_comes_in_whole(pages):
    caller = Caller(part(b"ab", more=True), part(b"cd"))
    ask(pages, caller)
    assert (caller.status, caller.body[50:]) == (200, b"abcd")


def test_sender_who_stops_amid_a_request_holds_up_nobody(pages):
    slow = [Caller(part(b"a", more=True)) for _ in range(4)]
    quick = Caller(part(b"call"))
    ask(pages, *slow, quick)
    assert quick.body.endswith(b"call")
    assert [one.status for one in slow] == [408] * 4


def test_reader_who_stops_amid_an_answer_holds_up_nobody(pages):
    deaf = [Caller(part(b"a"), reads=False) for _ in range(4)]
    quick = Caller(part(b"call"))
    ask(pages, *deaf, quick)
    assert quick.body.endswith(b"call")


def test_request_too_large_is_refused_before_a_thread_reads_it(pages):
    caller = Caller(part(LARGE, more=True), part(LARGE, more=True), part(LARGE))
    ask(pages, caller)
    assert caller.status == 413


def test_a_form_with_a_file_may_be_longer_and_no_longer_than_that(pages):
    fits = Caller(*[part(LARGE, more=True)] * 4, part(LARGE))
    ask(pages, fits, headers=[FILES])
    assert (fits.status, len(fits.body)) == (200, 5050)
    over = Caller(*[part(LARGE, more=True)] * 9, part(LARGE))
    ask(pages, over, headers=[FILES, PAGE])
    assert (over.status, over.messages) == (413, []), "it was let to finish, so it reads the answer"
    assert "too large" in over.body.decode()
    assert "过大" in over.body.decode()


def test_a_program_is_refused_as_one(pages):
    caller = Caller(*[part(LARGE, more=True)] * 3)
    ask(pages, caller)
    assert json.loads(caller.body)["code"] == "too_large"


def test_no_more_files_are_held_in_memory_than_places(pages, monkeypatch):
    monkeypatch.setattr(patience, "FILES_AT_A_TIME", 2)
    held = [Caller(*[part(LARGE, more=True)] * 3) for _ in range(2)]  # amid their files
    third = Caller(*[part(LARGE, more=True)] * 3, part(LARGE))
    quick = Caller(part(b"call"))
    ask(pages, *held, third, quick, headers=[FILES])
    assert third.status == 503
    assert quick.status == 200
    assert [one.status for one in held] == [408, 408]
    again = Caller(*[part(LARGE, more=True)] * 3, part(LARGE))
    ask(pages, again, headers=[FILES])
    assert again.status == 200


def test_a_slow_sender_who_goes_on_is_waited_for(pages, monkeypatch):
    monkeypatch.setattr(patience, "SLOWEST_BYTES_PER_S", 1000)
    monkeypatch.setattr(patience, "BODY_TIMEOUT_S", 2)  # a busy machine oversleeps

    class Slow(Caller):
        async def receive(self):
            await asyncio.sleep(0.45)
            return await super().receive()

    caller = Slow(*[part(LARGE, more=True)] * 4, part(LARGE))  # 2.25 s, and 2 s of patience
    ask(pages, caller, headers=[FILES])
    assert caller.status == 200


def test_caller_who_left_is_answered_nothing(pages):
    caller = Caller(part(b"a", more=True), {"type": "http.disconnect"})
    ask(pages, caller)
    assert caller.sent == []


def test_the_server_is_wrapped():
    from anlan.project import asgi

    assert isinstance(asgi.pages, Patient)
