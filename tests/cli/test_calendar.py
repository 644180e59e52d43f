"""`anlan calendar`: what it prints, its one JSON document, its exit codes."""

from __future__ import annotations

import json

import pytest
from tests.services import small_case as small

from anlan.cli.main import main

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(capsys, settings, monkeypatch):
    """Run a command on a town in China; gives its exit code, standard output and error."""
    settings.ANLAN_DATA.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))

    def one(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(settings.ANLAN_DATA)])
        out, err = capsys.readouterr()
        return code, out, err

    small.make_town()
    return one


def test_a_published_year_is_shown_with_its_make_up_days(run):
    code, out, _ = run("calendar", "show", small.KEY, "2026")
    assert code == 0
    assert out.splitlines()[0] == "CN 2026, from the published notice."
    assert "free    Sun 2026-02-15 to Mon 2026-02-23 (9 days)" in out
    assert "worked  Sat 2026-02-28" in out


def test_a_notice_is_loaded_and_said_again_when_it_comes_again(run, tmp_path):
    file = tmp_path / "CN-2027.csv"
    file.write_text("day,works\n2027-02-08,no\n2027-02-20,yes\n", encoding="utf-8")
    assert run("calendar", "show", small.KEY, "2027", "--json")[1].count('"final": false') == 1
    code, out, _ = run("calendar", "load", "CN", "2027", str(file))
    assert code == 0
    assert out.splitlines() == [
        "Loaded: CN 2027, 1 free weekdays, 1 worked weekend days.",
        f"{small.KEY}: 0 due dates computed anew.",
    ]
    code, out, _ = run("calendar", "load", "CN", "2027", str(file), "--json")
    assert json.loads(out)["changed"] is False
    shown = json.loads(run("calendar", "show", small.KEY, "2027", "--json")[1])
    assert (shown["source"], shown["free"]) == ("loaded", [["2027-02-06", "2027-02-08"]])


def test_a_town_names_the_part_of_its_country_by_whose_days_it_works(run):
    code, out, _ = run("calendar", "region", small.KEY, "CN-XZ")
    assert (code, out) == (
        0,
        f"{small.KEY} works by the days of CN-XZ; 0 due dates computed anew.\n",
    )
    shown = run("calendar", "show", small.KEY, "2026")[1]
    assert shown.splitlines()[0] == "CN-XZ 2026, from the published notice."
    assert json.loads(run("calendar", "region", small.KEY, "CN-XZ", "--json")[1]) == {
        "region": "CN-XZ",
        "key": small.KEY,
        "changed": False,
        "due_dates": 0,
    }
    code, out, err = run("calendar", "region", small.KEY, "PT")
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_a_bad_notice_ends_with_2_and_one_sentence(run, tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("day,works\n2027-02-08,perhaps\n", encoding="utf-8")
    code, out, err = run("calendar", "load", "CN", "2027", str(file))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert "perhaps" not in out
    assert run("calendar", "load", "CN", "2027", str(tmp_path / "none.csv"))[0] == 2
    assert run("calendar", "show", "nowhere", "2026")[0] == 2
