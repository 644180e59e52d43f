"""A witness for tests: answers from a function, and keeps what it was sent."""

from __future__ import annotations

from collections.abc import Callable

from anlan.gateways.witness.client import Answer


class FakeWitness:
    """Stands in for `post`: gives each body to `answer` and keeps it."""

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        self._answer = answer
        self.sent: list[bytes] = []

    def __call__(self, address: str, body: bytes, timeout_s: float) -> Answer:
        """Answer."""
        self.sent.append(body)
        return self._answer(body)
