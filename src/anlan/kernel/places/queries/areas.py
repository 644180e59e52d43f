"""Cover areas until areas are imported: what each post is first due for, by road.

A point belongs to the post that reaches it first by road without closures. Kept per snapshot and
posts, since it changes only with them.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from anlan.kernel.places.queries.rows import PostRow

if TYPE_CHECKING:
    from anlan.engine.roads import RoadNetwork

#: what each kind of post covers with, and how many units it should keep
COVERS_WITH = {"fire": "engine", "ambulance": "transport", "police": "police"}
KEEP = 1


@dataclass(frozen=True, slots=True)
class CoverAreaRow:
    """A post's first-due area: which capability it keeps there, and how many."""

    key: str
    label: str
    capability: str
    keep: int
    post: str


def cover_areas(posts: tuple[PostRow, ...]) -> tuple[CoverAreaRow, ...]:
    """Give the areas that posts cover; hospitals cover none."""
    return tuple(
        CoverAreaRow(
            key=one.ref,
            label=one.name,
            capability=COVERS_WITH[one.kind],
            keep=KEEP,
            post=one.ref,
        )
        for one in posts
        if one.kind in COVERS_WITH
    )


_matrices: dict[Path, tuple[tuple[int, ...], npt.NDArray[np.int32]]] = {}
_lock = threading.Lock()


def first_due_matrix(
    folder: Path, network: RoadNetwork, posts: tuple[PostRow, ...], *, kind: str
) -> npt.NDArray[np.int32]:
    """Give, for each node of the roads, the index in `posts` of the post of a kind due first.

    -1 where none of that kind reaches it.
    """
    chosen = [place for place, one in enumerate(posts) if one.kind == kind]
    cache_key = folder / kind
    marks = tuple(posts[place].id for place in chosen)
    with _lock:
        held = _matrices.get(cache_key)
        if held is not None and held[0] == marks:
            return held[1]
        due = _first_due(network, posts, chosen)
        _matrices[cache_key] = (marks, due)
        return due


def _first_due(
    network: RoadNetwork, posts: tuple[PostRow, ...], chosen: list[int]
) -> npt.NDArray[np.int32]:
    graph = network.graph
    due = np.full(len(graph.node_lon), -1, np.int32)
    if not chosen:
        return due
    free = network.with_closures(())
    origins = network.snap_many(
        [posts[place].lon for place in chosen], [posts[place].lat for place in chosen]
    )
    nodes = np.flatnonzero(graph.main)
    targets = network.snap_many(graph.node_lon[nodes], graph.node_lat[nodes])
    times = free.matrix(origins, targets)
    best = times.argmin(axis=0)
    reached = np.isfinite(times[best, np.arange(len(nodes))])
    due[nodes[reached]] = np.asarray(chosen, np.int32)[best[reached]]
    return due
