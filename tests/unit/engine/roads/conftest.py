"""Small towns to read, written afresh for each test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import osmium
import pytest


@dataclass
class OsmTown:
    """Points 1, 2, 3 … stand 0.001° apart on a line; ways and relations are added by a test."""

    path: Path
    points: int = 9
    barriers: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: list[tuple[int, Sequence[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=list
    )
    missing: frozenset[int] = frozenset()

    def write(self) -> Path:
        """Write the town as an OpenStreetMap file."""
        self.path.unlink(missing_ok=True)
        writer = osmium.SimpleWriter(str(self.path))
        mutable = osmium.osm.mutable
        for i in range(1, self.points + 1):
            if i not in self.missing:
                writer.add_node(
                    mutable.Node(
                        id=i, location=(i * 0.001, (i % 2) * 0.0001), tags=self.barriers.get(i, {})
                    )
                )
        for number, nodes, tags in self.ways:
            writer.add_way(mutable.Way(id=number, nodes=list(nodes), tags=tags))
        for number, members, tags in self.relations:
            writer.add_relation(mutable.Relation(id=number, members=members, tags=tags))
        writer.close()
        return self.path


@pytest.fixture
def osm_town(tmp_path: Path) -> Callable[..., OsmTown]:
    """Give a maker of towns that are written to a temporary .osm.pbf."""

    def make(**parts) -> OsmTown:
        return OsmTown(path=tmp_path / "town.osm.pbf", **parts)

    return make
