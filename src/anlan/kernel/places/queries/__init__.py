"""Reads of a town and its things, as frozen rows; the road network is cached per process."""

from anlan.kernel.places.queries.areas import cover_areas, first_due_matrix
from anlan.kernel.places.queries.roads import (
    cell_of,
    closed_segments,
    closures,
    find_street,
    has_roads,
    network,
    network_of,
    open_end,
    route,
    snap_asked,
    snap_point,
    snapshot_folder,
    street_name_at,
    town_folder,
    warm_roads,
)
from anlan.kernel.places.queries.rows import (
    ClosureRow,
    PostRow,
    RouteRow,
    Street,
    TownRow,
    UnitRow,
)
from anlan.kernel.places.queries.state import TownState, town_state
from anlan.kernel.places.queries.towns import town, towns
from anlan.kernel.places.queries.units import on_duty, posts, unit, units

__all__ = [
    "ClosureRow",
    "PostRow",
    "RouteRow",
    "Street",
    "TownRow",
    "TownState",
    "UnitRow",
    "cell_of",
    "closed_segments",
    "closures",
    "cover_areas",
    "find_street",
    "first_due_matrix",
    "has_roads",
    "network",
    "network_of",
    "on_duty",
    "open_end",
    "posts",
    "route",
    "snap_asked",
    "snap_point",
    "snapshot_folder",
    "street_name_at",
    "town",
    "town_folder",
    "town_state",
    "towns",
    "unit",
    "units",
    "warm_roads",
]
