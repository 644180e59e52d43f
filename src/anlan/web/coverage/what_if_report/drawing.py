"""Drawings of a study's report as SVG without words: a map, areas with intervals, a histogram.

Colours are the page's CSS variables; a file that stands alone gets `STYLE` put into the drawing.
"""

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
WEAK_S, STRONG_S = 5.0, 30.0
LATE_MINUTES = (5.0, 7.0, 9.0)
LEAST_HEX = 34.0
"""A cell narrower than this in the drawing has no room for its figure."""
MOST_POINTS = 120_000

COLOURS = {
    "paper": "#ffffff",
    "ink": "#22262d",
    "soft": "#545c68",
    "rule": "#d9dde3",
    "sooner": "#0b5cad",
    "later": "#a34a00",
    "sooner-strong": "#2f7fd0",
    "sooner-weak": "#a9cdf0",
    "later-strong": "#d9822b",
    "later-weak": "#f3cfa4",
    "even": "#e6e6e1",
    "t0": "#dbe9f6",
    "t1": "#a3c8e8",
    "t2": "#5b9bd1",
    "t3": "#2369a6",
}
STYLE_RULES = (
    ".streets{fill:none;stroke:var(--soft);stroke-width:.7;opacity:.55}"
    ".area{stroke:var(--paper);stroke-width:1.5;fill-opacity:.82}"
    ".area.few{fill:var(--paper);fill-opacity:.35;stroke:var(--rule)}"
    ".even{fill:var(--even)}.sooner.strong{fill:var(--sooner-strong)}"
    ".sooner.weak{fill:var(--sooner-weak)}.later.strong{fill:var(--later-strong)}"
    ".later.weak{fill:var(--later-weak)}"
    ".t0{fill:var(--t0)}.t1{fill:var(--t1)}.t2{fill:var(--t2)}.t3{fill:var(--t3)}"
    ".hatch{stroke:var(--ink);stroke-width:1;opacity:.55;fill:none}"
    ".figure{font-family:system-ui,'Noto Sans',sans-serif;font-size:11px;font-weight:600;"
    "fill:var(--ink);text-anchor:middle;dominant-baseline:central}"
    ".halo{fill:var(--paper);stroke:var(--paper);stroke-width:3.4;stroke-linejoin:round}"
    ".post{fill:var(--ink);stroke:var(--paper);stroke-width:1.2}"
    ".gone{stroke:var(--ink);stroke-width:3.4;fill:none}.come{fill:var(--paper);stroke:var(--ink);"
    "stroke-width:3}"
    ".axis{stroke:var(--rule);stroke-width:1}.zero{stroke:var(--ink);stroke-width:1.2}"
    ".tick{font-family:system-ui,'Noto Sans',sans-serif;font-size:12px;fill:var(--soft);"
    "text-anchor:middle}"
    ".name{font-family:system-ui,'Noto Sans','Noto Sans CJK SC',sans-serif;font-size:13px;"
    "fill:var(--ink);text-anchor:end;dominant-baseline:central}"
    ".span-later{stroke:var(--later);stroke-width:2.4}.span-sooner{stroke:var(--sooner);"
    "stroke-width:2.4}"
    ".dot-later{fill:var(--later)}.dot-sooner{fill:var(--sooner)}.bar-later{fill:var(--later)}"
    ".bar-sooner{fill:var(--sooner)}"
)


LEGEND = {
    "differences": ("later strong", "later weak", "even", "sooner weak", "sooner strong"),
    "response": ("t0", "t1", "t2", "t3"),
}


def swatch(shade: str) -> str:
    """Draw a square of a shade for the map's key."""
    hatch = '<path class="hatch" d="M2 18l5 -16M8 18l5 -16M14 18l5 -16"/>'
    return (
        '<svg viewBox="0 0 20 20" xmlns="http://www.w3.org/2000/svg">'
        f'<rect class="{shade}" width="20" height="20"/>'
        f"{hatch if shade == 'later strong' else ''}</svg>"
    )


def standing_alone(svg: str) -> str:
    """Put the light colours into a drawing, for a file or a page without the report's styles."""
    rules = STYLE_RULES
    for name, colour in COLOURS.items():
        rules = rules.replace(f"var(--{name})", colour)
    return svg.replace(">", f"><style>{rules}</style>", 1) if svg else svg


