"""Taking the wraps out of a copy: never out of the database in use, and never by halves."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from anlan.cli.main import main
from anlan.kernel.sealing.custody import backups
from anlan.kernel.values import BadInput

WRAP = b"\x01a-wrap-that-opens-a-case" * 3
BROKEN_OFF = """
import os, signal, sys
from pathlib import Path
from anlan.kernel.sealing.custody import backups
os.replace = lambda *paths: os.kill(os.getpid(), signal.SIGKILL)
backups.strip(Path(sys.argv[1]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a database as Anlan keeps it: with a log of writes beside the file."""
    with closing(sqlite3.connect(tmp_path / "anlan.sqlite3")) as made:
        made.execute("PRAGMA journal_mode = WAL")
        made.execute("CREATE TABLE sealing_casekey (id integer primary key, wrapped blob)")
        made.executemany("INSERT INTO sealing_casekey (wrapped) VALUES (?)", [[WRAP]] * 3 + [[b""]])
        made.commit()
    return tmp_path


def kept(file: Path) -> int:
    with closing(sqlite3.connect(file)) as opened:
        found = opened.execute("SELECT count(*) FROM sealing_casekey WHERE length(wrapped) > 0")
        return int(found.fetchone()[0])


def test_a_copy_loses_every_wrap_and_nothing_is_left_beside_it(folder):
    file = folder / "anlan.sqlite3"
    file.chmod(0o640)
    with file.open("rb") as earlier:
        assert backups.strip(file) == 3
        assert WRAP not in earlier.read()  # what was replaced is overwritten on the disk
    assert [each.name for each in folder.iterdir()] == ["anlan.sqlite3"]
    assert WRAP not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o640
    with closing(sqlite3.connect(file)) as opened:
        assert opened.execute("SELECT count(*) FROM sealing_casekey").fetchone() == (4,)
    assert backups.strip(file) == 0


def test_what_was_still_in_the_log_of_writes_is_in_the_stripped_copy(folder, tmp_path):
    file = tmp_path / "copy" / "anlan.sqlite3"
    file.parent.mkdir()
    with closing(sqlite3.connect(folder / "anlan.sqlite3")) as living:
        living.execute("INSERT INTO sealing_casekey (wrapped) VALUES (?)", [WRAP])
        living.commit()
        for each in folder.glob("anlan.sqlite3*"):
            (file.parent / each.name).write_bytes(each.read_bytes())
    assert backups.strip(file) == 4
    assert kept(file) == 0
    assert all(WRAP not in each.read_bytes() for each in file.parent.iterdir())


@pytest.mark.parametrize("within", ["a read", "no transaction"])
def test_a_database_that_somebody_has_open_is_refused_and_keeps_its_keys(folder, within):
    file = folder / "anlan.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        if within == "a read":
            other.execute("BEGIN")
        other.execute("SELECT * FROM sealing_casekey").fetchall()
        with pytest.raises(BadInput, match="is open elsewhere"):
            backups.strip(file)
    assert kept(file) == 3


@pytest.mark.parametrize("name", ["anlan.sqlite3", "link", "second name"])
def test_the_installations_own_database_is_refused_by_every_name(folder, name, capsys, monkeypatch):
    monkeypatch.setenv("ANLAN_DATA", str(folder))
    monkeypatch.delenv("ANLAN_DATABASE_URL", raising=False)
    own = folder / "anlan.sqlite3"
    if name == "link":
        (folder / name).symlink_to(own)
    elif name == "second name":
        os.link(own, folder / name)
    assert main(["keys", "strip", str(folder / name)]) == 2
    assert "in use: strip a copy" in "".join(capsys.readouterr())
    assert kept(own) == 3


def test_a_second_name_of_a_stripped_file_keeps_what_it_had(folder):
    os.link(folder / "anlan.sqlite3", folder / "second name")
    assert backups.strip(folder / "anlan.sqlite3") == 3
    assert kept(folder / "second name") == 3


def test_killed_amid_it_the_copy_is_as_it_was_and_is_stripped_the_next_time(folder):
    file = folder / "anlan.sqlite3"
    ended = subprocess.run([sys.executable, "-c", BROKEN_OFF, str(file)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert kept(file) == 3
    assert backups.strip(file) == 3
    assert [each.name for each in folder.iterdir()] == ["anlan.sqlite3"]


def test_a_database_of_others_is_refused_in_a_sentence(folder):
    other = folder / "other.sqlite3"
    with closing(sqlite3.connect(other)) as made:
        made.execute("CREATE TABLE a (b)")
        made.commit()
    with pytest.raises(BadInput, match="is no copy of Anlan's"):
        backups.strip(other)
