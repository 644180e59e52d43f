"""Sealing: entries become leaves in batches, and a signed head stands over them.

Outside the write's transaction, so that a write costs what it cost. A town's entries are committed
in the order of their ids (see `writing`), so the entries after the last leaf are all that is new.
Killed at any moment, a town has its old head or its new one: leaves without a head are taken up by
the next sealing. Writes no entry: a head is its own record, and an entry about it would have to be
sealed again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from anlan.kernel.ledger import merkle, notes, queries, tree
from anlan.kernel.ledger.entries import leaf_of
from anlan.kernel.ledger.keyfile import LedgerKeys
from anlan.kernel.ledger.models import LedgerHead
from anlan.kernel.ledger.notes import Checkpoint
from anlan.kernel.values import Refused

BATCH = 200  # rows a transaction: on SQLite other writers wait for it, some ten milliseconds
_LOCK_SPACE = 0x616E6C62  # "anlb": sealers of one town take turns; writers are not held up


@dataclass(frozen=True, slots=True)
class Sealed:
    """A town's newest head after sealing, and how many entries were new under it."""

    head: notes.Head
    entries: int


def seal(town: str, *, real_now: datetime, progress: Callable[[int], None] | None = None) -> Sealed:
    """Seal every entry of a town that is not sealed yet, and sign the head over all.

    Where nothing is new the head stays. `town` "" is the installation's own ledger. Raises Refused
    when the key is not the one that signed before, or the tree no longer continues its head: then
    nothing is signed.
    """
    keys = queries.ledger_keys()
    queries.ledger_key(town)  # refused unless it is the key that signed before
    sealed = 0
    while (added := _append_batch(town, keys)) is not None:
        sealed += added
        if progress is not None:
            progress(sealed)
    return Sealed(_sign(town, keys, real_now), sealed)


def _append_batch(town: str, keys: LedgerKeys) -> int | None:
    """Make leaves of the next entries; None when none is left, 0 when another was first."""
    start, last_entry = tree.end(town)
    entries = queries.entries_after(town, last_entry, limit=BATCH)
    if not entries:
        return None
    # Hashed before the transaction begins: it holds up whoever writes on SQLite.
    leaves = [(each.id, leaf_of(each, secret=keys.pseudonym)) for each in entries]
    with transaction.atomic(durable=True):
        _take_turn(town)
        if tree.end(town) != (start, last_entry):
            return 0
        tree.append(town, start=start, leaves=leaves)
    return len(leaves)


def _sign(town: str, keys: LedgerKeys, real_now: datetime) -> notes.Head:
    while True:
        size, _ = tree.end(town)
        previous = _newest(town)
        if previous is not None and previous.size >= size:
            return queries.head_of(previous)
        checkpoint = _next(town, previous, size)
        signature = notes.sign(checkpoint, keys.signing)
        with transaction.atomic(durable=True):
            _take_turn(town)
            if _newest(town) == previous:  # otherwise another signed meanwhile: look again
                row = LedgerHead.objects.create(
                    town=town,
                    origin=checkpoint.origin,
                    size=checkpoint.size,
                    root=checkpoint.root.hex(),
                    key_id=signature.key_id.hex(),
                    signature=signature.blob.hex(),
                    signed_at=real_now,
                )
                return queries.head_of(row)


def _next(town: str, previous: LedgerHead | None, size: int) -> Checkpoint:
    """Give the head to sign, which continues the one before; Refused when it does not."""
    stored = tree.StoredTree(town)
    root = stored.root(size)
    if previous is None:
        return Checkpoint(queries.new_origin(town), size, root)
    try:
        if previous.size:
            merkle.check_consistency(
                size1=previous.size,
                size2=size,
                root1=bytes.fromhex(previous.root),
                root2=root,
                proof=merkle.consistency_proof(previous.size, size, stored.hash_of),
            )
    except merkle.WrongProof as fault:
        raise Refused(
            f"The ledger no longer continues its head of size {previous.size}: its stored hashes "
            "were altered. Nothing was signed; put the database's backup back.",
            code="ledger_altered",
        ) from fault
    return Checkpoint(previous.origin, size, root)


def _newest(town: str) -> LedgerHead | None:
    return LedgerHead.objects.filter(town=town).order_by("-size").first()


def _take_turn(town: str) -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_SPACE, town])
