"""The street graph as arrays: what every reader makes and every query stands on."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Progress = Callable[[str, float], None]
F8 = npt.NDArray[np.float64]
F4 = npt.NDArray[np.float32]
I4 = npt.NDArray[np.int32]
I8 = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

EARTH_RADIUS_M = 6_371_008.8
METRES_PER_DEGREE = EARTH_RADIUS_M * np.pi / 180.0
FORMAT = 1


class UnreadableRoads(ValueError):
    """A road file that can't be used; the message is one sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class GraphSummary:
    """What `anlan roads import` prints; `edges` are street segments, `arcs` their directions."""

    nodes: int
    edges: int
    arcs: int
    km: float
    cut_off_nodes: int
    restrictions: int


@dataclass(frozen=True, slots=True, eq=False)
class RoadGraph:
    """This will hold a town's streets: n nodes, s segments between two nodes, their shapes.

    `seg_forward` and `seg_backward` say whether a vehicle may drive along and against the shape.
    Segment i has the points `geo_ptr[i]:geo_ptr[i + 1]` of `geo_lon` and `geo_lat`.
    `restrictions` rows are (from way, via node index or -1, to way), kept, not obeyed yet; a way
    that the source's relation lacks is 0.
    `main` marks the largest strongly connected part; nothing is snapped outside it.
    """

    node_lon: F8
    node_lat: F8
    main: Bools
    seg_from: I4
    seg_to: I4
    seg_length_m: F4
    seg_forward: Bools
    seg_backward: Bools
    seg_speed_kmh: F4
    seg_name: I4
    seg_class: I4
    seg_source: I8
    geo_ptr: I8
    geo_lon: F8
    geo_lat: F8
    restrictions: I8
    names: tuple[str, ...]
    classes: tuple[str, ...]
    restriction_kinds: tuple[str, ...] = ()
    restriction_via_ways: tuple[tuple[int, ...], ...] = ()

    def summary(self) -> GraphSummary:
        """This will count nodes, segments, arcs, kilometres and what is cut off."""
        return GraphSummary(
            nodes=len(self.node_lon),
            edges=len(self.seg_from),
            arcs=int(self.seg_forward.sum() + self.seg_backward.sum()),
            km=round(float(self.seg_length_m.sum(dtype=np.float64)) / 1000.0, 1),
            cut_off_nodes=int((~self.main).sum()),
            restrictions=len(self.restrictions),
        )

    def travel_ms(self) -> npt.NDArray[np.int64]:
        """This will give free-flow milliseconds for each segment, shape (s,), at least 1."""
        hours = self.seg_length_m.astype(np.float64) / 1000.0 / self.seg_speed_kmh
        return np.maximum(np.rint(hours * 3_600_000.0), 1).astype(np.int64)

    def save(self, path: Path) -> None:
        """This will write one uncompressed .npz file, whole or not at all."""
        arrays = {name: getattr(self, name) for name in _ARRAYS}
        words = {name: getattr(self, name) for name in _WORDS}
        text = json.dumps({"format": FORMAT, **words}, ensure_ascii=False).encode()
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            with partial.open("wb") as out:
                np.savez(out, words=np.frombuffer(text, dtype=np.uint8), **arrays)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path) -> RoadGraph:
        """This will read what `save` wrote; a damaged or foreign file is UnreadableRoads."""
        advice = f"{path.name} holds no stored road graph; import the roads again."
        try:
            with np.load(path, allow_pickle=False) as stored:
                words = json.loads(stored["words"].tobytes())
                arrays: dict[str, Any] = {name: stored[name] for name in _ARRAYS}
        except FileNotFoundError:
            raise UnreadableRoads(f"{path.name} does not exist; import the roads first.") from None
        except Exception as error:
            raise UnreadableRoads(advice) from error
        if words.pop("format", None) != FORMAT:
            raise UnreadableRoads(advice)
        arrays.update({name: tuple(words[name]) for name in _WORDS})
        arrays["restriction_via_ways"] = tuple(map(tuple, words["restriction_via_ways"]))
        return cls(**arrays)


