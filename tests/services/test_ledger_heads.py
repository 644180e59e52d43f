"""Entries are sealed under heads that continue each other; what was altered is found and named."""

from __future__ import annotations

import re
import stat
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest
from django.db import DatabaseError, connection
from tests.databases import guard

import anlan
from anlan.kernel.ledger import entries, keyfile, merkle, queries, receipts, services, tree
from anlan.kernel.ledger.models import (
    LedgerCosignature,
    LedgerEntry,
    LedgerHead,
    LedgerLeaf,
    LedgerNode,
)
from anlan.kernel.ledger.services import heads as sealing
from anlan.kernel.ledger.verification import verify
from anlan.kernel.values import Actor, BadInput, Refused, Role

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERSON = Actor("staff:7", frozenset({Role.DISPATCHER}))


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path):
    """A key file of its own for each test."""
    settings.ANLAN_LEDGER_KEY_FILE = tmp_path / "keys" / "town.ledger.key"
    return settings.ANLAN_LEDGER_KEY_FILE


def enter(count: int = 1, *, town: str = "porto", at: datetime = NOW, actor: Actor = PERSON):
    """Write entries, as a service does."""
    for number in range(count):
        with services.write(
            town=town, actor=actor, action="incident.created", at=at, recorded_at=at
        ) as write:
            write.record(subject=f"incident:{number}", about=[actor.staff_ref, "shift:3"])


def enter_many(count: int, *, town: str = "porto") -> None:
    """Put many entries there at once, past the service."""
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            town=town,
            at=NOW,
            recorded_at=NOW,
            actor_ref="job:x",
            action="a.b",
            subject=f"incident:{number}",
        )
        for number in range(count)
    )


def seal(town: str = "porto"):
    return services.seal(town, real_now=NOW)


def published(town: str = "porto") -> list[bytes]:
    return list(queries.published_lines(town))


def check(town: str = "porto", **known):
    """The published ledger of a town, verified with its key."""
    return verify(published(town), key=queries.ledger_key(town), **known)


# --- sealing --------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_every_entry_is_sealed_under_the_root_of_its_published_form(count):
    enter(count)
    sealed = seal()
    assert sealed.entries == count
    assert sealed.head.checkpoint.size == count
    lines = published()
    texts = [line.removesuffix(b"\n") for line in lines[-count:]] if count else []
    assert sealed.head.checkpoint.root == merkle.root([merkle.leaf_hash(each) for each in texts])
    report = check()
    assert report.valid
    assert (report.entries, report.heads) == (count, 1)


@pytest.mark.django_db
def test_sealing_again_continues_and_changes_nothing_where_nothing_is_new():
    enter(3)
    first = seal()
    assert seal() == services.heads.Sealed(first.head, 0)
    enter(2)
    second = seal()
    assert (second.entries, second.head.checkpoint.size) == (2, 5)
    assert [head.checkpoint.size for head in queries.heads("porto")] == [3, 5]
    assert check(older=first.head).valid


@pytest.mark.django_db
def test_towns_have_ledgers_of_their_own():
    enter(2)
    enter(1, town="lisboa")
    enter(3)
    assert [seal(town).head.checkpoint.size for town in ("porto", "lisboa", "")] == [5, 1, 0]
    origins = [queries.newest_head(town).checkpoint.origin for town in ("porto", "lisboa", "")]
    assert len(set(origins)) == 3
    assert all(check(town).valid for town in ("porto", "lisboa", ""))


@pytest.mark.django_db
def test_ledger_keeps_the_name_of_its_first_head(settings):
    settings.ANLAN_LEDGER_NAME = "safety.example.org/ledger"
    enter()
    assert seal().head.checkpoint.origin == "safety.example.org/ledger/porto"
    settings.ANLAN_LEDGER_NAME = "other.example"
    enter()
    assert seal().head.checkpoint.origin == "safety.example.org/ledger/porto"
    assert check().valid
    settings.ANLAN_LEDGER_NAME = "two words"
    with pytest.raises(BadInput, match="web address"):
        seal("lisboa")


@pytest.mark.django_db
def test_sealing_writes_no_entry_and_leaves_entries_alone():
    enter(3)
    before = list(LedgerEntry.objects.order_by("id").values())
    seal()
    assert list(LedgerEntry.objects.order_by("id").values()) == before


