"""The ledger's key file: what signs the heads, and what makes the pseudonyms of a day.

It lies beside the service's key, outside the data. Whoever has it can sign heads in the town's
name (independent witnesses find a second story), and can tell which member of staff a published
pseudonym stands for.
"""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from anlan.kernel import private_file
from anlan.kernel.ledger import notes
from anlan.kernel.values import BadInput

SECRET_BYTES = 32
_NAMES = ("signing", "pseudonym")
_HEADER = (
    "# Anlan's ledger keys. Whoever has this file can sign the ledger's heads.\n"
    "# Without it the ledger can't be continued: keep a copy apart from the data.\n"
)


@dataclass(frozen=True, slots=True)
class LedgerKeys:
    """The seed of the Ed25519 key that signs heads, and the secret behind daily pseudonyms."""

    signing: bytes = field(repr=False)
    pseudonym: bytes = field(repr=False)

    def public(self, origin: str) -> notes.VerifierKey:
        """Give the public key under a ledger's name."""
        return notes.key_of(origin, self.signing, notes.KeyKind.ED25519)


def load_or_create(path: Path) -> LedgerKeys:
    """Read the key file, or make it (0600); two processes that start at once make one."""
    remedy = "set ANLAN_KEY_FILE to a file in a folder that can be written."
    return _parse(private_file.read_or_create(path, _new_keys, remedy=remedy), path)


def _new_keys() -> str:
    drawn = (base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode() for _ in _NAMES)
    return _HEADER + "".join(f"{name} {value}\n" for name, value in zip(_NAMES, drawn, strict=True))


def _parse(text: str, path: Path) -> LedgerKeys:
    found: dict[str, bytes] = {}
    for line in text.splitlines():
        name, _, value = line.partition(" ")
        if name in _NAMES:
            found[name] = _decode(value)
    if any(len(found.get(name, b"")) != SECRET_BYTES for name in _NAMES):
        raise BadInput(
            f"The ledger's key file {path} is damaged; put its backup back. "
            "A new key could not continue the ledger."
        )
    return LedgerKeys(signing=found["signing"], pseudonym=found["pseudonym"])


def _decode(value: str) -> bytes:
    try:
        return base64.b64decode(value.strip(), validate=True)
    except ValueError:
        return b""
