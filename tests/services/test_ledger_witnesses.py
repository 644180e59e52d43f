"""Witnesses cosign the heads of a real ledger, and find the one that tells two stories."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.databases import guard

from anlan.gateways.witness import Answer, Unreachable
from anlan.gateways.witness.fake import FakeWitness
from anlan.kernel.ledger import notes, queries, services
from anlan.kernel.ledger.models import LedgerCosignature, LedgerEntry, LedgerHead, LedgerLeaf
from anlan.kernel.ledger.verification import verify
from anlan.kernel.ledger.witness import Declined, Witness
from anlan.kernel.values import BadInput

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
AT = 1_790_000_000


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path):
    """A key file of its own for each test."""
    settings.ANLAN_LEDGER_KEY_FILE = tmp_path / "town.ledger.key"


def enter(count: int, *, word: str = "incident") -> None:
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            town="porto",
            at=NOW,
            recorded_at=NOW,
            actor_ref="cli",
            action="a.b",
            subject=f"{word}:1",
        )
        for _ in range(count)
    )


def seal(count: int, **more) -> None:
    enter(count, **more)
    services.seal("porto", real_now=NOW)


@pytest.fixture
def witness(tmp_path):
    return Witness(tmp_path / "w1", name="witness.example/w1", logs=[queries.ledger_key("porto")])


def door(witness: Witness) -> FakeWitness:
    """The witness behind what would be HTTP."""

    def answer(body: bytes) -> Answer:
        try:
            return Answer(200, "text/plain", witness.add_checkpoint(body, at=AT).encode())
        except Declined as no:
            return Answer(no.status, no.content_type, no.body.encode())

    return FakeWitness(answer)


def ask(witness: Witness, post):
    line = f"{witness.key} https://witness.example/w1"
    (testimony,) = services.ask_witnesses("porto", known=[line], post=post)
    return testimony


@pytest.fixture(autouse=True)
def folder(tmp_path):
    (tmp_path / "w1").mkdir()


def test_each_head_is_cosigned_once_and_the_published_ledger_shows_it(witness):
    post = door(witness)
    for count, size in ((3, 3), (2, 5), (300, 305)):
        seal(count)
        testimony = ask(witness, post)
        assert (testimony.cosigned, testimony.alarm) == (True, False), testimony.sentence
        assert f"size {size}" in testimony.sentence
    assert ask(witness, post).cosigned
    assert len(post.sent) == 3
    report = verify(
        queries.published_lines("porto"),
        key=queries.ledger_key("porto"),
        witnesses=[witness.key],
    )
    assert report.valid
    assert report.cosigned == [(witness.key.name, 305, AT)]


def test_witness_that_saw_more_than_we_remember_is_asked_again_from_there(witness):
    post = door(witness)
    seal(3)
    ask(witness, post)
    guard(False)
    LedgerCosignature.objects.all().delete()
    seal(4)
    assert ask(witness, post).cosigned
    assert [body.split(b"\n")[0] for body in post.sent] == [b"old 0", b"old 0", b"old 3"]


def _begin_anew() -> None:
    """Put back an empty database, as an older copy would be, under the same key."""
    guard(False)
    for model in (LedgerCosignature, LedgerLeaf, LedgerHead, LedgerEntry):
        model.objects.all().delete()


@pytest.mark.parametrize(
    ("size", "said"),
    [(2, "entries were taken away"), (5, "split view"), (9, "not proven to continue")],
)
def test_second_story_is_found_whatever_its_length(witness, size, said):
    post = door(witness)
    seal(5)
    assert ask(witness, post).cosigned
    _begin_anew()
    seal(size, word="closure")
    testimony = ask(witness, post)
    assert (testimony.cosigned, testimony.alarm) == (False, True)
    assert said in testimony.sentence
    assert not LedgerCosignature.objects.exists()


def test_witness_that_is_away_is_no_alarm(witness):
    seal(1)

    def away(*_):
        raise Unreachable("timed out")

    testimony = ask(witness, away)
    assert (testimony.cosigned, testimony.alarm) == (False, False)
    assert "can't be reached (timed out)" in testimony.sentence


@pytest.mark.parametrize(
    "answer",
    [
        Answer(500, "text/html", b"<h1>\x07no</h1>"),
        Answer(200, "text/plain", b""),
        Answer(200, "text/plain", b"\xff\n"),
        Answer(200, "text/plain", "— a AAAAAAAA\n".encode()),
        Answer(409, "text/x.tlog.size", b"many\n"),
    ],
)
def test_answer_that_is_none_is_not_kept(witness, answer):
    seal(1)
    testimony = ask(witness, FakeWitness(lambda body: answer))
    assert (testimony.cosigned, testimony.alarm) == (False, False)
    assert "\x07" not in testimony.sentence
    assert not LedgerCosignature.objects.exists()


def test_cosignature_of_another_head_is_not_kept(witness, tmp_path):
    seal(1)
    other = notes.Checkpoint("other", 1, bytes(32))
    (tmp_path / "w2").mkdir()

    def answer(body: bytes) -> Answer:
        seed = witness._seed
        line = notes.cosign(other, name=witness.name, seed=seed, at=AT).line()
        return Answer(200, "text/plain", line.encode())

    testimony = ask(witness, FakeWitness(answer))
    assert "does not fit" in testimony.sentence
    assert not LedgerCosignature.objects.exists()


def test_settings_that_list_no_witness_are_refused_in_a_sentence():
    seal(1)
    with pytest.raises(BadInput, match="ANLAN_WITNESSES lists each witness"):
        services.ask_witnesses("porto", known=["https://witness.example"])
    assert services.ask_witnesses("porto", known=[]) == []
    key = notes.key_of("w", bytes(32), notes.KeyKind.COSIGNATURE)
    (testimony,) = services.ask_witnesses("lisboa", known=[f"{key} http://x"])
    assert testimony.sentence == "The ledger has no head yet."
