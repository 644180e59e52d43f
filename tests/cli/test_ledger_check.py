"""`anlan ledger check`: anyone's proofs, without an installation."""

from __future__ import annotations

import json

import pytest

from anlan.cli.main import main

GOOD = {"size1": 1, "size2": 1, "root1": "AAAA", "root2": "AAAA", "proof": []}
BAD = GOOD | {"root2": "AAAB", "wantErr": False, "desc": "happy path"}


@pytest.fixture
def files(tmp_path):
    """A proof that holds and one that does not."""
    for name, proof in (("good", GOOD), ("bad", BAD)):
        (tmp_path / f"{name}.json").write_text(json.dumps(proof))
    return tmp_path


def test_each_file_is_judged_with_its_reason(files, capsys):
    good, bad = str(files / "good.json"), str(files / "bad.json")
    assert main(["ledger", "check", good]) == 0
    assert capsys.readouterr().out.startswith(f"valid  {good}: consistency. ")
    assert main(["ledger", "check", good, bad, "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert [set(each) for each in found] == [{"file", "kind", "valid", "why"}] * 2
    assert [(each["file"], each["kind"], each["valid"]) for each in found] == [
        (good, "consistency", True),
        (bad, "consistency", False),
    ]
    assert "different roots" in found[1]["why"]
    assert main(["ledger", "check", bad, good]) == 1
    assert "INVALID" in capsys.readouterr().out


def test_file_that_cannot_be_read_is_bad_input(files, capsys):
    (files / "no.json").write_text("no proof")
    for name, sentence in (("absent.json", "can't be used"), ("no.json", "no JSON document")):
        path = str(files / name)
        assert main(["ledger", "check", str(files / "good.json"), path, "--json"]) == 2
        answer = json.loads(capsys.readouterr().out)
        assert sentence in answer["error"]
        assert path in answer["error"]
        assert answer["code"] == "bad_input"
