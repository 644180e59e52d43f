"""When a long search ends: at its limit, or when Ctrl-C asks for the best so far."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def stopping_at(end: float) -> Iterator[Callable[[], bool]]:
    """Give a `stop` that says yes from `end` (time.monotonic) on, or after the first Ctrl-C.

    A second Ctrl-C ends the command as always.
    """
    asked: list[int] = []
    before = signal.getsignal(signal.SIGINT)

    def ask(number: int, _frame: Any) -> None:
        asked.append(number)
        signal.signal(signal.SIGINT, before)

    signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: bool(asked) or time.monotonic() >= end
    finally:
        signal.signal(signal.SIGINT, before)
