"""`anlan coverage` and `anlan site KEY` on a small town: documents, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.api.conftest import KEY, SOUTH, STEP, WEST
from tests.cli.test_commands import document, run  # noqa: F401  (fixtures)

from anlan.cli import coverage

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("little_town"),
]


def test_coverage_prints_one_document_and_writes_the_map(document, tmp_path):  # noqa: F811
    out = tmp_path / "cover.geojson"
    code, found = document("coverage", KEY, "--minutes", "1,2", "--out", str(out), "--gaps", "2")
    assert code == 0
    assert [band["minutes"] for band in found["bands"]] == [1, 2]
    assert len(found["gaps"]) == 2 < found["gap_count"]
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["anlan"]["bands"] == found["bands"]


@pytest.mark.parametrize("ending", [".gpkg", ".png", ".GeoJSON"])
def test_the_ending_names_the_kind_of_map(run, tmp_path, ending):  # noqa: F811
    out = tmp_path / f"cover{ending}"
    code, text, _err = run("coverage", KEY, "--minutes", "1,2", "--hour", "8", "--out", str(out))
    assert code == 0
    assert out.stat().st_size > 1000
    assert "08:00 to 09:00" in text
    assert "Not reached within 1 minutes" in text
    assert "free flow" in text


@pytest.mark.parametrize(
    "words",
    [
        ["--minutes", "ten"],
        ["--minutes", "10,5"],
        ["--hour", "24"],
        ["--kind", "lighthouse"],
        ["--kind", "police"],
        ["--count-from", "birth"],
        ["--count-from", "call"],
        ["--unit-kind", "tank"],
        ["--out", "cover.shp"],
        ["--out", "/no/such/folder/cover.png"],
    ],
    ids=lambda words: " ".join(words),
)
def test_what_cannot_be_covered_is_one_sentence_and_writes_nothing(
    run,  # noqa: F811
    tmp_path,
    monkeypatch,
    words,
):
    monkeypatch.chdir(tmp_path)
    code, text, err = run("coverage", KEY, *words)
    assert (code, text) == (2, "")
    assert err.strip().splitlines()[-1].endswith(".")
    assert "Traceback" not in err
    assert [one.name for one in Path(tmp_path).glob("cover*")] == []


def test_a_site_is_proposed_for_a_town_with_its_proof(document, tmp_path):  # noqa: F811
    out = tmp_path / "site.geojson"
    code, found = document(
        "site", KEY, "--model", "mclp", "--add", "1", "--minutes", "2",
        "--weights", "people", "--out", str(out),
    )  # fmt: skip
    assert code == 0
    assert (found["optimal"], found["value"]) == (True, found["bound"])
    assert [site["state"] for site in found["sites"]] == ["new", "kept", "kept"]
    assert found["after"][0]["people"] > found["before"][0]["people"]
    written = json.loads(out.read_text(encoding="utf-8"))
    assert written["siting"]["value"] == found["value"]


def test_the_same_seed_gives_the_same_sites(document):  # noqa: F811
    words = ["site", KEY, "--model", "p-median", "--add", "2", "--weights", "people", "--seed", "7"]
    first, second = document(*words)[1], document(*words)[1]
    assert (first["sites"], first["value"]) == (second["sites"], second["value"])


def test_a_forbidden_place_is_not_taken(document):  # noqa: F811
    words = ["site", KEY, "--model", "p-median", "--add", "1", "--weights", "people"]
    site = document(*words)[1]["sites"][0]
    other = document(*words, "--forbid", f"{site['lon']},{site['lat']}")[1]["sites"][0]
    assert (other["lon"], other["lat"]) != (site["lon"], site["lat"])


def test_people_read_where_why_and_how_sure(run):  # noqa: F811
    code, text, _err = run(
        "site", KEY, "--model", "p-center", "--add", "1", "--weights", "people"
    )  # fmt: skip
    assert code == 0
    assert "Optimal for these sites and places, proven." in text
    assert "2 posts stay." in text
    assert "PEOPLE BEFORE" in text
    assert "counts demand gathered at" in text


def test_a_town_without_calls_shows_no_columns_of_calls(run):  # noqa: F811
    code, covered, _err = run("coverage", KEY, "--minutes", "1,2")
    assert code == 0
    assert "people and area are judged" in covered
    _code, sited, _err = run(
        "site", KEY, "--model", "p-center", "--add", "1", "--weights", "people"
    )
    for text in (covered, sited):
        assert "PEOPLE" in text
        assert "CALLS" not in text
        assert "EXPECTED" not in text


def test_posts_given_up_are_counted_after_what_is_new(run):  # noqa: F811
    code, text, _err = run(
        "site", KEY, "--model", "p-median", "--p", "1", "--free", "--weights", "people"
    )
    assert code == 0
    given_up = [line for line in text.splitlines() if line.startswith("Given up: ")]
    assert len(given_up) == 1
    assert text.index("stay") < text.index("Given up: ")


def band(expected: float | None, seen: float | None, *, of: int = 100) -> SimpleNamespace:
    return SimpleNamespace(minutes=5, expected_share=expected, seen_share=seen, seen=of)


@pytest.mark.parametrize(
    ("one", "warned"),
    [
        (band(0.90, 0.40), True),
        (band(0.90, 0.85), False),
        (band(0.90, 0.40, of=29), False),
        (band(None, 0.40), False),
    ],
)
def test_figures_far_from_the_log_are_not_to_be_trusted(one, warned):
    said = coverage._apart(SimpleNamespace(bands=(one,)))
    assert bool(said) is warned
    if warned:
        assert "90.0 % are expected and 40.0 % were seen" in said[0]


def test_what_is_added_before_travel_is_said_in_seconds():
    def said(counted: str) -> list[str]:
        before = SimpleNamespace(processing_s=61.4, turnout_s=90.0)
        return coverage._start(
            SimpleNamespace(before=before, asked=SimpleNamespace(counted_from=counted))
        )

    assert said("travel") == []
    assert "90 s of turnout" in said("turnout")[0]
    assert "61 s of handling and 90 s of turnout" in said("call")[0]


@pytest.mark.parametrize(("calls", "warned"), [(1, True), (8, True), (29, True), (30, False)])
def test_few_calls_are_said_to_be_few(calls, warned):
    demand = SimpleNamespace(
        calls=calls, calls_from="2020-04-01", calls_to="2020-04-14", calls_left_out=0
    )
    assert ("too few" in coverage._calls(demand)) is warned


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--model", "mclp"], 2),
        (["--model", "lscp", "--add", "1"], 2),
        (["--model", "mclp", "--add", "1", "--free"], 2),
        (["--model", "mclp", "--add", "1", "--keep", "--free"], 2),
        (["--model", "mclp", "--add", "1", "--radius", "300"], 2),
        (["--model", "mclp", "--add", "1", "--seconds", "0"], 2),
        (["--model", "mclp", "--add", "1", "--forbid", "here"], 2),
        (["--model", "mclp", "--add", "1", "--out", "x.png"], 2),
        (["--model", "mclp", "--add", "1"], 2),  # no call in the log
        (["--model", "lscp", "--minutes", "1", "--weights", "people", "--free",
          "--forbid", f"{WEST},{SOUTH}", "--forbid", f"{WEST + 6 * STEP},{SOUTH}"], 0),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else str(value),
)  # fmt: skip
def test_a_siting_is_answered_or_refused_in_one_sentence(run, words, code):  # noqa: F811
    found, text, err = run("site", KEY, *words)
    assert found == code, err
    assert "Traceback" not in err
    if code:
        assert text == ""
        assert err.strip().splitlines()[-1].endswith(".")


def test_a_town_and_a_graph_are_not_asked_at_once(run, tmp_path):  # noqa: F811
    graph = tmp_path / "graph.txt"
    graph.write_text("3 2 1\n1 2 4\n2 3 5\n", encoding="utf-8")
    both = run("site", KEY, "--model", "p-median", "--orlib", str(graph))
    neither = run("site", "--model", "p-median")
    alone = run("site", "--model", "p-median", "--orlib", str(graph), "--add", "1")
    assert [one[0] for one in (both, neither, alone)] == [2, 2, 2]
    assert "for a town" in alone[2]
