"""The command line's contract: quick help, one JSON document, one sentence a fault, exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from anlan.cli import main as command_line
from anlan.cli.arguments import UsageError, point, shield_points
from anlan.cli.main import build_parser, main
from anlan.cli.output import Output, duration, length, table, width_of
from anlan.kernel.values import BadInput, Forbidden, Refused

HEAVY = ("django", "numpy", "scipy", "numba", "pydantic", "shapely", "uvicorn", "anlan.engine")

ISSUE_WORDS = [
    ["town", "create", "sf", "--name", "San Francisco", "--zone", "America/Los_Angeles"],
    ["roads", "import", "sf", "city.osm.pbf"],
    ["roads", "import", "sf", "nodes.csv", "edges.csv"],
    ["posts", "import", "sf", "facilities.csv"],
    ["units", "import", "sf", "units.csv"],
    ["runcards", "import", "sf", "runcards.toml"],
    ["calls", "import", "sf", "calls.csv", "--mapping", "sf-fire"],
    ["route", "sf", "-122.4,37.7", "-122.5,37.8"],
    ["recommend", "sf", "--at", "-122.4,37.7", "--type", "structure_fire"],
    [
        *("replay", "sf", "--from", "2020-04-01", "--to", "2020-04-02"),
        *("--policy", "recommended", "--speed", "max", "--report", "out"),
    ],
    ["serve", "sf"],
]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "anlan.cli.main", *words], capture_output=True, text=True, timeout=60
    )


@pytest.mark.parametrize("words", ISSUE_WORDS, ids=lambda words: " ".join(words[:2]))
def test_every_command_of_the_contract_is_understood(words):
    args = build_parser().parse_args(shield_points(words))
    assert callable(args.run)


@pytest.mark.parametrize("words", ISSUE_WORDS, ids=lambda words: " ".join(words[:2]))
def test_data_and_json_stand_before_or_after_the_command(words):
    before = build_parser().parse_args(shield_points(["--data", "x", "--json", *words]))
    after = build_parser().parse_args(shield_points([*words, "--json", "--data=x"]))
    neither = build_parser().parse_args(shield_points(words))
    assert (before.data, before.json) == (after.data, after.json) == ("x", True)
    assert (neither.data, neither.json) == (None, False)


@pytest.mark.parametrize("words", [["--help"], ["recommend", "--help"], ["--version"]])
def test_help_imports_nothing_heavy(words):
    code = (
        "import sys\nfrom anlan.cli.main import main\n"
        f"try: main({words!r})\nexcept SystemExit: pass\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\n"
        "print(heavy, file=sys.stderr)\nsys.exit(bool(heavy) or len(sys.modules) > 250)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("at", [["--at", "-122.4,37.7"], ["--at=-122.4,37.7"]])
def test_a_point_may_begin_with_a_minus(at):
    args = build_parser().parse_args(shield_points(["recommend", "sf", *at, "--type", "fire"]))
    found = point(args.at)
    assert (found.lon, found.lat) == (-122.4, 37.7)


def test_points_are_positional_arguments_with_their_minus():
    args = build_parser().parse_args(shield_points(["route", "sf", "-122.4,37.7", "-.5,-1e1"]))
    assert (point(args.start).lon, point(args.end).lon, point(args.end).lat) == (-122.4, -0.5, -10)


@pytest.mark.parametrize("text", ["", "37.7", "a,b", "nan,1", "1,2,3", "inf,0", "--at", "1;2"])
def test_what_is_no_point_is_refused_with_an_example(text):
    with pytest.raises(BadInput, match="write LON,LAT"):
        point(text)


@pytest.mark.parametrize("text", ["181,0", "0,91", "37.7,-122.4"])
def test_a_point_outside_the_world_is_refused_with_the_order(text):
    with pytest.raises(BadInput, match="longitude first"):
        point(text)


@pytest.mark.parametrize(
    "words", [["nonsense"], ["route", "sf"], ["--nonsense"], [], ["recommend", "sf", "--at"]]
)
def test_a_wrong_command_line_is_one_sentence_and_exit_2(words):
    done = run(*words)
    assert done.returncode == 2
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert "--help" in done.stderr


def test_a_wrong_command_line_with_json_is_also_one_document():
    done = run("nonsense", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["error"] in done.stderr


def fake(monkeypatch, run):
    """Give a parser whose command `try` runs the function without an installation."""

    def parser():
        built = command_line.Parser(prog="anlan")
        tried = built.add_subparsers(dest="command").add_parser("try")
        tried.set_defaults(run=run, bare=True)
        built.set_defaults(version=False)
        command_line.add_common_options(built)
        return built

    monkeypatch.setattr(command_line, "build_parser", parser)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("Write it so."), 2),
        (Refused("E7 is taken.", code="unit_taken"), 1),
        (Forbidden("This needs a role.", code="role_missing"), 1),
        (FileNotFoundError(2, "No such file or directory", "calls.csv"), 2),
        (OSError(5, "Input/output error", "calls.csv"), 2),
    ],
)
def test_a_users_fault_is_its_sentence_without_a_traceback(monkeypatch, capsys, error, code):
    def broken(args, out):
        raise error

    fake(monkeypatch, broken)
    assert main(["try", "--json"]) == code
    out, err = capsys.readouterr()
    assert json.loads(out)["error"] == err.strip()
    assert "Traceback" not in err


def test_our_own_fault_is_told_by_its_place_and_never_by_its_values(monkeypatch, capsys):
    def broken(args, out):
        raise ValueError("the caller said: help")

    fake(monkeypatch, broken)
    monkeypatch.delenv("ANLAN_TRACE", raising=False)
    assert main(["try"]) == 70
    out, err = capsys.readouterr()
    assert out == ""
    assert "ValueError at anlan/cli/main.py" in err
    assert "help" not in err


def test_ctrl_c_ends_with_130_and_no_traceback(monkeypatch, capsys):
    def stopped(args, out):
        raise KeyboardInterrupt

    fake(monkeypatch, stopped)
    assert main(["try"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_a_reader_that_leaves_ends_the_command_quietly():
    code = (
        "from anlan.cli.output import Output\nimport anlan.cli.main as m, sys\n"
        "def run(args, out): out.result({}, 'line\\n' * 200_000)\n"
        "def parser():\n"
        "    p = m.Parser(); t = p.add_subparsers().add_parser('try')\n"
        "    t.set_defaults(run=run, bare=True); p.set_defaults(version=False)\n"
        "    m.add_common_options(p); return p\n"
        "m.build_parser = parser\nsys.exit(m.main(['try']))"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "line\n"
    writer.stdout.close()
    assert writer.stderr is not None
    assert writer.stderr.read() == ""
    assert writer.wait(timeout=60) == 0


def test_the_parser_raises_where_argparse_would_leave():
    with pytest.raises(UsageError, match="--help"):
        build_parser().parse_args(["route"])


def output(*, as_json: bool, ticks=()):
    out, err, left = io.StringIO(), io.StringIO(), list(ticks)
    return Output(as_json=as_json, stdout=out, stderr=err, clock=lambda: left.pop(0)), out, err


def test_with_json_the_result_is_one_document_and_progress_is_beside_it():
    printer, out, err = output(as_json=True, ticks=[0.0])
    printer.progress("Reading roads")
    printer.result({"name": "澜"}, "for people")
    assert json.loads(out.getvalue()) == {"name": "澜"}
    assert err.getvalue() == "Reading roads …\n"


def test_progress_is_shown_at_first_then_once_a_second_and_at_the_end():
    printer, _, err = output(as_json=False, ticks=[0.0, 0.2, 1.3, 1.4, 3.0])
    for share in (0.0, 0.1, 0.5, 0.6, 1.0):
        printer.progress("Reading roads", share)
    assert err.getvalue().splitlines() == [
        "Reading roads …",
        "Reading roads  50% (1.3 s)",
        "Reading roads done (3.0 s)",
    ]


def test_a_second_result_is_a_fault_of_the_command():
    printer, _, _ = output(as_json=True)
    printer.result({}, "")
    with pytest.raises(RuntimeError):
        printer.result({}, "")


def test_columns_line_up_with_chinese_in_them():
    lines = table(["UNIT", "m"], [["消防", 5], ["E7", 12]], right=(1,)).splitlines()
    assert lines == ["UNIT   m", "消防   5", "E7    12"]
    assert len({width_of(line) for line in lines}) == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (48.5, "49 s"), (250, "4 min 10 s"), (3725, "1 h 02 min")],
)
def test_seconds_are_written_as_people_say_them(seconds, text):
    assert duration(seconds) == text


@pytest.mark.parametrize(("metres", "text"), [(0.4, "0 m"), (949, "949 m"), (2345, "2.3 km")])
def test_lengths_are_written_as_people_say_them(metres, text):
    assert length(metres) == text


def test_a_name_that_no_encoding_can_write_still_gives_one_document():
    raw = io.BytesIO()
    out = Output(as_json=True, stdout=io.TextIOWrapper(raw, encoding="utf-8"))
    out.result({"servers": ["\ud800", "车一"]}, "")
    assert json.loads(raw.getvalue().decode()) == {"servers": ["?", "车一"]}
