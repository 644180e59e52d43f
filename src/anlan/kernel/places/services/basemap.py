"""The town's base map is drawn when its roads come in; a board without one still works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from anlan.gateways.basemap import Street, Unavailable, build_basemap
from anlan.kernel.places.queries.roads import town_folder

if TYPE_CHECKING:
    from anlan.engine.roads import RoadGraph

BASEMAP_FILE = "basemap.pmtiles"
Progress = Callable[[str, float], None]
log = structlog.get_logger(__name__)


def draw_basemap(
    town_key: str, *, extract: Path | None, graph: RoadGraph, progress: Progress | None = None
) -> str:
    """Draw the town's base map from its OSM extract, else from its streets alone.

    Gives "" when it stands, or one sentence that says why it was left out.
    """
    out = town_folder(town_key) / BASEMAP_FILE
    streets = () if extract is not None else streets_of(graph)
    try:
        build_basemap(source=extract, streets=streets, out=out, progress=progress)
    except Unavailable as why:
        log.warning("basemap_left_out", town=town_key)
        return str(why)
    return ""


def streets_of(graph: RoadGraph) -> Iterator[Street]:
    """Give each street segment as the map draws it."""
    for at in range(len(graph.seg_from)):
        shape = slice(int(graph.geo_ptr[at]), int(graph.geo_ptr[at + 1]))
        yield Street(
            road_class=graph.classes[graph.seg_class[at]],
            name=graph.names[graph.seg_name[at]],
            lon=graph.geo_lon[shape].tolist(),
            lat=graph.geo_lat[shape].tolist(),
        )
