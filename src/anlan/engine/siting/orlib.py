"""OR-Library's p-median files (Beasley 1985): a graph whose vertices are demands and sites."""

from __future__ import annotations

from codecs import BOM_UTF8
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from anlan.engine.siting.problem import F8, UnusableSiting

MOST_VERTICES = 20_000


@dataclass(frozen=True, eq=False)
class OrlibGraph:
    """Shortest ways `cost[from, to]` between all vertices, infinite where none leads, and p.

    Vertex v of the file is row and column v - 1.
    """

    cost: F8
    p: int


def read_orlib(path: Path) -> OrlibGraph:
    """This will read `n m p` and m undirected edges `u v cost`; a repeated edge's last cost wins.

    Raises UnusableSiting with one sentence that names the line.
    """
    try:
        text = path.read_bytes().removeprefix(BOM_UTF8).decode("ascii")
    except UnicodeDecodeError as error:
        raise UnusableSiting(
            f"{path.name} is no OR-Library graph: it holds more than figures."
        ) from (error)
    lines = [(at, line.split()) for at, line in enumerate(text.splitlines(), 1) if line.split()]
    n, m, p = _head(path, lines)
    edges = lines[1:]
    if len(edges) != m:
        raise UnusableSiting(f"{path.name} promises {m} edges and holds {len(edges)}.")
    lengths: dict[tuple[int, int], float] = {}
    for at, words in edges:
        u, v, cost = _edge(path, at, words, n)
        lengths[min(u, v), max(u, v)] = cost
    pairs = np.array([pair for pair in lengths if pair[0] != pair[1]], np.int64).reshape(-1, 2) - 1
    costs = np.array([cost for pair, cost in lengths.items() if pair[0] != pair[1]], np.float64)
    graph = csr_array((costs, (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    return OrlibGraph(cost=np.asarray(dijkstra(graph, directed=False), np.float64), p=p)


def _head(path: Path, lines: list[tuple[int, list[str]]]) -> tuple[int, int, int]:
    try:
        n, m, p = (int(word) for word in lines[0][1])
    except (IndexError, ValueError) as error:
        raise UnusableSiting(
            f"{path.name} is no OR-Library graph: its first line is not “vertices edges p”."
        ) from error
    if not 1 <= n <= MOST_VERTICES or m < 0:
        raise UnusableSiting(f"{path.name} has {n} vertices; from 1 to {MOST_VERTICES} are read.")
    return n, m, p


def _edge(path: Path, at: int, words: list[str], n: int) -> tuple[int, int, float]:
    try:
        u, v, cost = int(words[0]), int(words[1]), float(words[2])
    except (IndexError, ValueError) as error:
        raise UnusableSiting(f"Line {at} of {path.name} is not “vertex vertex cost”.") from error
    if not (1 <= u <= n and 1 <= v <= n):
        raise UnusableSiting(f"Line {at} of {path.name} names a vertex that is not from 1 to {n}.")
    if not 0 <= cost < float("inf"):
        raise UnusableSiting(f"The cost in line {at} of {path.name} is negative or not finite.")
    return u, v, cost
