"""Which database an installation uses, and one writer at a time on SQLite."""

from __future__ import annotations

import multiprocessing
import os
import threading
from pathlib import Path

import pytest
from django.db.utils import OperationalError

from anlan.kernel.values import BadInput
from anlan.project.database import database_settings
from anlan.project.sqlite.base import DatabaseWrapper, WriterLock

DATA = Path("/srv/anlan")
DEFAULTS = {
    "ATOMIC_REQUESTS": False,
    "AUTOCOMMIT": True,
    "TIME_ZONE": None,
    "CONN_HEALTH_CHECKS": False,
}


def test_sqlite_in_the_data_folder_is_the_default():
    chosen = database_settings("", data=DATA)
    assert chosen["NAME"] == "/srv/anlan/anlan.sqlite3"
    assert chosen["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
        assert pragma in chosen["OPTIONS"]["init_command"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://me:p%40ss@db:5433/town", ("town", "me", "p@ss", "db", "5433")),
        ("postgres://db/town", ("town", "", "", "db", "")),
        ("postgresql://me@/town?host=/run/pg", ("town", "me", "", "/run/pg", "")),
    ],
)
def test_postgresql_is_read_from_its_url(url, expected):
    chosen = database_settings(url, data=DATA)
    assert tuple(chosen[key] for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT")) == expected
    assert chosen["ENGINE"] == "django.db.backends.postgresql"


def test_option_in_the_url_reaches_the_driver():
    chosen = database_settings("postgresql://db/town?sslmode=verify-full", data=DATA)
    assert chosen["OPTIONS"]["sslmode"] == "verify-full"


@pytest.mark.parametrize(
    "url", ["mysql://db/town", "postgresql://db", "town", "postgresql://d:x/y"]
)
def test_url_of_something_else_is_one_sentence(url):
    with pytest.raises(BadInput, match="postgresql://"):
        database_settings(url, data=DATA)


def test_lock_lets_one_thread_in_at_a_time(tmp_path):
    lock = WriterLock(str(tmp_path / "lock"))
    inside, most = 0, 0
    guard = threading.Lock()

    def write():
        nonlocal inside, most
        for _ in range(50):
            lock.acquire(timeout_s=20)
            with guard:
                inside += 1
                most = max(most, inside)
            with guard:
                inside -= 1
            lock.release()

    threads = [threading.Thread(target=write) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1


def _count_up(path, counter, barrier):
    lock = WriterLock(path)
    barrier.wait()
    for _ in range(100):
        lock.acquire(timeout_s=30)
        value = int(counter.read_text() or 0)
        counter.write_text(str(value + 1))
        lock.release()


def test_lock_lets_one_process_in_at_a_time(tmp_path):
    context = multiprocessing.get_context("fork")
    counter, barrier = tmp_path / "counter", context.Barrier(4)
    counter.write_text("0")
    processes = [
        context.Process(target=_count_up, args=(str(tmp_path / "lock"), counter, barrier))
        for _ in range(4)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert counter.read_text() == "400"


def _hold_and_die(path, held):
    WriterLock(path).acquire(timeout_s=5)
    held.set()
    os._exit(9)


def test_lock_of_a_process_that_died_is_free(tmp_path):
    context = multiprocessing.get_context("fork")
    path, held = str(tmp_path / "lock"), context.Event()
    process = context.Process(target=_hold_and_die, args=(path, held))
    process.start()
    assert held.wait(10)
    process.join()
    lock = WriterLock(path)
    lock.acquire(timeout_s=5)
    lock.release()


def test_lock_that_another_keeps_is_given_up_with_an_error_and_stays_usable(tmp_path):
    path = str(tmp_path / "lock")
    first, second = WriterLock(path), WriterLock(path)
    first.acquire(timeout_s=1)
    with pytest.raises(OperationalError, match="locked"):
        second.acquire(timeout_s=0.02)
    first.release()
    second.acquire(timeout_s=1)
    second.release()


def test_child_of_a_fork_does_not_share_its_parents_lock(tmp_path):
    path = str(tmp_path / "lock")
    lock = WriterLock(path)
    lock.acquire(timeout_s=1)
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    def try_it():
        try:
            WriterLock(path).acquire(timeout_s=0.05)
            answers.put("in")
        except OperationalError:
            answers.put("out")

    process = context.Process(target=try_it)
    process.start()
    assert answers.get(timeout=10) == "out"
    process.join()
    lock.release()


def test_database_file_is_its_owners_alone_even_in_an_open_folder(tmp_path, django_db_blocker):
    tmp_path.chmod(0o755)
    file = tmp_path / "anlan.sqlite3"
    wrapper = DatabaseWrapper({**DEFAULTS, **database_settings("", data=tmp_path)})
    with django_db_blocker.unblock(), wrapper.cursor() as cursor:
        cursor.execute("CREATE TABLE t (x)")
        modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    wrapper.close()
    assert modes[file.name] == 0o600
    assert set(modes.values()) == {0o600}
