"""Killed amid sealing, a ledger has its old head or its new one, and the next sealing goes on."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.postgres import PostgresAbsent, throw_away_postgres

BEGIN = """
import os, signal, sys
from anlan.cli.installation import prepare
from anlan.cli.output import Output
prepare(None, out=Output(as_json=True))
from datetime import UTC, datetime
from anlan.kernel.ledger import services, tree
from anlan.kernel.ledger.models import LedgerEntry, LedgerHead, LedgerNode
from anlan.kernel.ledger.services import heads
from django.db.models.query import QuerySet
NOW = datetime.now(UTC)
heads.BATCH = 100
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
def after(count, work):
    left = [count]
    def instead(*args, **named):
        done = work(*args, **named)
        left[0] -= 1
        if not left[0]:
            die()
        return done
    return instead
"""
ENTER = """
LedgerEntry.objects.bulk_create(
    LedgerEntry(town="porto", at=NOW, recorded_at=NOW, actor_ref="cli", action="a.b",
                subject=f"incident:{number}")
    for number in range(300)
)
"""
SEAL = """
services.seal("porto", real_now=NOW)
"""
# Looks at what stands, seals the rest, and looks again: prints the two sizes that were verified.
LOOK = """
from anlan.kernel.ledger import notes, queries
from anlan.kernel.ledger.verification import verify
older = notes.read_head(sys.argv[1].encode())
def size():
    report = verify(queries.published_lines("porto"), key=queries.ledger_key("porto"), older=older)
    assert report.valid, report.faults
    return report.size
before = size()
services.seal("porto", real_now=NOW)
print(before, size(), queries.newest_head("porto").note())
"""
# Where it is killed, and whether the new head stands afterwards.
KILLS = {
    "amid a batch, leaves written and the parts above them not": ("tree._whole_parts = die", False),
    "between two batches": ("heads._append_batch = after(2, heads._append_batch)", False),
    "the head is written and not committed": (
        "LedgerHead.objects.create = after(1, LedgerHead.objects.create)",
        False,
    ),
    "right after the head": ("heads._sign = after(1, heads._sign)", True),
}
MORE = 300


@pytest.fixture(scope="module")
def environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """Give an installation on the database of this run."""
    folder: Path = tmp_path_factory.mktemp("installation")
    with ExitStack() as stack:
        found = {
            **os.environ,
            "ANLAN_DATA": str(folder / "data"),
            "ANLAN_KEY_FILE": str(folder / "town.key"),
            "DJANGO_SETTINGS_MODULE": "anlan.project.settings",
        }
        found.pop("ANLAN_DATABASE_URL", None)
        if request.config.getoption("--postgres"):
            try:
                found["ANLAN_DATABASE_URL"] = stack.enter_context(throw_away_postgres())
            except PostgresAbsent as absent:
                pytest.skip(str(absent))
        yield found


def python(environment: dict[str, str], code: str, *words: str) -> tuple[int, str]:
    """Run some code in a process of its own; gives how it ended and what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + code, *words],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Error" not in done.stderr, done.stderr
    return done.returncode, done.stdout


def test_killed_amid_sealing_the_old_or_the_new_head_stands(environment):
    code = ENTER + SEAL + "from anlan.kernel.ledger import queries\n"
    code += "print(queries.newest_head('porto').note(), end='')"
    ended, old = python(environment, code)
    assert (ended, old.count("\n")) == (0, 5)
    size = int(old.split("\n")[1])
    for moment, (kill, new_stands) in KILLS.items():
        assert python(environment, ENTER + kill + SEAL)[0] == -9, moment
        ended, said = python(environment, LOOK, old)
        assert ended == 0, moment
        before, after, old = said.split(" ", 2)
        assert (int(before), int(after)) == (size + MORE * new_stands, size + MORE), moment
        size, old = int(after), old.removesuffix("\n")
