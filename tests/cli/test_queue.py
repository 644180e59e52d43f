"""`anlan queue` answers from a file alone, and says in one sentence what it can't read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from anlan.cli.main import main

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method" / "queueing.md"


@pytest.fixture
def ask(tmp_path, capsys):
    """Run `anlan queue` on a document (or a text) and give (exit code, output, errors)."""

    def run(document, *words, model="hypercube"):
        file = tmp_path / "question.json"
        text = document if isinstance(document, str) else json.dumps(document)
        file.write_text(text, encoding="utf-8")
        code = main(["queue", "--model", model, "--input", str(file), *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    return run


def published():
    return json.loads(re.search(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)[1])


@pytest.mark.parametrize(
    ("model", "workloads"),
    [("hypercube", [0.5574, 0.4734, 0.4693]), ("larson", [0.5626, 0.4717, 0.4657])],
)
def test_the_page_s_example_prints_the_published_workloads(ask, model, workloads):
    code, out, _ = ask(published(), "--json", model=model)
    answer = json.loads(out)
    assert code == 0
    assert [round(each, 4) for each in answer["workloads"]] == workloads
    assert len(answer["response_shares"]) == 3
    assert [len(row) for row in answer["response_shares"]] == [4] * 3
    assert answer["p_wait"] == pytest.approx(9 / 38)
    assert answer["residual"] < 1e-9
    if model == "larson":
        assert 0.003 < answer["error"]["max_abs"] < 0.006
        assert answer["error"]["against"] == "exact"
    else:
        assert answer["error"] is None


def test_a_person_reads_who_answers_whose_calls(ask):
    code, out, _ = ask({**published(), "servers": ["E1", "E2", "E3"]}, model="jarvis")
    assert code == 0
    assert re.split(r"\s{2,}", out.splitlines()[0]) == [
        "SERVER",
        "BUSY",
        "→ 1",
        "→ 2",
        "→ 3",
        "→ 4",
    ]
    assert "23.68% of calls wait" in out
    assert "Against the exact answer, workloads are off by at most" in out


PLAIN = {"lambda": [1.0, 0.5], "mu": 1, "preferences": [[1, 2], [2, 1]]}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"preferences": [[0, 1], [1, 0]]},
        {"preferences": [["a", "b"], ["b", "a"]], "servers": ["a", "b"]},
        {"mu": [1, 1], "servers": 2},
        {"preferences": [[0, 1], [1, 0]], "first_index": 0},
        {"preferences": None, "travel": [[1, 4], [3, 2]]},
    ],
)
def test_one_question_said_in_several_ways_has_one_answer(ask, change):
    said = {word: value for word, value in {**PLAIN, **change}.items() if value is not None}
    first = json.loads(ask(PLAIN, "--json")[1])
    again = json.loads(ask(said, "--json")[1])
    assert again["workloads"] == pytest.approx(first["workloads"], abs=1e-12)
    assert again["capacity"] == "loss"


def test_rates_and_times_of_service_mean_the_same(ask):
    rates = json.loads(ask({**PLAIN, "mu": [2, 4]}, "--json")[1])
    said = {"rates": [1.0, 0.5], "service_times": [0.5, 0.25], "preferences": [[1, 2], [2, 1]]}
    assert json.loads(ask(said, "--json")[1])["workloads"] == pytest.approx(rates["workloads"])


def test_travel_is_summed_up(ask):
    said = {**PLAIN, "travel": [[1, 4], [3, 2]], "within": 2}
    answer = json.loads(ask(said, "--json")[1])
    shares = answer["response_shares"]
    assert answer["share_within"] == pytest.approx((shares[0][0] + 0.5 * shares[1][1]) / 1.5)
    assert 1 < answer["mean_travel"] < 4
    assert "From within 2:" in ask(said)[1]


def test_calls_that_want_several_servers(ask):
    groups = [{"rate": 1.0, "preference": [1, 2], "units": 2}]
    said = {"groups": groups, "service_rate": 1}
    answer = json.loads(ask(said, "--json")[1])
    assert answer["met"] == answer["short"] == answer["lost"] == pytest.approx([1 / 3])
    assert "GETS ALL" in ask(said)[1]
    assert ask(said, model="larson")[0] == 2


def test_an_approximation_of_many_servers_says_that_its_error_is_not_measured(ask):
    many = {"rates": [4.0], "service_rate": 1, "preferences": [list(range(16))]}
    answer = json.loads(ask(many, "--json", model="larson")[1])
    assert answer["error"] is None
    assert "not measured here" in answer["notes"][0]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"preferences": [[0, 2], [2, 0]]}, "both server 0 and server 2"),
        ({"preferences": [[1], [1]], "servers": 3}, "first_index"),
        ({"preferences": [[1, 3], [2, 1]], "servers": 2, "first_index": 1}, "servers are 1 to 2"),
        ({"preferences": [[1, 2]]}, "1 preferences for 2 areas"),
        ({"preferences": [["x"], ["y"]]}, "“x”, which is no server"),
        ({"preferences": [[1.5, 2], [1, 2]]}, "whole number"),
        ({"preferences": 3}, "list"),
        ({"mu": "fast"}, "no number"),
        ({"mu": 0}, "above 0"),
        ({"service_time": 1}, "one of the two"),
        ({"rates": [1, 1]}, "said twice"),
        ({"lambda": [1, None]}, "one finite number"),
        ({"lambda": [True, 1]}, "one finite number"),
        ({"capacity": "queue", "mu": 0.5}, "grows without end"),
        ({"capacity": "both"}, "loss or queue"),
        ({"servers": ["a", "a"]}, "bear one name"),
        ({"areas": ["a"]}, "1 areas are named"),
        ({"servers": -1}, "from 1 to 2,000"),
        ({"mu": 1e-30}, "from 1e-9 to 1e9"),
        ({"lambda": [10**400, 1]}, "one finite number"),
        ({"preferences": None, "travel": [[1], [1, 2]]}, "uneven rows"),
        ({"speed": 1}, "“speed” is no word of the input"),
        ({"within": 3}, "travel is needed"),
        ({"groups": []}, "in the place of"),
    ],
)
def test_a_bad_question_is_one_sentence_and_exit_2(ask, change, sentence):
    code, out, err = ask({**PLAIN, **change})
    assert code == 2
    assert sentence in err
    assert (out, len(err.splitlines())) == ("", 1)


@pytest.mark.parametrize("text", ["{", "[]", "3", '{"groups": [3], "mu": 1}', '{"rates": [NaN]}'])
def test_what_is_no_question_is_refused(ask, text):
    code, out, err = ask(text, "--json")
    assert code == 2
    assert json.loads(out)["code"] == "bad_input"
    assert len(err.splitlines()) == 1


def test_a_missing_file_is_named(capsys):
    assert main(["queue", "--model", "larson", "--input", "nowhere.json"]) == 2
    assert "nowhere.json" in capsys.readouterr().err


def test_erlang_answers_and_finds_the_staff(ask):
    lost = json.loads(ask({"load": 2, "servers": 2}, "--json", model="erlang-b")[1])
    assert lost["loss"] == pytest.approx(0.4)
    staff = json.loads(ask({"load": 4.46, "most_lost": 0.011}, "--json", model="erlang-b")[1])
    assert staff["servers"] == 10
    goal = {"rate": 20, "service_time": 0.2, "limit": 0.05, "share": 0.9}
    found = json.loads(ask(goal, "--json", model="erlang-c")[1])
    fewer = {**goal, "servers": found["servers"] - 1}
    assert found["share_within"] >= 0.9
    assert json.loads(ask(fewer, "--json", model="erlang-c")[1])["share_within"] < 0.9


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({"load": 3, "servers": 3}, "grows without end"),
        ({"load": 3}, "Say how many servers"),
        ({"servers": 3}, "needs a load"),
        ({"load": -1, "servers": 3}, "from 0 up"),
        ({"load": 1, "rate": 1, "mu": 1, "servers": 3}, "a load or a rate"),
    ],
)
def test_a_bad_question_for_erlang_is_one_sentence(ask, document, sentence):
    code, _, err = ask(document, model="erlang-c")
    assert code == 2
    assert sentence in err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ({**PLAIN, "units": 0}, "units is how many servers a call wants, from 1 up."),
        ({**PLAIN, "servers": [{}, []]}, "neither a text nor a number"),
        ('{"mu": 1, "mu": 2, "lambda": [1], "servers": 1}', "“mu” stands twice"),
    ],
)
def test_words_that_would_be_read_otherwise_than_written_are_refused(tmp_path, capsys, text, said):
    path = tmp_path / "input.json"
    path.write_text(text if isinstance(text, str) else json.dumps(text))
    code = main(["queue", "--model", "hypercube", "--input", str(path), "--json"])
    assert code == 2
    assert said in json.loads(capsys.readouterr().out)["error"]
