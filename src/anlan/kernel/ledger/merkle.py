"""The Merkle tree of RFC 9162 §2.1 over SHA-256: roots, proofs and their verification. Pure.

A tree of n leaves is the range [0, n). The hash of a range is its leaf's hash, or the hash of its
two parts, split at the largest power of two below its length. A proof is a list of ranges of which
the verifier is told the hash; `hash_of` gives it, so that leaves in memory and nodes in a database
make the same proofs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
# Without the two prefixes a node could be passed off as a leaf (RFC 9162 §2.1.1).
_LEAF, _NODE = b"\x00", b"\x01"

Range = tuple[int, int]
HashOf = Callable[[int, int], bytes]


class WrongProof(ValueError):
    """A proof does not prove what it should; the sentence says why."""


def leaf_hash(entry: bytes) -> bytes:
    """Give the hash of an entry as a leaf."""
    return hashlib.sha256(_LEAF + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Give the hash of the node above two hashes."""
    return hashlib.sha256(_NODE + left + right).digest()


def split(length: int) -> int:
    """Give the largest power of two smaller than a length of at least 2."""
    return 1 << (length - 1).bit_length() - 1


def hash_of_leaves(leaves: Sequence[bytes]) -> HashOf:
    """Give the hash of any range of a tree whose leaf hashes are all in memory."""

    def hash_of(low: int, high: int) -> bytes:
        if high - low == 1:
            return leaves[low]
        middle = low + split(high - low)
        return node_hash(hash_of(low, middle), hash_of(middle, high))

    return hash_of


def root(leaves: Sequence[bytes]) -> bytes:
    """Give the root of a tree by its leaf hashes (§2.1.1)."""
    return hash_of_leaves(leaves)(0, len(leaves)) if leaves else EMPTY_ROOT


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """Name the ranges whose hashes prove the leaf at `index`, lowest first (§2.1.3.1)."""
    if not 0 <= index < size:
        raise IndexError(f"There is no leaf {index} in a tree of {size}.")
    low, high, found = 0, size, []
    while high - low > 1:
        middle = low + split(high - low)
        if index < middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    return found[::-1]


def consistency_ranges(size1: int, size2: int) -> list[Range]:
    """Name the ranges whose hashes prove that the tree of size1 begins that of size2 (§2.1.4.1)."""
    if not 0 <= size1 <= size2:
        raise IndexError(f"A tree of {size1} is no beginning of one of {size2}.")
    if size1 in (0, size2):
        return []
    low, high, found = 0, size2, []
    while size1 != high:
        middle = low + split(high - low)
        if size1 <= middle:
            found.append((middle, high))
            high = middle
        else:
            found.append((low, middle))
            low = middle
    # The old root itself is known to the verifier, unless it is only a part of the old tree.
    return [*([(low, high)] if low else []), *found[::-1]]


def inclusion_proof(index: int, size: int, hash_of: HashOf) -> list[bytes]:
    """Give the hashes that prove the leaf at `index` in a tree of `size`."""
    return [hash_of(low, high) for low, high in inclusion_ranges(index, size)]


def consistency_proof(size1: int, size2: int, hash_of: HashOf) -> list[bytes]:
    """Give the hashes that prove that the tree of size1 is the beginning of that of size2."""
    return [hash_of(low, high) for low, high in consistency_ranges(size1, size2)]


def check_inclusion(
    *, index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise WrongProof unless `leaf` is the hash of leaf `index` under `root` (§2.1.3.2)."""
    if index >= size:
        raise WrongProof(f"There is no leaf {index} in a tree of {size}.")
    _check_length("The leaf's hash", leaf)
    _check_proof(proof, expected=_inclusion_length(index, size))
    node, last, reached = index, size - 1, leaf
    for sibling in proof:
        if node % 2 or node == last:
            reached = node_hash(sibling, reached)
            while node and not node % 2:  # the last leaf's branch has no sibling on these levels
                node, last = node >> 1, last >> 1
        else:
            reached = node_hash(reached, sibling)
        node, last = node >> 1, last >> 1
    if reached != root:
        raise WrongProof("The proof leads from the leaf to another root than the one given.")


def check_consistency(
    *, size1: int, size2: int, root1: bytes, root2: bytes, proof: Sequence[bytes]
) -> None:
    """Raise WrongProof unless the tree under root1 is the beginning of root2's (§2.1.4.2).

    Two trees of one size need no proof: their roots are equal, or there is a split view.
    """
    if size1 > size2:
        raise WrongProof(f"A tree of {size1} is no beginning of a smaller one of {size2}.")
    if size1 == size2:
        _check_proof(proof, expected=0)
        if root1 != root2:
            raise WrongProof(f"Two trees of the same size {size1} have different roots.")
        return
    if size1 == 0:
        raise WrongProof("The empty tree begins every tree: such a proof would say nothing.")
    _check_proof(proof, expected=len(consistency_ranges(size1, size2)))
    reached1, reached2 = _both_roots(size1, size2, root1, proof)
    if reached1 != root1:
        raise WrongProof("The proof does not lead to the older tree's root.")
    if reached2 != root2:
        raise WrongProof("The proof does not lead to the newer tree's root.")


def _both_roots(
    size1: int, size2: int, root1: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Rebuild the older and the newer root from a consistency proof of the right length."""
    # A size that is a power of two is one whole node: its hash is root1, and stands in no proof.
    hashes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    node, last = size1 - 1, size2 - 1
    while node % 2:
        node, last = node >> 1, last >> 1
    reached1 = reached2 = hashes[0]
    for sibling in hashes[1:]:
        if node % 2 or node == last:
            reached1, reached2 = node_hash(sibling, reached1), node_hash(sibling, reached2)
            while node and not node % 2:
                node, last = node >> 1, last >> 1
        else:
            reached2 = node_hash(reached2, sibling)
        node, last = node >> 1, last >> 1
    return reached1, reached2


def _inclusion_length(index: int, size: int) -> int:
    """Count the hashes of an inclusion proof without walking the tree."""
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def _check_proof(proof: Sequence[bytes], *, expected: int) -> None:
    if len(proof) != expected:
        raise WrongProof(f"Hashes in the proof: {len(proof)}; needed: {expected}.")
    for each in proof:
        _check_length("A hash of the proof", each)


def _check_length(what: str, value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise WrongProof(f"{what} has {len(value)} bytes; SHA-256 has {HASH_BYTES}.")


class Growing:
    """A tree that grows leaf by leaf and keeps one hash for each whole part, at most 64."""

    def __init__(self) -> None:
        self.size = 0
        self._parts: list[bytes] = []

    def add(self, leaves: Iterable[bytes]) -> None:
        """Append leaf hashes."""
        for leaf in leaves:
            grown, bits = leaf, self.size
            while bits & 1:
                grown, bits = node_hash(self._parts.pop(), grown), bits >> 1
            self._parts.append(grown)
            self.size += 1

    def root(self) -> bytes:
        """Give the root of what was added so far."""
        if not self._parts:
            return EMPTY_ROOT
        reached = self._parts[-1]
        for part in reversed(self._parts[:-1]):
            reached = node_hash(part, reached)
        return reached
