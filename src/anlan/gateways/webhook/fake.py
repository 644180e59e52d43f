"""Web hooks for tests: what was told is kept in a list."""

from __future__ import annotations

from anlan.gateways.webhook.client import Told


class FakeWebhook:
    """Stands in for `send`: keeps each notice."""

    def __init__(self) -> None:
        self.sent: list[Told] = []

    def __call__(
        self, told: Told, *, url: str, secret: str, seconds: int, timeout_s: float = 10.0
    ) -> None:
        """Keep the notice."""
        self.sent.append(told)
