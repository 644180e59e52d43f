"""Coverage as map layers: bands, gaps and posts as one GeoJSON document that explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import h3
import numpy as np
import numpy.typing as npt

from anlan.areas.coverage.queries.rows import Coverage, Gap, PostReach

DIGITS = 6  # 0.1 m


def band_index(found: Coverage) -> npt.NDArray[np.int64]:
    """Give for each cell the band that it lies in; the number of bands where none reaches it."""
    limits = np.array(found.asked.minutes) * 60.0
    return np.searchsorted(limits, found.cell_s, side="left")


def band_shapes(found: Coverage) -> Iterator[tuple[int, int | None, int | None, dict[str, Any]]]:
    """Give each band with cells: its index, from and to minutes (None: no end), and its shape.

    Shapes are GeoJSON MultiPolygons of the cells put together; they do not overlap.
    """
    where = band_index(found)
    edges: list[int | None] = [0, *found.asked.minutes, None]
    for band in range(len(found.asked.minutes) + 1):
        cells = [found.cells[at] for at in np.flatnonzero(where == band).tolist()]
        if cells:
            yield band, edges[band], edges[band + 1], multipolygon(cells)


def multipolygon(cells: list[str]) -> dict[str, Any]:
    """Put cells of one size together; rings turn as RFC 7946 has them, lon before lat."""
    shape = h3.cells_to_h3shape(cells, tight=False).__geo_interface__
    parts = [
        [[[round(x, DIGITS), round(y, DIGITS)] for x, y in ring] for ring in part]
        for part in shape["coordinates"]
    ]
    return {"type": "MultiPolygon", "coordinates": parts}


def cell_shape(cell: str) -> dict[str, Any]:
    """Give one cell as a GeoJSON polygon."""
    ring = [[round(lon, DIGITS), round(lat, DIGITS)] for lat, lon in h3.cell_to_boundary(cell)]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


def geojson(found: Coverage) -> dict[str, Any]:
    """Give bands, gaps and posts as a FeatureCollection (RFC 7946).

    Each feature says its `layer`; the foreign member `anlan` says what was asked and how sure the
    answer is, since a layer travels without the page that it came from.
    """
    features = [
        _feature(shape, {"layer": "band", "band": band, "from_minutes": low, "to_minutes": high})
        for band, low, high, shape in band_shapes(found)
    ]
    features += [_feature(cell_shape(one.cell), gap_properties(one)) for one in found.gaps]
    features += [
        _feature({"type": "Point", "coordinates": [one.lon, one.lat]}, post_properties(one))
        for one in found.posts
    ]
    return {"type": "FeatureCollection", "anlan": about(found), "features": features}


def _feature(geometry: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def gap_properties(gap: Gap) -> dict[str, Any]:
    """Give a gap's figures without its point, which its shape tells."""
    row = asdict(gap)
    del row["lon"], row["lat"]
    return {"layer": "gap", **row}


def post_properties(post: PostReach) -> dict[str, Any]:
    """Give a post's figures without its point."""
    row = asdict(post)
    del row["lon"], row["lat"]
    return {"layer": "post", **row}


def about(found: Coverage) -> dict[str, Any]:
    """Give what was asked, of which town, on what data and with what error."""
    speeds = found.speeds
    hour = next((one for one in speeds.hours if one.hour == found.asked.hour), None)
    return {
        "town": found.town,
        "town_name": found.town_name,
        "made_up": found.made_up,
        "made_up_note": found.made_up_note,
        "attribution": list(found.attribution),
        "kind": found.asked.kind,
        "minutes": list(found.asked.minutes),
        "gap_minutes": found.asked.limit,
        "hour": found.asked.hour,
        "counted_from": found.asked.counted_from,
        "processing_s": round(found.before.processing_s, 1),
        "turnout_s": round(found.before.turnout_s, 1),
        "unit_kinds": list(found.asked.unit_kinds),
        "streets": "all_open",
        "speed": {
            "source": speeds.source,
            "factor": _round(speeds.factor if hour is None else hour.factor, 4),
            "fixed_s": _round(speeds.fixed_s if hour is None else hour.fixed_s, 1),
            "trips": speeds.trips if hour is None else hour.trips,
            "of_that_hour": hour is not None and hour.own,
            "p50_error_s": _round(speeds.p50_error_s if hour is None else hour.p50_error_s, 1),
            "p90_error_s": _round(speeds.p90_error_s if hour is None else hour.p90_error_s, 1),
            "bias_s": _round(speeds.bias_s if hour is None else hour.bias_s, 1),
        },
        "demand": asdict(found.demand),
        "bands": [asdict(one) for one in found.bands],
    }


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
