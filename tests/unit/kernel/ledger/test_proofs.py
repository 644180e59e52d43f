"""Proofs as files: the published vectors, and files that are no proofs."""

from __future__ import annotations

import base64
import json

import pytest

from anlan.kernel.ledger import merkle, proofs
from anlan.kernel.values import BadInput


def vectors(shared_data):
    """Give every file of the published set with its text and whether it ought to fail."""
    folder = shared_data / "standards" / "merkle"
    if not folder.is_dir():
        pytest.skip("The published vectors are absent, so they were not tried.")
    for path in sorted(folder.rglob("*.json")):
        yield path, path.read_bytes(), json.loads(path.read_bytes())["wantErr"]


def test_every_published_vector_is_judged_as_published(shared_data):
    found = list(vectors(shared_data))
    assert found
    wrong = [
        path.name
        for path, text, want_error in found
        if proofs.judge(text, name=path.name).valid is want_error
    ]
    assert wrong == []


def test_what_a_file_says_of_itself_changes_nothing(shared_data):
    for path, text, want_error in vectors(shared_data):
        lying = json.loads(text) | {"wantErr": not want_error, "desc": "happy path"}
        judged = proofs.judge(json.dumps(lying).encode(), name=path.name)
        assert judged == proofs.judge(text, name=path.name)
        assert judged.why


LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(5)]


def text(**changes) -> bytes:
    proof = merkle.inclusion_proof(3, 5, merkle.hash_of_leaves(LEAVES))
    good = {
        "leafIdx": 3,
        "treeSize": 5,
        "root": _write(merkle.root(LEAVES)),
        "leafHash": _write(LEAVES[3]),
        "proof": [_write(each) for each in proof],
    }
    return json.dumps({k: v for k, v in (good | changes).items() if v != "gone"}).encode()


def _write(value: bytes) -> str:
    return base64.b64encode(value).decode()


def test_form_is_found_out_from_the_keys():
    assert proofs.judge(text(), name="x") == proofs.Judgement(
        "inclusion", True, "Leaf 3 is in the tree of 5 under this root."
    )
    equal = {"size1": 0, "size2": 0, "root1": "", "root2": "", "proof": None}
    judged = proofs.judge(json.dumps(equal).encode(), name="x")
    assert (judged.kind, judged.valid) == ("consistency", True)


def test_proof_that_is_absent_is_an_empty_one():
    alone = text(leafIdx=0, treeSize=1, leafHash=_write(LEAVES[0]), root=_write(LEAVES[0]))
    nothing = json.dumps(json.loads(alone) | {"proof": None}).encode()
    assert proofs.judge(nothing, name="x").valid


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        (b"\xff", "no JSON document"),
        (b"[" * 100_000, "no JSON document"),
        (b"[]", "an object is expected|a JSON object is expected"),
        (b'{"leafIdx": 1, "leafIdx": 2}', "names leafIdx twice"),
        (text(root="gone"), "neither"),
        (text(size1=1, size2=1, root1="", root2=""), "both"),
        (text(leafIdx=-1), "leafIdx is no whole number"),
        (text(leafIdx=1.0), "leafIdx is no whole number"),
        (text(treeSize=True), "treeSize is no whole number"),
        (text(treeSize=2**64), "treeSize is no whole number"),
        (text(proof={}), "proof is no list"),
        (text(proof=["?"]), r"proof\[0\] is not written in base64"),
        (text(proof=[7]), r"proof\[0\] is no text"),
        (text(root="é"), "root is not written in base64"),
    ],
)
def test_file_that_is_no_proof_is_refused_in_a_sentence(spoilt, sentence):
    with pytest.raises(BadInput, match=sentence) as refusal:
        proofs.judge(spoilt, name="some.json")
    assert "some.json" in str(refusal.value)
