"""What a gateway that sends notices raises when it could not."""

from __future__ import annotations


class NotSent(Exception):
    """A message did not go out; `code` says why, `forever` that trying again is of no use.

    Codes only: what the other side answered may hold the address or the words.
    """

    def __init__(self, code: str, *, forever: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.forever = forever
