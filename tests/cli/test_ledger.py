"""The ledger as its keeper, a witness and a citizen use it: by commands, over HTTP, offline."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.databases import guard

from anlan.cli.main import main
from anlan.kernel.ledger.models import LedgerCosignature, LedgerEntry, LedgerHead, LedgerLeaf

pytestmark = pytest.mark.django_db(transaction=True)
TOWN = "porto"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WITHOUT_DJANGO = (
    "import sys; sys.modules['django'] = None\n"
    "from anlan.cli.main import main\n"
    "sys.exit(main(sys.argv[1:]))"
)


@pytest.fixture
def run(capsys, settings, monkeypatch, tmp_path):
    """Run a command; gives its exit code and its document, or its text for people."""
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))
    settings.ANLAN_LEDGER_KEY_FILE = tmp_path / "town.ledger.key"

    def one(*words: object, human: bool = False):
        capsys.readouterr()
        more = [] if human else ["--json"]
        code = main([*map(str, words), "--data", str(settings.ANLAN_DATA), *more])
        out = capsys.readouterr().out
        return code, out if human else json.loads(out)

    return one


@pytest.fixture
def town(run):
    """A town with a few entries."""
    run("town", "create", TOWN, "--name", "Porto", "--zone", "Europe/Lisbon")
    enter(4)


def enter(count: int, *, kind: str = "incident") -> None:
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            town=TOWN,
            at=NOW,
            recorded_at=NOW,
            actor_ref="staff:7",
            actor_role="dispatcher",
            action="a.b",
            subject=f"{kind}:{number}",
        )
        for number in range(count)
    )


@contextmanager
def witness_process(folder: Path, name: str, log: Path) -> Iterator[tuple[str, str]]:
    """Run a witness as somebody else would; gives its address and its public key."""
    words = ["ledger", "witness", folder, "--name", name, "--log", log, "--port", "0", "--json"]
    process = subprocess.Popen(
        [sys.executable, "-c", WITHOUT_DJANGO, *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        text = ""
        while not text.endswith("}\n"):
            line = process.stdout.readline()
            assert line, "the witness said nothing"
            text += line
        said = json.loads(text)
        yield said["address"], said["key"]
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


@pytest.fixture
def witnesses(run, town, tmp_path, settings):
    """Two independent witness processes that know the town's key; gives files of their keys."""
    log = tmp_path / "log.vkey"
    log.write_text(run("ledger", "key", TOWN, human=True)[1])
    first = witness_process(tmp_path / "w1", "witness.example/w1", log)
    second = witness_process(tmp_path / "w2", "witness.example/w2", log)
    with first as one, second as two:
        settings.ANLAN_WITNESSES = [f"{key} {address}" for address, key in (one, two)]
        files = []
        for number, (_, key) in enumerate((one, two), start=1):
            files.append(tmp_path / f"w{number}.vkey")
            files[-1].write_text(f"{key}\n")
        yield files


def test_published_ledger_is_cosigned_by_two_witnesses_and_verified_offline(
    run, witnesses, tmp_path
):
    code, sealed = run("ledger", "seal", TOWN)
    assert code == 0
    assert [each["cosigned"] for each in sealed[0]["witnesses"]] == [True, True]
    old, file = tmp_path / "old.head", tmp_path / "ledger.jsonl"
    old.write_text(run("ledger", "head", TOWN, human=True)[1])
    enter(3)
    code, sealed = run("ledger", "seal", TOWN)
    assert (sealed[0]["size"], sealed[0]["new"]) == (8, 3)
    assert run("ledger", "export", TOWN, "--out", file)[0] == 0
    words = ["ledger", "verify", file, "--key", tmp_path / "log.vkey", "--against", old]
    words += [word for each in witnesses for word in ("--witness", each)]
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_DJANGO, *map(str, words), "--json"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(done.stdout)
    assert (report["valid"], report["entries"], report["heads"]) == (True, 8, 2)
    assert [each["size"] for each in report["cosigned"]] == [8, 8]
    assert b"staff:7" not in file.read_bytes()

    lines = file.read_bytes().splitlines(keepends=True)
    lines[-2] = lines[-2].replace(b'"action":"a.b"', b'"action":"a.c"')
    file.write_bytes(b"".join(lines))
    code, report = run(*words)
    assert (code, report["valid"]) == (1, False)
    assert [(each["kind"], each["place"]) for each in report["faults"]] == [("entry", 6)]
    assert "INVALID  entry: Entry " in run(*words, human=True)[1]


