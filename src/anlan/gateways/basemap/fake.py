"""A stand-in that remembers what it was asked to draw, for tests of those who call the gateway."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from anlan.gateways.basemap.client import Progress, Unavailable
from anlan.gateways.basemap.features import Street


class FakeBasemap:
    """Writes a few bytes in place of tiles; `absent` makes it answer as if nothing could draw."""

    def __init__(self, *, absent: bool = False) -> None:
        self.absent = absent
        self.asked: list[tuple[Path | None, int, Path]] = []

    def build_basemap(
        self,
        *,
        source: Path | None,
        streets: Iterable[Street] = (),
        out: Path,
        progress: Progress | None = None,
        timeout_s: float = 0.0,
    ) -> None:
        """Remember the order and leave a file, or raise Unavailable."""
        self.asked.append((source, len(list(streets)), out))
        if self.absent:
            raise Unavailable("The base map was left out: tippecanoe is absent.")
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(b"PMTiles")
