"""A receipt: one entry with the proof that it stands in the ledger (c2sp.org/tlog-proof@v1). Pure.

The entry itself, in its published form, is the proof's extra data: whoever has the receipt and the
ledger's public key needs nothing else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass

from anlan.kernel.ledger import merkle, notes
from anlan.kernel.ledger.notes import BadNote, BadSignature, Head, VerifierKey
from anlan.kernel.values import BadInput

FIRST_LINE = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class Receipt:
    """An entry's published form, its place, the proof, and the head that it is proven under."""

    entry: bytes
    place: int
    proof: tuple[bytes, ...]
    head: Head

    def text(self) -> str:
        """Give the receipt as a file's text."""
        lines = [FIRST_LINE, f"extra {_write(self.entry)}", f"index {self.place}"]
        lines += [_write(each) for each in self.proof]
        return "\n".join(lines) + "\n\n" + self.head.note()


def is_receipt(text: bytes) -> bool:
    """Say whether a file that begins so is a receipt."""
    return text.startswith(b"c2sp.org/tlog-proof@v1")


def read(text: bytes) -> Receipt:
    """Read a receipt; BadInput when it is not written as one."""
    try:
        proof, blank, note = text.decode("utf-8").partition("\n\n")
        first, extra, index, *hashes = proof.split("\n")
        place = _INDEX.fullmatch(index)
        if first != FIRST_LINE or not blank or not extra.startswith("extra ") or place is None:
            raise BadNote("A receipt has a line each for its form, its entry and its place.")
        return Receipt(
            entry=_decode(extra.removeprefix("extra ")),
            place=int(place[1]),
            proof=tuple(_decode(each) for each in hashes),
            head=notes.read_head(note.encode()),
        )
    except ValueError as error:
        raise BadInput(
            "This receipt is not written as one "
            f"({error if isinstance(error, BadNote) else 'a line is missing or altered'})."
        ) from error


def faults(
    receipt: Receipt, *, key: VerifierKey, witnesses: Sequence[VerifierKey] = ()
) -> list[str]:
    """Give a sentence for everything that is wrong with a receipt; none when it holds."""
    found: list[str] = []
    checkpoint = receipt.head.checkpoint
    try:
        if checkpoint.origin != key.name or receipt.head.signed_by(key) is None:
            found.append(f"The head is not signed by the key of {key.name}.")
    except BadSignature as error:
        found.append(str(error))
    for witness in witnesses:
        try:
            if receipt.head.signed_by(witness) is None:
                found.append(f"{witness.name} did not cosign the head.")
        except BadSignature as error:
            found.append(str(error))
    try:
        merkle.check_inclusion(
            index=receipt.place,
            size=checkpoint.size,
            leaf=merkle.leaf_hash(receipt.entry),
            proof=receipt.proof,
            root=checkpoint.root,
        )
    except merkle.WrongProof as error:
        found.append(f"The entry is not proven to stand in the ledger. {error}")
    return found


def _write(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _decode(text: str) -> bytes:
    decoded = base64.b64decode(text.encode("ascii"), validate=True)
    if _write(decoded) != text:
        raise BadNote("A line is not written in base64 as it would be written anew.")
    return decoded
