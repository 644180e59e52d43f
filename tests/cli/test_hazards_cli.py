"""`anlan premises` and `anlan hazards`: what they print, their JSON, their exit codes."""

from __future__ import annotations

import json

import pytest
from tests.services import hazard_round as scene

from anlan.cli.main import main

pytestmark = pytest.mark.django_db(transaction=True)
CSV = "ident,class,name,lon,lat,risk\ns-1,school,North school,0.01,0.01,high\n"
FORM = """
code = "ours"
label = { en = "Our shops", zh = "本镇商店" }
classes = ["shop"]
questions = [
  { code = "exits", about = "exit", answers = "clear", hazard = "exit_blocked", label = { en = "EXITS", zh = "安全出口" } },
]
"""  # noqa: E501 - a TOML table stands in one line


@pytest.fixture
def run(capsys, settings, monkeypatch):
    """Run a command in a town; gives its exit code, standard output and error."""
    monkeypatch.setenv("ANLAN_DATA", str(settings.ANLAN_DATA))

    def one(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--data", str(settings.ANLAN_DATA)])
        out, err = capsys.readouterr()
        return code, out, err

    settings.ANLAN_DATA.mkdir(parents=True, exist_ok=True)  # a command begins none by itself
    scene.make_town()
    return one


def test_a_register_goes_in_and_out_as_the_same_file(run, tmp_path):
    file, back = tmp_path / "in.csv", tmp_path / "out.csv"
    file.write_text(CSV, encoding="utf-8")
    code, out, _ = run("premises", "import", scene.KEY, str(file), "--datum", "wgs84")
    assert (code, out.strip()) == (0, "Premises: 1 added.")
    assert run("premises", "export", scene.KEY, str(back))[0] == 0
    assert back.read_text(encoding="utf-8").splitlines() == CSV.splitlines()
    rows = json.loads(run("premises", "list", scene.KEY, "--risk", "high", "--json")[1])
    assert [(one["ident"], one["open_hazards"]) for one in rows] == [("s-1", 0)]


def test_a_home_is_rejected_with_its_line_and_exit_2(run, tmp_path):
    file = tmp_path / "in.csv"
    file.write_text(CSV.replace("school,North school", "dwelling,A house"), encoding="utf-8")
    code, out, _ = run("premises", "import", scene.KEY, str(file), "--datum", "wgs84")
    assert code == 2
    assert "line 2: A home can't be registered" in out


def test_overdue_exits_1_when_there_is_something(run):
    assert run("hazards", "overdue", scene.KEY)[:2] == (0, "Nothing is overdue.\n")
    scene.open_one()  # months ago
    code, out, _ = run("hazards", "overdue", scene.KEY)
    assert code == 1
    assert "serve_order" in out
    assert "North school" in out


def test_due_inspections_are_planned_and_listed(run):
    scene.register()
    assert run("hazards", "plan", scene.KEY)[1] == "1 inspections planned.\n"
    rows = json.loads(run("hazards", "due", scene.KEY, "--json")[1])
    assert [(one["premises"], one["checklist"]) for one in rows] == [("s-1", "fire_general")]


@pytest.mark.parametrize(
    ("asks", "code", "says"),
    [
        ("EXITS", 0, "1 questions about things"),
        ("Name of the tenant", 1, "asks about people"),
        ('EXITS" kind = "words', 2, "no readable TOML"),
    ],
)
def test_a_form_is_checked_without_a_town(run, tmp_path, asks, code, says):
    file = tmp_path / "form.toml"
    file.write_text(FORM.replace("EXITS", asks), encoding="utf-8")
    found = run("hazards", "check", str(file))
    assert found[0] == code
    assert says in found[1] + found[2]


def test_a_proposed_form_waits_for_a_second_person(run, tmp_path):
    file = tmp_path / "form.toml"
    file.write_text(FORM, encoding="utf-8")
    assert run("hazards", "propose", scene.KEY, str(file))[1] == (
        "ours 1 waits for a second person.\n"
    )
    assert "ours" not in run("hazards", "checklists", scene.KEY)[1]
    assert "fire_general as shipped" in run("hazards", "checklists", scene.KEY)[1]
    code, _, err = run("hazards", "propose", scene.KEY, str(file))
    assert code == 1
    assert "waits for its second person already" in err


def test_a_form_is_checked_where_there_is_no_installation(tmp_path, capsys):
    file = tmp_path / "form.toml"
    file.write_text('code = "x"\n', encoding="utf-8")
    main(["hazards", "check", str(file), "--data", str(tmp_path / "absent")])
    assert "There is no installation" not in "".join(capsys.readouterr())
    assert not (tmp_path / "absent").exists()
