"""Signed heads: C2SP signed notes, checkpoints, and cosignatures of witnesses, byte for byte. Pure.

Followed: c2sp.org/signed-note@v1.0.0 (with its verifier keys), c2sp.org/tlog-checkpoint@v1.0.0 and,
of c2sp.org/tlog-cosignature, the Ed25519 type 0x04 with its message cosignature/v1. Base64 is read
only as it would be written, so that no letter of a note can change unnoticed.
"""

from __future__ import annotations

import base64
import enum
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from anlan.kernel.ledger.merkle import HASH_BYTES

SIGNATURES_AT_MOST = 100
LARGEST_TIME = 2**63 - 1
_DASH = "— "
_KEY_BYTES, _ID_BYTES, _SIGNATURE_BYTES, _TIME_BYTES = 32, 4, 64, 8
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


class BadNote(ValueError):
    """A note, a checkpoint or a key is not written as C2SP has it; the sentence says where."""


class BadSignature(ValueError):
    """A signature by a known key does not fit the text."""


class KeyKind(enum.IntEnum):
    """What a key's signatures say; the byte in its id (signed-note, "Signature types")."""

    ED25519 = 0x01  # the log signs its head
    COSIGNATURE = 0x04  # a witness says when it saw which head


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, as `name+id+base64` (a vkey)."""

    name: str
    kind: KeyKind
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes that, with the name, tell signatures apart."""
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return hashlib.sha256(named).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{material}"

    def made(self, signature: Signature) -> bool:
        """Say whether a signature claims to be this key's."""
        return (signature.name, signature.key_id) == (self.name, self.id)


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of a note: who claims to have signed, and the bytes."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        """Give the line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {base64.b64encode(self.key_id + self.blob).decode()}\n"

    @property
    def seen_at(self) -> int:
        """The POSIX second in a witness's cosignature."""
        return int.from_bytes(self.blob[:_TIME_BYTES], "big")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A log's head: how many leaves, under which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Give the text that is signed, with its last newline."""
        root = base64.b64encode(self.root).decode()
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))


@dataclass(frozen=True, slots=True)
class Head:
    """A signed note whose text is a checkpoint."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    def note(self) -> str:
        """Give the whole note."""
        return self.checkpoint.text() + "\n" + "".join(each.line() for each in self.signatures)

    def signed_by(self, key: VerifierKey) -> Signature | None:
        """Give this key's signature, or None when it signed not; BadSignature when it is forged."""
        for signature in self.signatures:
            if key.made(signature):
                check_signature(self.checkpoint, signature, key)
                return signature
        return None


# --- signing --------------------------------------------------------------------------------------


def key_of(name: str, seed: bytes, kind: KeyKind) -> VerifierKey:
    """Give the public key of an Ed25519 seed of 32 bytes, under a name."""
    return VerifierKey(
        _checked_name(name),
        kind,
        Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw(),
    )


def sign(checkpoint: Checkpoint, seed: bytes) -> Signature:
    """Sign a head as its log, whose key bears the origin's name."""
    key = key_of(checkpoint.origin, seed, KeyKind.ED25519)
    made = Ed25519PrivateKey.from_private_bytes(seed).sign(checkpoint.text().encode())
    return Signature(key.name, key.id, made)


def cosign(checkpoint: Checkpoint, *, name: str, seed: bytes, at: int) -> Signature:
    """Sign a head as a witness that saw it at a POSIX second."""
    key = key_of(name, seed, KeyKind.COSIGNATURE)
    made = Ed25519PrivateKey.from_private_bytes(seed).sign(_cosigned(checkpoint, at))
    return Signature(key.name, key.id, at.to_bytes(_TIME_BYTES, "big") + made)


def check_signature(checkpoint: Checkpoint, signature: Signature, key: VerifierKey) -> None:
    """Raise BadSignature unless this key made this signature for this head."""
    text, made = checkpoint.text().encode(), signature.blob
    if key.kind is KeyKind.COSIGNATURE:
        if signature.seen_at > LARGEST_TIME:
            raise BadSignature(f"The time in the cosignature of {key.name} is none.")
        text, made = _cosigned(checkpoint, signature.seen_at), made[_TIME_BYTES:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(made, text)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(
            f"The signature of {key.name} under the head of size {checkpoint.size} does not fit it."
        ) from error


def _cosigned(checkpoint: Checkpoint, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{checkpoint.text()}".encode()


# --- reading --------------------------------------------------------------------------------------


def read_head(note: bytes) -> Head:
    """Read a signed checkpoint; its signatures are not verified yet."""
    try:
        text = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadNote("A head is text in UTF-8; this is not.") from error
    if _CONTROL.search(text):
        raise BadNote("A head holds no control characters; this one does.")
    body, blank, lines = text.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise BadNote("A head is a text, an empty line, and lines of signatures.")
    signatures = [_read_signature(line) for line in lines[:-1].split("\n")]
    if len(signatures) > SIGNATURES_AT_MOST:
        raise BadNote(f"A head has at most {SIGNATURES_AT_MOST} signatures.")
    return Head(read_checkpoint(body + "\n"), tuple(signatures))


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() or not all(lines):
        raise BadNote("A head has a line each for its origin, its size and its root.")
    origin, size, root, *extensions = lines
    if not _SIZE.fullmatch(size):
        raise BadNote("The second line of a head is its size, in digits.")
    decoded = _decode(root, "The third line of a head")
    if len(decoded) != HASH_BYTES:
        raise BadNote("The third line of a head is its root, 32 bytes in base64.")
    return Checkpoint(origin, int(size), decoded, tuple(extensions))


def read_signatures(lines: str) -> list[Signature]:
    """Read lines of signatures, such as a witness answers with."""
    if not lines.endswith("\n"):
        raise BadNote("Each signature ends its line.")
    return [_read_signature(line) for line in lines[:-1].split("\n")]


def _read_signature(line: str) -> Signature:
    name, space, coded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space:
        raise BadNote("A line below a head's empty line is no signature.")
    decoded = _decode(coded, f"The signature of {name}")
    if len(decoded) <= _ID_BYTES:
        raise BadNote(f"The signature of {name} is too short.")
    return Signature(_checked_name(name), decoded[:_ID_BYTES], decoded[_ID_BYTES:])


def read_key(text: str, *, kinds: Iterable[KeyKind] = tuple(KeyKind)) -> VerifierKey:
    """Read a public key written as `name+id+base64`, of one of these kinds."""
    found = _VKEY.fullmatch(text.strip())
    if found is None:
        raise BadNote("A public key is written name+id+base64 (a C2SP vkey).")
    material = _decode(found[3], "The key")
    if len(material) != 1 + _KEY_BYTES or material[0] not in {int(kind) for kind in kinds}:
        raise BadNote(f"The key of {found[1]} is of another kind than is expected here.")
    key = VerifierKey(_checked_name(found[1]), KeyKind(material[0]), material[1:])
    if key.id.hex() != found[2]:
        raise BadNote(f"The key of {found[1]} and its id do not belong together.")
    return key


def _decode(text: str, what: str) -> bytes:
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise BadNote(f"{what} is not written in base64.") from error
    if base64.b64encode(decoded).decode() != text:
        raise BadNote(f"{what} is not written in base64 as it would be written anew.")
    return decoded


def _checked_name(name: str) -> str:
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise BadNote("A key's name has no spaces and no plus sign.")
    return name
