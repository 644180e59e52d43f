"""Paging for tests: what was sent is kept in a list, or everything hangs."""

from __future__ import annotations

import threading

from anlan.gateways.paging.client import Page


class FakePaging:
    """Stands in for `post`: keeps each page."""

    def __init__(self) -> None:
        self.sent: list[Page] = []

    def __call__(self, page: Page, url: str, timeout_s: float) -> None:
        """Keep the page."""
        self.sent.append(page)


class HangingPaging(FakePaging):
    """Stands in for a pager that takes a page and never answers, until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def __call__(self, page: Page, url: str, timeout_s: float) -> None:
        """Hang."""
        self.let_go.wait()
        super().__call__(page, url, timeout_s)


class BrokenPaging(FakePaging):
    """Stands in for a pager that fails at once."""

    def __call__(self, page: Page, url: str, timeout_s: float) -> None:
        """Fail."""
        super().__call__(page, url, timeout_s)
        raise ConnectionRefusedError
