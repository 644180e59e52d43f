"""A receipt that was tampered with never holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.ledger import merkle, notes, receipts
from anlan.kernel.ledger.notes import KeyKind
from anlan.kernel.ledger.receipts import Receipt
from anlan.kernel.values import BadInput

SEED, WITNESS_SEED = bytes(range(32)), bytes(range(1, 33))
KEY = notes.key_of("safety.example/porto", SEED, KeyKind.ED25519)
WITNESS = notes.key_of("witness.example/w1", WITNESS_SEED, KeyKind.COSIGNATURE)
ENTRIES = [b'{"id":%d}' % number for number in range(11)]
LEAVES = [merkle.leaf_hash(each) for each in ENTRIES]
CHECKPOINT = notes.Checkpoint(KEY.name, 11, merkle.root(LEAVES))
HEAD = notes.Head(
    CHECKPOINT,
    (
        notes.sign(CHECKPOINT, SEED),
        notes.cosign(CHECKPOINT, name=WITNESS.name, seed=WITNESS_SEED, at=1_790_000_000),
    ),
)


def receipt(place: int = 4) -> Receipt:
    proof = merkle.inclusion_proof(place, 11, merkle.hash_of_leaves(LEAVES))
    return Receipt(ENTRIES[place], place, tuple(proof), HEAD)


def faults(found: Receipt) -> list[str]:
    return receipts.faults(found, key=KEY, witnesses=[WITNESS])


@pytest.mark.parametrize("place", range(11))
def test_receipt_is_written_as_the_specification_has_it_and_holds(place):
    text = receipt(place).text()
    lines = text.split("\n\n")[0].split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1"
    assert lines[1].startswith("extra ")
    assert lines[2] == f"index {place}"
    assert text.endswith("\n\n" + HEAD.note())
    read = receipts.read(text.encode())
    assert read == receipt(place)
    assert faults(read) == []


def test_receipt_of_a_ledger_of_one_entry_has_an_empty_proof():
    alone = notes.Checkpoint(KEY.name, 1, LEAVES[0])
    only = Receipt(ENTRIES[0], 0, (), notes.Head(alone, (notes.sign(alone, SEED),)))
    assert receipts.faults(receipts.read(only.text().encode()), key=KEY) == []


def test_each_fault_has_its_sentence():
    (not_there,) = faults(Receipt(b'{"id":99}', 4, receipt().proof, HEAD))
    assert "not proven to stand in the ledger" in not_there
    other = notes.key_of(KEY.name, WITNESS_SEED, KeyKind.ED25519)
    (not_signed,) = receipts.faults(receipt(), key=other)
    assert "not signed by the key" in not_signed
    alone = Receipt(ENTRIES[4], 4, receipt().proof, notes.Head(CHECKPOINT, HEAD.signatures[:1]))
    (not_cosigned,) = faults(alone)
    assert "did not cosign" in not_cosigned


@given(st.data())
def test_no_letter_of_a_receipt_changes_unnoticed(data):
    text = receipt(data.draw(st.integers(0, 10))).text().encode()
    at = data.draw(st.integers(0, len(text) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda b: b != text[at]))
    try:
        found = receipts.read(text[:at] + bytes([byte]) + text[at + 1 :])
    except BadInput:
        return
    assert faults(found)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\xff",
        b"c2sp.org/tlog-proof@v1\nindex 4\n\n" + HEAD.note().encode(),
        receipt().text().replace("index 4", "index 04").encode(),
        receipt().text().replace("index 4", "index -4").encode(),
        receipt().text().replace("proof@v1", "proof@v2").encode(),
        receipt().text().replace("\n\n", "\n", 1).encode(),
        receipt().text().replace("extra ", "extra !").encode(),
    ],
)
def test_receipt_that_is_written_otherwise_is_refused(text):
    with pytest.raises(BadInput, match="not written as one"):
        receipts.read(text)


def test_second_spelling_of_a_hash_is_refused():
    text = receipt().text()
    line = text.split("\n")[3]
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = line[:-2] + alphabet[alphabet.index(line[-2]) + 1] + "="
    with pytest.raises(BadInput, match="as it would be written anew"):
        receipts.read(text.replace(line, other).encode())
