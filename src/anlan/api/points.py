"""A point in an address: LON,LAT."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from anlan.kernel.values import BadInput, LonLat

_POINT = re.compile(r"\s*(-?\d{1,3}(?:\.\d{1,16})?)\s*,\s*(-?\d{1,2}(?:\.\d{1,16})?)\s*", re.ASCII)


def point(text: str) -> LonLat:
    """Read LON,LAT in degrees; raises BadInput with a sentence."""
    found = _POINT.fullmatch(text)
    if found is None:
        raise BadInput(_("Write a point as LON,LAT, for example -122.41,37.77."))
    lon, lat = float(found.group(1)), float(found.group(2))
    if abs(lon) > 180 or abs(lat) > 90:
        raise BadInput(_("Write longitude first (-180 to 180), then latitude (-90 to 90)."))
    return LonLat(lon=lon, lat=lat)
