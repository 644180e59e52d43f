"""E-mail for tests: kept in a list, or everything hangs or fails."""

from __future__ import annotations

import threading

from anlan.gateways.email.client import Letter
from anlan.gateways.not_sent import NotSent


class FakeEmail:
    """Stands in for `send`: keeps each letter."""

    def __init__(self) -> None:
        self.sent: list[Letter] = []

    def __call__(self, letter: Letter, *, url: str, sender: str, timeout_s: float = 10.0) -> None:
        """Keep the letter."""
        self.sent.append(letter)


class HangingEmail(FakeEmail):
    """Stands in for a mail server that takes a letter and never answers, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = threading.Event()
        self.let_go = threading.Event()

    def __call__(self, letter: Letter, *, url: str, sender: str, timeout_s: float = 10.0) -> None:
        """Hang."""
        self.reached.set()
        self.let_go.wait()
        super().__call__(letter, url=url, sender=sender)


class BrokenEmail(FakeEmail):
    """Stands in for a mail server that refuses, for now or forever."""

    def __init__(self, *, forever: bool = False) -> None:
        super().__init__()
        self._forever = forever

    def __call__(self, letter: Letter, *, url: str, sender: str, timeout_s: float = 10.0) -> None:
        """Refuse."""
        super().__call__(letter, url=url, sender=sender)
        code = "recipient_refused" if self._forever else "unreachable"
        raise NotSent(code, forever=self._forever)
