"""Files of cases: their keys under their space's key, and where their ciphertexts lie.

So the long work (encrypting, writing to the disk) is done before the transaction begins, and holds
up nobody; inside it only the file's key is sealed. Whoever opens the case's key opens the file.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from anlan.kernel.private_file import sync_folder
from anlan.kernel.sealing import ciphers
from anlan.kernel.sealing.entering import check_writing
from anlan.kernel.sealing.file_ciphers import SealedFile, seal_key
from anlan.kernel.sealing.models import CaseKey, SealedText
from anlan.kernel.sealing.services import _living_key, unwrap_living
from anlan.kernel.values import Refused

FOLDER = "documents"
_NEW = ".new-"


@dataclass(frozen=True, slots=True)
class SealedFileKey:
    """A file's key under its space's key: which row of CaseKey, and the ciphertext."""

    case_key_id: int
    sealed: bytes


def seal_file_key(space_ref: str, file: SealedFile, *, at: datetime) -> SealedFileKey:
    """Seal a file's key under its space's key, making that at first use. Part of a write."""
    check_writing()
    row, key = _living_key(space_ref, at=at)
    return SealedFileKey(row.pk, seal_key(file, space_ref=space_ref, case_key=key))


def service_key_of(case_key_id: int) -> bytes:
    """Unwrap a space's key as the service; refused once the case is sealed away."""
    return unwrap_living(CaseKey.objects.get(pk=case_key_id))


def forget_text(text_id: str) -> None:
    """Delete one sealed text, such as a removed file's name. Part of a write."""
    check_writing()
    SealedText.objects.filter(pk=text_id).delete()


# --- where they lie ------------------------------------------------------------------------------


def path_of(stored_as: uuid.UUID) -> Path:
    """Name the place of a file: outside the web root, in one of 256 folders."""
    return settings.ANLAN_DATA / FOLDER / stored_as.hex[:2] / str(stored_as)


def write_file(file: SealedFile) -> None:
    """Put a sealed file into its place whole, or leave nothing; outlives a cut of power."""
    place = path_of(file.stored_as)
    try:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=_NEW, dir=place.parent)  # 0600
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(file.cipher)
                out.flush()
                os.fsync(out.fileno())
            os.replace(name, place)
        except BaseException:
            os.unlink(name)
            raise
        sync_folder(place.parent)
    except OSError as error:
        raise Refused(
            _(
                "The document could not be stored: the server's disk is full or can't be written. "
                "Nothing was kept; tell whoever runs the server."
            ),
            code="not_stored",
        ) from error


def read_file(stored_as: uuid.UUID) -> bytes:
    """Give a file's ciphertext; one sentence where it is gone."""
    try:
        return path_of(stored_as).read_bytes()
    except OSError as error:
        raise _missing() from error


def file_chunks(stored_as: uuid.UUID, *, size: int) -> Iterator[bytes]:
    """Give a file's ciphertext piece by piece, so many bytes each but the last."""
    try:
        with path_of(stored_as).open("rb") as file:
            while piece := file.read(size):
                yield piece
    except OSError as error:
        raise _missing() from error


def _missing() -> Refused:
    return Refused(
        _("This document's file is missing on the server; tell whoever runs it."),
        code="file_missing",
    )


@contextlib.contextmanager
def unaltered() -> Iterator[None]:
    """Say in one sentence of a file that opens no more that it was altered."""
    try:
        yield
    except ciphers.Unreadable as fault:
        raise Refused(
            _("This document was altered on the server, so it doesn't open; tell whoever runs it."),
            code="file_altered",
        ) from fault


def remove_file(stored_as: uuid.UUID) -> None:
    """Take a file from the disk; one that is gone is gone."""
    with contextlib.suppress(FileNotFoundError):
        path_of(stored_as).unlink()


def stored_files(*, older_than: datetime) -> Iterator[list[Path]]:
    """Give the files that were stored before a moment, folder by folder, half-written ones too."""
    root = settings.ANLAN_DATA / FOLDER
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        found = [p for p in folder.iterdir() if _stored_before(p, older_than)]
        if found:
            yield found


def _stored_before(path: Path, moment: datetime) -> bool:
    try:
        return path.stat().st_mtime < moment.timestamp()
    except FileNotFoundError:  # it was given its own name meanwhile, or removed
        return False
