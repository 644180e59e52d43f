"""A town's Merkle tree as it is stored: hashes of any range, from few rows at any size.

Stored are the leaves, and one node for each whole part of 256, 65,536 … leaves. What lies between
is computed from at most 255 rows a range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from anlan.kernel.ledger import merkle
from anlan.kernel.ledger.models import LedgerLeaf, LedgerNode
from anlan.kernel.values import Refused

STEP = 8  # levels between two that are stored
WIDTH = 1 << STEP


class StoredTree:
    """Reads one town's tree; keeps what it read for as long as it lives."""

    def __init__(self, town: str) -> None:
        self.town = town
        self._known: dict[merkle.Range, bytes] = {}

    def root(self, size: int) -> bytes:
        """Give the root of the first `size` leaves."""
        return self.hash_of(0, size) if size else merkle.EMPTY_ROOT

    def hash_of(self, low: int, high: int) -> bytes:
        """Give the hash of a range as the tree has them (merkle.Range)."""
        found = self._known.get((low, high))
        if found is None:
            found = self._known[low, high] = self._compute(low, high)
        return found

    def _compute(self, low: int, high: int) -> bytes:
        length = high - low
        if length < WIDTH:
            return merkle.root(self.stored(0, low, high))
        if length & (length - 1) == 0:  # a whole part: its nearest stored parts below
            level = (length.bit_length() - 1) // STEP * STEP
            return merkle.root(self.stored(level, low >> level, high >> level))
        middle = low + merkle.split(length)
        return merkle.node_hash(self.hash_of(low, middle), self.hash_of(middle, high))

    def stored(self, level: int, low: int, high: int) -> list[bytes]:
        """Read the stored hashes of one level, at positions low to below high."""
        rows = (
            LedgerLeaf.objects.filter(town=self.town)
            if level == 0
            else LedgerNode.objects.filter(town=self.town, level=level)
        )
        within = rows.filter(position__gte=low, position__lt=high).order_by("position")
        hashes = [bytes.fromhex(each) for each in within.values_list("hash", flat=True)]
        if len(hashes) != high - low:
            raise TreeDamaged(self.town)
        return hashes


class TreeDamaged(Refused):
    """Rows of the tree are missing, which nothing of Anlan removes."""

    def __init__(self, town: str) -> None:
        super().__init__(
            "The ledger was altered in the database: of the tree of "
            f"{town or 'the installation'}, hashes are gone. Nothing was signed or published.",
            code="ledger_altered",
        )


def end(town: str) -> tuple[int, int]:
    """Give how many leaves a town's tree has and the id of the last one's entry, or 0."""
    last = (
        LedgerLeaf.objects.filter(town=town)
        .order_by("-position")
        .values_list("position", "entry_id")
        .first()
    )
    return (0, 0) if last is None else (last[0] + 1, last[1])


def append(town: str, *, start: int, leaves: Sequence[tuple[int, bytes]]) -> None:
    """Store (entry id, leaf hash) from position `start` on, with every part that became whole.

    Runs inside the caller's transaction, with nobody else appending to this town's tree.
    """
    LedgerLeaf.objects.bulk_create(
        LedgerLeaf(town=town, position=start + at, entry_id=entry_id, hash=leaf.hex())
        for at, (entry_id, leaf) in enumerate(leaves)
    )
    stop, level = start + len(leaves), STEP
    while stop >> level:
        LedgerNode.objects.bulk_create(_whole_parts(town, level, start >> level, stop >> level))
        level += STEP


def _whole_parts(town: str, level: int, first: int, stop: int) -> Iterable[LedgerNode]:
    tree = StoredTree(town)
    for position in range(first, stop):
        below = tree.stored(level - STEP, position * WIDTH, (position + 1) * WIDTH)
        yield LedgerNode(town=town, level=level, position=position, hash=merkle.root(below).hex())
