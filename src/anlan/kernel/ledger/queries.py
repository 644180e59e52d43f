"""Reading the ledger: the durable feed of a town's events, and an entry's canonical bytes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import rfc8785

from anlan.kernel.ledger.models import LedgerEntry


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


def entries_after(town: str, last_id: int, *, limit: int = 1000) -> list[Entry]:
    """Give a town's entries with an id above `last_id`, oldest first; nothing is ever skipped."""
    rows = LedgerEntry.objects.filter(town=town, id__gt=last_id).order_by("id")[:limit]
    return [_entry(row) for row in rows]


def last_id(town: str) -> int:
    """Give the id of a town's latest entry, or 0 when there is none."""
    latest = LedgerEntry.objects.filter(town=town).order_by("-id").values_list("id", flat=True)
    return latest.first() or 0


def entry_bytes(entry: Entry) -> bytes:
    """Give an entry as canonical JSON (RFC 8785): what a leaf of the Merkle tree is made of."""
    return rfc8785.dumps(
        {
            "about": list(entry.about),
            "action": entry.action,
            "actor_ref": entry.actor_ref,
            "actor_role": entry.actor_role,
            "at": _instant(entry.at),
            "cipher_hash": entry.cipher_hash,
            "fields": list(entry.fields),
            "id": entry.id,
            "reason_code": entry.reason_code,
            "recorded_at": _instant(entry.recorded_at),
            "subject": entry.subject,
            "town": entry.town,
        }
    )


def _instant(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _entry(row: LedgerEntry) -> Entry:
    return Entry(
        id=row.pk,
        town=row.town,
        at=row.at,
        recorded_at=row.recorded_at,
        actor_ref=row.actor_ref,
        actor_role=row.actor_role,
        action=row.action,
        subject=row.subject,
        about=tuple(row.about),
        fields=tuple(row.fields),
        reason_code=row.reason_code,
        cipher_hash=row.cipher_hash,
    )
