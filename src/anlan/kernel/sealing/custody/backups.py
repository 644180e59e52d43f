"""The living wraps as a file of their own, apart from the data and short-lived. No database.

A backup of the data without its wraps opens nothing, even with the key file; this file without the
data holds no text. It names the day after which it is not taken any more.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from anlan.kernel.values import BadInput, Refused

FORM = "anlan wraps, form 1"
MOST_DAYS = 60
_ZEROS = bytes(1 << 20)


@dataclass(frozen=True, slots=True)
class LivingWrap:
    """A living key's wrap by the service's key."""

    key_id: int
    case_ref: str
    created_at: datetime
    service_key: str
    wrapped: bytes


def pack(wraps: Sequence[LivingWrap], *, made_at: datetime, expires_at: datetime) -> str:
    """Write the wraps as JSON with the moment after which they are not taken any more."""
    document = {
        "form": FORM,
        "made_at": made_at.isoformat(),
        "expires_at": expires_at.isoformat(),
        "wraps": [
            {
                "key": each.key_id,
                "ref": each.case_ref,
                "created_at": each.created_at.isoformat(),
                "service_key": each.service_key,
                "wrapped": base64.b64encode(each.wrapped).decode(),
            }
            for each in wraps
        ],
    }
    return json.dumps(document, indent=1) + "\n"


def read(text: str, *, now: datetime) -> list[LivingWrap]:
    """Read such a file; Refused when its time is over, BadInput when it is none."""
    try:
        document = json.loads(text)
        if document["form"] != FORM:
            raise ValueError
        expires_at = _moment(document["expires_at"])
        wraps = [
            LivingWrap(
                int(each["key"]),
                str(each["ref"]),
                _moment(each["created_at"]),
                str(each["service_key"]),
                base64.b64decode(each["wrapped"], validate=True),
            )
            for each in document["wraps"]
        ]
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise BadInput("This is no file that `anlan keys backup` wrote.") from error
    if now > expires_at:
        raise Refused(
            f"This backup of keys ended on {expires_at:%Y-%m-%d} and is not taken any more; "
            "destroy it.",
            code="expired",
        )
    return wraps


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("A moment without its zone is none.")
    return moment


def strip(path: Path, *, in_use: Path | None = None) -> int:
    """Take the wraps out of a copy of an SQLite database; gives how many went.

    For a copy only: the living database would no longer open its cases. So the one `in_use` is
    refused, and whatever somebody has open. The work is done beside the file, which is replaced at
    the end: whatever breaks off, the file is whole or as it was.
    """
    if not path.is_file():
        raise BadInput(f"There is no file {path}.")
    if in_use is not None and in_use.exists() and path.samefile(in_use):
        raise BadInput(f"{path} is this installation's database in use: strip a copy of it.")
    path = path.resolve()  # a link goes on pointing at what is replaced
    beside = path.with_name(f".{path.name}.stripping")
    try:
        return _replace_stripped(path, beside)
    except sqlite3.DatabaseError as error:
        raise BadInput(_why_not(path, error)) from error
    except OSError as error:
        raise BadInput(f"{path} can't be stripped: {error.strerror}. It is as it was.") from error


def _why_not(path: Path, error: sqlite3.DatabaseError) -> str:
    name = getattr(error, "sqlite_errorname", "")
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return f"{path} is open elsewhere: stop what uses it, or strip a copy that nothing uses."
    if name in ("SQLITE_NOTADB", "SQLITE_ERROR"):  # the latter: the table is not there
        return f"{path} is no copy of Anlan's SQLite database."
    return f"{path} can't be stripped: {error}. It is as it was."


def _replace_stripped(path: Path, beside: Path) -> int:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as copy:
        # In WAL mode whoever has the file open holds a lock on it, even between transactions.
        copy.execute("PRAGMA locking_mode = EXCLUSIVE")
        copy.execute("BEGIN EXCLUSIVE")
        copy.execute("SELECT count(*) FROM sealing_casekey")
        copy.execute("COMMIT")  # the lock stays
        # Before the file is replaced: a log left beside it would be played into the new one.
        copy.execute("PRAGMA journal_mode = DELETE")
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)  # ended, kept by the lock
        try:
            beside.unlink(missing_ok=True)  # an earlier strip was killed
            beside.touch(mode=0o600)
            gone = _strip_into(copy, beside)
            shutil.copymode(path, beside)
            with path.open("r+b") as old:
                os.replace(beside, path)
                _sync_folder(path.parent)
                _overwrite(old)
        finally:
            beside.unlink(missing_ok=True)
    return gone


def _strip_into(copy: sqlite3.Connection, beside: Path) -> int:
    """Write the copy without its wraps; neither a journal nor a free page keeps one."""
    with closing(sqlite3.connect(beside, isolation_level=None)) as stripped:
        copy.backup(stripped)
        for words in ("journal_mode = MEMORY", "temp_store = MEMORY", "secure_delete = ON"):
            stripped.execute(f"PRAGMA {words}")
        gone = stripped.execute(
            "UPDATE sealing_casekey SET wrapped = zeroblob(0) WHERE length(wrapped) > 0"
        ).rowcount
        stripped.execute("VACUUM")
    with beside.open("r+b") as file:
        os.fsync(file.fileno())
    return gone


def _overwrite(old: BinaryIO) -> None:
    """Put zeros over what was replaced, unless it has another name and is somebody's yet."""
    about = os.fstat(old.fileno())
    if about.st_nlink:
        return
    for start in range(0, about.st_size, len(_ZEROS)):
        old.write(_ZEROS[: about.st_size - start])
    old.flush()
    os.fsync(old.fileno())


def _sync_folder(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
