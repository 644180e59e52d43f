"""Files that are written whole or not at all, in the place that their name leads to."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from anlan.kernel import private_file
from anlan.kernel.values import BadInput


@contextmanager
def written_whole(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a place to write to; what is written there takes the file's place when the block ends.

    Nothing is left of a block that fails. `private` makes it its owner's alone (0600). Raises
    BadInput where it can't be written, or where `path` names something that is no file.
    """
    place = _place_of(path)
    part = place.with_name(f".partial-{os.getpid()}-{place.name}")  # its ending says what it is
    try:
        if private:
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        yield part
        _sync(part)
        part.replace(place)
        private_file.sync_folder(place.parent)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput(f"The file {path} can't be written: {why}.") from error
    finally:
        part.unlink(missing_ok=True)


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files of one result: all are written beside their places before the first is put."""
    with ExitStack() as places:
        for name, data in files.items():
            places.enter_context(written_whole(folder / name)).write_bytes(data)


def _place_of(path: Path) -> Path:
    """Follow links: a replaced link would leave what it leads to as it was.

    A device or a pipe would be replaced by a file, which takes it from the whole machine.
    """
    try:
        place = path.resolve()
        takes_a_file = place.is_file() or not place.exists()
    except (OSError, RuntimeError) as error:  # too long, or links that lead to one another
        why = error.strerror if isinstance(error, OSError) else "it leads to itself"
        raise BadInput(f"The file {path} can't be written: {why}.") from error
    if not takes_a_file:
        raise BadInput(f"{path} is no file: name one to write to.")
    return place


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
