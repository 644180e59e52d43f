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
    return read(path)


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


def replace(path: Path, text: str, *, remedy: str) -> None:
    """Put another text into the file's place, whole or not at all, and overwrite the earlier bytes.

    What a disk keeps of them beneath (a journal, a worn cell) is beyond a programme's reach.
    """
    try:
        handle, temporary = tempfile.mkstemp(prefix=".new-", dir=path.parent)  # 0600
        with os.fdopen(handle, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        earlier = os.open(path, os.O_RDWR)
        try:
            os.replace(temporary, path)
            sync_folder(path.parent)
            os.pwrite(earlier, b"\0" * os.fstat(earlier).st_size, 0)
            os.fsync(earlier)
        finally:
            os.close(earlier)
    except OSError as error:
        raise BadInput(
            f"The key file {path} cannot be written ({error.strerror}); {remedy}"
        ) from error


def sync_folder(folder: Path) -> None:
    """See to it that a name just put into a folder outlives a cut of power."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> str:
    """Give the text of a file that its owner alone may read."""
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
