"""A file of secrets, made once and for its owner alone. Standard library only."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

from anlan.kernel.values import BadInput


def read_or_create(path: Path, make: Callable[[], str], *, remedy: str) -> str:
    """Give the file's text; where there is no file, make it (0600) with the text that `make` gives.

    Two processes that start at once make one: the file is written whole beside its place and then
    linked there. A link never replaces an existing file, so the process that comes second reads
    what the first wrote. `remedy` ends the sentence that says why it can't be made.
    """
    if not path.exists():
        _create(path, make, remedy)
    return _read(path)


def _create(path: Path, make: Callable[[], str], remedy: str) -> None:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # 0600, O_EXCL
    except OSError as error:
        raise BadInput(
            f"The key file {path} cannot be made ({error.strerror}); {remedy}"
        ) from error
    try:
        with os.fdopen(handle, "w") as file:
            file.write(make())
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return  # another process was first: its keys count
        sync_folder(path.parent)
    finally:
        os.unlink(temporary)


def sync_folder(folder: Path) -> None:
    """See to it that a name just put into a folder outlives a cut of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"The key file {path} cannot be read ({error}).") from error
    if stat.S_IMODE(mode) & 0o077:
        raise BadInput(
            f"The key file {path} can be read by others than its owner; run: chmod 600 {path}"
        )
    return text
