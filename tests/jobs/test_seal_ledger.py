"""Heads are published once a day, whatever one ledger suffers from."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.databases import guard

from anlan.jobs import seal_ledger
from anlan.kernel.ledger import queries, services
from anlan.kernel.ledger.models import LedgerHead, LedgerLeaf
from anlan.kernel.places import services as places
from anlan.kernel.values import Actor, Role

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
CLI = {"actor": Actor("cli", frozenset({Role.ADMINISTRATOR})), "at": NOW, "recorded_at": NOW}


@pytest.fixture(autouse=True)
def key_file(settings, tmp_path):
    """A key file of its own for each test."""
    settings.ANLAN_LEDGER_KEY_FILE = tmp_path / "town.ledger.key"


def make_town(key: str) -> None:
    places.create_town(key=key, name=key, zone="UTC", country="CL", made_up=True, **CLI)


@pytest.mark.django_db
def test_every_ledger_is_sealed_once_a_day():
    make_town("porto")
    assert seal_ledger.seal_due(real_now=NOW) == 2
    assert queries.newest_head("porto").checkpoint.size == 1
    make_town("lisboa")
    assert seal_ledger.seal_due(real_now=NOW + timedelta(hours=23)) == 1
    _write("porto")
    assert seal_ledger.seal_due(real_now=NOW + timedelta(hours=23)) == 0
    assert queries.newest_head("porto").checkpoint.size == 1
    seal_ledger.seal_due(real_now=NOW + timedelta(hours=25))
    assert queries.newest_head("porto").checkpoint.size == 2


def _write(town: str) -> None:
    with services.write(
        town=town, actor=CLI["actor"], action="a.b", at=NOW, recorded_at=NOW
    ) as write:
        write.record(subject="a:1")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "alter",
    [
        lambda: LedgerHead.objects.filter(town="lisboa").update(root="0" * 64),
        lambda: LedgerLeaf.objects.filter(town="lisboa", position=0).delete(),
    ],
)
def test_one_altered_ledger_does_not_keep_the_others_from_theirs(alter):
    make_town("lisboa")
    make_town("porto")
    _write("lisboa")
    seal_ledger.seal_due(real_now=NOW)
    guard(False)
    alter()
    _write("porto")
    _write("lisboa")
    later = NOW + timedelta(days=2)
    assert seal_ledger.seal_due(real_now=later) == 2
    assert queries.newest_head("porto").checkpoint.size == 2
    assert queries.newest_head("lisboa").checkpoint.size == 2


@pytest.mark.django_db(transaction=True)
def test_thread_seals_what_is_due_and_ends_when_told(monkeypatch):
    import threading
    import time

    monkeypatch.setattr(seal_ledger, "FIRST_LOOK_AFTER", timedelta(0))
    make_town("porto")
    stop = seal_ledger.start()
    give_up_at = time.monotonic() + 20
    while LedgerHead.objects.count() < 2 and time.monotonic() < give_up_at:
        time.sleep(0.02)
    stop.set()
    for thread in threading.enumerate():
        if thread.name == "seal-ledger":
            thread.join(timeout=20)
            assert not thread.is_alive()
    assert LedgerHead.objects.count() == 2
