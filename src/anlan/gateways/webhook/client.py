"""Handing a notice to a service of the town's own, such as one for its official account.

The body is signed: `Anlan-Signature: t=<seconds>,v1=<hex>`, where hex is the HMAC with SHA-256 of
"<seconds>.<body>" under the shared secret. The receiver checks it, and that t is not old.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass

from anlan.gateways.http_json import post_json
from anlan.gateways.not_sent import NotSent


@dataclass(frozen=True, slots=True)
class Told:
    """One notice as a web hook gets it; `to` is what the party gave as its contact."""

    id: str
    to: str
    subject: str
    text: str
    language: str


def signature(secret: str, body: bytes, *, seconds: int) -> str:
    """Give the signature's header."""
    message = f"{seconds}.".encode() + body
    return f"t={seconds},v1={hmac.digest(secret.encode(), message, hashlib.sha256).hex()}"


def send(told: Told, *, url: str, secret: str, seconds: int, timeout_s: float = 10.0) -> None:
    """Send one notice, signed; `seconds` is the time since 1970. Raises NotSent."""
    if not secret:
        raise NotSent("no_secret")
    body = json.dumps(asdict(told), ensure_ascii=False).encode()
    headers = {
        "Idempotency-Key": told.id,
        "Anlan-Signature": signature(secret, body, seconds=seconds),
    }
    post_json(url, body, headers=headers, timeout_s=timeout_s)
