"""The custodians' commands: from their keys to one case read by two of them, without a network."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.services import custody as desk
from tests.services import small_case as small

from anlan.cli.main import main
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Notice
from anlan.kernel.cases.rules.types import Space
from anlan.kernel.sealing import keyfile
from anlan.kernel.sealing.custody import backups
from anlan.kernel.sealing.models import CaseKey, Opening
from anlan.kernel.sealing.rules import Purpose

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def town(settings, tmp_path, monkeypatch):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"
    settings.ANLAN_DATA = tmp_path / "data"
    settings.ANLAN_DATA.mkdir()
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))
    with small.small_case_type():
        small.make_town()
        yield


@pytest.fixture
def run(capsys):
    def one(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        return code, out + err

    return one


def new_custodians(run, folder: Path) -> list[str]:
    """Make the three keys; gives the words of `set`."""
    told = []
    for name in desk.HOLDERS:
        code, said = run("custodians", "new", "--out", str(folder / f"{name}.age"))
        assert code == 0
        told.append(f"--custodian={name}={re.search('age1[a-z0-9]+', said)[0]}")
    return told


def test_from_three_keys_to_a_case_read_by_two_without_database_or_network(run, tmp_path):
    assert run("custodians", "show", small.KEY)[0] == 1
    assert run("custodians", "set", small.KEY, *new_custodians(run, tmp_path))[0] == 0
    code, said = run("custodians", "show", small.KEY)
    assert code == 0
    assert "court" in said
    one = desk.ended_case()
    desk.seal(one)
    file, half = tmp_path / "case.json", tmp_path / "half.json"
    asked = ("custodians", "export", small.KEY, f"smallcase:{one}", "--purpose", "own_request")
    assert run(*asked, "--out", str(file))[0] == 0
    assert "金丝雀" not in file.read_text()
    assert file.stat().st_mode & 0o077 == 0

    first = offline(tmp_path, str(file), "court", "--out", str(half))
    assert first.returncode == 0, first.stderr
    assert "notary or ombud" in first.stdout
    assert "金丝雀" not in half.read_text()
    second = offline(tmp_path, str(half), "ombud", "--json")
    assert second.returncode == 0, second.stderr
    read = json.loads(second.stdout)["texts"]
    texts = {each["text"] for each in read}
    assert texts >= {"金丝雀 common", "金丝雀 of one", "金丝雀 of two"}
    assert "金丝雀 notes" not in texts

    for_people = offline(tmp_path, str(half), "ombud").stdout
    minutes = {f"{datetime.fromisoformat(each['written_at']):%Y-%m-%d %H:%M} UTC" for each in read}
    assert set(re.findall(r"(?m)^([\d-]+ [\d:]+ UTC)  ", for_people)) == minutes

    again = offline(tmp_path, str(half), "court")
    assert again.returncode == 1
    assert "whose turn it may be: notary, ombud" in again.stderr


def test_a_file_that_cannot_be_written_is_no_opening(run, tmp_path):
    """The party would read that two custodians opened its case, and nobody was given anything."""
    desk.set_custodians()
    one = desk.ended_case()
    desk.seal(one)
    asked = ("custodians", "export", small.KEY, f"smallcase:{one}", "--purpose", "review", "--out")
    code, said = run(*asked, str(tmp_path / "nowhere" / "case.json"))
    assert (code, said.count("\n")) == (2, 1)
    assert not Opening.objects.filter(role="custodians").exists()
    assert run(*asked, str(tmp_path / "case.json"))[0] == 0
    assert Opening.objects.filter(role="custodians").count() == 1
    assert [each.name for each in tmp_path.glob(".*")] == []


def test_words_do_not_steer_the_terminal_on_which_they_are_read(run, tmp_path):
    """A resident's words are read by custodians on a terminal, which obeys escape sequences."""
    run("custodians", "set", small.KEY, *new_custodians(run, tmp_path))
    one = desk.ended_case(words="before \x1b]0;title\x07\x1b[2J\x9b31m\u202e after")
    desk.seal(one)
    file, half = str(tmp_path / "case.json"), str(tmp_path / "half.json")
    asked = ("custodians", "export", small.KEY, f"smallcase:{one}", "--purpose", "review")
    run(*asked, "--out", file)
    turn = ("custodians", "unwrap", "--identity")
    run(*turn, str(tmp_path / "court.age"), file, "--out", half)
    _code, said = run(*turn, str(tmp_path / "ombud.age"), half, "--out", f"{half}-2")
    assert f"Nothing was written to {half}-2: this was the last layer." in said
    assert "before \ufffd]0;title\ufffd\ufffd[2J\ufffd31m\ufffd after" in said
    _code, told = run(*turn, str(tmp_path / "ombud.age"), half, "--json")
    assert "\x9b" not in told
    texts = [each["text"] for each in json.loads(told)["texts"]]
    assert "before \x1b]0;title\x07\x1b[2J\x9b31m\u202e after" in texts


