"""A witness cosigns a head only when it continues the last one, and keeps what convicts a log."""

from __future__ import annotations

import stat
import threading

import pytest

from anlan.kernel.ledger import merkle, notes
from anlan.kernel.ledger.notes import KeyKind
from anlan.kernel.ledger.witness import Declined, Submission, Witness, read_submission
from anlan.kernel.values import BadInput

SEED = bytes(range(32))
LOG = notes.key_of("safety.example/porto", SEED, KeyKind.ED25519)
STORY = [merkle.leaf_hash(bytes([number])) for number in range(20)]
OTHER = [*STORY[:4], *(merkle.leaf_hash(bytes([99, number])) for number in range(16))]
AT = 1_790_000_000


def head(size: int, story=STORY, *, seed=SEED, origin=LOG.name) -> notes.Head:
    checkpoint = notes.Checkpoint(origin, size, merkle.root(story[:size]))
    return notes.Head(checkpoint, (notes.sign(checkpoint, seed),))


def submission(old: int, size: int, story=STORY, **more) -> bytes:
    proof = merkle.consistency_proof(old, size, merkle.hash_of_leaves(story))
    return Submission(old, tuple(proof), head(size, story, **more)).body()


@pytest.fixture
def witness(tmp_path):
    return Witness(tmp_path, name="witness.example/w1", logs=[LOG])


def cosign(witness, body: bytes) -> notes.Signature:
    (signature,) = notes.read_signatures(witness.add_checkpoint(body, at=AT))
    return signature


def declined(witness, body: bytes) -> Declined:
    with pytest.raises(Declined) as no:
        witness.add_checkpoint(body, at=AT)
    return no.value


def test_heads_that_continue_each_other_are_cosigned(witness):
    for old, size in ((0, 3), (3, 3), (3, 8), (8, 20)):
        signature = cosign(witness, submission(old, size))
        notes.check_signature(head(size).checkpoint, signature, witness.key)
        assert signature.seen_at == AT
        assert witness.seen(LOG.name) == head(size)


def test_empty_ledger_is_cosigned_and_then_any_first_entries(witness):
    cosign(witness, submission(0, 0))
    cosign(witness, submission(0, 5))
    assert witness.seen(LOG.name) == head(5)


def test_split_view_is_refused_named_and_kept_as_evidence(witness, tmp_path):
    cosign(witness, submission(0, 8))
    no = declined(witness, submission(8, 8, OTHER))
    assert (no.status, no.size) == (409, None)
    assert "split view: two heads of size 8" in no.body
    no = declined(witness, submission(8, 12, OTHER))
    assert no.status == 422
    assert "continue the one of size 8" in no.body
    assert witness.seen(LOG.name) == head(8)
    evidence = sorted(path.read_text() for path in tmp_path.glob("evidence-*.txt"))
    assert len(evidence) == 2
    assert all(head(8).note() in text for text in evidence)
    assert head(8, OTHER).note() in "".join(evidence)


def test_nobody_fills_the_disk_with_heads_that_the_log_signed(witness, tmp_path):
    cosign(witness, submission(0, 8))
    for number in range(5):
        stray = notes.Signature(f"x{number}", b"1234", bytes([number]) * 72)
        for old, size, story in ((8, 12, STORY), (8, 8, STORY), (8, 8, OTHER)):
            own = head(size, story)
            dressed = notes.Head(own.checkpoint, (*own.signatures, stray))
            assert declined(witness, Submission(old, (bytes(32),), dressed).body()).status >= 409
    assert len(list(tmp_path.glob("evidence-*.txt"))) == 2


def test_the_same_head_with_a_needless_proof_is_no_split_view(witness, tmp_path):
    cosign(witness, submission(0, 8))
    no = declined(witness, Submission(8, (bytes(32),), head(8)).body())
    assert no.status == 422
    assert "split" not in no.body
    assert not list(tmp_path.glob("evidence-*.txt"))


def test_ledger_that_went_back_is_refused_with_the_size_that_was_seen(witness):
    cosign(witness, submission(0, 8))
    for body in (submission(0, 8), submission(3, 8), submission(3, 5)):
        no = declined(witness, body)
        assert (no.status, no.body, no.content_type) == (409, "8\n", "text/x.tlog.size")
    no = declined(witness, Submission(8, (), head(5)).body())
    assert no.status == 400


def test_what_was_seen_outlives_the_process(witness, tmp_path):
    cosign(witness, submission(0, 8))
    again = Witness(tmp_path, name="witness.example/w1", logs=[LOG])
    assert again.key == witness.key
    assert declined(again, submission(0, 3)).size == 8
    assert stat.S_IMODE((tmp_path / "witness.key").stat().st_mode) == 0o600


def test_head_of_an_unknown_log_or_of_another_key_is_refused(witness):
    assert declined(witness, submission(0, 3, origin="other.example")).status == 404
    assert declined(witness, submission(0, 3, seed=bytes(32))).status == 403
    forged = notes.Head(head(3).checkpoint, head(2).signatures)
    assert declined(witness, Submission(0, (), forged).body()).status == 403
    assert witness.seen(LOG.name) is None


def test_submission_is_written_as_the_specification_has_it():
    text = submission(3, 8).decode()
    first, *proof = text.split("\n\n")[0].split("\n")
    assert first == "old 3"
    assert len(proof) == len(merkle.consistency_ranges(3, 8))
    assert text.endswith("\n\n" + head(8).note())
    assert read_submission(text.encode()).body() == text.encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"old 3\n",
        submission(0, 3).replace(b"old 0", b"old 00"),
        submission(0, 3).replace(b"old 0", b"old -1"),
        submission(0, 3).replace(b"old 0", b"new 0"),
        submission(3, 8).replace(b"old 3\n", b"old 3\n?\n"),
        submission(3, 8).replace(b"old 3\n", b"old 3\n" + b"AAAA\n" * 64),
        submission(0, 3).replace("—".encode(), b"-"),
    ],
)
def test_submission_that_is_written_otherwise_is_refused(witness, body):
    assert declined(witness, body).status == 400


def test_proof_of_nothing_or_a_wrong_one_is_refused(witness):
    hashes = (STORY[0],)
    assert declined(witness, Submission(0, hashes, head(3)).body()).status == 422
    cosign(witness, submission(0, 3))
    assert declined(witness, Submission(3, hashes, head(8)).body()).status == 422
    assert declined(witness, Submission(3, hashes, head(3)).body()).status == 422


def test_two_that_submit_at_once_never_take_the_memory_back(witness):
    """Without a turn the smaller head could be kept after the larger one was cosigned."""
    cosigned: list[int] = []

    def submit(size: int) -> None:
        try:
            cosign(witness, submission(3, size))
        except Declined:
            return
        cosigned.append(size)

    cosign(witness, submission(0, 3))
    threads = [threading.Thread(target=submit, args=(size,)) for size in range(4, 20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(cosigned) == 1  # the others continued a head that was no longer the last
    assert witness.seen(LOG.name) == head(cosigned[0])


def test_damaged_key_file_is_named(tmp_path):
    (tmp_path / "witness.key").write_text("signing AAAA\n")
    (tmp_path / "witness.key").chmod(0o600)
    with pytest.raises(BadInput, match="damaged"):
        Witness(tmp_path, name="w", logs=[])
