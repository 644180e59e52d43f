"""Reading the ledger: the durable feed of a town's events; heads, receipts, the published form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from anlan.kernel.ledger import keyfile, merkle, notes, published, rules, tree
from anlan.kernel.ledger.entries import Entry, published_bytes
from anlan.kernel.ledger.models import LedgerEntry, LedgerHead, LedgerLeaf
from anlan.kernel.ledger.receipts import Receipt
from anlan.kernel.values import BadInput, Refused

_READ_AT_ONCE = 1000


# --- entries -------------------------------------------------------------------------------------


def entries_after(town: str, last_id: int, *, limit: int = 1000) -> list[Entry]:
    """Give a town's entries with an id above `last_id`, oldest first; nothing is ever skipped."""
    rows = LedgerEntry.objects.filter(town=town, id__gt=last_id).order_by("id")[:limit]
    return [_entry(row) for row in rows]


def entries_of(
    town: str,
    *,
    actions: Sequence[str],
    since: datetime,
    until: datetime | None = None,
    subject: str = "",
    about: str = "",
    reason_code: str = "",
    before: int | None = None,
    limit: int = 1000,
) -> list[Entry]:
    """Give a town's entries of some actions since a moment of its time, the newest first.

    `until` is the first moment after, `before` an entry's id: older ones only. With `about` those
    that are about this reference alone.
    """
    rows = LedgerEntry.objects.filter(town=town, action__in=actions, at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if subject:
        rows = rows.filter(subject=subject)
    if about:
        rows = rows.filter(about=[about])
    if reason_code:
        rows = rows.filter(reason_code=reason_code)
    if before is not None:
        rows = rows.filter(id__lt=before)
    return [_entry(row) for row in rows.order_by("-id")[:limit]]


def newest_of(town: str, *, action: str) -> Entry | None:
    """Give a town's latest entry of an action; None where it has none."""
    row = LedgerEntry.objects.filter(town=town, action=action).order_by("-id").first()
    return None if row is None else _entry(row)


def last_id(town: str) -> int:
    """Give the id of a town's latest entry, or 0 when there is none."""
    latest = LedgerEntry.objects.filter(town=town).order_by("-id").values_list("id", flat=True)
    return latest.first() or 0


def latest_at(town: str, *, since: datetime, but: str) -> datetime | None:
    """Give the latest of a town's times among the entries recorded since a moment of real time.

    Entries of the actor `but` don't count. None where there is none.
    """
    rows = LedgerEntry.objects.filter(town=town, recorded_at__gte=since).exclude(actor_ref=but)
    latest: datetime | None = rows.aggregate(latest=Max("at"))["latest"]
    return latest


# --- heads ---------------------------------------------------------------------------------------


def ledger_keys() -> keyfile.LedgerKeys:
    """Give the keys of this installation's ledgers; they are made at the first sealing.

    Once a head was signed the file is never made anew: another key could not continue the ledger.
    """
    path = Path(settings.ANLAN_LEDGER_KEY_FILE)
    # Heads first: at the first sealing another process makes the file and signs in between.
    if LedgerHead.objects.exists() and not path.exists():
        raise Refused(
            f"The ledger's key file {path} is gone; put its backup back. "
            "Without it the ledger can be verified, but not continued.",
            code="ledger_key",
        )
    return keyfile.load_or_create(path)


def new_origin(town: str) -> str:
    """Give the name that a town's ledger is published under from its first head on."""
    public = ledger_keys().public("ledger").public
    name = settings.ANLAN_LEDGER_NAME or f"anlan-{merkle.leaf_hash(public).hex()[:16]}"
    if not re.fullmatch(rules.NAME_PATTERN, name):
        raise BadInput(
            "ANLAN_LEDGER_NAME is a web address without its https://, such as "
            "safety.example.org/ledger, of at most 79 letters."
        )
    return f"{name}/{town}" if town else name


def ledger_key(town: str) -> notes.VerifierKey:
    """Give the public key of a town's ledger, under the ledger's name.

    Raises Refused when it is not the key that signed the newest head, or that head was altered.
    """
    newest = LedgerHead.objects.filter(town=town).order_by("-size").first()
    if newest is None:
        return ledger_keys().public(new_origin(town))
    key = ledger_keys().public(newest.origin)
    try:
        if head_of(newest).signed_by(key) is None:
            raise Refused(
                "The ledger's key file is not the one that signed its head of size "
                f"{newest.size}; put its backup back. Nothing was signed.",
                code="ledger_key",
            )
    except notes.BadSignature as fault:
        raise _altered(f"its head of size {newest.size} is not what was signed") from fault
    return key


def head_of(row: LedgerHead) -> notes.Head:
    """Give a stored head as a signed note, with its cosignatures."""
    signatures = [_signature(row.origin, row.key_id, row.signature)]
    signatures += [
        _signature(each.witness, each.key_id, each.signature)
        for each in sorted(row.cosignatures.all(), key=lambda each: each.pk)
    ]
    checkpoint = notes.Checkpoint(row.origin, row.size, bytes.fromhex(row.root))
    return notes.Head(checkpoint, tuple(signatures))


def heads(town: str) -> list[notes.Head]:
    """Give all heads of a town's ledger, the oldest first."""
    rows = LedgerHead.objects.filter(town=town).order_by("size").prefetch_related("cosignatures")
    return [head_of(row) for row in rows]


def newest_head(town: str) -> notes.Head:
    """Give a town's newest head; Refused when nothing was sealed yet."""
    return head_of(_newest(town))


def sealed_at(town: str) -> datetime | None:
    """Say when a town's newest head was signed; None when nothing was sealed yet."""
    return (
        LedgerHead.objects.filter(town=town)
        .order_by("-size")
        .values_list("signed_at", flat=True)
        .first()
    )


def _newest(town: str) -> LedgerHead:
    newest = LedgerHead.objects.filter(town=town).order_by("-size").first()
    if newest is None:
        raise _not_sealed()
    return newest


def _not_sealed() -> Refused:
    return Refused("This ledger has no head yet; `anlan ledger seal` makes one.", code="not_sealed")


def _signature(name: str, key_id: str, blob: str) -> notes.Signature:
    return notes.Signature(name, bytes.fromhex(key_id), bytes.fromhex(blob))


# --- what leaves the house -----------------------------------------------------------------------


def published_lines(town: str) -> Iterator[bytes]:
    """Give the published ledger of a town line by line, up to its newest head.

    Each entry is made into its published form anew and held against its leaf. Raises Refused, and
    names the entry, when an entry is no longer what was sealed.
    """
    signed = heads(town)  # read once: the daily job may seal meanwhile
    if not signed:
        raise _not_sealed()
    key, newest = ledger_key(town), signed[-1].checkpoint
    leaves = tree.StoredTree(town).stored(0, 0, newest.size)
    if merkle.root(leaves) != newest.root:
        raise _altered("its leaves are not those that its newest head signed")
    return published.lines(key, signed, leaves, _sealed_entries(town, leaves))


def _sealed_entries(town: str, leaves: list[bytes]) -> Iterator[bytes]:
    keys, place, last = ledger_keys(), 0, 0
    while place < len(leaves):
        for entry in entries_after(town, last, limit=min(_READ_AT_ONCE, len(leaves) - place)):
            text = published_bytes(entry, secret=keys.pseudonym)
            if merkle.leaf_hash(text) != leaves[place]:
                raise _altered(f"entry {entry.id} (place {place}) is no longer what was sealed")
            yield text
            place, last = place + 1, entry.id
        if place < len(leaves) and last_id(town) <= last:
            raise _altered(f"entries from place {place} on are gone")


def _altered(what: str) -> Refused:
    return Refused(
        f"The ledger was altered in the database: {what}. Nothing was signed or published.",
        code="ledger_altered",
    )


def town_to_seal(entry_id: int) -> str | None:
    """Give the town whose ledger has to be sealed before an entry has a receipt, or None."""
    row = _row(entry_id)
    return row.town if _leaf(row) is None else None


def receipt(entry_id: int) -> Receipt:
    """Give an entry with the proof that it stands under its town's newest head."""
    row = _row(entry_id)
    leaf = _leaf(row)
    if leaf is None:
        raise Refused(
            f"Entry {entry_id} is not sealed yet; `anlan ledger seal` does it, and so does the "
            "server once a day.",
            code="not_sealed",
        )
    head = newest_head(row.town)
    size = head.checkpoint.size
    ledger_key(row.town)  # with another key file the pseudonyms would differ, and not the entry
    text = published_bytes(_entry(row), secret=ledger_keys().pseudonym)
    if merkle.leaf_hash(text).hex() != leaf.hash:
        raise _altered(f"entry {entry_id} (place {leaf.position}) is no longer what was sealed")
    proof = merkle.inclusion_proof(leaf.position, size, tree.StoredTree(row.town).hash_of)
    return Receipt(text, leaf.position, tuple(proof), head)


def _row(entry_id: int) -> LedgerEntry:
    row = LedgerEntry.objects.filter(pk=entry_id).first()
    if row is None:
        raise Refused(f"There is no entry {entry_id}.", code="no_such_entry")
    return row


def _leaf(row: LedgerEntry) -> LedgerLeaf | None:
    """Give an entry's leaf where a head stands over it."""
    size = LedgerHead.objects.filter(town=row.town).aggregate(size=Max("size"))["size"] or 0
    return LedgerLeaf.objects.filter(entry_id=row.pk, position__lt=size).first()


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
