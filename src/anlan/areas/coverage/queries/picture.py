"""Coverage as a picture: the bands over the streets, posts, a legend, where it all comes from."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from anlan.areas.coverage.queries.layers import band_shapes
from anlan.areas.coverage.queries.rows import Coverage

WIDTH_IN, HEIGHT_IN, DPI = 9.0, 8.0, 160
#: light to dark (cividis): told apart by lightness alone, so also in grey and by colour-blind eyes
BANDS = ("#fde68a", "#e0b15a", "#a98a5f", "#7b7a77", "#4d6a7d", "#2c4d78")
BEYOND = "#00204d"
FONTS = ["Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans"]


def write_picture(found: Coverage, path: Path) -> None:
    """Draw the map as PNG in the language that is active."""
    from matplotlib import rc_context
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with rc_context({"font.family": _fonts(), "axes.unicode_minus": False}):
        figure = Figure(figsize=(WIDTH_IN, HEIGHT_IN), dpi=DPI)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.02, 0.11, 0.96, 0.83))
        handles = _draw(found, axes)
        figure.text(0.02, 0.975, title(found), fontsize=12, va="top")
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0.01, 0.04), ncols=5, frameon=False
        )
        figure.text(0.02, 0.02, footnote(found), fontsize=7.5)
        figure.savefig(path, format="png", metadata={"Software": "Anlan"})


def _fonts() -> list[str]:
    """Give our families that are installed; an absent one would warn at each letter."""
    from matplotlib import font_manager

    there = set(font_manager.get_font_names())
    return [one for one in FONTS if one in there] or ["sans-serif"]


def _draw(found: Coverage, axes: Any) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    last = len(found.asked.minutes)
    for band, low, high, one in band_shapes(found):
        colour = BEYOND if band == last else BANDS[band]
        for part in one["coordinates"]:
            axes.add_patch(_patch(part, colour))
        handles.append(Patch(color=colour, label=band_label(low, high)))
    axes.plot(
        [one.lon for one in found.posts],
        [one.lat for one in found.posts],
        linestyle="none",
        marker="^",
        markersize=6,
        color="white",
        markeredgecolor="black",
        markeredgewidth=1.0,
    )
    marker = Line2D(
        [],
        [],
        linestyle="none",
        marker="^",
        color="white",
        markeredgecolor="black",
        label=_("Post"),
    )
    middle = sum(one.lat for one in found.posts) / max(len(found.posts), 1)
    axes.set_aspect(1 / math.cos(math.radians(middle)))
    axes.autoscale_view()
    axes.set_axis_off()
    return [*handles, marker]


def _patch(rings: list[list[list[float]]], colour: str) -> Any:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path as Outline

    vertices, codes = [], []
    for ring in rings:
        vertices += ring
        codes += [Outline.MOVETO, *[Outline.LINETO] * (len(ring) - 2), Outline.CLOSEPOLY]
    return PathPatch(Outline(vertices, codes), facecolor=colour, edgecolor="none")


def band_label(low: int | None, high: int | None) -> str:
    """Give a band's words: 5 to 10 min, over 30 min."""
    if high is None:
        return _("over {minutes} min").format(minutes=low)
    return _("{low} to {high} min").format(low=low or 0, high=high)


def title(found: Coverage) -> str:
    """Give the picture's title, with "made up" where the town is."""
    kinds = {
        "fire": _("Minutes from the nearest fire post"),
        "ambulance": _("Minutes from the nearest ambulance post"),
        "police": _("Minutes from the nearest police post"),
        "hospital": _("Minutes to the nearest hospital"),
    }
    asked = found.asked
    hour = (
        _("whole day")
        if asked.hour is None
        else _("{start}:00 to {end}:00").format(start=asked.hour, end=asked.hour + 1)
    )
    made_up = f" ({_('made up')})" if found.made_up else ""
    return f"{found.town_name}{made_up} · {kinds[asked.kind]} · {hour}"


def footnote(found: Coverage) -> str:
    """Give where times come from, how far off they are, and whose data it is."""
    speeds = found.speeds
    if speeds.source == "log":
        hour = next((one for one in speeds.hours if one.hour == found.asked.hour), speeds)
        said = _(
            "Times: {fixed} s and {factor} times free flow; half are off by over {p50} s."
        ).format(
            fixed=f"{hour.fixed_s:.0f}",
            factor=f"{hour.factor:.2f}",
            p50=f"{hour.p50_error_s or 0:.0f}",
        )
    elif speeds.source == "town":
        said = _("Times: {factor} times free flow.").format(factor=f"{speeds.factor:.2f}")
    else:
        said = _("Times: free flow; real ones are longer.")
    parts = [said, *found.attribution, "Anlan 安澜"]
    return " · ".join(parts)
