"""AES-256-GCM, as texts and keys are sealed with it. Bytes only, no database."""

from __future__ import annotations

import hashlib
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from anlan.kernel.sealing.keyfile import ServiceKeys
from anlan.kernel.values import BadInput

KEY_BYTES = 32
NONCE_BYTES = 12  # 96 bits, random: under one case's key only few texts are ever sealed
_FORM = b"\x01"  # the form of what follows: nonce, ciphertext, tag


class Unreadable(Exception):
    """A ciphertext was altered, moved to another place, or sealed with another key."""


def new_key() -> bytes:
    """Draw a case's key: 256 random bits."""
    return secrets.token_bytes(KEY_BYTES)


def encrypt(key: bytes, plain: bytes, *, bound_to: bytes) -> bytes:
    """Seal bytes so that they open only with this key and in the place they are bound to."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _FORM + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def decrypt(key: bytes, cipher: bytes, *, bound_to: bytes) -> bytes:
    """Open what `encrypt` made, or raise Unreadable."""
    if cipher[:1] != _FORM:
        raise Unreadable("The sealed text has an unknown form.")
    nonce, body = cipher[1 : 1 + NONCE_BYTES], cipher[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, body, bound_to)
    except (InvalidTag, ValueError) as error:
        raise Unreadable("The sealed text was altered or moved.") from error


def wrap(keys: ServiceKeys, case_key: bytes, *, case_ref: str) -> bytes:
    """Seal a case's key under the service's key, bound to its case."""
    return encrypt(keys.wrapping, case_key, bound_to=_wrap_place(case_ref))


def unwrap(keys: ServiceKeys, wrapped: bytes, *, case_ref: str, service_key: str) -> bytes:
    """Give a case's key; a sentence when the key file is another than it was sealed with."""
    wrapping = keys.wrapping_named(service_key)
    if wrapping is None:
        raise wrong_key(have=keys.fingerprint, need=service_key)
    return decrypt(wrapping, wrapped, bound_to=_wrap_place(case_ref))


def wrong_key(*, have: str, need: str) -> BadInput:
    """Make the sentence for a key file that does not belong to these data."""
    return BadInput(
        f"The key file is not the one these data were sealed with (its name is {have}, the data "
        f"name {need}); set ANLAN_KEY_FILE to the right one or put its backup back."
    )


def text_place(case_ref: str, field: str, text_id: object) -> bytes:
    """Give what a text's ciphertext is bound to: its space, field and row."""
    return f"{case_ref}|{field}|{text_id}".encode()


def hash_of(cipher: bytes) -> str:
    """Give the hash of a ciphertext, as the ledger keeps it."""
    return hashlib.sha256(cipher).hexdigest()


def _wrap_place(case_ref: str) -> bytes:
    return b"anlan case key|" + case_ref.encode()
