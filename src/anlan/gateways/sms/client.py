"""Sending a short message through a provider's web address: JSON {id, to, text} with a token.

Providers differ in their field names; a few lines of a relay of the town's own turn this into
theirs. `id` and the Idempotency-Key are the same at every attempt, so that a relay can see that a
message comes again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from anlan.gateways.http_json import post_json


@dataclass(frozen=True, slots=True)
class Sms:
    """One short message."""

    id: str
    to: str
    text: str


def send(message: Sms, *, url: str, token: str = "", timeout_s: float = 10.0) -> None:
    """Send one short message; raises NotSent."""
    headers = {"Idempotency-Key": message.id}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    body = json.dumps({"id": message.id, "to": message.to, "text": message.text}).encode()
    post_json(url, body, headers=headers, timeout_s=timeout_s)
