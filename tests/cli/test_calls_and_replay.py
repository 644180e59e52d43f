"""`anlan calls import` and `anlan replay` by their words: documents, exit codes, all or nothing."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from anlan.cli.output import Output
from anlan.cli.replay import _pace
from anlan.kernel.values import BadInput

CALL_HEADINGS = (
    "call_number,unit_id,call_type,watch_date,received,entry,dispatch,response,on_scene,available,"
    "unit_type,lat,lon"
)


def call_rows() -> list[str]:
    """Sixty calls along the street, half an hour apart, each answered by E01 or E02."""
    rows = []
    for number in range(60):
        at = f"2020-04-{7 + number // 30:02d}T{8 + number % 30 // 2:02d}:{30 * (number % 2):02d}"
        unit, lon = ("E01", 0.008) if number % 2 else ("E02", 0.033)
        rows.append(
            f"{number},{unit},Alarms,{at[:10]},{at}:00,{at}:30,{at}:50,{at[:14]}"
            f"{int(at[14:]) + 2:02d}:00,{at[:14]}{int(at[14:]) + 4:02d}:30,"
            f"{at[:14]}{int(at[14:]) + 9:02d}:00,ENGINE,0.0001,{lon}"
        )
    return rows


def anlan(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a user does: without the settings that the tests run under."""
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("ANLAN_", "DJANGO_", "PYTEST_"))
    }
    return subprocess.run(
        [sys.executable, "-m", "anlan.cli.main", *words, "--data", str(folder / "data")],
        capture_output=True,
        text=True,
        timeout=300,
        env=environment | {"ANLAN_KEY_FILE": str(folder / "service.key")},
    )


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a straight street of four blocks, a fire post at each end, and a log."""
    folder = tmp_path_factory.mktemp("installation")
    nodes = "".join(f"{n},{(n - 1) / 100},0.0,1\n" for n in range(1, 6))
    (folder / "nodes.csv").write_text("node_id,lon,lat,in_main_component\n" + nodes, "utf-8")
    heads = "edge_id,from_node,to_node,length_m,road_class,name,oneway,speed_kmh,geometry\n"
    edges = "".join(
        f"{n},{n},{n + 1},1113,street,Long St,B,40,"
        f'"LINESTRING({(n - 1) / 100} 0.0,{n / 100} 0.0)"\n'
        for n in range(1, 5)
    )
    (folder / "edges.csv").write_text(heads + edges, "utf-8")
    (folder / "posts.csv").write_text(
        "kind,ident,address,lon,lat\nfire,1,1 Long St,0.0,0.0\nfire,2,2 Long St,0.04,0.0\n", "utf-8"
    )
    text = "\n".join([CALL_HEADINGS, *call_rows()])
    (folder / "calls.csv").write_text(text + "\n", "utf-8")
    (folder / "mine.toml").write_text(
        'code = "mine"\nextends = "sf-fire"\nzone = "UTC"\n', encoding="utf-8"
    )
    for words in (
        ["town", "create", "line", "--name", "Line", "--zone", "UTC"],
        ["roads", "import", "line", str(folder / "nodes.csv"), str(folder / "edges.csv")],
        ["posts", "import", "line", str(folder / "posts.csv")],
    ):
        done = anlan(folder, *words)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def imported(installation: Path) -> dict:
    """The report of the first import of the log."""
    done = bring_in(installation)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def bring_in(folder: Path, *, file: str = "calls.csv", mapping: str | None = None):
    name = mapping or str(folder / "mine.toml")
    return anlan(folder, "calls", "import", "line", str(folder / file), "--mapping", name, "--json")


def dump(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "data" / "anlan.sqlite3") as database:
        return list(database.iterdump())


def replay(folder: Path, *more: str, begins="2020-04-07", ends="2020-04-09"):
    words = ["replay", "line", "--from", begins, "--to", ends, "--policy", "recommended"]
    return anlan(folder, *words, "--speed", "max", "--report", str(folder / "report"), *more)


def test_import_prints_one_document_with_what_came_in(imported):
    assert (imported["rows"], imported["calls"], imported["units"]) == (60, 60, 2)
    assert imported["rejected"] == []
    assert imported["factor"]["n"] == 60
    assert imported["factor"]["factor"] > 0


def test_second_import_adds_nothing(installation, imported):
    again = json.loads(bring_in(installation).stdout)
    assert set(again["added"].values()) == {0}
    assert (again["rows"], again["calls"], again["units"]) == (60, 60, 2)


def test_factor_is_fitted_by_the_next_import_where_a_kill_came_before_it(installation, imported):
    with sqlite3.connect(installation / "data" / "anlan.sqlite3") as database:
        database.execute("UPDATE places_town SET factor = 1.0, factor_error = '{}'")
    again = json.loads(bring_in(installation).stdout)
    assert set(again["added"].values()) == {0}
    assert again["factor"]["factor"] == imported["factor"]["factor"]
    assert json.loads(bring_in(installation).stdout)["factor"] is None


@pytest.mark.parametrize(
    ("file", "mapping", "sentence"),
    [
        ("posts.csv", None, "lacks the heading"),
        ("absent.csv", None, "can't be read"),
        ("calls.csv", "sf-police", "no mapping"),
        ("calls.csv", "datasf-fire", "lacks the heading Call Number"),
    ],
)
def test_bad_input_is_one_sentence_exit_2_and_nothing_written(
    installation, imported, file, mapping, sentence
):
    before = dump(installation)
    done = bring_in(installation, file=file, mapping=mapping)
    assert done.returncode == 2
    assert sentence in json.loads(done.stdout)["error"]
    assert "Traceback" not in done.stderr
    assert dump(installation) == before


def test_replay_writes_both_files_and_leaves_the_town_as_it_was(installation, imported):
    before = dump(installation)
    done = replay(installation, "--json")
    assert done.returncode == 0, done.stderr
    folder = installation / "report"
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.json"]
    printed, written = json.loads(done.stdout), json.loads((folder / "report.json").read_text())
    assert printed == written
    assert written["log"]["calls"] == 60
    assert written["intervals"]["answer"]["observed"] is None
    assert (folder / "report.html").read_text().startswith("<!doctype html>")
    assert dump(installation) == before


def test_replay_of_nothing_is_one_sentence_exit_2_and_keeps_the_last_report(installation, imported):
    replay(installation)
    page = installation / "report" / "report.html"
    kept = page.read_text()
    for begins, ends in (("2030-01-01", "2030-01-02"), ("2020-04-09", "2020-04-07")):
        done = replay(installation, begins=begins, ends=ends)
        assert (done.returncode, done.stdout) == (2, "")
        assert "Traceback" not in done.stderr
    assert page.read_text() == kept


@pytest.mark.parametrize("speed", ["0", "-3", "fast", "nan", "inf", ""])
def test_speed_that_is_none_is_refused(speed):
    with pytest.raises(BadInput, match="is no speed"):
        _pace(speed, "line", Output(as_json=False))


def test_speed_paces_against_the_wall_clock(installation, imported):
    done = anlan(
        installation,
        *("replay", "line", "--from", "2020-04-07T08:00", "--to", "2020-04-07T09:00"),
        *("--policy", "recorded", "--speed", "900", "--report", str(installation / "paced")),
    )
    assert done.returncode == 0, done.stderr
    assert "Town time 2020-04-07" in done.stderr
