"""The Merkle tree of RFC 9162: every size by brute force, and each bit of a proof counts."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.ledger import merkle
from anlan.kernel.ledger.merkle import WrongProof

LARGEST = 40
LEAVES = [merkle.leaf_hash(f"entry {number}".encode()) for number in range(LARGEST)]


# --- the definitions of RFC 9162, word by word ----------------------------------------------------


def naive_root(entries: list[bytes]) -> bytes:
    """MTH, §2.1.1."""
    if not entries:
        return hashlib.sha256().digest()
    if len(entries) == 1:
        return hashlib.sha256(b"\0" + entries[0]).digest()
    k = naive_split(len(entries))
    return hashlib.sha256(b"\1" + naive_root(entries[:k]) + naive_root(entries[k:])).digest()


def naive_split(n: int) -> int:
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def naive_path(m: int, entries: list[bytes]) -> list[bytes]:
    """PATH, §2.1.3.1."""
    if len(entries) == 1:
        return []
    k = naive_split(len(entries))
    if m < k:
        return [*naive_path(m, entries[:k]), naive_root(entries[k:])]
    return [*naive_path(m - k, entries[k:]), naive_root(entries[:k])]


def naive_proof(m: int, entries: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF, §2.1.4.1."""
    n = len(entries)
    if m == n:
        return [] if whole else [naive_root(entries)]
    k = naive_split(n)
    if m <= k:
        return [*naive_proof(m, entries[:k], whole), naive_root(entries[k:])]
    return [*naive_proof(m - k, entries[k:], False), naive_root(entries[:k])]


ENTRIES = [f"entry {number}".encode() for number in range(LARGEST)]


