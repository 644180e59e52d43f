"""The report's plots as SVG without words: axes carry numbers, the page says the rest.

Colours are written as CSS variables of the page, so that one plot serves light and dark.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARKS = {
    "ink": "#111101",
    "rule": "#111102",
    "observed": "#111103",
    "recorded": "#111104",
    "recommended": "#111105",
    "sooner": "#111106",
    "later": "#111107",
}
LIGHT = {
    "ink": "#3d4450",
    "rule": "#d9dde3",
    "observed": "#5b6472",
    "recorded": "#a34a00",
    "recommended": "#0b5cad",
    "sooner": "#0b5cad",
    "later": "#a34a00",
}
PAGE = {name: f"var(--{name})" for name in MARKS}
DASHES = {"observed": (0, (1, 1.2)), "recorded": (0, (5, 2)), "recommended": "solid"}


def trusted(document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give the series of the units with a known post, or of all where no post is known."""
    series: Mapping[str, Any] = document["series"]["known_post"] or document["series"]["all"]
    return series


def plots(document: Mapping[str, Any], *, colours: Mapping[str, str] = PAGE) -> dict[str, str]:
    """Draw all plots that the document has figures for; name → SVG."""
    series, columns = trusted(document), document["columns"]
    every = document["series"]["all"]
    drawers: dict[str, Callable[[Figure], None]] = {
        "model_error": lambda figure: _histogram(figure, every["model_error"], one="recorded"),
        "curve_all": lambda figure: _curve(figure, every["curve"], columns),
        "curve": lambda figure: _curve(figure, series["curve"], columns),
        "by_hour": lambda figure: _by_hour(figure, series["by_hour"], columns),
    }
    if series["differences"] is not None:
        drawers["differences"] = lambda figure: _histogram(figure, series["differences"])
    return {name: _draw(name, draw, colours) for name, draw in drawers.items()}


def _draw(name: str, draw: Callable[[Figure], None], colours: Mapping[str, str]) -> str:
    logging.getLogger("matplotlib.font_manager").setLevel(logging.WARNING)
    import matplotlib as mpl
    from matplotlib.figure import Figure

    style: dict[Any, Any] = {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.family": "sans-serif",
        "font.size": 9,
        "text.color": MARKS["ink"],
        "axes.edgecolor": MARKS["rule"],
        "axes.labelcolor": MARKS["ink"],
        "xtick.color": MARKS["ink"],
        "ytick.color": MARKS["ink"],
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": MARKS["rule"],
        "grid.linewidth": 0.6,
    }
    with mpl.rc_context(style):
        figure = Figure(figsize=(7.2, 3.0), layout="constrained")
        draw(figure)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    return _clean(out.getvalue(), name, colours)


def _clean(svg: str, name: str, colours: Mapping[str, str]) -> str:
    """Keep the drawing only: no prolog, ids of its own, the page's colours and fonts."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r"url\(#", f"url(#{name}-", svg)
    svg = re.sub(r'xlink:href="#', f'xlink:href="#{name}-', svg)
    svg = re.sub(r'font: ([\d.]+)px [^;"]*', r"font: \1px system-ui, sans-serif", svg)
    for mark, colour in MARKS.items():
        svg = svg.replace(colour, colours[mark])
    return svg


def _histogram(figure: Figure, bins: Mapping[str, Any], *, one: str = "") -> None:
    axes = figure.add_subplot()
    lefts = [edge / 60 for edge in bins["edges_s"][:-1]]
    width = (bins["edges_s"][1] - bins["edges_s"][0]) / 60
    colours = [MARKS[one or ("sooner" if left < 0 else "later")] for left in lefts]
    axes.bar(lefts, bins["counts"], width=width * 0.86, align="edge", color=colours)
    axes.axvline(0, color=MARKS["ink"], linewidth=0.8)
    axes.set_xticks(range(-10, 11, 2))
    axes.grid(visible=False, axis="x")


def _curve(figure: Figure, curve: Mapping[str, Any], columns: list[str]) -> None:
    axes = figure.add_subplot()
    minutes = [second / 60 for second in curve["seconds"]]
    for name in columns:
        if curve[name]:
            shares = [100 * share for share in curve[name]]
            axes.plot(minutes, shares, color=MARKS[name], linestyle=DASHES[name], linewidth=1.8)
    axes.set_xlim(0, 30)
    axes.set_ylim(0, 100)
    axes.set_xticks(range(0, 31, 5))


def _by_hour(figure: Figure, rows: list[Mapping[str, Any]], columns: list[str]) -> None:
    left, right = figure.subplots(1, 2)
    for axes, figure_name in ((left, "p50_s"), (right, "p90_s")):
        for name in columns:
            hours = [row["hour"] for row in rows if row[name]]
            minutes = [row[name][figure_name] / 60 for row in rows if row[name]]
            axes.plot(hours, minutes, color=MARKS[name], linestyle=DASHES[name], linewidth=1.6)
        axes.set_xlim(0, 23)
        axes.set_xticks(range(0, 24, 4))
        axes.set_ylim(bottom=0)
