"""The durable write, timed: a ledger entry with its client key, and a whole call with sealed words.

The peer in the same run is the database's own driver inserting two rows a transaction, as durable.
Each database is measured in a process of its own, with a data folder that goes afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from tests.benchmarks.harness import ROOT, Figure, Section, busy_note
from tests.postgres import PostgresAbsent, throw_away_postgres

KEY = "desk"
WRITERS = 16
ALONE, TOGETHER, CALLS = 400, 50, 200  # writes: of one writer, of each of many, of whole calls
PATIENCE_S = 120  # a writer that fails before it starts must not leave the others waiting
AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run() -> Section:
    """Measure on SQLite, and on PostgreSQL where it is installed."""
    figures = _figures("SQLite", _measure({}))
    notes = [
        f"Rates are writes a second; {WRITERS} writers are threads of one process, so they share "
        "one interpreter.",
        "SQLite: WAL, synchronous=FULL, one writer at a time by a lock; PostgreSQL: fsync on, a "
        "lock per town.",
    ]
    try:
        with throw_away_postgres(durable=True) as url:
            figures += _figures("PostgreSQL", _measure({"ANLAN_DATABASE_URL": url}))
    except PostgresAbsent as absent:
        notes.append(str(absent))
    return Section(KEY, "The durable write", figures, [*notes, *busy_note()])


def _measure(environment: dict[str, str]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="anlan-bench-") as folder:
        places = {"ANLAN_DATA": f"{folder}/data", "ANLAN_KEY_FILE": f"{folder}/bench.key"}
        settings = {"DJANGO_SETTINGS_MODULE": "anlan.project.settings", "ANLAN_LOG_LEVEL": "ERROR"}
        done = subprocess.run(
            [sys.executable, "-m", "tests.benchmarks.desk"],
            cwd=ROOT,
            env={**os.environ, **places, **settings, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise RuntimeError(f"The benchmark of the desk failed: {done.stderr[-800:]}")
    return json.loads(done.stdout.splitlines()[-1])


def _figures(database: str, found: dict[str, Any]) -> list[Figure]:
    def line(what: str, name: str, peer: str = "") -> Figure:
        ours, theirs = found[name], found.get(peer)
        return Figure(
            what=f"{database}: {what}",
            ours=_words(ours),
            peer="" if theirs is None else _words(theirs),
            ratio=None if theirs is None else theirs["cpu_p50_ms"] / ours["cpu_p50_ms"],
        )

    return [
        line("entry and client key, 1 writer", "entry_alone", "raw_alone"),
        line(f"entry and client key, {WRITERS} writers", "entry_together", "raw_together"),
        line("a call with four sealed texts, 1 writer", "call_alone"),
    ]


def _words(found: dict[str, float]) -> str:
    times = f"{found['p50_ms']:.2f} / {found['p99_ms']:.2f} ms (CPU {found['cpu_p50_ms']:.2f})"
    return f"{found['rate']:,.0f}/s, {times}"


# --- in the process of its own --------------------------------------------------------------------


def _timed(work: Callable[[int, int], object], *, writers: int, each: int) -> dict[str, float]:
    """Run `work(writer, step)` from threads; gives the rate, p50, p99 and CPU of a write."""
    took, worked = np.zeros((writers, each)), np.zeros((writers, each))
    barrier = threading.Barrier(writers + 1)

    def burst(writer: int) -> None:
        from django.db import connection

        work(writer, -1)  # opens the connection
        barrier.wait(timeout=PATIENCE_S)
        for step in range(each):
            began, began_work = time.perf_counter(), time.thread_time()
            work(writer, step)
            worked[writer, step] = time.thread_time() - began_work
            took[writer, step] = time.perf_counter() - began
        connection.close()

    threads = [threading.Thread(target=burst, args=(writer,)) for writer in range(writers)]
    for thread in threads:
        thread.start()
    barrier.wait(timeout=PATIENCE_S)
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    lasted = time.perf_counter() - began
    milliseconds = took.ravel() * 1e3
    return {
        "rate": writers * each / lasted,
        "p50_ms": float(np.percentile(milliseconds, 50)),
        "p99_ms": float(np.percentile(milliseconds, 99)),
        "cpu_p50_ms": float(np.percentile(worked, 50)) * 1e3,
    }


def _child() -> dict[str, Any]:
    import django

    django.setup()
    from django.core.management import call_command

    from anlan.kernel.places.services import create_town
    from anlan.kernel.values import Actor, Role

    call_command("migrate", verbosity=0)
    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    create_town(key="bench", name="Bench", zone="UTC", actor=cli, at=AT, recorded_at=AT)
    raw = _raw_writer()
    return {
        "raw_alone": _timed(raw, writers=1, each=ALONE),
        "entry_alone": _timed(_entry, writers=1, each=ALONE),
        "raw_together": _timed(raw, writers=WRITERS, each=TOGETHER),
        "entry_together": _timed(_entry, writers=WRITERS, each=TOGETHER),
        "call_alone": _timed(_call, writers=1, each=CALLS),
    }


def _entry(writer: int, step: int) -> None:
    from anlan.kernel.ledger.services import write
    from anlan.kernel.values import Actor, Role

    actor = Actor(f"staff:{writer}", frozenset({Role.DISPATCHER}))
    key = f"{threading.get_ident()}-{step}"
    with write(
        town="bench", actor=actor, action="bench.written", at=AT, recorded_at=AT, client_key=key
    ) as entry:
        entry.record(subject=f"bench:{writer}", about=["unit:E7"], fields=["state"])


def _call(writer: int, step: int) -> None:
    from anlan.areas.dispatch.services import create_incident
    from anlan.kernel.values import Actor, Role

    texts = {"words": "smoke from the second floor", "place_text": "the blue door"}
    caller = {"caller_name": "Made Up", "caller_number": "0000"}
    create_incident(
        town_key="bench",
        type="structure_fire",
        lon=0.0,
        lat=0.0,
        actor=Actor(f"staff:{writer}", frozenset({Role.DISPATCHER})),
        at=AT,
        recorded_at=AT,
        client_key=f"call-{threading.get_ident()}-{step}",
        **texts,
        **caller,
    )


ROW = "INSERT INTO raw_write (town, subject, fields) VALUES ({0}, {0}, {0})"


def _raw_writer() -> Callable[[int, int], None]:
    """Give the peer: two rows a transaction through the driver, one connection per thread."""
    from django.conf import settings
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE raw_write (town TEXT, subject TEXT, fields TEXT)")
    local, vendor = threading.local(), connection.vendor
    statement = ROW.format("?" if vendor == "sqlite" else "%s")
    turn = threading.Lock()  # the same favour for the peer: SQLite's own waiting is far worse
    target = settings.DATABASES["default"]["NAME"]

    def opened() -> Any:
        import sqlite3

        import psycopg

        if vendor != "sqlite":
            return psycopg.connect(os.environ["ANLAN_DATABASE_URL"])
        file = sqlite3.connect(target, timeout=20, isolation_level=None)
        file.execute("PRAGMA synchronous=FULL")
        return file

    def insert(writer: int, step: int) -> None:
        if not hasattr(local, "connection"):
            local.connection = opened()
        values = ("bench", f"bench:{writer}", f'["step {step}"]')
        if vendor != "sqlite":
            with local.connection.transaction():
                local.connection.execute(statement, values)
                local.connection.execute(statement, values)
            return
        with turn:
            local.connection.execute("BEGIN IMMEDIATE")
            local.connection.execute(statement, values)
            local.connection.execute(statement, values)
            local.connection.execute("COMMIT")

    return insert


if __name__ == "__main__":
    sys.path.insert(0, str(Path(ROOT) / "src"))
    print(json.dumps(_child()))
