"""What has a set life is erased when it is over, and only then."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from anlan.jobs import housekeeping
from anlan.kernel.ledger import services as ledger
from anlan.kernel.ledger.models import ClientWrite, LedgerEntry
from anlan.kernel.values import Actor

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def write(client_key: str, *, days_ago: float) -> None:
    moment = NOW - timedelta(days=days_ago)
    with ledger.write(
        town="porto",
        actor=Actor("cli", frozenset()),
        action="a.b",
        at=moment,
        recorded_at=moment,
        client_key=client_key,
    ) as entry:
        entry.record(subject="a:1")


@pytest.mark.django_db
def test_only_what_is_over_is_erased_and_the_ledger_stays():
    write("old", days_ago=8)
    write("new", days_ago=6)
    for name, hours_ago in (("old", 25), ("new", 23)):
        AccessAttempt.objects.create(username=name, failures_since_start=1)
        AccessAttempt.objects.filter(username=name).update(
            attempt_time=NOW - timedelta(hours=hours_ago)
        )
    Session.objects.create(session_key="old", expire_date=NOW - timedelta(hours=1))
    Session.objects.create(session_key="new", expire_date=NOW + timedelta(hours=1))
    assert housekeeping.erase_expired(real_now=NOW) == {
        "sign_in_traces": 2,
        "client_writes": 1,
        "paces": 0,
        "files_without_a_document": 0,
    }
    assert ClientWrite.objects.get().recorded_at == NOW - timedelta(days=6)
    assert AccessAttempt.objects.get().username == "new"
    assert Session.objects.get().session_key == "new"
    assert LedgerEntry.objects.count() == 2
    assert sum(housekeeping.erase_expired(real_now=NOW).values()) == 0


@pytest.mark.django_db(transaction=True)
def test_thread_erases_at_once_and_ends_when_told():
    import threading
    import time

    write("old", days_ago=365 * 20)
    stop = housekeeping.start()
    give_up_at = time.monotonic() + 20
    while ClientWrite.objects.exists() and time.monotonic() < give_up_at:
        time.sleep(0.02)
    stop.set()
    assert not ClientWrite.objects.exists()
    for thread in threading.enumerate():
        if thread.name == "housekeeping":
            thread.join(timeout=20)
            assert not thread.is_alive()
