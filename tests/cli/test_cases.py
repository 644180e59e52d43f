"""`anlan cases types` and the page of states."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from tests.services import small_case as small

from anlan.cli import states_page
from anlan.cli.main import main

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(capsys, settings, monkeypatch):
    """Run a command where the tests' small type is registered."""
    settings.ANLAN_DATA.mkdir(parents=True, exist_ok=True)
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))

    def one(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(settings.ANLAN_DATA)])
        out, err = capsys.readouterr()
        return code, out, err

    with small.small_case_type():
        yield one


def test_the_page_of_states_is_fresh():
    written = states_page.PAGE.read_text(encoding="utf-8")
    assert written == states_page.page(), "Write it anew: python -m anlan.cli.states_page"


def test_the_page_of_states_tells_every_registered_type(run):
    page = states_page.page()
    assert "## small case (small case（中）, `smallcase`)" in page
    assert "working --> done: finish" in page
    assert "The words" not in page


def test_types_are_listed_and_drawn(run):
    code, out, _ = run("cases", "types")
    assert code == 0
    assert "smallcase" in out
    assert run("cases", "types", "--mermaid", "smallcase")[1].splitlines()[1] == "stateDiagram-v2"
    drawn = run("cases", "types", "--bpmn-like", "smallcase", "--json")[1]
    assert json.loads(drawn)["smallcase"].startswith("flowchart LR\n    subgraph mediator")


def test_types_are_listed_where_there_is_no_installation(tmp_path):
    absent = tmp_path / "nowhere"
    there = {**os.environ, "ANLAN_DATA": str(absent)}
    for name in ("ANLAN_DATABASE_URL", "DJANGO_SETTINGS_MODULE"):  # the tests' own
        there.pop(name, None)
    command = [sys.executable, "-m", "anlan.cli.main", "cases", "types", "--json"]
    done = subprocess.run(command, env=there, cwd=tmp_path, capture_output=True, check=True)
    assert "mediation" in {one["type"] for one in json.loads(done.stdout)}
    assert not absent.exists()


def test_an_unknown_type_ends_with_2_and_names_the_known_ones(run):
    code, out, err = run("cases", "types", "nothing")
    assert (code, out) == (2, "")
    assert "smallcase" in err