@pytest.mark.django_db
@pytest.mark.parametrize("count", [255, 256, 257, 700])
def test_stored_tree_of_any_size_proves_what_the_leaves_prove(count, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH", 300)
    enter_many(count)
    seal()
    leaves = tree.StoredTree("porto").stored(0, 0, count)
    in_memory = merkle.hash_of_leaves(leaves)
    for size in {1, 2, 255, 256, 257, 512, 513, count} & set(range(count + 1)):
        stored = tree.StoredTree("porto")
        assert stored.root(size) == merkle.root(leaves[:size])
        for index in {0, size // 2, size - 1}:
            proof = merkle.inclusion_proof(index, size, stored.hash_of)
            assert proof == merkle.inclusion_proof(index, size, in_memory)
        proof = merkle.consistency_proof(size, count, stored.hash_of)
        assert proof == merkle.consistency_proof(size, count, in_memory)
    assert LedgerNode.objects.count() == count // 256


@pytest.mark.django_db
def test_tree_of_many_levels_proves_what_the_leaves_prove(monkeypatch):
    """With parts of four leaves, a hundred leaves make three stored levels above them."""
    monkeypatch.setattr(tree, "STEP", 2)
    monkeypatch.setattr(tree, "WIDTH", 4)
    monkeypatch.setattr(sealing, "BATCH", 7)
    enter_many(100)
    seal()
    assert set(LedgerNode.objects.values_list("level", flat=True)) == {2, 4, 6}
    leaves = tree.StoredTree("porto").stored(0, 0, 100)
    in_memory, stored = merkle.hash_of_leaves(leaves), tree.StoredTree("porto")
    for size in range(1, 101):
        for low, high in merkle.consistency_ranges(size, 100):
            assert stored.hash_of(low, high) == in_memory(low, high)
        for low, high in merkle.inclusion_ranges(size - 1, size):
            assert stored.hash_of(low, high) == in_memory(low, high)


@pytest.mark.django_db(transaction=True)
def test_sealers_at_once_amid_writers_make_one_story():
    writers, sealers, each = 3, 3, 15
    done = threading.Event()

    def write() -> None:
        enter(each)
        connection.close()

    def keep_sealing() -> None:
        while not done.is_set():
            seal()
        connection.close()

    with ThreadPoolExecutor(writers + sealers) as pool:
        sealing_ = [pool.submit(keep_sealing) for _ in range(sealers)]
        writing = [pool.submit(write) for _ in range(writers)]
        wait(writing)
        done.set()
        for each_one in (*writing, *sealing_):
            each_one.result()
    seal()
    assert queries.newest_head("porto").checkpoint.size == writers * each
    assert check().valid
    assert check(older=queries.heads("porto")[0]).valid


@pytest.mark.django_db
def test_a_sealer_that_comes_second_at_the_first_sealing_finds_the_others_key(
    key_file, monkeypatch
):
    def another_was_first() -> bool:
        keyfile.load_or_create(key_file)
        return True

    monkeypatch.setattr(queries.LedgerHead, "objects", Mock(exists=another_was_first))
    assert not key_file.exists()
    assert queries.ledger_keys() is not None


# --- the key --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_key_file_is_made_once_for_its_owner_alone(key_file):
    assert not key_file.exists()
    seal()
    first = key_file.read_text()
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    seal()
    assert key_file.read_text() == first
    assert repr(queries.ledger_keys()) == "LedgerKeys()"


@pytest.mark.django_db
def test_ledger_is_not_continued_without_its_key_or_with_another(key_file):
    enter()
    seal()
    enter()
    kept = key_file.read_text()
    key_file.unlink()
    with pytest.raises(Refused, match="is gone") as gone:
        seal()
    assert gone.value.code == "ledger_key"
    assert not key_file.exists()
    key_file.write_text(re.sub(r"signing .*", "signing " + "A" * 43 + "=", kept))
    key_file.chmod(0o600)
    for needs_the_key in (seal, published, lambda: queries.receipt(queries.last_id("porto") - 1)):
        with pytest.raises(Refused, match="not the one that signed"):
            needs_the_key()
    key_file.write_text("signing AAAA\n")
    with pytest.raises(BadInput, match="damaged"):
        seal()
    key_file.write_text(kept)
    assert seal().head.checkpoint.size == 2
    assert LedgerLeaf.objects.count() == 2


# --- what is altered in the database --------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("model", [LedgerLeaf, LedgerNode, LedgerHead, LedgerCosignature])
def test_database_refuses_to_change_what_was_sealed(model):
    enter_many(256)
    seal()
    head = LedgerHead.objects.get()
    LedgerCosignature.objects.create(
        head=head, witness="w", key_id="00", signature="00", seen_at=NOW
    )
    for change in (
        lambda: model.objects.update(id=1000),
        lambda: _sql(f"DELETE FROM {model._meta.db_table}"),
    ):
        with pytest.raises(DatabaseError, match="append-only"):
            change()
    assert model.objects.exists()


def _sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_ref", "staff:8"),
        ("action", "incident.closed"),
        ("subject", "incident:99"),
        ("reason_code", "other"),
        ("at", NOW - timedelta(seconds=1)),
        ("about", ["staff:8", "shift:3"]),
        ("fields", ["type"]),
        ("cipher_hash", "0" * 64),
        ("town", "lisboa"),
        ("id", 10_000_000),
    ],
)
def test_sealed_entry_that_was_altered_is_named_and_not_published(column, value):
    enter(3)
    seal()
    ids = list(LedgerEntry.objects.order_by("id").values_list("id", flat=True))
    guard(False)
    LedgerEntry.objects.filter(id=ids[1]).update(**{column: value})
    with pytest.raises(Refused, match=r"altered in the database") as refusal:
        published()
    assert refusal.value.code == "ledger_altered"
    named = ids[2] if column in {"town", "id"} else ids[1]
    assert f"entry {named} (place 1)" in refusal.value.sentence
    if column not in {"town", "id"}:
        with pytest.raises(Refused, match=f"entry {ids[1]} "):
            queries.receipt(ids[1])


