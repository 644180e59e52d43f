"""What OpenStreetMap's tags mean to an emergency vehicle. docs/method/roads.md says why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from anlan.engine.roads.speeds import (
    FERRY_KMH,
    class_speed_kmh,
    duration_s,
    limit_kmh,
    travel_speed_kmh,
)

Tags = Mapping[str, str]

_BIG = ("motorway", "trunk", "primary", "secondary", "tertiary")
_SMALL = ("unclassified", "residential", "living_street", "service", "road")
ROAD_CLASSES = frozenset((*_BIG, *(f"{big}_link" for big in _BIG), *_SMALL))
# Driven only where a tag lets emergency vehicles in.
EMERGENCY_CLASSES = frozenset({"pedestrian", "busway"})

# From the general to the particular: the most particular tag that is there decides.
ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
CLOSED = frozenset({"no", "private", "agricultural", "forestry", "military", "use_sidepath"})
LET_IN = frozenset({"yes", "designated", "official", "permissive"})

# Every other barrier on a way stops a vehicle unless its own access tags open it.
PASSABLE_BARRIERS = frozenset(
    {
        "border_control",
        "cattle_grid",
        "entrance",
        "height_restrictor",
        "kerb",
        "no",
        "sally_port",
        "toll_booth",
    }
)

MAXSPEED_KEYS = ("maxspeed", "maxspeed:forward", "maxspeed:backward")
IMPLICIT_KEYS = ("maxspeed:type", "source:maxspeed", "zone:maxspeed", "zone:traffic")


@dataclass(frozen=True, slots=True)
class Driving:
    """How a way may be driven; a ferry with a duration has no speed until its length is known."""

    road_class: str
    name: str
    speed_kmh: float
    forward: bool
    backward: bool
    duration_s: float | None = None


def driving(tags: Tags, *, country: str | None) -> Driving | None:
    """This will say how a way may be driven, or None where it may not."""
    road_class = _road_class(tags)
    if road_class is None:
        return None
    forward, backward = direction(tags, road_class=road_class)
    return Driving(
        road_class=road_class,
        name=tags.get("name") or tags.get("ref") or "",
        speed_kmh=speed_kmh(tags, road_class=road_class, country=country),
        forward=forward,
        backward=backward,
        duration_s=duration_s(tags.get("duration", "")) if road_class == "ferry" else None,
    )


def _road_class(tags: Tags) -> str | None:
    if tags.get("area") == "yes":
        return None
    highway = tags.get("highway", "")
    if highway in ROAD_CLASSES:
        return highway if way_is_open(tags) else None
    if highway in EMERGENCY_CLASSES:
        return highway if tags.get("emergency") in LET_IN else None
    if tags.get("route") == "ferry":
        return "ferry" if _ferry_takes_vehicles(tags) else None
    return None


def way_is_open(tags: Tags) -> bool:
    """This will say whether a road is open: emergency=yes first, then the most particular tag."""
    if tags.get("emergency") in LET_IN or tags.get("service") == "emergency_access":
        return True
    return _access(tags) not in CLOSED


def _access(tags: Tags) -> str:
    return next((tags[key] for key in ACCESS_KEYS if key in tags), "")


def _ferry_takes_vehicles(tags: Tags) -> bool:
    """A ferry must say that it takes motor vehicles; many take people on foot only."""
    said = next((tags[key] for key in ACCESS_KEYS[:3] if key in tags), "no")
    return said not in CLOSED


def barrier_stops(tags: Tags) -> bool:
    """This will say whether a barrier node stops an emergency vehicle."""
    barrier = tags.get("barrier", "no")
    if tags.get("emergency") in LET_IN:
        return False
    said = _access(tags)
    if said:
        return said in CLOSED
    return barrier not in PASSABLE_BARRIERS


def direction(tags: Tags, *, road_class: str) -> tuple[bool, bool]:
    """This will give (along, against): one-way tags first, then what a class implies."""
    said = tags.get("oneway:motor_vehicle") or tags.get("oneway", "")
    if said in ("-1", "reverse"):
        return False, True
    if said in ("yes", "1", "true"):
        return True, False
    if said in ("no", "0", "false", "alternating", "reversible"):
        return (False, False) if said == "reversible" else (True, True)
    implied = road_class == "motorway" or tags.get("junction") in ("roundabout", "circular")
    return True, not implied


def speed_kmh(tags: Tags, *, road_class: str, country: str | None) -> float:
    """This will give the free-flow speed: posted, else implied by a zone, else the class's own."""
    if road_class == "ferry":
        return FERRY_KMH
    for key in (*MAXSPEED_KEYS, *IMPLICIT_KEYS):
        limit = limit_kmh(tags[key]) if key in tags else None
        if limit is not None:
            return travel_speed_kmh(limit)
    return class_speed_kmh(road_class, country=country)
