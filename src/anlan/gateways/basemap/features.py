"""Map features as lines of GeoJSON for tippecanoe: what is drawn, from which zoom on.

Layers: roads (class, name), water (name), waterways, coast, green, buildings, places (name, class,
rank). Only things stand here: no address, no house number, no name of a building.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIVEN = {
    "motorway": 5,
    "trunk": 6,
    "primary": 8,
    "secondary": 9,
    "tertiary": 10,
    "unclassified": 10,
    "residential": 10,
    "living_street": 11,
    "pedestrian": 12,
    "service": 13,
    "road": 12,
}
# Classes of street tables (CSV) that OpenStreetMap does not know, drawn as their like in DRIVEN.
TABLE_CLASSES = {
    "freeway": "motorway",
    "highway": "trunk",
    "artery": "primary",
    "arterial": "primary",
    "collector": "tertiary",
    "ramp": "primary",
    "street": "residential",
    "local": "residential",
    "alley": "service",
}
GREEN_TAGS = {
    "leisure": {"park", "garden", "pitch", "golf_course", "nature_reserve"},
    "landuse": {"forest", "grass", "meadow", "cemetery", "recreation_ground", "orchard"},
    "natural": {"wood", "scrub", "heath", "grassland"},
}
PLACES = {"city": 0, "town": 1, "village": 2, "suburb": 2, "hamlet": 3, "neighbourhood": 4}
PLACE_ZOOM = {0: 6, 1: 8, 2: 11, 3: 12, 4: 13}
BUILDING_ZOOM = 14
DECIMALS = 6


@dataclass(frozen=True, slots=True)
class Street:
    """A street segment as it is drawn: class as OSM names it, name or "", its shape."""

    road_class: str
    name: str
    lon: Sequence[float]
    lat: Sequence[float]


Line = dict[str, Any]


def road_zoom(road_class: str) -> int:
    """Give the zoom from which a class of street is drawn; links go with their road."""
    plain = road_class.removesuffix("_link")
    return DRIVEN.get(TABLE_CLASSES.get(plain, plain), 12)


def feature(layer: str, kind: str, coordinates: Any, minzoom: int, **properties: Any) -> Line:
    """Give one feature with the layer and least zoom that tippecanoe reads."""
    return {
        "type": "Feature",
        "tippecanoe": {"layer": layer, "minzoom": minzoom},
        "geometry": {"type": kind, "coordinates": coordinates},
        "properties": {
            name: value for name, value in properties.items() if value not in ("", None)
        },
    }


def street_features(streets: Iterable[Street]) -> Iterator[Line]:
    """Give each street as a line of the roads layer."""
    for street in streets:
        shape = [
            [round(float(x), DECIMALS), round(float(y), DECIMALS)]
            for x, y in zip(street.lon, street.lat, strict=True)
        ]
        if len(shape) > 1:
            yield feature(
                "roads",
                "LineString",
                shape,
                road_zoom(street.road_class),
                name=street.name,
                **{"class": street.road_class},
            )


def osm_features(path: Path) -> Iterator[Line]:
    """Give what an OpenStreetMap extract draws: roads, water, coast, green, buildings, places."""
    import osmium

    makers = osmium.geom.GeoJSONFactory()
    keys = ("highway", "waterway", "natural", "landuse", "leisure", "building", "place", "water")
    wanted = osmium.filter.KeyFilter(*keys)
    for thing in osmium.FileProcessor(str(path)).with_areas(wanted).with_filter(wanted):
        made = _of_thing(thing, makers)
        if made is not None:
            yield made


def _of_thing(thing: Any, makers: Any) -> Line | None:
    import osmium

    try:
        if thing.is_node():
            return _place(thing.tags, makers.create_point(thing))
        if thing.is_area():
            return _area(thing.tags, makers.create_multipolygon(thing))
        if thing.is_way() and (drawn := _line_layer(thing.tags)):
            return _line(thing.tags, drawn, makers.create_linestring(thing))
    except (RuntimeError, osmium.InvalidLocationError):
        return None  # a shape that the extract cuts off: the rest of the map is drawn
    return None


def _place(tags: Any, shape: str) -> Line | None:
    rank = PLACES.get(tags.get("place", ""))
    name = tags.get("name", "")
    if rank is None or not name:
        return None
    point = json.loads(shape)["coordinates"]
    kind = {"class": tags["place"]}
    return feature("places", "Point", point, PLACE_ZOOM[rank], name=name, rank=rank, **kind)


def _area(tags: Any, shape: str) -> Line | None:
    layer = _area_layer(tags)
    if layer is None:
        return None
    name = (
        tags.get("name", "") if layer == "water" else ""
    )  # a building's name is nobody's business
    minzoom = BUILDING_ZOOM if layer == "buildings" else 8
    return feature(layer, "MultiPolygon", json.loads(shape)["coordinates"], minzoom, name=name)


def _area_layer(tags: Any) -> str | None:
    if tags.get("natural") == "water" or tags.get("waterway") == "riverbank":
        return "water"
    if tags.get("landuse") in {"reservoir", "basin"}:
        return "water"
    if tags.get("building", "no") != "no":
        return "buildings"
    if any(tags.get(key) in values for key, values in GREEN_TAGS.items()):
        return "green"
    return None


def _line_layer(tags: Any) -> str | None:
    if tags.get("highway", "").removesuffix("_link") in DRIVEN and tags.get("area") != "yes":
        return "roads"
    if tags.get("waterway") in {"river", "canal", "stream"}:
        return "waterways"
    return "coast" if tags.get("natural") == "coastline" else None


def _line(tags: Any, layer: str, shape: str) -> Line:
    name = tags.get("name", "") if layer == "roads" else ""
    road_class = tags.get("highway", "") if layer == "roads" else ""
    minzoom = road_zoom(road_class) if layer == "roads" else 8
    coordinates = json.loads(shape)["coordinates"]
    return feature(layer, "LineString", coordinates, minzoom, name=name, **{"class": road_class})