def test_what_stays_shut_is_named_and_is_no_whole_reading(run, tmp_path):
    run("custodians", "set", small.KEY, *new_custodians(run, tmp_path))
    one = small.open_small()
    small.do(one, "take")
    paper = {"data": b"a scan", "name": "a.txt", "kind": "paper", "space": Space.CASE}
    cases.add_document(one, **paper, **small.stamp())
    small.do(one, "finish", result="good")
    desk.seal(one)
    file, half = tmp_path / "case.json", tmp_path / "half.json"
    asked = ("custodians", "export", small.KEY, f"smallcase:{one}", "--purpose", "review")
    assert run(*asked, "--out", str(file))[0] == 0
    head, scan = file.read_text().splitlines()
    row = json.loads(scan)
    stranger = json.dumps(row | {"ref": f"smallcase:{one}:p1"})  # no key there opens it
    file.write_text(f"{head}\n{scan}\n{stranger}\n")
    turn = ("custodians", "unwrap", "--identity")
    assert run(*turn, str(tmp_path / "court.age"), str(file), "--out", str(half))[0] == 0
    last = (*turn, str(tmp_path / "ombud.age"), str(half), "--documents", str(tmp_path / "in"))
    code, said = run(*last)
    assert code == 1
    assert "Documents that none of these keys opened: 1" in said
    assert [each.read_bytes() for each in (tmp_path / "in").iterdir()] == [b"a scan"]


def offline(folder: Path, file: str, who: str, *more: str) -> subprocess.CompletedProcess[str]:
    """Unwrap in a process that may neither open a socket nor import Django."""
    guard = (
        "import socket, sys\n"
        "class No:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name.split('.')[0] in {'django', 'psycopg', 'sqlite3'}:\n"
        "            raise ImportError('not here: ' + name)\n"
        "sys.meta_path.insert(0, No())\n"
        "def no(*_, **__): raise AssertionError('a socket')\n"
        "socket.socket = no\n"
        "from anlan.cli.main import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    words = ["custodians", "unwrap", file, "--identity", str(folder / f"{who}.age"), *more]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", guard, *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["set", "--custodian", "a=age1x", "--custodian", "b=age1x"], "Name 3 to 7 custodians"),
        (["set", "--custodian", "court"], "NAME=AGE1"),
        (["set", "nowhere", "--custodian", "a=b"], "nowhere"),
        (["unwrap", "absent.json", "--identity", "absent.age"], "can't be read"),
        (["new", "--out", "/dev/null"], "never written over"),
    ],
)
def test_bad_words_are_one_sentence(run, words, sentence):
    code, said = run("custodians", *words)
    assert code == 2
    assert sentence in said
    assert "Traceback" not in said


def test_a_case_that_is_not_there_or_not_sealed_is_a_clear_no(run, tmp_path):
    one = desk.ended_case()
    for case in (f"smallcase:{one}", "smallcase:999999", "nothing:1"):
        code, said = run(
            "custodians", "export", small.KEY, case, "--purpose", "review",
            "--out", str(tmp_path / "x.json"),
        )  # fmt: skip
        assert code == 1, said
    assert not (tmp_path / "x.json").exists()


def test_openings_are_listed_for_the_supervisor_and_the_budget_marked(run, settings):
    settings.ANLAN_OPENINGS_PER_HOUR = 1
    now = datetime.now(UTC)
    stamp = {"actor": small.HANDLER, "at": now, "recorded_at": now, "town_key": small.KEY}
    assert run("openings", small.KEY) == (0, "Nothing was opened.\n")
    for _ in range(2):
        cases.open_words(small.open_small(), purpose=Purpose.HANDLING, **stamp)
    code, said = run("openings", small.KEY)
    assert code == 1
    assert said.count("handling") == 3
    assert said.count("over the budget") == 1
    over = json.loads(run("openings", small.KEY, "--over", "--json")[1])
    assert [(each["who"], each["over_budget"]) for each in over] == [("staff:2", True)]


