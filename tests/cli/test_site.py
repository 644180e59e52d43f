"""`anlan site`: published graphs, sentences for people, and how bad words are refused."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from anlan.cli.main import main
from anlan.cli.site import MODELS
from anlan.cli.stopping import stopping_at

# Six villages on a road: 1 –2– 2 –2– 3 –10– 4 –1– 5 –1– 6.
ROAD = "6 5 2\n1 2 2\n2 3 2\n3 4 10\n4 5 1\n5 6 1\n"


@pytest.fixture
def road(tmp_path: Path) -> str:
    path = tmp_path / "road.txt"
    path.write_text(ROAD)
    return str(path)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    code = main(["site", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("model", "words", "value", "sites"),
    [
        ("p-median", [], 6, [2, 5]),
        ("p-median", ["--p", "1"], 39, [3]),
        ("p-center", [], 2, None),
        ("lscp", ["--radius", "2"], 2, None),
        ("mclp", ["--radius", "1", "--p", "1"], 3, [5]),
        ("mclp", ["--radius", "1,2", "--share", "1,.5", "--p", "1"], 3, [5]),
        ("backup", ["--radius", "2", "--p", "4"], 5, None),
        ("backup", ["--radius", "2", "--p", "2", "--share", "0.6"], 3.6, None),
        ("mexclp", ["--radius", "2", "--busy", "0.5"], 3, None),
        ("dsm", ["--radius", "1,12", "--share", "0.5", "--p", "3"], 2, None),
        ("p-median", ["--existing", "1", "--forbidden", "5,4"], 9, [1, 6]),
    ],
)
def test_each_model_is_answered_with_a_proof(
    road: str,
    capsys: pytest.CaptureFixture[str],
    model: str,
    words: list[str],
    value: float,
    sites: list[int] | None,
) -> None:
    code, found = asked(capsys, "--model", model, "--orlib", road, *words)
    assert code == 0
    assert found["value"] == found["bound"] == value
    assert (found["optimal"], found["status"], found["gap"]) == (True, "optimal", 0)
    assert (found["model"], found["nodes"], found["seed"]) == (model, 6, 1)
    if sites is not None:
        assert found["sites"] == sites


def test_people_read_that_it_is_proven_and_where(
    road: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["site", "--model", "p-median", "--orlib", road]) == 0
    said = capsys.readouterr().out
    assert "p-median on 6 vertices: 6 total cost" in said
    assert "Optimal, proven." in said
    assert "Sites (vertices of the file): 2, 5." in said


def test_a_run_cut_short_says_the_gap(
    shared_data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(shared_data / "bench" / "p-median" / "pmed16.txt")
    words = ["--model", "p-median", "--orlib", file, "--seconds", "0.000001"]
    code, found = asked(capsys, *words)
    assert code == 0
    assert found["optimal"] is False
    assert found["bound"] <= 8162 <= found["value"]
    assert 0 < found["gap"] < 0.1
    assert main(["site", *words]) == 0
    assert "above the best possible" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ("p-center", []),
        ("lscp", ["--radius", "30"]),
        ("mclp", ["--radius", "35"]),
        ("backup", ["--radius", "35", "--share", "0.5"]),
        ("mexclp", ["--radius", "35"]),
        ("dsm", ["--radius", "30,90", "--p", "9", "--share", "0.5"]),
    ],
)
def test_every_model_cut_short_at_once_keeps_a_bound(
    shared_data: Path, capsys: pytest.CaptureFixture[str], model: str, words: list[str]
) -> None:
    file = str(shared_data / "bench" / "p-median" / "pmed16.txt")
    all_words = ["--model", model, "--orlib", file, "--seconds", "0.000001", *words]
    code, found = asked(capsys, *all_words)
    assert code == 0
    low, high = sorted((found["bound"], found["value"]))
    assert 0 <= low <= high <= 10_000
    assert found["optimal"] == (low == high)
    assert main(["site", *all_words]) == 0
    said = capsys.readouterr().out
    assert "Optimal, proven." in said or "the best possible" in said


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["--model", "lscp", "--radius", "1", "--forbidden", "1,2"], 1, "no choice covers all"),
        (["--model", "backup", "--radius", "1", "--p", "1"], 1, "proven"),
        (["--model", "p-median", "--p", "7"], 2, "from 1 to 6"),
        (["--model", "p-median", "--p", "0"], 2, "from 1 to 6"),
        (["--model", "p-median", "--p", "-2"], 2, "no whole number"),
        (["--model", "p-median", "--radius", "3"], 2, "no --radius"),
        (["--model", "p-median", "--existing", "9"], 2, "not a column"),
        (["--model", "p-median", "--existing", "x"], 2, "commas between"),
        (["--model", "lscp"], 2, "one --radius"),
        (["--model", "lscp", "--radius", "2", "--share", "1"], 2, "--share"),
        (["--model", "mclp"], 2, "takes one --radius"),
        (["--model", "mclp", "--radius", "far"], 2, "commas between"),
        (["--model", "mclp", "--radius=-1"], 2, "radius is negative"),
        (["--model", "dsm", "--radius", "3"], 2, "NEAR,FAR"),
        (["--model", "mexclp", "--radius", "2", "--busy", "1.5"], 2, "busy fraction"),
        (["--model", "p-median", "--busy", "0.4"], 2, "does not take --busy"),
        (["--model", "p-median", "--per-site", "2"], 2, "does not take --per-site"),
        (["--model", "mclp", "--radius", "3", "--per-site", "2"], 2, "does not take --per-site"),
        (["--model", "lscp", "--radius", "3", "--p", "2"], 2, "does not take --p."),
        (["--model", "p-median", "--seconds", "0"], 2, "above 0"),
        (["--model", "p-median", "--seconds", "nan"], 2, "above 0"),
        (["--model", "best"], 2, "invalid choice"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    road: str,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    sentence: str,
) -> None:
    got, said = asked(capsys, "--orlib", road, *words)
    assert got == code
    assert sentence in said["error"]


def test_a_missing_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = asked(capsys, "--model", "p-median", "--orlib", str(tmp_path / "no.txt"))
    assert code == 2
    assert "no.txt" in said["error"]


def test_vertices_that_no_way_joins_are_refused_by_the_median_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "islands.txt"
    path.write_text("4 2 2\n1 2 1\n3 4 1\n")
    code, said = asked(capsys, "--model", "p-median", "--orlib", str(path))
    assert code == 2
    assert "not joined" in said["error"]
    code, found = asked(capsys, "--model", "p-center", "--orlib", str(path))
    assert (code, found["value"]) == (0, 1)


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Let Ctrl-C raise, though a shell that began this run in the background had it ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interrupts")
def test_the_first_interrupt_ends_the_search_and_the_next_the_command() -> None:
    with stopping_at(time.monotonic() + 60) as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    with stopping_at(time.monotonic() - 1) as stop:
        assert stop()


def test_every_model_has_words_for_its_value() -> None:
    from anlan.cli.site import VALUES

    assert set(VALUES) == set(MODELS)
