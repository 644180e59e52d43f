"""Telling whether a write that comes again under its client's key is the same write.

What is compared is a keyed digest of all that was asked, words and points included. Its key is made
of the client's own key, which is random and kept nowhere: a row is found by a name that is derived
from it. So who holds the database, its backups and the service's key file can't try words out
against a digest, and erasing a case leaves nothing behind that could.
"""

from __future__ import annotations

import enum
import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, time
from pathlib import Path

import rfc8785
from django.utils.crypto import salted_hmac

_NAME, _CONTENT = "anlan.client_write.name", "anlan.client_write.content"


def name_of(key: str, *, town: str, actor_ref: str) -> str:
    """Give the name under which a client's write is kept: nobody finds the key in it."""
    return _digest(_NAME, _joined(town, actor_ref, key), b"")


def digest_of(asked: Mapping[str, object] | None, *, key: str, town: str, actor_ref: str) -> str:
    """Give the digest of what was asked, under a key that the client's own key is part of."""
    said = rfc8785.dumps(_plain({} if asked is None else asked))  # type: ignore[arg-type]
    return _digest(_CONTENT, _joined(town, actor_ref, key), said)


def _joined(*parts: str) -> bytes:
    return "\x1f".join(parts).encode()


def _digest(salt: str, key: bytes, content: bytes) -> str:
    """Give an HMAC-SHA-256 under the service's secret and the key together."""
    secret = salted_hmac(salt, key, algorithm="sha256").digest()
    return salted_hmac(salt, content, secret=secret, algorithm="sha256").hexdigest()


def _plain(value: object) -> object:
    """Give a value as JSON that says the same: numbers exactly, files and bytes by their hash."""
    if isinstance(value, enum.Enum):
        value = value.value
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bytes | Path):
        return ["bytes", _hash_of(value)]
    return _plain_parts(value)


def _plain_parts(value: object) -> object:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, set | frozenset):
        return sorted((_plain(each) for each in value), key=repr)
    raise TypeError(f"A {type(value).__name__} can't be compared when a write comes again.")


def _hash_of(value: bytes | Path) -> str:
    """Give a file's hash; one that isn't there is refused by who reads it."""
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if not value.is_file():
        return ""
    with value.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
