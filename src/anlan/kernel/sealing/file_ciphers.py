"""How a file is sealed: under a key of its own, which is sealed under its space's key. No Django.

A custodian's computer opens files with this, without the installation.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from anlan.kernel.sealing import ciphers


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file as ciphertext, with the key that it opens with."""

    stored_as: uuid.UUID
    cipher: bytes
    key: bytes

    @property
    def cipher_hash(self) -> str:
        """Give the hash that the ledger keeps."""
        return ciphers.hash_of(self.cipher)


def seal_file(data: bytes) -> SealedFile:
    """Seal a file under a new key, bound to a new name."""
    stored_as, key = uuid.uuid4(), ciphers.new_key()
    return SealedFile(stored_as, ciphers.encrypt(key, data, bound_to=_file_place(stored_as)), key)


def seal_key(file: SealedFile, *, space_ref: str, case_key: bytes) -> bytes:
    """Seal a file's key under its space's key."""
    place = _key_place(space_ref, file.stored_as)
    return ciphers.encrypt(case_key, file.key, bound_to=place)


def open_file(
    cipher: bytes, sealed_key: bytes, *, space_ref: str, stored_as: uuid.UUID, case_key: bytes
) -> bytes:
    """Give a file in clear to whoever holds its space's key: the service, a custodian, a link."""
    place = _key_place(space_ref, stored_as)
    key = ciphers.decrypt(case_key, sealed_key, bound_to=place)
    return ciphers.decrypt(key, cipher, bound_to=_file_place(stored_as))


def _file_place(stored_as: uuid.UUID) -> bytes:
    return f"anlan file|{stored_as}".encode()


def _key_place(space_ref: str, stored_as: uuid.UUID) -> bytes:
    return f"anlan file key|{space_ref}|{stored_as}".encode()
