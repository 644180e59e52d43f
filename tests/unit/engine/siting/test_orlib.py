"""OR-Library graphs: what is read, and how a bad file is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anlan.engine.siting import UnusableSiting
from anlan.engine.siting.orlib import read_orlib


def written(folder: Path, text: str) -> Path:
    path = folder / "graph.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_ways_are_shortest_and_the_last_of_repeated_edges_wins(tmp_path: Path) -> None:
    graph = read_orlib(written(tmp_path, " 4 5 2\n1 2 9\n2 3 4\n 2 1 3 \n1 3 20\n3 3 1\n\n"))
    far = np.inf
    assert graph.p == 2
    assert graph.cost.tolist() == [[0, 3, 7, far], [3, 0, 4, far], [7, 4, 0, far], [far] * 3 + [0]]


def test_an_edge_of_no_length_is_a_way(tmp_path: Path) -> None:
    graph = read_orlib(written(tmp_path, "3 2 1\n1 2 0\n2 3 5\n"))
    assert graph.cost.tolist() == [[0, 0, 5], [0, 0, 5], [5, 5, 0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "first line"),
        ("2 1\n1 2 3\n", "first line"),
        ("a b c\n", "first line"),
        ("0 0 1\n", "0 vertices"),
        ("99999999 0 1\n", "from 1 to"),
        ("2 2 1\n1 2 3\n", "promises 2 edges and holds 1"),
        ("2 1 1\n1 3 3\n", "Line 2 .* from 1 to 2"),
        ("2 1 1\n1 2\n", "Line 2 .* not"),
        ("2 1 1\n1 2 x\n", "Line 2 .* not"),
        ("2 1 1\n1 2 -3\n", "negative"),
        ("2 1 1\n1 2 inf\n", "not finite"),
        ("2 1 1\n1 2 nan\n", "not finite"),
        ("2 1 1\n1 2 3 警\n", "no OR-Library graph"),
    ],
)
def test_a_bad_file_is_refused_in_a_sentence(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(UnusableSiting, match=words):
        read_orlib(written(tmp_path, text))


def test_a_byte_order_mark_before_a_graph_is_no_fault(tmp_path):
    path = tmp_path / "graph.txt"
    path.write_text("2 1 1\n1 2 5\n", encoding="utf-8-sig")
    assert read_orlib(path).cost[0, 1] == 5
