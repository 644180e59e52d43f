"""Short messages for tests: kept in a list."""

from __future__ import annotations

from anlan.gateways.sms.client import Sms


class FakeSms:
    """Stands in for `send`: keeps each message."""

    def __init__(self) -> None:
        self.sent: list[Sms] = []

    def __call__(self, message: Sms, *, url: str, token: str = "", timeout_s: float = 10.0) -> None:
        """Keep the message."""
        self.sent.append(message)
