"""`anlan simulate` and `anlan compare` by their words: reports whole or not at all, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.utils import translation
from tests.services.what_if_town import log_days, street_town

from anlan.cli.main import main

CLOSES = '[posts]\nclose = ["fire 2"]\n[units]\nremove = ["E2"]'


@pytest.fixture
def town(db, settings, tmp_path, monkeypatch):
    """The street with its log, for commands run in this process."""
    settings.ANLAN_DATA = tmp_path
    translation.activate("en")
    monkeypatch.setattr("anlan.cli.installation.prepare", lambda data, **how: tmp_path)
    log_days(street_town(tmp_path))
    (tmp_path / "a.toml").write_text("", "utf-8")
    (tmp_path / "b.toml").write_text(CLOSES, "utf-8")
    return tmp_path


def test_compare_writes_a_report_and_prints_the_error_first(town, capsys):
    words = ["compare", "line", str(town / "a.toml"), str(town / "b.toml"), "--no-pdf"]
    assert main([*words, "--replications", "2", "--report", str(town / "out")]) == 0
    printed = capsys.readouterr()
    assert printed.out.startswith("The model's error (first arrival, the town as it is")
    assert "Station 2" in printed.out
    assert "Simulating" in printed.err
    document = json.loads((town / "out" / "report.json").read_text("utf-8"))
    assert document["command"].startswith("anlan compare line ")
    assert "<html" in (town / "out" / "report.html").read_text("utf-8")
    assert sorted(one.name for one in (town / "out").iterdir()) == ["report.html", "report.json"]


def test_json_is_the_document_and_the_same_each_time(town, capsys):
    words = ["simulate", "line", "--scenario", str(town / "b.toml"), "--no-pdf", "--json"]
    seen = []
    for name in ("one", "two"):
        folder = town / name
        assert main([*words, "--replications", "2", "--report", str(folder)]) == 0
        seen.append(capsys.readouterr().out)
        assert json.loads(seen[-1]) == json.loads((folder / "report.json").read_text("utf-8"))
    assert seen[0] == seen[1]


def test_compare_with_itself_is_exactly_nothing(town, capsys):
    b = str(town / "b.toml")
    words = ["compare", "line", b, b, "--no-pdf", "--json", "--replications", "3"]
    assert main([*words, "--report", str(town / "out")]) == 0
    paired = json.loads(capsys.readouterr().out)["paired"]
    assert paired["mean"] == {"value": 0.0, "low": 0.0, "high": 0.0, "n": paired["n"]}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nmae = 'x'", "b.toml: The scenario has no “nmae”; did you mean “name”?"),
        ("[posts]\nclose = ['fire 22']", "The town has no post “fire 22” (fire 2?)."),
        (None, "can't be read: No such file or directory."),
    ],
)
def test_a_scenario_that_does_not_fit_exits_2_and_leaves_nothing(town, capsys, text, sentence):
    path = town / "b.toml"
    if text is None:
        path.unlink()
    else:
        path.write_text(text, "utf-8")
    words = ["simulate", "line", "--scenario", str(path), "--report", str(town / "out")]
    assert main(words) == 2
    said = capsys.readouterr().err.strip().splitlines()[-1]
    assert sentence in said
    assert not list((town / "out").glob("*")) if (town / "out").exists() else True


def test_no_machine_at_an_address_is_said(town, capsys, monkeypatch):
    monkeypatch.setattr("anlan.cli.study_reports.MACHINES_WAIT", "0.5s")
    words = ["simulate", "line", "--scenario", str(town / "a.toml"), "--report", str(town / "out")]
    assert main([*words, "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "No Dask scheduler answers at tcp://127.0.0.1:1." in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_leaves_no_parts(town, capsys):
    folder = town / "out"
    folder.mkdir()
    (folder / "report.html").mkdir()
    words = ["simulate", "line", "--scenario", str(town / "a.toml"), "--no-pdf"]
    assert main([*words, "--replications", "1", "--report", str(folder)]) == 2
    assert [one.name for one in folder.iterdir()] == ["report.html"]


def test_without_pango_there_is_a_sentence_and_the_rest_is_written(town, capsys, monkeypatch):
    from anlan.web.coverage import what_if_report

    def lacks(*_about, **_more):
        raise what_if_report.NoPrinter("No PDF: the system lacks Pango.")

    monkeypatch.setattr(what_if_report, "print_pdf", lacks)
    words = ["simulate", "line", "--scenario", str(town / "a.toml"), "--replications", "1"]
    assert main([*words, "--report", str(town / "out")]) == 0
    assert "No PDF: the system lacks Pango." in capsys.readouterr().out
    assert (town / "out" / "report.html").exists()


def test_ctrl_c_reports_what_was_done(tmp_path: Path):
    """As a user does it: another process, one SIGINT while it simulates."""
    folder = tmp_path / "data"
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ANLAN_", "DJANGO_"))}
    environment["ANLAN_KEY_FILE"] = str(tmp_path / "service.key")
    made = subprocess.run(
        [sys.executable, "-c", MAKE, str(folder)],
        env=environment | {"ANLAN_DATA": str(folder)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert made.returncode == 0, made.stderr
    (tmp_path / "drawn.toml").write_text('[calls]\nsource = "drawn"', "utf-8")
    words = ["simulate", "line", "--scenario", str(tmp_path / "drawn.toml"), "--no-pdf", "--json"]
    words += ["--replications", "10000", "--report", str(tmp_path / "out"), "--data", str(folder)]
    running = subprocess.Popen(
        [sys.executable, "-m", "anlan.cli.main", *words],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("Simulating"):
                time.sleep(0.5)
                running.send_signal(signal.SIGINT)
                break
        out, _ = running.communicate(timeout=120)
    finally:
        running.kill()
    assert running.returncode == 0
    done = json.loads(out)["replications"]
    assert done["stopped"] is True
    assert 1 <= done["done"] < 10_000


MAKE = """
import sys
from pathlib import Path
from anlan.cli.installation import prepare
from anlan.cli.output import Output
folder = prepare(sys.argv[1], out=Output(as_json=False))
from tests.services.what_if_town import log_days, street_town
log_days(street_town(Path(folder)))
"""


def test_a_town_that_is_not_there_is_named_so(town, capsys):
    words = ["simulate", "nowhere", "--scenario", str(town / "a.toml"), "--report", str(town / "x")]
    assert main(words) == 2
    assert capsys.readouterr().err.splitlines()[-1].startswith("There is no town nowhere.")


def test_a_new_post_far_from_all_roads_is_a_slip(town, capsys):
    far = town / "far.toml"
    far.write_text('[[posts.add]]\npost = "fire x"\nat = [-70.0, -30.0]\n', "utf-8")
    words = ["simulate", "line", "--scenario", str(far), "--report", str(town / "x"), "--no-pdf"]
    assert main(words) == 2
    assert "far outside the roads" in capsys.readouterr().err