def test_second_story_is_refused_by_both_witnesses_and_named(run, witnesses, tmp_path):
    run("ledger", "seal", TOWN)
    old = tmp_path / "old.head"
    old.write_text(run("ledger", "head", TOWN, human=True)[1])
    guard(False)
    for model in (LedgerCosignature, LedgerLeaf, LedgerHead, LedgerEntry):
        model.objects.filter().delete()
    enter(5, kind="closure")
    code, sealed = run("ledger", "seal", TOWN)
    assert code == 1
    said = sealed[0]["witnesses"]
    assert [(each["cosigned"], each["alarm"]) for each in said] == [(False, True)] * 2
    assert all("split view" in each["said"] for each in said)
    assert list((tmp_path / "w1").glob("evidence-5-*.txt"))

    file = tmp_path / "ledger.jsonl"
    code, found = run("ledger", "export", TOWN, "--out", file)
    assert (code, len(found["said"])) == (1, 2)  # written, and the alarm is said again
    code, report = run("ledger", "verify", file, "--witness", witnesses[0], "--against", old)
    assert code == 1
    assert {each["kind"] for each in report["faults"]} == {"cosignature", "split"}


def test_witness_answers_others_in_http_as_the_specification_has_it(run, witnesses, settings):
    address = settings.ANLAN_WITNESSES[0].split(" ")[1]
    with urllib.request.urlopen(address) as answer:
        assert answer.read().decode().strip() == settings.ANLAN_WITNESSES[0].split(" ")[0]
    for path, body, status in (
        ("/add-checkpoint", b"old 0\n", 400),
        ("/other", b"", 404),
        ("/add-checkpoint", b"x" * 70_000, 413),
    ):
        request = urllib.request.Request(address + path, data=body, method="POST")
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        assert refusal.value.code == status
        refusal.value.close()


def test_receipt_is_verified_by_the_public_key_alone(run, town, tmp_path):
    entry = LedgerEntry.objects.filter(town=TOWN).latest("id").id
    log, file = tmp_path / "log.vkey", tmp_path / "receipt"
    log.write_text(run("ledger", "key", TOWN, human=True)[1])
    assert run("ledger", "receipt", entry, "--out", file)[0] == 0
    code, found = run("ledger", "verify", file, "--key", log)
    assert (code, found["valid"], found["place"], found["size"]) == (0, True, 4, 5)
    assert f'"id":{entry},' in found["entry"]
    code, found = run("ledger", "verify", file)
    assert code == 2
    assert "--key" in found["error"]
    text = file.read_text()
    file.write_text(text.replace("index 4", "index 3"))
    code, found = run("ledger", "verify", file, "--key", log)
    assert (code, found["valid"]) == (1, False)
    assert run("ledger", "receipt", 10_000_000)[1]["code"] == "no_such_entry"


def test_every_ledger_is_sealed_where_no_town_is_named(run, town):
    code, sealed = run("ledger", "seal")
    assert code == 0
    assert [(each["town"], each["size"]) for each in sealed] == [("", 0), (TOWN, 5)]
    code, found = run("ledger", "seal", "atlantis")
    assert code == 2
    assert "atlantis" in found["error"]


def test_what_is_not_there_or_not_what_it_should_be_is_said(run, town, tmp_path):
    file = tmp_path / "ledger.jsonl"
    assert run("ledger", "head", TOWN)[1]["code"] == "not_sealed"
    assert run("ledger", "export", TOWN, "--out", tmp_path / "no" / "x")[0] == 2
    code, found = run("ledger", "export", TOWN, "--out", file)  # seals what is not sealed yet
    assert (code, found["size"], found["bytes"]) == (0, 5, file.stat().st_size)
    assert [path.name for path in tmp_path.glob(".*")] == []
    wrong = tmp_path / "wrong"
    wrong.write_text("nothing of this kind\n")
    binary = tmp_path / "binary"
    binary.write_bytes(b"\x80\x81")
    for words in (
        ("ledger", "head", ""),  # an empty name is no town's, and not the installation's either
        ("ledger", "key", ""),
        ("ledger", "export", "", "--out", tmp_path / "y"),
        ("ledger", "export", TOWN, "--out", tmp_path),
        ("ledger", "verify", file, "--key", binary),
        ("ledger", "verify", wrong),
        ("ledger", "verify", tmp_path / "absent"),
        ("ledger", "verify", file, "--key", wrong),
        ("ledger", "verify", file, "--witness", wrong),
        ("ledger", "verify", file, "--against", wrong),
    ):
        code, found = run(*words)
        assert (code, found["code"]) == (2, "bad_input"), words
        assert "codec" not in found["error"], words
    assert not (tmp_path / "y").exists()


def test_altered_entry_is_named_and_no_half_file_is_left(run, town, tmp_path):
    run("ledger", "seal", TOWN)
    guard(False)
    LedgerEntry.objects.filter(town=TOWN, subject="incident:3").update(subject="incident:9")
    file = tmp_path / "ledger.jsonl"
    code, found = run("ledger", "export", TOWN, "--out", file)
    assert (code, found["code"]) == (1, "ledger_altered")
    assert "(place 4)" in found["error"]
    assert [path.name for path in tmp_path.iterdir()] == ["town.ledger.key"]
