"""Tables of the town and its things. No workflow here: services write, queries read."""

from anlan.kernel.places.models.town import Closure, RoadSnapshot, Town
from anlan.kernel.places.models.units import DutyPeriod, Post, Unit

__all__ = ["Closure", "DutyPeriod", "Post", "RoadSnapshot", "Town", "Unit"]
