"""Coverage as a GeoPackage with three layers: bands, gaps, posts (and what it was made from)."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape

from anlan.areas.coverage.queries.layers import (
    about,
    band_shapes,
    cell_shape,
    gap_properties,
    post_properties,
)
from anlan.areas.coverage.queries.rows import Coverage

WGS_84 = "EPSG:4326"
Rows = list[tuple[Any, dict[str, Any]]]


def write_geopackage(found: Coverage, path: Path) -> None:
    """Write all layers; `path` must not end in another way than .gpkg."""
    bands = [
        (shape(one), {"band": band, "from_minutes": low, "to_minutes": high})
        for band, low, high, one in band_shapes(found)
    ]
    gaps = [(shape(cell_shape(one.cell)), gap_properties(one)) for one in found.gaps]
    posts = [(shapely.Point(one.lon, one.lat), post_properties(one)) for one in found.posts]
    note = {"anlan": json.dumps(about(found), ensure_ascii=False)}
    for name, kind, rows in (
        ("bands", "MultiPolygon", bands),
        ("gaps", "Polygon", gaps),
        ("posts", "Point", posts),
    ):
        if rows:
            _layer(path, name, kind, rows, note=note)


def _layer(path: Path, name: str, kind: str, rows: Rows, *, note: dict[str, str]) -> None:
    from pyogrio.raw import write

    logging.getLogger("pyogrio").setLevel(logging.WARNING)  # it tells of each layer as it goes
    names = [key for key in rows[0][1] if key != "layer"]
    columns = [_column([row[key] for _, row in rows]) for key in names]
    write(
        str(path),
        geometry=np.array([shapely.to_wkb(one) for one, _ in rows], object),
        field_data=[values for values, _ in columns],
        field_mask=[absent for _, absent in columns],
        fields=np.array(names, object),
        layer=name,
        driver="GPKG",
        geometry_type=kind,
        crs=WGS_84,
        append=path.exists(),
        layer_metadata=note,
    )


def _column(values: list[Any]) -> tuple[Any, Any]:
    """Give a column as an array with its mask of what is absent (None)."""
    absent = np.array([value is None for value in values], bool)
    there = [value for value in values if value is not None]
    if any(isinstance(value, str) for value in there):
        return np.array(["" if v is None else v for v in values], object), absent
    whole = all(isinstance(value, int) for value in there) and bool(there)
    filled = [0 if value is None else value for value in values]
    return np.array(filled, np.int64 if whole else np.float64), absent