def test_keys_are_backed_up_apart_briefly_and_put_back_where_they_lack(run, tmp_path):
    one = small.open_small(asked=small.Asked(texts={"words": "金丝雀"}))
    file = tmp_path / "keys.json"
    assert run("keys", "backup", "--out", str(file))[0] == 0
    assert file.stat().st_mode & 0o077 == 0
    CaseKey.objects.update(wrapped=b"")
    assert "Put back: 3 keys of 3" in run("keys", "restore", str(file))[1]
    opened = cases.open_words(one, purpose=Purpose.HANDLING, **small.stamp())
    assert opened.spaces[""][0].text == "金丝雀"
    assert "Put back: 0 keys of 3" in run("keys", "restore", str(file))[1]


def test_an_expired_backup_of_keys_is_not_taken(run, tmp_path):
    now = datetime.now(UTC)
    file = tmp_path / "keys.json"
    file.write_text(backups.pack([], made_at=now, expires_at=now - timedelta(seconds=1)))
    code, said = run("keys", "restore", str(file))
    assert code == 1
    assert "destroy it" in said
    assert run("keys", "backup", "--out", str(file), "--days", "400")[0] == 2


def test_a_backup_brings_no_sealed_or_erased_case_back(run, tmp_path):
    desk.set_custodians()
    sealed, erased = desk.ended_case(), desk.ended_case()
    file = tmp_path / "keys.json"
    run("keys", "backup", "--out", str(file))
    desk.seal(sealed)
    desk.make_due(erased, desk.later()["at"])
    cases.erase_case(erased, reason="kept_long_enough", **desk.later())
    assert "Put back: 0 keys of 8" in run("keys", "restore", str(file))[1]
    assert not CaseKey.objects.exclude(wrapped=None).exists()


def test_a_change_of_the_wrapping_key_ends_when_no_notice_needs_the_earlier_one(
    run, settings, tmp_path
):
    settings.ANLAN_SMTP_URL = "smtp://localhost"
    settings.ANLAN_KEY_FILE = tmp_path / "keys" / "service.key"
    settings.ANLAN_KEYS = keyfile.load_or_create(settings.ANLAN_KEY_FILE, data=tmp_path / "data")
    with cases.acting(small.open_small(), "link_made", **small.stamp()) as doing:
        doing.seal("contact", "wang@example.cn", space=Space.PARTY, party=1)
        cases.notify(doing, party=1, template="news")
    assert run("keys", "change")[0] == 0
    code, said = run("keys", "change", "--end")
    assert (code, "less than 10 minutes ago" in said) == (1, True), said
    _let_pass(settings.ANLAN_KEY_FILE, minutes=11)
    code, said = run("keys", "change", "--end")
    assert (code, "wait under the earlier key: 1" in said) == (1, True), said
    file, data = settings.ANLAN_KEY_FILE, tmp_path / "data"
    assert keyfile.load_or_create(file, data=data).earlier
    Notice.objects.update(sealed=None)
    assert run("keys", "change", "--end")[0] == 0


def _let_pass(file: Path, *, minutes: int) -> None:
    then = file.stat().st_mtime - minutes * 60
    os.utime(file, (then, then))


def test_stripping_what_is_no_copy_is_one_sentence(run, tmp_path):
    (tmp_path / "x").write_text("no database")
    for name in ("x", "absent"):
        code, said = run("keys", "strip", str(tmp_path / name))
        assert code == 2
        assert "Traceback" not in said


def test_the_wrapping_key_is_changed_in_two_steps_and_everything_opens_meanwhile(
    run, settings, tmp_path
):
    data = tmp_path / "data"
    settings.ANLAN_KEY_FILE = tmp_path / "keys" / "service.key"
    settings.ANLAN_KEYS = keyfile.load_or_create(settings.ANLAN_KEY_FILE, data=data)
    first = settings.ANLAN_KEYS.fingerprint
    one = small.open_small(asked=small.Asked(texts={"words": "金丝雀"}))
    assert run("keys", "change", "--end")[0] == 2
    for words in (("keys", "change"), ("keys", "change", "--end")):
        code, said = run(*words)
        _let_pass(settings.ANLAN_KEY_FILE, minutes=11)
        assert code == 0, said
        assert "back" in said.lower()
        opened = cases.open_words(one, purpose=Purpose.HANDLING, **small.stamp())
        assert opened.spaces[""][0].text == "金丝雀"
    assert not CaseKey.objects.filter(service_key=first).exists()
    assert settings.ANLAN_KEYS.fingerprint != first