@pytest.mark.django_db
def test_a_ledger_that_is_sealed_while_it_is_published_is_whole(monkeypatch):
    enter(3)
    seal()
    key_of = queries.ledger_key

    def after_the_daily_job(town):
        monkeypatch.setattr(queries, "ledger_key", key_of)
        enter(2)
        seal()
        return key_of(town)

    monkeypatch.setattr(queries, "ledger_key", after_the_daily_job)
    report = verify(published(), key=key_of("porto"))
    assert (report.valid, report.size) == (True, 3)


@pytest.mark.django_db
def test_a_tree_that_lost_a_leaf_is_refused_in_a_sentence():
    enter(3)
    seal()
    enter(1)
    guard(False)
    LedgerLeaf.objects.filter(position=1).delete()
    for attempt in (
        seal,
        published,
        lambda: queries.receipt(LedgerEntry.objects.earliest("id").id),
    ):
        with pytest.raises(Refused, match="hashes are gone") as refusal:
            attempt()
        assert refusal.value.code == "ledger_altered"


@pytest.mark.django_db
def test_entries_gone_from_the_end_are_named():
    enter(3)
    seal()
    guard(False)
    last = LedgerEntry.objects.latest("id")
    LedgerEntry.objects.filter(id=last.id).update(town="lisboa")
    with pytest.raises(Refused, match="entries from place 2 on are gone"):
        published()


@pytest.mark.django_db
@pytest.mark.parametrize("position", [0, 2])
def test_nothing_is_signed_over_leaves_that_were_altered(position):
    enter(3)
    seal()
    enter(1)
    guard(False)
    LedgerLeaf.objects.filter(position=position).update(hash="0" * 64)
    with pytest.raises(Refused, match="no longer continues its head of size 3"):
        seal()
    with pytest.raises(Refused, match="leaves are not those"):
        published()
    assert LedgerHead.objects.count() == 1


@pytest.mark.django_db
def test_nothing_is_signed_after_a_head_that_was_altered():
    enter(3)
    seal()
    enter(1)
    guard(False)
    LedgerHead.objects.update(root="0" * 64)
    with pytest.raises(Refused, match="head of size 3 is not what was signed"):
        seal()


# --- pseudonyms -----------------------------------------------------------------------------------


def entry_of(**changes) -> entries.Entry:
    return entries.Entry(
        **{
            "id": 1,
            "town": "porto",
            "at": NOW,
            "recorded_at": NOW,
            "actor_ref": "staff:7",
            "actor_role": "dispatcher",
            "action": "a.b",
            "subject": "incident:1",
            "about": ("unit:E7",),
            "fields": ("type",),
            "reason_code": "x",
            "cipher_hash": "0" * 64,
        }
        | changes
    )


SECRET = bytes(range(32))


def shown(**changes) -> bytes:
    return entries.published_bytes(entry_of(**changes), secret=SECRET)


