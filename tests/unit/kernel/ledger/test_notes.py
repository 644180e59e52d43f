"""Signed notes, checkpoints and cosignatures: the bytes that others read and write."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.ledger import merkle, notes
from anlan.kernel.ledger.notes import BadNote, BadSignature, KeyKind

# The example of golang.org/x/mod/sumdb/note, made by another implementation.
GO_KEY = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
GO_TEXT = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
)
GO_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb"
    "6KE6RyyBwJnAM=\n"
)
# The example of c2sp.org/tlog-cosignature, whose keys are not published.
SOFA = (
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv"
    "2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b"
    "2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
)
SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
HEAD = notes.Checkpoint("safety.example/porto", 7, merkle.leaf_hash(b"x"))
AT = 1_679_315_147
LOG = notes.key_of(HEAD.origin, SEED, KeyKind.ED25519)
WITNESS = notes.key_of("witness.example/w1", OTHER, KeyKind.COSIGNATURE)


def signed() -> notes.Head:
    return notes.Head(
        HEAD,
        (notes.sign(HEAD, SEED), notes.cosign(HEAD, name=WITNESS.name, seed=OTHER, at=AT)),
    )


def test_key_and_signature_of_another_implementation_are_read_and_written_alike():
    key = notes.read_key(GO_KEY)
    assert str(key) == GO_KEY
    (signature,) = notes.read_signatures(GO_LINE)
    assert signature.line() == GO_LINE
    assert key.made(signature)
    Ed25519PublicKey.from_public_bytes(key.public).verify(signature.blob, GO_TEXT.encode())


def test_specifications_example_is_read_and_written_alike():
    head = notes.read_head(SOFA.encode())
    assert head.note() == SOFA
    assert (head.checkpoint.origin, head.checkpoint.size) == (
        "example.com/behind-the-sofa",
        20852163,
    )
    log, witness = head.signatures
    assert len(log.blob) == 64
    assert (len(witness.blob), witness.key_id.hex(), witness.seen_at) == (72, "8d66cf3f", AT)


def test_signatures_are_over_the_bytes_that_the_specifications_say():
    text = HEAD.text()  # one line each, the last with its newline
    assert text.count("\n") == 3
    private = Ed25519PrivateKey.from_private_bytes(SEED)
    assert notes.sign(HEAD, SEED).blob == private.sign(text.encode())
    witness = Ed25519PrivateKey.from_private_bytes(OTHER)
    message = f"cosignature/v1\ntime {AT}\n{text}".encode()
    made = notes.cosign(HEAD, name=WITNESS.name, seed=OTHER, at=AT)
    assert made.blob == AT.to_bytes(8, "big") + witness.sign(message)
    public = witness.public_key().public_bytes_raw()
    named = b"witness.example/w1\n\x04" + public
    assert made.key_id == hashlib.sha256(named).digest()[:4]


def test_head_survives_writing_and_reading_and_names_its_signers():
    head = notes.read_head(signed().note().encode())
    assert head == signed()
    assert head.signed_by(LOG) is not None
    assert head.signed_by(WITNESS).seen_at == AT
    stranger = notes.key_of("witness.example/w2", OTHER, KeyKind.COSIGNATURE)
    assert head.signed_by(stranger) is None


def test_one_key_has_another_id_for_each_kind_of_signature():
    for kind in KeyKind:
        assert notes.read_key(str(notes.key_of("a", SEED, kind))).kind is kind
    assert notes.key_of("a", SEED, KeyKind.ED25519).id != (
        notes.key_of("a", SEED, KeyKind.COSIGNATURE).id
    )


@given(st.data())
def test_no_letter_of_a_signed_head_changes_unnoticed(data):
    note = signed().note()
    at = data.draw(st.integers(0, len(note) - 1))
    letter = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda c: c != note[at]))
    changed = note[:at] + letter + note[at + 1 :]
    try:
        head = notes.read_head(changed.encode())
        found = [head.signed_by(LOG), head.signed_by(WITNESS)]
    except (BadNote, BadSignature):
        return
    # A signer whose name or id was altered counts as unknown: the signature is missed.
    assert None in found


@pytest.mark.parametrize(
    "note",
    [
        b"\xff",
        b"",
        b"a\n1\n",
        SOFA.replace("\n\n", "\n").encode(),
        SOFA[:-1].encode(),
        SOFA.replace("20852163", "020852163").encode(),
        SOFA.replace("20852163", "+1").encode(),
        SOFA.replace("20852163", "٣").encode(),
        SOFA.replace("20852163", "9" * 20).encode(),
        SOFA.replace("q2I=", "q2J=").encode(),
        SOFA.replace("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=", "AAAA").encode(),
        SOFA.replace("\n2085", "\r\n2085").encode(),
        SOFA.replace("— witness", "- witness").encode(),
        SOFA.replace("— witness", "— wit ness").encode(),
        SOFA.replace("— witness", "— wit+ness").encode(),
        SOFA.replace("sofa\n20", "sofa\n\n20").encode(),
        (SOFA + "\n").encode(),
        (SOFA + "— a AAAAAA==\n").encode(),
        (SOFA + "— a AAAAAAAA\n" * 100).encode(),
    ],
)
def test_head_that_is_written_otherwise_is_refused(note):
    with pytest.raises(BadNote):
        notes.read_head(note)


def test_extension_lines_are_signed_too():
    longer = notes.Checkpoint(HEAD.origin, HEAD.size, HEAD.root, ("more",))
    read = notes.read_checkpoint(longer.text())
    assert read == longer
    with pytest.raises(BadSignature):
        notes.check_signature(HEAD, notes.sign(longer, SEED), LOG)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "PeterNeumann",
        GO_KEY.replace("c74f20a3", "c74f20a4"),
        GO_KEY.replace("c74f20a3", "c74f20A3"),
        GO_KEY.replace("ARpc", "Axpc"),
        GO_KEY[:-4],
        "Peter Neumann" + GO_KEY[12:],
    ],
)
def test_key_that_is_none_is_refused(key):
    with pytest.raises(BadNote):
        notes.read_key(key)


def test_key_of_another_kind_than_expected_is_refused():
    with pytest.raises(BadNote, match="another kind"):
        notes.read_key(GO_KEY, kinds=[KeyKind.COSIGNATURE])


def test_cosignature_of_no_time_is_refused():
    beyond = notes.Signature(WITNESS.name, WITNESS.id, b"\xff" * 72)
    with pytest.raises(BadSignature, match="time"):
        notes.check_signature(HEAD, beyond, WITNESS)
