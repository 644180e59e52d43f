"""An entry, and the form in which it is published: what a leaf of the Merkle tree is made of. Pure.

A leaf commits to the published form, so that anyone can hash a published export. In it each
reference to a person becomes a pseudonym that changes daily: an HMAC under a secret of the
ledger's key file, so that the form can be made again from the stored entry, and nobody without the
secret can tell whether two days' pseudonyms are one person (docs/decisions/0007).
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

from anlan.kernel.ledger.merkle import leaf_hash

# References to things, published as they are. Whatever is not here is published as a pseudonym:
# a kind that somebody forgot to add is hidden rather than shown.
THINGS = frozenset(
    {
        "town",
        "call_log",
        "runcard",
        "runcard_change",
        "unit",
        "incident",
        "closure",
        "post",
        "roads",
        "study",
        "deployment",
        "office",
        "proposal",
        "calendar",
        "release",
        "mediation",
        "hazard",
        "premises",
        "room",
        "inspection",
        "checklist",
        "disclosure",
        "document",
        "notice",
        "custodian",
    }
)
PERSONS = frozenset({"staff", "shift", "token", "link"})  # a shift and a link are one person's
MACHINES = frozenset({"cli", "job"})
PSEUDONYM_HEX = 32
FOR_AUTHORITY = "disclosure"  # the reason of an opening whose party a law may keep from being told


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the ledger."""

    id: int
    town: str
    at: datetime
    recorded_at: datetime
    actor_ref: str
    actor_role: str
    action: str
    subject: str
    about: tuple[str, ...]
    fields: tuple[str, ...]
    reason_code: str
    cipher_hash: str

    @property
    def references(self) -> tuple[str, ...]:
        """The subject and everything else that the entry is about."""
        return (self.subject, *self.about)


def published_bytes(entry: Entry, *, secret: bytes) -> bytes:
    """Give the published form of an entry as canonical JSON (RFC 8785), one line.

    Which case was opened for an authority is a pseudonym too: it would stand beside its disclosure,
    by time and person, and tell the party what a law may forbid to tell yet.
    """
    day = entry.recorded_at.astimezone(UTC).strftime("%Y-%m-%d")
    for_authority = entry.action.startswith("sealing.") and entry.reason_code == FOR_AUTHORITY

    def shown(reference: str) -> str:
        kind = reference.partition(":")[0]
        if kind in MACHINES or (kind in THINGS and not for_authority):
            return reference
        message = f"{entry.town}|{day}|{reference}".encode()
        return f"{kind}:~{hmac.digest(secret, message, hashlib.sha256).hex()[:PSEUDONYM_HEX]}"

    return rfc8785.dumps(
        {
            "about": [shown(each) for each in entry.about],
            "action": entry.action,
            "actor": shown(entry.actor_ref),
            "actor_role": entry.actor_role,
            "at": _instant(entry.at),
            "cipher_hash": entry.cipher_hash,
            "fields": list(entry.fields),
            "id": entry.id,
            "reason_code": entry.reason_code,
            "recorded_at": _instant(entry.recorded_at),
            "subject": shown(entry.subject),
            "town": entry.town,
        }
    )


def leaf_of(entry: Entry, *, secret: bytes) -> bytes:
    """Give the hash of an entry as a leaf."""
    return leaf_hash(published_bytes(entry, secret=secret))


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
