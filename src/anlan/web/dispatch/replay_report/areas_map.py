"""The report's map as SVG: street lines, and areas shaded by sooner and later, with figures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import h3
import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Lines = Sequence[tuple[F8, F8]]

WIDTH = 1000
MARGIN = 0.004
STRONG_S, WEAK_S = 60.0, 10.0
MOST_POINTS = 120_000
AREAS_STYLE = (
    ".area{stroke:#fff;stroke-width:1.5}.few{fill:none;stroke:#d9dde3}.even{fill:#e6e6e1}"
    ".sooner.strong{fill:#2f7fd0}.sooner.weak{fill:#a9cdf0}"
    ".later.strong{fill:#d9822b}.later.weak{fill:#f3cfa4}"
    "text{font:600 11px system-ui,sans-serif;fill:#22262d;stroke:#fff;stroke-width:2.5px;"
    "paint-order:stroke;text-anchor:middle;dominant-baseline:central}"
)
"""The colours of areas in a file of their own; the page has its own for light and dark."""


def areas_map(cells: Sequence[Mapping[str, Any]], *, streets: Lines) -> str:
    """Draw the areas over the streets; without areas there is no map ("")."""
    if not cells:
        return ""
    shapes = [h3.cell_to_boundary(cell["cell"]) for cell in cells]
    lats = [lat for shape in shapes for lat, _ in shape]
    lons = [lon for shape in shapes for _, lon in shape]
    frame = _Frame(min(lons), min(lats), max(lons), max(lats))
    polygons = "".join(_area(cell, frame, shape) for cell, shape in zip(cells, shapes, strict=True))
    return (
        f'<svg viewBox="0 0 {WIDTH} {frame.height}" xmlns="http://www.w3.org/2000/svg">'
        f'<path class="streets" d="{_path(streets, frame)}"/>{polygons}</svg>'
    )


class _Frame:
    """Longitude and latitude to whole units of the drawing, north up."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        self.west, self.south = west - MARGIN, south - MARGIN
        self.east, self.north = east + MARGIN, north + MARGIN
        narrow = math.cos(math.radians((south + north) / 2))
        self.per_lon = WIDTH / (self.east - self.west)
        self.per_lat = self.per_lon / narrow
        self.height = round((self.north - self.south) * self.per_lat)

    def place(self, lon: F8, lat: F8) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give whole x and y of points."""
        x = np.rint((lon - self.west) * self.per_lon).astype(np.int64)
        y = np.rint((self.north - lat) * self.per_lat).astype(np.int64)
        return x, y


def _path(streets: Lines, frame: _Frame) -> str:
    """Write all streets in view as one path of whole steps; ends only where there are very many."""
    whole = sum(len(lon) for lon, _ in streets) <= MOST_POINTS
    parts = []
    for lon, lat in streets:
        if lon.max() < frame.west or lon.min() > frame.east:
            continue
        if lat.max() < frame.south or lat.min() > frame.north:
            continue
        x, y = frame.place(lon, lat) if whole else frame.place(lon[[0, -1]], lat[[0, -1]])
        dx, dy = np.diff(x), np.diff(y)
        steps = "".join(
            f"l{a} {b}" for a, b in zip(dx.tolist(), dy.tolist(), strict=True) if a or b
        )
        if steps:
            parts.append(f"M{x[0]} {y[0]}{steps}")
    return "".join(parts)


def _area(cell: Mapping[str, Any], frame: _Frame, shape: Sequence[tuple[float, float]]) -> str:
    x, y = frame.place(np.array([lon for _, lon in shape]), np.array([lat for lat, _ in shape]))
    points = " ".join(f"{a},{b}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    if cell["n"] is None:
        return f'<polygon class="area few" points="{points}"/>'
    label = "0" if abs(cell["mean_s"]) < 0.5 else f"{cell['mean_s']:+.0f}".replace("-", "−")
    return (
        f'<polygon class="area {_shade(cell["mean_s"])}" points="{points}">'
        f"<title>{label} s · n {cell['n']}</title></polygon>"
        f'<text x="{round(float(x.mean()))}" y="{round(float(y.mean()))}">{label}</text>'
    )


def _shade(mean_s: float) -> str:
    if abs(mean_s) < WEAK_S:
        return "even"
    strength = "strong" if abs(mean_s) >= STRONG_S else "weak"
    return f"{'sooner' if mean_s < 0 else 'later'} {strength}"
