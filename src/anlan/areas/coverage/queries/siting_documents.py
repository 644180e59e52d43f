"""Where posts should stand as plain data: the answer, and its layers for a map."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from anlan.areas.coverage.queries.layers import about, geojson
from anlan.areas.coverage.queries.siting import SitingAnswer


def siting_document(found: SitingAnswer) -> dict[str, Any]:
    """Give the answer as plain data, without shapes."""
    asked = asdict(found.asked)
    asked["forbid"] = [[one.lon, one.lat] for one in found.asked.forbid]
    after = about(found.after)
    return {
        "town": found.before.town,
        "town_name": found.before.town_name,
        "made_up": found.before.made_up,
        "attribution": list(found.before.attribution),
        "asked": {**asked, "minutes": list(found.asked.minutes)},
        "seed": found.seed,
        "value": round(found.value, 6),
        "bound": None if found.bound is None else round(found.bound, 6),
        "unit": found.unit,
        "of": round(found.of, 1),
        "optimal": found.optimal,
        "gap": found.gap,
        "sense": found.sense,
        "method": found.method,
        "candidates": found.candidates,
        "demands": found.demands,
        "sites": [asdict(one) for one in found.sites],
        "speed": after["speed"],
        "demand": after["demand"],
        "before": [asdict(one) for one in found.before.bands],
        "after": [asdict(one) for one in found.after.bands],
    }


def siting_layers(found: SitingAnswer) -> dict[str, Any]:
    """Give the cover after, gaps that are left, and the sites as GeoJSON."""
    document = geojson(found.after)
    document["features"] = [
        one for one in document["features"] if one["properties"]["layer"] != "post"
    ] + [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [one.lon, one.lat]},
            "properties": {
                "layer": "site",
                "state": one.state,
                "name": one.name,
                "ref": one.ref,
                "units": one.units,
            },
        }
        for one in found.sites
    ]
    document["siting"] = siting_document(found)
    return document
