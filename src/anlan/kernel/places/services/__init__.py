"""Writes of a town and its things: one function, one use case, one transaction, one entry."""

from anlan.kernel.places.services.closures import close_street, lift_closure
from anlan.kernel.places.services.posts import import_posts
from anlan.kernel.places.services.roads import import_roads
from anlan.kernel.places.services.siting import site_posts
from anlan.kernel.places.services.town import create_town, set_clock, set_factor
from anlan.kernel.places.services.units import import_units

__all__ = [
    "close_street",
    "create_town",
    "import_posts",
    "import_roads",
    "import_units",
    "lift_closure",
    "set_clock",
    "set_factor",
    "site_posts",
]
