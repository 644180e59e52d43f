"""Counting how often something comes: together for all processes, and for a while."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError, connection

from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Pace

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
AN_HOUR = timedelta(hours=1)


def count(name="n", *, minutes=0):
    return cases.count_one(name, now=NOW + timedelta(minutes=minutes), within=AN_HOUR)


def test_a_count_grows_for_its_time_and_then_begins_anew():
    assert [count(), count(minutes=30), count(minutes=59)] == [1, 2, 3]
    assert queries.counted("n", now=NOW + timedelta(minutes=59)) == 3
    assert queries.counted("n", now=NOW + timedelta(minutes=60)) == 0
    assert count(minutes=60) == 1
    assert queries.counted("other", now=NOW) == 0


def test_four_connections_count_every_one():
    """As four processes of a server do: each has a connection of its own."""
    failed: list[BaseException] = []

    def many() -> None:
        try:
            for _ in range(10):
                count("together")
        except BaseException as error:  # noqa: BLE001 - told below, in the test's own thread
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=many) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    assert queries.counted("together", now=NOW) == 40


def test_two_whose_counts_are_over_begin_anew_at_once_and_neither_waits_for_the_other(monkeypatch):
    """Each of them sweeps what is over, the other's count too."""
    for name in ("one", "two"):
        count(name)
    create, both = Pace.objects.bulk_create, threading.Barrier(2)
    came: dict[str, object] = {}

    def slowly(rows, **how):
        with suppress(threading.BrokenBarrierError):  # on SQLite they take turns
            both.wait(2)
        return create(rows, **how)

    monkeypatch.setattr(Pace.objects, "bulk_create", slowly)

    def again(name: str) -> None:
        try:
            came[name] = count(name, minutes=61)
        except DatabaseError as error:
            came[name] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=again, args=(name,)) for name in ("one", "two")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert came == {"one": 1, "two": 1}


def test_a_count_that_another_swept_just_now_begins_anew(monkeypatch):
    count()
    create, swept = Pace.objects.bulk_create, []

    def then_swept(rows, **how):
        made = create(rows, **how)
        if not swept:
            swept.append(Pace.objects.all().delete())
        return made

    monkeypatch.setattr(Pace.objects, "bulk_create", then_swept)
    assert count(minutes=61) == 1


def test_no_address_can_be_told_from_what_is_kept_and_nothing_stays():
    name = cases.pace_name("follow", "203.0.113.7")
    assert name == cases.pace_name("follow", "203.0.113.7")
    assert name != cases.pace_name("report", "203.0.113.7")
    assert len(name) == 64
    assert "203.0.113" not in name
    count(name)
    count("later", minutes=120)  # counting sweeps what is over
    assert list(Pace.objects.values_list("name", flat=True)) == ["later"]
    assert cases.forget_paces(before=NOW + timedelta(hours=9)) == 1


def test_another_installation_names_an_address_otherwise(settings):
    name = cases.pace_name("follow", "203.0.113.7")
    settings.SECRET_KEY = "another"
    assert cases.pace_name("follow", "203.0.113.7") != name