class Frame:
    """Longitude and latitude to the drawing's units, north up."""

    def __init__(self, lon: Sequence[float], lat: Sequence[float]) -> None:
        self.west, self.east = min(lon) - MARGIN, max(lon) + MARGIN
        self.south, self.north = min(lat) - MARGIN, max(lat) + MARGIN
        self.per_lon = WIDTH / (self.east - self.west)
        self.per_lat = self.per_lon / math.cos(math.radians((self.south + self.north) / 2))
        self.height = round((self.north - self.south) * self.per_lat)

    def place(self, lon: F8, lat: F8) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Give whole x and y of points."""
        x = np.rint((lon - self.west) * self.per_lon).astype(np.int64)
        y = np.rint((self.north - lat) * self.per_lat).astype(np.int64)
        return x, y

    def inside(self, lon: float, lat: float) -> bool:
        """Say whether a point is in view."""
        return self.west <= lon <= self.east and self.south <= lat <= self.north


def areas_map(document: Mapping[str, Any], *, streets: Lines, coarse: bool = False) -> str:
    """Draw areas, shaded by difference or by time, over streets and posts; "" without areas.

    `coarse` draws each street straight from end to end, which a page of paper shows alike.
    """
    cells = document["cells"]["rows"]
    if not cells:
        return ""
    differences = document["cells"]["shows"] == "differences"
    shapes = [h3.cell_to_boundary(one["cell"]) for one in cells]
    frame = Frame(
        [lon for shape in shapes for _, lon in shape], [lat for shape in shapes for lat, _ in shape]
    )
    drawn, figures = (
        "".join(parts)
        for parts in zip(
            *(
                _area(cell, frame, shape, differences=differences)
                for cell, shape in zip(cells, shapes, strict=True)
            ),
            strict=True,
        )
    )
    posts = "".join(_post(one, frame) for one in document["posts"])
    return (
        f'<svg viewBox="0 0 {WIDTH} {frame.height}" xmlns="http://www.w3.org/2000/svg">'
        f'<path class="streets" d="{_streets(streets, frame, coarse=coarse)}"/>'
        f"{drawn}{posts}{figures}</svg>"
    )


def _streets(streets: Lines, frame: Frame, *, coarse: bool) -> str:
    """Write all streets in view as one path of whole steps; ends only where there are very many."""
    whole = not coarse and sum(len(lon) for lon, _ in streets) <= MOST_POINTS
    parts = []
    for lon, lat in streets:
        if lon.max() < frame.west or lon.min() > frame.east:
            continue
        if lat.max() < frame.south or lat.min() > frame.north:
            continue
        x, y = frame.place(lon, lat) if whole else frame.place(lon[[0, -1]], lat[[0, -1]])
        steps = "".join(
            f"l{a} {b}"
            for a, b in zip(np.diff(x).tolist(), np.diff(y).tolist(), strict=True)
            if a or b
        )
        if steps:
            parts.append(f"M{x[0]} {y[0]}{steps}")
    return "".join(parts)


def shade_of(seconds: float) -> str:
    """Give the class of a difference: sooner or later, weak from 5 s on, strong from 30 s on."""
    if abs(seconds) < WEAK_S:
        return "even"
    strength = "strong" if abs(seconds) >= STRONG_S else "weak"
    return f"{'sooner' if seconds < 0 else 'later'} {strength}"


def time_shade(seconds: float) -> str:
    """Give the class of a response: four steps at 5, 7 and 9 minutes."""
    return f"t{sum(seconds > 60 * limit for limit in LATE_MINUTES)}"


def _area(
    cell: Mapping[str, Any],
    frame: Frame,
    shape: Sequence[tuple[float, float]],
    *,
    differences: bool,
) -> tuple[str, str]:
    """Draw one area, and its figure apart, since figures lie above the posts."""
    x, y = frame.place(np.array([lon for _, lon in shape]), np.array([lat for lat, _ in shape]))
    points = " ".join(f"{a},{b}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    if cell["n"] is None:
        return f'<polygon class="area few" points="{points}"/>', ""
    seconds = cell["mean_s"]
    if differences:
        label = "0" if abs(seconds) < 0.5 else f"{seconds:+.0f}".replace("-", "−")
        shade, unit = shade_of(seconds), "s"
    else:
        label, shade, unit = f"{seconds / 60:.1f}", time_shade(seconds), "min"
    hatch = _hatch(x, y) if shade == "later strong" else ""
    text = ""
    if x.max() - x.min() >= LEAST_HEX:
        middle = f'x="{round(float(x.mean()))}" y="{round(float(y.mean()))}"'
        # A printer may not know paint-order, so the halo is a text of its own beneath.
        text = (
            f'<text class="figure halo" {middle}>{label}</text>'
            f'<text class="figure" {middle}>{label}</text>'
        )
    return (
        f'<polygon class="area {shade}" points="{points}">'
        f"<title>{label} {unit} · n {cell['n']}</title></polygon>{hatch}",
        text,
    )


def _hatch(x: npt.NDArray[np.int64], y: npt.NDArray[np.int64]) -> str:
    """Rule the cells that lose most with three strokes, so that colour alone tells nothing."""
    middle_x, middle_y = float(x.mean()), float(y.mean())
    reach = 0.32 * float(x.max() - x.min())
    strokes = "".join(
        f"M{middle_x + shift - reach / 2:.0f} {middle_y + reach:.0f}l{reach:.0f} {-2 * reach:.0f}"
        for shift in (-reach / 1.6, 0.0, reach / 1.6)
    )
    return f'<path class="hatch" d="{strokes}"/>'


def _post(post: Mapping[str, Any], frame: Frame) -> str:
    if not frame.inside(post["lon"], post["lat"]):
        return ""
    x, y = (int(one) for one in frame.place(np.array(post["lon"]), np.array(post["lat"])))
    if not post.get("B", True):
        return f'<path class="gone" d="M{x - 8} {y - 8}l16 16M{x - 8} {y + 8}l16 -16"/>'
    if not post["A"]:
        return f'<rect class="come" x="{x - 7}" y="{y - 7}" width="14" height="14"/>'
    return f'<circle class="post" cx="{x}" cy="{y}" r="4"/>'


def areas_chart(rows: Sequence[Mapping[str, Any]], *, most: int = 20) -> str:
    """Draw the areas that change most, each with its interval, in seconds; "" where none does."""
    known = [row for row in rows if row["n"] and abs(row["difference"]["value"] or 0) >= 0.5]
    known = sorted(known, key=lambda row: -abs(row["difference"]["value"]))[:most]
    if not known:
        return ""
    known.sort(key=lambda row: -row["difference"]["value"])
    ends = [0.0]
    for row in known:
        gap = row["difference"]
        ends += [gap["value"], gap["low"] or gap["value"], gap["high"] or gap["value"]]
    step = _step(max(ends) - min(ends))
    low, high = math.floor(min(ends) / step) * step, math.ceil(max(ends) / step) * step
    high = high if high > low else low + step
    left, right, row_h, top = 300.0, WIDTH - 30.0, 26, 10

    def at(seconds: float) -> float:
        return left + (seconds - low) / (high - low) * (right - left)

    height = top + row_h * len(known) + 34
    parts = []
    for tick in np.arange(low, high + step / 2, step).tolist():
        kind = "zero" if abs(tick) < 1e-9 else "axis"
        parts.append(
            f'<line class="{kind}" x1="{at(tick):.1f}" x2="{at(tick):.1f}" y1="{top}" '
            f'y2="{height - 28}"/><text class="tick" x="{at(tick):.1f}" y="{height - 10}">'
            f"{_signed(tick)}</text>"
        )
    for place, row in enumerate(known):
        parts.append(_whisker(row, top + row_h * (place + 0.5), at))
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _whisker(row: Mapping[str, Any], y: float, at: Any) -> str:
    from django.utils.html import escape

    gap = row["difference"]
    side = "later" if gap["value"] > 0 else "sooner"
    line = ""
    if gap["low"] is not None:
        line = (
            f'<line class="span-{side}" x1="{at(gap["low"]):.1f}" x2="{at(gap["high"]):.1f}" '
            f'y1="{y:.1f}" y2="{y:.1f}"/>'
        )
    return (
        f'<text class="name" x="288" y="{y:.1f}">{escape(row["label"])}</text>{line}'
        f'<circle class="dot-{side}" cx="{at(gap["value"]):.1f}" cy="{y:.1f}" r="5">'
        f"<title>{_signed(gap['value'])} s · n {row['n']}</title></circle>"
    )


def histogram(bins: Mapping[str, Any]) -> str:
    """Draw how many calls differ by how much, in steps of 30 s; axis in minutes."""
    counts, edges = bins["counts"], bins["edges_s"]
    most = max(counts)
    if not most:
        return ""
    left, right, top, bottom = 60.0, WIDTH - 20.0, 12.0, 250.0
    wide = (right - left) / len(counts)
    parts = []
    step = _step(most)
    for tick in np.arange(0, most + 1e-9, step).tolist():
        y = bottom - tick / most * (bottom - top)
        parts.append(
            f'<line class="axis" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="tick" x="30" y="{y + 4:.1f}">{tick:g}</text>'
        )
    for place, count in enumerate(counts):
        if count:
            tall = count / most * (bottom - top)
            side = "sooner" if edges[place] < 0 else "later"
            parts.append(
                f'<rect class="bar-{side}" x="{left + wide * place + 1.5:.1f}" '
                f'y="{bottom - tall:.1f}" width="{wide - 3:.1f}" height="{tall:.1f}"/>'
            )
    for minute in range(-10, 11, 2):
        x = left + (minute * 60 - edges[0]) / (edges[-1] - edges[0]) * (right - left)
        parts.append(f'<text class="tick" x="{x:.1f}" y="{bottom + 22}">{_signed(minute)}</text>')
    middle = (left + right) / 2
    parts.append(f'<line class="zero" x1="{middle}" x2="{middle}" y1="{top}" y2="{bottom}"/>')
    return (
        f'<svg viewBox="0 0 {WIDTH} {bottom + 34:.0f}" xmlns="http://www.w3.org/2000/svg">'
        f"{''.join(parts)}</svg>"
    )


def _step(span: float) -> float:
    """Give a round step that makes four to eight of a span."""
    rough = max(span, 1e-9) / 5
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * one for one in (1.0, 2.0, 5.0, 10.0) if power * one >= rough)


def _signed(value: float) -> str:
    return "0" if abs(value) < 1e-9 else f"{value:+.0f}".replace("-", "−")