_WORDS = ("names", "classes", "restriction_kinds", "restriction_via_ways")
_ARRAYS = tuple(f.name for f in fields(RoadGraph) if f.name not in _WORDS)


def assemble(
    *,
    node_lon: F8,
    node_lat: F8,
    seg_from: npt.ArrayLike,
    seg_to: npt.ArrayLike,
    seg_length_m: npt.ArrayLike,
    seg_forward: npt.ArrayLike,
    seg_backward: npt.ArrayLike,
    seg_speed_kmh: npt.ArrayLike,
    seg_names: Sequence[str],
    seg_classes: Sequence[str],
    seg_source: npt.ArrayLike,
    geo_ptr: npt.ArrayLike,
    geo_lon: npt.ArrayLike,
    geo_lat: npt.ArrayLike,
    restrictions: npt.ArrayLike = (),
    restriction_kinds: Sequence[str] = (),
    restriction_via_ways: Sequence[tuple[int, ...]] = (),
) -> RoadGraph:
    """This will make a RoadGraph: number the words, find the main part, settle the types."""
    start = np.asarray(seg_from, np.int32)
    end = np.asarray(seg_to, np.int32)
    forward = np.asarray(seg_forward, np.bool_)
    backward = np.asarray(seg_backward, np.bool_)
    names, name_index = _number([" ".join(name.split()) for name in seg_names])
    classes, class_index = _number(list(seg_classes))
    return RoadGraph(
        node_lon=np.asarray(node_lon, np.float64),
        node_lat=np.asarray(node_lat, np.float64),
        main=main_part(len(node_lon), start, end, forward, backward),
        seg_from=start,
        seg_to=end,
        seg_length_m=np.asarray(seg_length_m, np.float32),
        seg_forward=forward,
        seg_backward=backward,
        seg_speed_kmh=np.asarray(seg_speed_kmh, np.float32),
        seg_name=name_index,
        seg_class=class_index,
        seg_source=np.asarray(seg_source, np.int64),
        geo_ptr=np.asarray(geo_ptr, np.int64),
        geo_lon=np.asarray(geo_lon, np.float64),
        geo_lat=np.asarray(geo_lat, np.float64),
        restrictions=np.asarray(restrictions, np.int64).reshape(-1, 3),
        names=names,
        classes=classes,
        restriction_kinds=tuple(restriction_kinds),
        restriction_via_ways=tuple(restriction_via_ways),
    )


def main_part(n: int, start: I4, end: I4, forward: Bools, backward: Bools) -> Bools:
    """This will mark the nodes of the largest strongly connected part (ties: the lowest label)."""
    from scipy.sparse import csr_matrix
    from scipy.sparse.csgraph import connected_components

    tail = np.concatenate([start[forward], end[backward]])
    head = np.concatenate([end[forward], start[backward]])
    arcs = csr_matrix((np.ones(len(tail), np.int8), (tail, head)), shape=(n, n))
    _, label = connected_components(arcs, connection="strong")
    return np.asarray(label == np.bincount(label).argmax(), np.bool_)


def path_lengths_m(lon: F8, lat: F8, ptr: I8) -> F8:
    """This will measure each path `ptr[i]:ptr[i + 1]` on the sphere, in metres."""
    x, y = np.radians(lon), np.radians(lat)
    half = (
        np.sin((y[1:] - y[:-1]) / 2) ** 2
        + np.cos(y[1:]) * np.cos(y[:-1]) * np.sin((x[1:] - x[:-1]) / 2) ** 2
    )
    leg = 2 * EARTH_RADIUS_M * np.arcsin(np.sqrt(np.minimum(half, 1.0)))
    run = np.concatenate([[0.0], np.cumsum(leg)])
    return np.asarray(run[ptr[1:] - 1] - run[ptr[:-1]])


def _number(words: list[str]) -> tuple[tuple[str, ...], I4]:
    """Number words in order of first use; "" is always number 0."""
    index: dict[str, int] = {"": 0}
    numbers = np.fromiter(
        (index.setdefault(word, len(index)) for word in words), np.int32, count=len(words)
    )
    return tuple(index), numbers
