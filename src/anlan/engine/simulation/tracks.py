"""Where each unit is at any moment: a line of times and places, places being mixtures of points.

A unit on its way from A to B, a share f of the time gone, stands at the mixture (1-f) A + f B;
its time to C is the same mixture of the times from A and from B. docs/method/replay.md says what
that leaves out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np

from anlan.engine.simulation.log import F8, Index, Travel

Place = dict[int, float]  # point -> share; the shares sum to 1
LEAST_SHARE: Final = 0.01


@dataclass
class Track:
    """Times, ascending, and the place at each; between them the unit moves evenly."""

    times: list[float] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def place_at(self, at_s: float) -> Place:
        """Give the place at a time: before the first the first, after the last the last."""
        times = self.times
        if at_s >= times[-1]:
            return self.places[-1]
        later = next(step for step, time in enumerate(times) if time > at_s)
        if later == 0:
            return self.places[0]
        share = (at_s - times[later - 1]) / (times[later] - times[later - 1])
        return mix(self.places[later - 1], self.places[later], share)


def mix(here: Place, there: Place, share: float) -> Place:
    """Move a share of the way; points that hardly count are left out."""
    mixed = {point: (1.0 - share) * part for point, part in here.items()}
    for point, part in there.items():
        mixed[point] = mixed.get(point, 0.0) + share * part
    kept = {point: part for point, part in mixed.items() if part >= LEAST_SHARE}
    total = sum(kept.values())
    return {point: part / total for point, part in kept.items()}


def times_to(places: list[Place], target: int, *, at_s: float, travel: Travel) -> F8:
    """Give the seconds from each place to a point; one call of `travel` for all."""
    owner = np.repeat(np.arange(len(places)), [len(place) for place in places])
    points: Index = np.array([point for place in places for point in place], np.intp)
    shares = np.array([part for place in places for part in place.values()], np.float64)
    seconds = np.zeros(len(places))
    np.add.at(seconds, owner, shares * travel(points, target, at_s))
    return seconds
