"""Asking a witness over HTTP (c2sp.org/tlog-witness, add-checkpoint): bytes there and back."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from dataclasses import dataclass

ANSWER_AT_MOST = 64 * 1024


class Unreachable(Exception):
    """The witness gave no answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a witness answered."""

    status: int
    content_type: str
    body: bytes


def post(address: str, body: bytes, timeout_s: float) -> Answer:
    """Send a head to a witness and give its answer, whatever it is; Unreachable when there is none.

    `address` is the witness's submission prefix, http:// or https://.
    """
    if not address.startswith(("https://", "http://")):
        raise Unreachable("A witness's address begins with https:// or http://.")
    request = urllib.request.Request(
        f"{address.rstrip('/')}/add-checkpoint",
        data=body,
        headers={"Content-Type": "text/plain; charset=utf-8", "User-Agent": "anlan"},
        method="POST",
    )
    try:
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return _answer(answer.status, answer)
    except urllib.error.HTTPError as refusal:
        with refusal:
            return _answer(refusal.code, refusal)
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unreachable(str(getattr(error, "reason", error))) from error


def _answer(status: int, answer: http.client.HTTPResponse | urllib.error.HTTPError) -> Answer:
    return Answer(status, answer.headers.get_content_type(), answer.read(ANSWER_AT_MOST))
