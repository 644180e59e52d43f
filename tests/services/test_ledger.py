"""Every write has its entry, comes once, in order; nothing in the ledger is ever changed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from anlan.kernel.ledger import queries, services
from anlan.kernel.ledger.entries import published_bytes
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
from anlan.kernel.ledger.rules import NotALedgerWord
from anlan.kernel.values import Actor, BadInput, Refused, Role

AT = datetime(2026, 3, 1, 12, 0, 0, 250_000, tzinfo=UTC)
DISPATCHER = Actor("staff:7", frozenset({Role.DISPATCHER, Role.SUPERVISOR}))


def begin(action="incident.created", *, town="porto", actor=DISPATCHER, **more):
    return services.write(
        town=town, actor=actor, action=action, at=AT, recorded_at=AT + timedelta(hours=1), **more
    )


def write_one(subject="incident:1", **more):
    with begin(**more) as write:
        write.record(subject=subject)
    return write


@pytest.mark.django_db
def test_entry_says_who_what_when_and_why():
    with begin() as write:
        entry_id = write.record(
            subject="incident:12",
            about=["unit:E7", "unit:救1"],
            fields=["type", "lon", "lat"],
            reason_code="nearest",
            cipher=b"sealed",
        )
    (entry,) = queries.entries_after("porto", 0)
    assert entry.id == entry_id == queries.last_id("porto")
    assert (entry.actor_ref, entry.actor_role) == ("staff:7", "dispatcher+supervisor")
    assert (entry.action, entry.subject) == ("incident.created", "incident:12")
    assert entry.references == ("incident:12", "unit:E7", "unit:救1")
    assert entry.fields == ("type", "lon", "lat")
    assert (entry.at, entry.recorded_at) == (AT, AT + timedelta(hours=1))
    assert len(entry.cipher_hash) == 64


@pytest.mark.django_db
def test_write_without_entry_saves_nothing():
    with pytest.raises(services.WriteWithoutEntry), begin(client_key="k1"):
        ClientWrite.objects.create(
            town="porto", actor_ref="cli", client_key="x", action="a.b", recorded_at=AT
        )
    assert not ClientWrite.objects.exists()


@pytest.mark.django_db
def test_error_inside_a_write_saves_nothing():
    with pytest.raises(ZeroDivisionError), begin(client_key="k1") as write:
        write.entry_ids.append(write.record(subject="incident:1") // 0)
    assert not LedgerEntry.objects.exists()
    assert not ClientWrite.objects.exists()


@pytest.mark.django_db
def test_write_inside_a_write_is_an_error():
    with pytest.raises(services.NestedWrite), begin() as outer:
        write_one(f"incident:{outer.record(subject='incident:1')}")
    assert not LedgerEntry.objects.exists()
    write_one()  # and the next write is not taken for a nested one


@pytest.mark.django_db(transaction=True)
def test_write_inside_a_foreign_transaction_is_an_error():
    with pytest.raises(RuntimeError), transaction.atomic(), begin() as write:
        write.record(subject="incident:1")
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
def test_same_client_key_writes_once_and_gives_the_same_result():
    with begin(client_key="tap-1", asked={"units": ["E7"]}) as first:
        first.record(subject="incident:1")
        first.result = {"incident_id": 1}
    with begin(client_key="tap-1", asked={"units": ["E7"]}) as again:
        assert again.replayed
        assert again.result == {"incident_id": 1}
        with pytest.raises(RuntimeError, match="replayed"):
            again.record(subject="incident:1")
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    "other", [{"action": "incident.closed"}, {"asked": {"units": ["E8"]}}, {"asked": None}]
)
def test_client_key_reused_for_something_else_is_refused(other):
    with begin(client_key="tap-1", asked={"units": ["E7"]}) as first:
        first.record(subject="incident:1")
    again = {"client_key": "tap-1", "asked": {"units": ["E7"]}, **other}
    with pytest.raises(Refused) as refusal, begin(**again):
        pytest.fail("the block must not run")
    assert refusal.value.code == "client_key_reused"


@pytest.mark.django_db
def test_client_keys_of_two_actors_and_two_towns_do_not_meet():
    write_one(client_key="tap-1")
    assert not write_one(client_key="tap-1", actor=Actor("staff:8", frozenset())).replayed
    assert not write_one(client_key="tap-1", town="lisboa").replayed


@pytest.mark.django_db
@pytest.mark.parametrize("client_key", ["", "my house burns", "x" * 65, "ключ"])
def test_client_key_that_could_carry_text_is_refused(client_key):
    with pytest.raises(BadInput), begin(client_key=client_key):
        pytest.fail("the block must not run")


CANARY = "Mrs Silva, 12 Rua das Flores"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "smuggled",
    [
        {"subject": f"incident:{CANARY}"},
        {"subject": CANARY},
        {"subject": "notice:王五家的电话"},  # Chinese words need no blank
        {"subject": "incident:1", "about": ["incident:张三住在三单元"]},
        {"subject": "incident:1", "about": [CANARY]},
        {"subject": "incident:1", "about": CANARY},
        {"subject": "incident:1", "fields": [CANARY]},
        {"subject": "incident:1", "fields": ["words=Silva"]},
        {"subject": "incident:1", "reason_code": CANARY},
        {"subject": "incident:1", "action": CANARY},
    ],
)
def test_value_never_lands_in_the_ledger(smuggled):
    with pytest.raises(NotALedgerWord) as error, begin() as write:
        write.record(**smuggled)
    assert "Silva" not in str(error.value)
    assert not LedgerEntry.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "result",
    [{"words": CANARY}, {"words": "王五家的电话"}, {"lon": -8.61}, {"x": [CANARY]}, {CANARY: 1}],
)
def test_value_never_lands_in_a_kept_result(result):
    def keep():
        with begin(client_key="tap-1") as write:
            write.record(subject="incident:1")
            write.result = result

    with pytest.raises(NotALedgerWord):
        keep()
    assert not ClientWrite.objects.exists()


@pytest.mark.django_db
def test_time_without_zone_is_an_error():
    with (
        pytest.raises(ValueError, match="zone"),
        services.write(
            town="porto",
            actor=DISPATCHER,
            action="a.b",
            at=AT.replace(tzinfo=None),
            recorded_at=AT,
        ),
    ):
        pytest.fail("the block must not run")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change",
    [
        lambda: LedgerEntry.objects.update(reason_code="other"),
        lambda: LedgerEntry.objects.all().delete(),
        lambda: _sql("DELETE FROM ledger_ledgerentry"),
        lambda: _sql("UPDATE ledger_ledgerentry SET id = id + 1"),
        lambda: _replace_or_truncate(),
    ],
    ids=["update", "delete", "raw delete", "raw update", "replace or truncate"],
)
def test_database_refuses_to_change_the_ledger(change):
    write_one()
    before = queries.entries_after("porto", 0)
    with pytest.raises(DatabaseError, match="append-only"):
        change()
    assert queries.entries_after("porto", 0) == before


def _sql(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _replace_or_truncate():
    if connection.vendor == "postgresql":
        _sql("TRUNCATE ledger_ledgerentry")
    else:
        columns = "town, at, recorded_at, actor_ref, actor_role, action, subject, about, fields"
        _sql(
            f"REPLACE INTO ledger_ledgerentry (id, {columns}, reason_code, cipher_hash) "
            f"SELECT id, {columns}, 'forged', cipher_hash FROM ledger_ledgerentry"
        )


@pytest.mark.django_db
def test_published_bytes_of_a_stored_entry_are_canonical():
    write_one()
    (entry,) = queries.entries_after("porto", 0)
    expected = (
        '{"about":[],"action":"incident.created",'
        '"actor":"staff:~52c3cd99c7b5784c01e0b21575b8eb9d",'
        '"actor_role":"dispatcher+supervisor","at":"2026-03-01T12:00:00.250000Z",'
        '"cipher_hash":"","fields":[],"id":%d,"reason_code":"",'
        '"recorded_at":"2026-03-01T13:00:00.250000Z","subject":"incident:1","town":"porto"}'
    )
    assert published_bytes(entry, secret=bytes(32)).decode() == expected % entry.id


@pytest.mark.django_db(transaction=True)
def test_reader_that_follows_the_ids_misses_no_entry_of_busy_writers():
    """Commits out of order would be lost to `id > last`: the reader polls while writers write."""
    writers, each = 6, 25
    done = threading.Event()
    seen: list[int] = []

    def follow():
        last = 0
        while True:
            finished = done.is_set()
            for entry in queries.entries_after("porto", last):
                seen.append(entry.id)
                last = entry.id
            if finished:
                break
        connection.close()

    def burst(number):
        for step in range(each):
            write_one(subject=f"incident:{number}-{step}", client_key=f"{number}-{step}")
        connection.close()

    reader = threading.Thread(target=follow)
    threads = [threading.Thread(target=burst, args=(n,)) for n in range(writers)]
    reader.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    reader.join()
    stored = list(LedgerEntry.objects.order_by("id").values_list("id", flat=True))
    assert len(stored) == writers * each
    assert seen == stored


@pytest.mark.django_db(transaction=True)
def test_same_client_key_from_many_threads_at_once_writes_once():
    replayed: list[bool] = []

    def tap():
        with begin(client_key="tap-1") as write:
            if not write.replayed:
                write.record(subject="incident:1")
        replayed.append(write.replayed)
        connection.close()

    threads = [threading.Thread(target=tap) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(replayed) == [False] + [True] * 11
    assert LedgerEntry.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_hook_after_commit_may_write():
    with begin() as write:
        write.record(subject="incident:1")
        transaction.on_commit(lambda: write_one(subject="incident:2"))
    assert LedgerEntry.objects.count() == 2


@pytest.mark.django_db
def test_kept_client_writes_are_forgotten_after_their_time():
    write_one(client_key="tap-1")
    assert services.forget_client_writes(before=AT) == 0
    assert services.forget_client_writes(before=AT + timedelta(hours=2)) == 1
    assert not ClientWrite.objects.exists()


def _another_process_may_write():
    from anlan.project.sqlite.base import WriterLock

    lock = WriterLock(f"{connection.settings_dict['NAME']}.lock")
    try:
        lock.acquire(timeout_s=0.01)
    except OperationalError:
        return False
    lock.release()
    return True


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
def test_writer_on_sqlite_holds_the_lock_exactly_while_it_writes(fails):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL lets many writers in; its lock is per town.")
    seen = []
    try:
        with begin() as write:
            seen.append(_another_process_may_write())
            transaction.on_commit(lambda: seen.append(_another_process_may_write()))
            if not fails:
                write.record(subject="incident:1")
    except services.WriteWithoutEntry:
        assert fails
    seen.append(_another_process_may_write())
    assert seen == ([False, True] if fails else [False, True, True])