@pytest.mark.parametrize(
    "changes",
    [
        {"id": 2},
        {"town": "lisboa"},
        {"at": NOW + timedelta(microseconds=1)},
        {"recorded_at": NOW + timedelta(microseconds=1)},
        {"actor_ref": "staff:8"},
        {"actor_role": "crew"},
        {"action": "a.c"},
        {"subject": "incident:2"},
        {"about": ("unit:E8",)},
        {"about": ()},
        {"fields": ()},
        {"reason_code": ""},
        {"cipher_hash": "1" * 64},
    ],
)
def test_published_form_changes_with_every_column(changes):
    assert shown(**changes) != shown()


def pseudonym(**changes) -> str:
    found = re.search(rb'"actor":"(staff:~[0-9a-f]{32})"', shown(**changes))
    assert found is not None
    return found[1].decode()


def test_pseudonym_is_one_within_a_day_and_another_the_next_day_or_town():
    assert pseudonym(id=2, recorded_at=NOW + timedelta(hours=11)) == pseudonym()
    assert pseudonym(recorded_at=NOW + timedelta(hours=13)) != pseudonym()
    assert pseudonym(town="lisboa") != pseudonym()
    assert pseudonym(actor_ref="staff:8") != pseudonym()
    other = entries.published_bytes(entry_of(), secret=bytes(32))
    assert other != shown()


@pytest.mark.django_db
def test_no_reference_to_a_person_is_published():
    enter(3)
    enter(1, actor=Actor("token:board-of-mrs-silva", frozenset()))
    seal()
    text = b"".join(published())
    for hidden in (b"staff:7", b"shift:3", b"silva"):
        assert hidden not in text
    assert b'"actor_role":"dispatcher"' in text
    assert text.count(pseudonym_of("staff:7")) == 6  # as actor and as whom it is about


def pseudonym_of(reference: str) -> bytes:
    secret = queries.ledger_keys().pseudonym
    text = entries.published_bytes(entry_of(actor_ref=reference), secret=secret)
    return text.split(b'"actor":"')[1].split(b'"')[0]


def test_which_case_an_authority_was_shown_is_not_published():
    """Its party reads it on its page, at once or from the day that a law gives."""
    opened = {"action": "sealing.opened", "subject": "mediation:12", "about": ()}
    past_the_budget = {
        "action": "sealing.budget_exceeded",
        "subject": "staff:7",
        "about": ("mediation:12",),
    }
    for entry in (opened, past_the_budget):
        assert b"mediation:12" in shown(**entry, reason_code="review")
        assert b"mediation:12" not in shown(**entry, reason_code="disclosure")
        assert b"mediation:~" in shown(**entry, reason_code="disclosure")
    other = opened | {"subject": "mediation:13"}
    assert shown(**opened, reason_code="disclosure") != shown(**other, reason_code="disclosure")


def test_kind_that_nobody_classed_is_hidden():
    assert b"villager:1" not in shown(subject="villager:1")


def test_every_kind_of_reference_in_the_code_is_classed():
    """Say in kernel/ledger/entries.py whether a new kind of reference is a thing or a person."""
    pattern = re.compile(r'(?:subject=|about=\[|_ref\b.*return )f"([a-z_]+):')
    source = Path(anlan.__file__).parent
    found = {
        kind
        for path in source.rglob("*.py")
        for kind in pattern.findall(path.read_text(encoding="utf-8"))
    }
    assert {"incident", "town", "unit", "closure"} <= found
    assert found - entries.THINGS - entries.PERSONS == set()


# --- receipts -------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_receipt_of_every_entry_holds_with_the_ledgers_key_alone():
    enter(6)
    seal()
    key = queries.ledger_key("porto")
    for place, entry_id in enumerate(
        LedgerEntry.objects.order_by("id").values_list("id", flat=True)
    ):
        text = queries.receipt(entry_id).text()
        receipt = receipts.read(text.encode())
        assert receipt.text() == text
        assert receipt.place == place
        assert b'"id":%d,' % entry_id in receipt.entry
        assert receipts.faults(receipt, key=key) == []


@pytest.mark.django_db
def test_there_is_no_receipt_for_what_is_not_there_or_not_sealed():
    with pytest.raises(Refused, match="no entry 5"):
        queries.receipt(5)
    enter(1)
    entry_id = queries.last_id("porto")
    with pytest.raises(Refused, match="not sealed yet"):
        queries.receipt(entry_id)
    assert queries.town_to_seal(entry_id) == "porto"
    seal()
    assert queries.town_to_seal(entry_id) is None
    enter(1)
    with pytest.raises(Refused, match="not sealed yet"):
        queries.receipt(queries.last_id("porto"))
    assert queries.receipt(entry_id).place == 0
    with pytest.raises(Refused, match="no head yet"):
        published("lisboa")
