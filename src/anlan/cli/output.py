"""What a command prints: one result on standard output, progress and faults on standard error."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Any, TextIO
from unicodedata import east_asian_width

# What steers a terminal or turns the order of letters round: controls, and Unicode's for direction.
_STEERING = (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
_WITHOUT = {each: "\ufffd" for each in _STEERING if chr(each) not in "\n\t"}
_ESCAPED = {each: f"\\u{each:04x}" for each in _WITHOUT}


class Output:
    """Prints for people, or as exactly one JSON document.

    `clock` gives seconds that only grow. Progress lines: the first of a label at once, then at most
    one a second, and the last.
    """

    def __init__(
        self,
        *,
        as_json: bool,
        stdout: TextIO | None = None,
        stderr: TextIO | None = None,
        clock: Any = time.monotonic,
    ) -> None:
        self.as_json = as_json
        self._stdout = stdout
        self._stderr = stderr
        self._clock = clock
        self._label = ""
        self._shown_at = float("-inf")
        self._began_at = 0.0
        self._printed = False

    def progress(self, label: str, share: float = 0.0) -> None:
        """Show how far a piece of work is (share 0 to 1) on standard error."""
        now = self._clock()
        if label != self._label:
            self._label, self._began_at = label, now
        elif now - self._shown_at < 1.0 and share < 1.0:
            return
        self._shown_at = now
        percent = f" {share:4.0%}" if 0 < share < 1 else (" done" if share >= 1 else " …")
        took = f" ({now - self._began_at:.1f} s)" if now - self._began_at >= 1 else ""
        self.note(f"{label}{percent}{took}")

    def note(self, sentence: str) -> None:
        """Write a line to standard error."""
        self._write(self._stderr or sys.stderr, sentence)

    def result(self, document: Any, human: str) -> None:
        """Print the command's one answer: the document with --json, else the text for people."""
        if self._printed:
            raise RuntimeError("A command prints one result.")
        self._printed = True
        if self.as_json:
            text = json.dumps(document, ensure_ascii=False, indent=2).translate(_ESCAPED)
        else:
            text = human
        self._write(self._stdout or sys.stdout, text)

    def error(self, sentence: str, *, code: str) -> None:
        """Say a fault: the sentence on standard error, and as the one document with --json."""
        self.note(sentence)
        if self.as_json and not self._printed:
            self.result({"error": sentence, "code": code}, sentence)

    @staticmethod
    def _write(stream: TextIO, text: str) -> None:
        text = text.translate(_WITHOUT)  # residents' words and strangers' files are printed, too
        try:
            stream.write(text + "\n")
        except UnicodeEncodeError:  # half a surrogate pair, or a terminal that lacks a letter
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "replace").decode(encoding) + "\n")
        stream.flush()


def width_of(text: str) -> int:
    """Give how many columns of a terminal a text takes; a Chinese character takes two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def table(
    headings: Sequence[str], rows: Iterable[Sequence[Any]], *, right: Sequence[int] = ()
) -> str:
    """Lay rows out in columns; `right` names the columns that align to the right."""
    lines = [list(headings), *[["" if cell is None else str(cell) for cell in row] for row in rows]]
    widths = [max(width_of(line[at]) for line in lines) for at in range(len(headings))]
    return "\n".join(
        "  ".join(_pad(cell, widths[at], at in right) for at, cell in enumerate(line)).rstrip()
        for line in lines
    )


def _pad(text: str, width: int, right: bool) -> str:
    space = " " * (width - width_of(text))
    return space + text if right else text + space


def duration(seconds: float) -> str:
    """Write seconds as people say them: 4 min 10 s."""
    whole = math.floor(seconds + 0.5)  # a half up, as the reasons say it
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def length(metres: float) -> str:
    """Write a length as people say it: 850 m, 2.3 km."""
    return f"{round(metres)} m" if metres < 950 else f"{metres / 1000:.1f} km"
