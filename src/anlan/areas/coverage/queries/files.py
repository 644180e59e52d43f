"""Coverage as a file: written whole beside its place and then moved there, or not at all."""

from __future__ import annotations

import json
from pathlib import Path

from anlan.areas.coverage.queries.layers import geojson
from anlan.areas.coverage.queries.rows import Coverage
from anlan.kernel.whole_file import written_whole


def write_layers(found: Coverage, path: Path) -> None:
    """Write the map that the ending names: .geojson, .gpkg or .png."""
    with written_whole(path) as part:
        _write(found, part, ending=path.suffix.lower())


def _write(found: Coverage, path: Path, *, ending: str) -> None:
    if ending == ".geojson":
        text = json.dumps(
            geojson(found), ensure_ascii=False, separators=(",", ":"), allow_nan=False
        )
        path.write_text(text + "\n", encoding="utf-8")
    elif ending == ".gpkg":
        from anlan.areas.coverage.queries.geopackage import write_geopackage

        write_geopackage(found, path)
    else:
        from anlan.areas.coverage.queries.picture import write_picture

        write_picture(found, path)
