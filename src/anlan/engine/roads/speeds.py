"""Travel speeds: a default per road class and country, and the meaning of maxspeed tags.

A posted limit becomes a travel speed by `LIMIT_SHARE`; what is left between this free flow and
the times that crews really need is the town's factor (`calibration`). docs/method/roads.md shows
these tables and says why.
"""

from __future__ import annotations

import re

LIMIT_SHARE = 0.9  # vehicles don't hold the limit from end to end
SLOWEST_KMH, FASTEST_KMH = 5.0, 130.0
MPH_KMH = 1.609344
KNOT_KMH = 1.852
FERRY_KMH = 10.0  # crossing and waiting together, where a ferry gives no duration

# Free-flow km/h where no limit is posted; any country that has no table of its own.
CLASS_SPEEDS_KMH: dict[str, float] = {
    "motorway": 110.0,
    "motorway_link": 60.0,
    "trunk": 90.0,
    "trunk_link": 50.0,
    "primary": 65.0,
    "primary_link": 40.0,
    "secondary": 55.0,
    "secondary_link": 35.0,
    "tertiary": 45.0,
    "tertiary_link": 30.0,
    "unclassified": 35.0,
    "residential": 30.0,
    "street": 30.0,
    "living_street": 10.0,
    "service": 15.0,
    "road": 30.0,
    "busway": 30.0,
    "pedestrian": 10.0,
}

# What differs from the table above, by ISO 3166 country.
COUNTRY_SPEEDS_KMH: dict[str, dict[str, float]] = {
    "CN": {"trunk": 75.0, "primary": 50.0, "secondary": 45.0, "tertiary": 36.0},
    "CL": {"trunk": 80.0, "primary": 50.0, "secondary": 45.0, "tertiary": 40.0},
    "US": {"motorway": 95.0, "trunk": 80.0, "residential": 36.0, "street": 36.0},
    "GB": {"motorway": 100.0, "trunk": 80.0, "primary": 55.0},
    "DE": {"motorway": 120.0, "trunk": 90.0},
    "CH": {"trunk": 75.0, "primary": 60.0},
    "LI": {"primary": 55.0, "secondary": 50.0},
    "PT": {"trunk": 85.0, "primary": 60.0, "secondary": 50.0},
}

# Legal limits behind implicit values such as "CN:urban", km/h; "*" is any other country.
IMPLICIT_LIMITS_KMH: dict[str, dict[str, float]] = {
    "*": {"urban": 50.0, "rural": 80.0, "trunk": 100.0, "motorway": 120.0, "living_street": 10.0},
    "CN": {"urban": 50.0, "rural": 70.0, "trunk": 80.0, "expressway": 120.0},
    "CL": {"rural": 100.0},
    "US": {"urban": 40.0, "rural": 88.5, "motorway": 104.6},
    "GB": {
        "urban": 48.3,
        "nsl_restricted": 48.3,
        "nsl_single": 96.6,
        "rural": 96.6,
        "nsl_dual": 112.7,
        "motorway": 112.7,
    },
    "DE": {"rural": 100.0, "motorway": 130.0},
    "AT": {"rural": 100.0, "motorway": 130.0},
    "PT": {"rural": 90.0},
    "ES": {"rural": 90.0},
    "IT": {"rural": 90.0, "motorway": 130.0},
    "RU": {"urban": 60.0, "rural": 90.0, "motorway": 110.0},
}
WORDS_KMH = {"walk": 7.0, "none": FASTEST_KMH / LIMIT_SHARE}

_NUMBER = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/h|kmh|kph|mph|knots)?$")
_IMPLICIT = re.compile(r"^([A-Za-z]{2})(?:-[A-Za-z0-9]+)?:(.+)$")
_ZONE = re.compile(r"^zone:?(\d+)$")
_CLOCK = re.compile(r"^(?:(\d+):)?(\d+):(\d+)$")
_ISO = re.compile(r"^PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$")


def class_speed_kmh(road_class: str, *, country: str | None = None) -> float:
    """This will give the free-flow speed of a class where no limit is known."""
    own = COUNTRY_SPEEDS_KMH.get((country or "").upper(), {})
    return own.get(road_class, CLASS_SPEEDS_KMH.get(road_class, CLASS_SPEEDS_KMH["road"]))


def limit_kmh(text: str) -> float | None:
    """This will read one maxspeed value, or None where it says nothing usable.

    Of several values ("50;30", by lane or by hour) the lowest counts.
    """
    found = [value for part in re.split(r"[;|]", text) if (value := _one_limit(part.strip()))]
    return min(found) if found else None


def travel_speed_kmh(limit: float) -> float:
    """This will turn a posted limit into a free-flow speed."""
    return min(max(limit * LIMIT_SHARE, SLOWEST_KMH), FASTEST_KMH)


def duration_s(text: str) -> float | None:
    """This will read a ferry's duration: "20" (minutes), "0:20", "0:20:00" or "PT20M"."""
    text = text.strip()
    if text.isdigit():
        return float(text) * 60.0 or None
    if clock := _CLOCK.match(text):
        hours, minutes, seconds = clock.groups(default="0")
        if text.count(":") == 1:
            hours, minutes, seconds = minutes, seconds, "0"
    elif (iso := _ISO.match(text)) is not None:
        hours, minutes, seconds = iso.groups(default="0")
    else:
        return None
    return int(hours) * 3600.0 + int(minutes) * 60.0 + int(seconds) or None


def _one_limit(text: str) -> float | None:
    if number := _NUMBER.match(text):
        unit = {"mph": MPH_KMH, "knots": KNOT_KMH}.get(number[2] or "", 1.0)
        return float(number[1]) * unit or None
    if text in WORDS_KMH:
        return WORDS_KMH[text]
    implicit = _IMPLICIT.match(text)
    if implicit is None:
        return None
    return _implicit_limit(implicit[1].upper(), implicit[2].strip().lower())


def _implicit_limit(country: str, zone: str) -> float | None:
    if posted := _ZONE.match(zone):
        return float(posted[1]) * (MPH_KMH if country in ("GB", "US") else 1.0) or None
    if zone == "walk":
        return WORDS_KMH["walk"]
    own = IMPLICIT_LIMITS_KMH.get(country, {})
    return own.get(zone, IMPLICIT_LIMITS_KMH["*"].get(zone))