def test_hashes_worked_on_paper():
    assert merkle.EMPTY_ROOT.hex().startswith("e3b0c44298fc1c14")
    assert merkle.leaf_hash(b"").hex() == (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    left, right = merkle.leaf_hash(b"a"), merkle.leaf_hash(b"b")
    assert merkle.root([left, right]) == hashlib.sha256(b"\1" + left + right).digest()


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_root_and_every_proof_of_every_size_are_the_rfcs(size):
    hash_of = merkle.hash_of_leaves(LEAVES[:size])
    root = merkle.root(LEAVES[:size])
    assert root == naive_root(ENTRIES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, hash_of)
        assert proof == naive_path(index, ENTRIES[:size])
        merkle.check_inclusion(index=index, size=size, leaf=LEAVES[index], proof=proof, root=root)
    for older in range(1, size + 1):
        proof = merkle.consistency_proof(older, size, hash_of)
        assert proof == naive_proof(older, ENTRIES[:size])
        merkle.check_consistency(
            size1=older,
            size2=size,
            root1=naive_root(ENTRIES[:older]),
            root2=root,
            proof=proof,
        )


@pytest.mark.parametrize("size", range(LARGEST + 1))
def test_growing_tree_has_the_root_of_the_whole_one_whatever_the_batches(size):
    growing = merkle.Growing()
    growing.add(LEAVES[: size // 3])
    growing.add(LEAVES[size // 3 : size])
    assert growing.size == size
    assert growing.root() == naive_root(ENTRIES[:size])


def test_leaf_outside_the_tree_has_no_proof():
    hash_of = merkle.hash_of_leaves(LEAVES)
    for index, size in ((-1, 3), (3, 3), (0, 0)):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(index, size, hash_of)
    for size1, size2 in ((-1, 3), (4, 3)):
        with pytest.raises(IndexError):
            merkle.consistency_proof(size1, size2, hash_of)


# --- a proof that was tampered with ---------------------------------------------------------------


@st.composite
def inclusions(draw):
    size = draw(st.integers(1, LARGEST))
    index = draw(st.integers(0, size - 1))
    proof = merkle.inclusion_proof(index, size, merkle.hash_of_leaves(LEAVES[:size]))
    return {
        "index": index,
        "size": size,
        "leaf": LEAVES[index],
        "proof": proof,
        "root": merkle.root(LEAVES[:size]),
    }


@st.composite
def consistencies(draw):
    size2 = draw(st.integers(1, LARGEST))
    size1 = draw(st.integers(1, size2))
    proof = merkle.consistency_proof(size1, size2, merkle.hash_of_leaves(LEAVES[:size2]))
    return {
        "size1": size1,
        "size2": size2,
        "root1": merkle.root(LEAVES[:size1]),
        "root2": merkle.root(LEAVES[:size2]),
        "proof": proof,
    }


def tampered(draw, honest):
    """Change one thing of a proof so that it says something else."""
    changed = dict(honest)
    what = draw(st.sampled_from(sorted(honest)))
    value = honest[what]
    if isinstance(value, bytes):
        changed[what] = _flip(draw, value)
    elif isinstance(value, int):
        changed[what] = draw(st.integers(0, 2 * LARGEST).filter(lambda other: other != value))
    else:
        changed[what] = _spoil_list(draw, value)
    return changed


def _flip(draw, value: bytes) -> bytes:
    at = draw(st.integers(0, len(value) * 8 - 1))
    spoilt = bytearray(value)
    spoilt[at // 8] ^= 1 << at % 8
    return bytes(spoilt)


def _spoil_list(draw, proof: list[bytes]) -> list[bytes]:
    extra = draw(st.sampled_from([LEAVES[0], LEAVES[-1], merkle.EMPTY_ROOT, b""]))
    choices = [[*proof, extra], [extra, *proof]]
    if proof:
        at = draw(st.integers(0, len(proof) - 1))
        choices += [proof[:at] + proof[at + 1 :]]
        choices += [[*proof[:at], _flip(draw, proof[at]), *proof[at + 1 :]]]
        choices += [[*proof[:at], proof[at][:-1], *proof[at + 1 :]]]
    return draw(st.sampled_from(choices))


@given(st.data())
def test_tampered_inclusion_proof_is_always_found(data):
    honest = data.draw(inclusions())
    changed = tampered(data.draw, honest)
    # The tree's size is proven only where it changes the path (RFC 9162: the head is signed).
    same_path = merkle.inclusion_ranges(honest["index"], honest["size"])
    if changed["size"] != honest["size"] and changed["index"] < changed["size"]:
        other = merkle.inclusion_ranges(changed["index"], changed["size"])
        if [low for low, _ in other] == [low for low, _ in same_path]:
            return
    with pytest.raises(WrongProof):
        merkle.check_inclusion(**changed)


@given(st.data())
def test_tampered_consistency_proof_is_always_found(data):
    honest = data.draw(consistencies())
    changed = tampered(data.draw, honest)
    sizes = ("size1", "size2")
    if any(changed[name] != honest[name] for name in sizes):
        return  # a size is proven by the head's signature; the next test holds what a proof can
    with pytest.raises(WrongProof):
        merkle.check_consistency(**changed)


@given(consistencies(), st.integers(0, LARGEST))
def test_older_size_that_is_not_the_proofs_is_found_unless_the_path_is_the_same(honest, other):
    if other == honest["size1"]:
        return
    try:
        merkle.check_consistency(**(honest | {"size1": other}))
    except WrongProof:
        return
    ranges = merkle.consistency_ranges(honest["size1"], honest["size2"])
    claimed = merkle.consistency_ranges(other, honest["size2"])
    assert len(ranges) == len(claimed)


def test_nothing_is_proven_from_the_empty_tree_and_equal_trees_need_no_proof():
    root = merkle.root(LEAVES[:3])
    with pytest.raises(WrongProof, match="empty tree"):
        merkle.check_consistency(size1=0, size2=3, root1=merkle.EMPTY_ROOT, root2=root, proof=[])
    merkle.check_consistency(size1=3, size2=3, root1=root, root2=root, proof=[])
    with pytest.raises(WrongProof, match="same size 3 have different roots"):
        merkle.check_consistency(size1=3, size2=3, root1=root, root2=LEAVES[0], proof=[])


@pytest.mark.parametrize("size", [0, 1, 2, 7, 8])
def test_leaf_just_beyond_the_tree_is_refused_as_such(size):
    root = merkle.root(LEAVES[:size])
    for index in (size, size + 1):
        with pytest.raises(WrongProof, match=f"There is no leaf {index} in a tree of {size}"):
            merkle.check_inclusion(index=index, size=size, leaf=LEAVES[0], proof=[], root=root)
