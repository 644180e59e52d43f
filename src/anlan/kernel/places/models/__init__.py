"""Tables of the town and its things. No workflow here: services write, queries read."""

from anlan.kernel.places.models.calls import LoggedCall, LoggedResponse
from anlan.kernel.places.models.town import Closure, RoadSnapshot, Town
from anlan.kernel.places.models.units import DutyPeriod, Post, Unit

__all__ = [
    "Closure",
    "DutyPeriod",
    "LoggedCall",
    "LoggedResponse",
    "Post",
    "RoadSnapshot",
    "Town",
    "Unit",
]
