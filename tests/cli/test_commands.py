"""The commands on a small town: what they print, their one JSON document, their exit codes."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from tests.api.conftest import KEY, SOUTH, STEP, WEST, write_files

from anlan.areas.dispatch.queries.rows import PlannedUnit, PlanRow
from anlan.cli.main import main
from anlan.cli.recommend import _plan
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places import queries as places

pytestmark = pytest.mark.django_db(transaction=True)

HERE, THERE = f"{WEST},{SOUTH}", f"{WEST + 3 * STEP},{SOUTH + 2 * STEP}"


@pytest.fixture
def run(capsys, settings, monkeypatch):
    """Run a command; gives its exit code, its standard output and its standard error."""
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))

    def one(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(settings.ANLAN_DATA)])
        out, err = capsys.readouterr()
        return code, out, err

    return one


@pytest.fixture
def document(run):
    """Run a command with --json; gives its exit code and its document."""

    def one(*words: str):
        code, out, _ = run(*words, "--json")
        return code, json.loads(out)

    return one


def test_a_route_tells_time_distance_and_street_names(little_town, run, document):
    code, out, _ = run("route", KEY, HERE, THERE)
    assert code == 0
    assert "by road" in out
    assert "Street" in out
    assert "Avenue" in out
    code, found = document("route", KEY, HERE, THERE)
    assert code == 0
    assert found["length_m"] == pytest.approx(3 * 340 + 2 * 445, rel=0.01)
    assert {step["name"] for step in found["steps"]} & {"1 Street", "3 Street"}
    assert len(found["lon"]) == len(found["lat"]) > 2


def test_a_recommendation_gives_units_with_the_reason_for_each(little_town, run, document):
    words = ("recommend", KEY, "--at", THERE, "--type", "structure_fire")
    code, out, _ = run(*words)
    assert code == 0
    code, found = document(*words)
    units = found["plans"][0]["units"]
    assert units
    for unit in units:
        assert unit["reason"] in out
        assert unit["for"]


def test_an_area_left_thin_is_said_once_a_plan():
    plan = PlanRow(
        rank=1,
        units=(PlannedUnit("E3", "engine", 168, "engine", "E3, 2 min 48 s by road"),),
        first_arrival_s=168,
        full_arrival_s=168,
        breaks_cover=("Fire station 3",),
        summary="E3: there in 2 min 48 s. Leaves thin: Fire station 3.",
    )
    assert _plan(plan).count("Fire station 3") == 1


def test_a_time_is_the_same_in_words_and_figures(little_town, document):
    for plan in document("recommend", KEY, "--at", THERE, "--type", "structure_fire")[1]["plans"]:
        for unit in plan["units"]:
            minutes, seconds = divmod(unit["travel_s"], 60)
            assert unit["travel_s"] == int(unit["travel_s"])
            for said in filter(None, (f"{minutes:.0f} min" * bool(minutes), f"{seconds:.0f} s")):
                assert said in unit["reason"] or said == "0 s"
        assert plan["first_arrival_s"] in {unit["travel_s"] for unit in plan["units"]}


def test_the_reasons_come_in_chinese_when_asked(little_town, document):
    words = ("recommend", KEY, "--at", THERE, "--type", "medical")
    _, english = document(*words)
    _, chinese = document(*words, "--lang", "zh")
    assert document(*words, "--lang", "zh-hans")[1]["plans"] == chinese["plans"]
    first, second = (found["plans"][0]["units"][0] for found in (english, chinese))
    assert first["unit"] == second["unit"]
    assert first["reason"] != second["reason"]


def test_nothing_to_send_is_a_clear_no(run, document, settings, tmp_path):
    settings.ANLAN_DATA = tmp_path / "data"
    files = write_files(tmp_path)
    assert run("town", "create", "bare", "--name", "Bare", "--zone", "Europe/Madrid")[0] == 0
    roads = (str(files["nodes.csv"]), str(files["edges.csv"]))
    assert run("roads", "import", "bare", *roads)[0] == 0
    code, found = document("recommend", "bare", "--at", THERE, "--type", "structure_fire")
    assert (code, found["status"]) == (1, "none")
    assert all(missing["sentence"] for missing in found["missing"])


def test_csv_roads_name_whom_the_maps_owe_and_refuse_a_name_unknown(run, settings, tmp_path):
    settings.ANLAN_DATA = tmp_path / "data"
    files = write_files(tmp_path)
    roads = (str(files["nodes.csv"]), str(files["edges.csv"]))
    assert run("town", "create", "owing", "--name", "Owing", "--zone", "Europe/Madrid")[0] == 0
    code, _, err = run("roads", "import", "owing", *roads, "--attribution", "nobody")
    assert (code, "give one of: osm" in err) == (2, True)
    assert run("roads", "import", "owing", *roads, "--attribution", "osm")[0] == 0
    assert places.town("owing").attribution == ("© OpenStreetMap contributors (ODbL)",)


@pytest.mark.parametrize(
    "words",
    [
        ("town", "list"),
        ("coverage", KEY),
        ("site", KEY, "--model", "mclp", "--add", "1"),
        ("units", "import", KEY, __file__),
        ("serve", KEY),
    ],
    ids=" ".join,
)
def test_a_folder_mistyped_is_said_and_no_installation_made_there(run, settings, tmp_path, words):
    settings.ANLAN_DATA = tmp_path / "dta"
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    assert err.startswith(f"There is no installation in {tmp_path / 'dta'}")
    assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "dta").exists()


def test_a_town_is_made_and_filled_by_the_contracts_words(run, document, settings, tmp_path):
    settings.ANLAN_DATA = tmp_path / "data"
    files = {name: str(path) for name, path in write_files(tmp_path).items()}
    code, made = document("town", "create", KEY, "--name", "L 镇", "--zone", "Europe/Madrid")
    assert (code, made["key"], made["country"]) == (0, KEY, "ES")
    code, roads = document("roads", "import", KEY, files["nodes.csv"], files["edges.csv"])
    assert code == 0
    assert {"nodes", "edges", "km", "cut_off_nodes", "restrictions"} <= set(roads)
    assert (roads["nodes"], roads["edges"]) == (49, 84)
    assert document("posts", "import", KEY, files["posts.csv"])[1]["added"] == 2
    assert document("units", "import", KEY, files["units.csv"])[1]["added"] == 9
    code, out, _ = run("town", "list")
    assert (code, "L 镇" in out) == (0, True)


@pytest.mark.parametrize(
    ("subject", "text", "code"),
    [
        ("units", "unit,kind\nQ1,spaceship\n", 2),
        ("units", "unit,kind\nQ1,spaceship\nQ2,engine\n", 1),
        ("posts", "kind,ident,lon,lat\nfire,9,here,there\nfire,10,-8.6,41.1\n", 1),
        ("posts", "kind,ident,lon,lat\nfire,9,here,there\n", 2),
    ],
)
def test_a_file_of_which_not_all_was_taken_is_no_success(
    little_town, run, document, tmp_path, subject, text, code
):
    path = tmp_path / "rows.csv"
    path.write_text(text, "utf-8")
    assert run(subject, "import", KEY, str(path))[0] == code
    assert document(subject, "import", KEY, str(path))[1]["rejected"][0]["line"] == 2


def test_a_point_in_another_country_is_refused(little_town, run):
    far = "48.8,2.3"
    for words in (["route", KEY, HERE, far], ["recommend", KEY, "--at", far, "--type", "medical"]):
        code, out, err = run(*words)
        assert (code, out) == (2, "")
        assert err.strip() == f"{far}: It lies far outside the roads; check lon and lat."


def test_a_street_is_closed_listed_and_opened(little_town, run, document):
    middle = f"{WEST + 0.5 * STEP},{SOUTH}"
    code, closed = document("closures", "add", KEY, middle, "--minutes", "10")
    assert (code, closed["street"]) == (0, "1 Street")
    assert closed["ends_at"]
    assert document("closures", "list", KEY)[1] == [closed]
    assert "1 Street" in run("closures", "list", KEY)[1]
    assert run("closures", "lift", KEY, str(closed["id"]))[0] == 0
    assert document("closures", "list", KEY)[1] == []
    assert run("closures", "lift", KEY, str(closed["id"]))[0] == 1


def test_an_account_is_made_with_a_password_that_is_printed_once(little_town, document, run):
    code, made = document("staff", "create", "desk-2")
    assert (code, made["username"]) == (0, "desk-2")
    assert len(made["password"]) > 16
    assert document("staff", "grant", KEY, "desk-2", "dispatcher")[0] == 0
    code, out, err = run("staff", "create", "desk-2")
    assert (code, out) == (1, "")
    assert err.strip()


def test_an_account_gets_a_new_password_loses_its_role_and_ends(little_town, document, run):
    made = document("staff", "create", "desk-7")[1]
    document("staff", "grant", KEY, "desk-7", "dispatcher")
    code, anew = document("staff", "reset", "desk-7")
    assert (code, anew["username"]) == (0, "desk-7")
    assert len(anew["password"]) > 16
    assert anew["password"] != made["password"]
    listed = document("staff", "list", KEY)[1]
    assert {"username": "desk-7", "roles": ["dispatcher"], "active": True} in listed
    assert document("staff", "withdraw", KEY, "desk-7", "dispatcher")[0] == 0
    assert "desk-7" not in {one["username"] for one in document("staff", "list", KEY)[1]}
    assert run("staff", "withdraw", KEY, "desk-7", "dispatcher")[0] == 1
    document("staff", "grant", KEY, "desk-7", "crew")
    assert document("staff", "end", "desk-7") == (0, {"username": "desk-7", "to_hand_over": []})
    assert "ended" in run("staff", "list", KEY)[1]
    for again in (("end", "desk-7"), ("reset", "desk-7"), ("end", "nobody-9")):
        assert run("staff", *again)[0] == 1


WRONG = [
    ("route", "atlantis", HERE, THERE),
    ("route", KEY, "here", THERE),
    ("route", KEY, "40.4,-200", THERE),
    ("recommend", KEY, "--at", THERE, "--type", "petition"),
    ("recommend", KEY, "--at", THERE, "--type", "medical", "--when", "noon"),
    ("recommend", KEY, "--at", THERE, "--type", "medical", "--level", "99"),
    ("recommend", KEY, "--at", THERE, "--type", "medical", "--alternatives", "-1"),
    ("town", "create", "Bad Key", "--name", "x", "--zone", "Europe/Madrid"),
    ("town", "create", "new", "--name", "x", "--zone", "Mars/Olympus"),
    ("town", "create", KEY, "--name", "twice", "--zone", "Europe/Madrid"),
    ("roads", "import", KEY, "absent.osm.pbf"),
    ("roads", "import", KEY, __file__),
    ("posts", "import", KEY, "absent.csv"),
    ("posts", "import", KEY, __file__),
    ("units", "import", KEY, __file__),
    ("runcards", "import", KEY, __file__),
    ("serve", "atlantis"),
    ("serve", KEY, "--port", "99999"),
    ("closures", "add", KEY, "0,0"),
    ("closures", "add", KEY, HERE, "--speed-factor", "nan"),
    ("closures", "add", KEY, HERE, "--minutes", "-5"),
    ("closures", "add", KEY, HERE, "--minutes", "99999999999"),
]


@pytest.mark.parametrize("words", WRONG, ids=" ".join)
def test_bad_input_is_one_sentence_and_exit_2_with_nothing_written(little_town, run, words):
    before = LedgerEntry.objects.count()
    code, out, err = run(*words)
    assert (code, out) == (2, ""), err
    assert "Traceback" not in err
    assert len(err.strip().splitlines()) == 1, err
    code, out, err = run(*words, "--json")
    assert code == 2
    assert json.loads(out)["error"] == err.strip()
    assert LedgerEntry.objects.count() == before


def test_two_commands_that_start_at_once_make_the_tables_once(tmp_path):
    """Both meet an empty folder; the second waits for the first one's tables and key."""
    import os

    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "anlan.project.settings",
        "ANLAN_KEY_FILE": str(tmp_path / "town.key"),
    }
    environment.pop("ANLAN_DATA", None)
    environment.pop("ANLAN_DATABASE_URL", None)
    words = [sys.executable, "-m", "anlan.cli.main", "town", "create"]
    both = [
        subprocess.Popen(
            [*words, key, "--name", key, "--zone", "UTC", "--data", str(tmp_path / "data")],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for key in ("one", "two")
    ]
    for process in both:
        _, err = process.communicate(timeout=180)
        assert process.returncode == 0, err
    listed = subprocess.run(
        [*words[:-1], "list", "--json", "--data", str(tmp_path / "data")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert {town["key"] for town in json.loads(listed.stdout)} == {"one", "two"}
