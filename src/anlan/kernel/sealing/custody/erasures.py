"""The list of what was erased, outside the database: an older copy put back loses it again.

One line of JSON for each case, appended and flushed to the disk before the erasure is committed. It
holds a reference and the moment at which the case was opened, since a number may be given anew
after an older copy was put back.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from anlan.kernel.values import BadInput


@dataclass(frozen=True, slots=True)
class Erasure:
    """That a case was erased."""

    town: str
    case_ref: str
    opened_at: datetime
    erased_at: datetime


def note(path: Path, erasure: Erasure) -> None:
    """Append a line and see to it that it outlives a cut of power."""
    line = json.dumps(
        {
            "town": erasure.town,
            "case": erasure.case_ref,
            "opened_at": erasure.opened_at.isoformat(),
            "erased_at": erasure.erased_at.isoformat(),
        }
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            begun = os.fstat(handle).st_size == 0
            _write_whole(handle, _gap(handle) + line.encode() + b"\n")
            os.fsync(handle)
        finally:
            os.close(handle)
        if begun:  # a file whose name the folder forgets is lost, however well it was written
            _sync_folder(path.parent)
    except OSError as error:
        raise BadInput(
            f"The list of erasures {path} can't be written ({error.strerror}), so nothing was "
            "erased."
        ) from error


def _write_whole(handle: int, line: bytes) -> None:
    while line:  # a write may take less than it is given, as on a disk that is nearly full
        line = line[os.write(handle, line) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _gap(handle: int) -> bytes:
    """Give a line's end where a cut of power left the last line without one."""
    size = os.fstat(handle).st_size
    return b"\n" if size and os.pread(handle, 1, size - 1) != b"\n" else b""


def noted(path: Path) -> Iterator[Erasure]:
    """Read the list; a line that a cut of power left half-written is passed over."""
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            erasure = _read(line)
            if erasure is not None:
                yield erasure


def _read(line: str) -> Erasure | None:
    try:
        found = json.loads(line)
        return Erasure(
            found["town"],
            found["case"],
            datetime.fromisoformat(found["opened_at"]),
            datetime.fromisoformat(found["erased_at"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
