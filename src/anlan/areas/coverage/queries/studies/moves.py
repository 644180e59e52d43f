"""A scenario's move-up rule as the engine takes it: which base covers which calls in time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from anlan.areas.coverage.rules.scenarios import MoveUp as AskedMoveUp
from anlan.engine.simulation.stream import CallStream
from anlan.engine.simulation.world import Fleet, World
from anlan.engine.siting.move_up import Ddsm, Dmexclp, MoveUp, nested_table
from anlan.kernel.values import BadInput

F8 = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

MOST_BUSY = 0.95


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Places that calls come from, and how many came from each."""

    place: npt.NDArray[np.intp]
    calls: F8


def moving_kind(asked: AskedMoveUp, fleet: Fleet, calls: CallStream) -> str:
    """Give the kind of unit that moves, as the fleet names kinds: asked for, else the busiest."""
    if asked.kind:
        if f"kind:{asked.kind}" not in fleet.kind:
            raise BadInput(
                _("No unit of the kind “{kind}” is simulated, so none can move up.").format(
                    kind=asked.kind
                )
            )
        return f"kind:{asked.kind}"
    wanted = Counter(calls.vocabulary[at] for at in calls.capability.tolist())
    return max(
        sorted(set(fleet.kind)), key=lambda kind: sum(wanted[one] for one in _can(kind, fleet))
    )


def _can(kind: str, fleet: Fleet) -> set[str]:
    """Give what any unit of a kind can do."""
    mine = [one for at, one in enumerate(fleet.capabilities) if fleet.kind[at] == kind]
    return set().union(*mine)


def moves_up(kind: str, fleet: Fleet) -> Bools:
    """Mark the units that may move up: those of the kind that stand at a post."""
    return np.array([one == kind for one in fleet.kind], bool) & (fleet.post >= 0)


def move_up_of(
    asked: AskedMoveUp,
    *,
    world: World,
    fleet: Fleet,
    calls: CallStream,
    before_s: float,
    times: int = 1,
) -> MoveUp | None:
    """Give the rule with its bases, what they cover, and how busy units are; None for none.

    Bases are the posts where moving units stand. `before_s` is what a trip takes before the
    drive; `calls` hold `times` as many as their period has.
    """
    if asked.rule == "none":
        return None
    kind = moving_kind(asked, fleet, calls)
    moving = moves_up(kind, fleet)
    if not moving.any():
        raise BadInput(_("No unit that may move up stands at a post."))
    bases = np.unique(fleet.post[moving]).astype(np.int64)
    place, counts = np.unique(calls.place, return_counts=True)
    factor = float(world.factors[1:].mean()) if world.classes > 1 else float(world.factors.mean())
    seconds = before_s + factor * np.asarray(world.travel_s, np.float64)[np.ix_(bases, place)]
    near, demand = seconds <= asked.minutes * 60, counts.astype(np.float64)
    busy = (
        asked.busy
        if asked.busy is not None
        else _busy(calls, _can(kind, fleet), int(moving.sum()) * times)
    )
    expected = Dmexclp(bases=bases, covers=near, demand=demand, busy=busy)
    if asked.rule == "dmexclp":
        return expected
    if asked.rule == "ddsm":
        far = seconds <= asked.far_minutes * 60
        return Ddsm(bases=bases, near=near, far=far, demand=demand, share=asked.share)
    return nested_table(expected, most=int(moving.sum()))


def _busy(calls: CallStream, can: set[str], units: int) -> float:
    """Measure the share of its time that a unit is taken, travel left aside, from the spells."""
    mine = np.array([one in can for one in calls.vocabulary], bool)[calls.capability]
    taken = sum(
        np.nansum(spell[mine]) for spell in (calls.turnout_s, calls.on_scene_s, calls.handover_s)
    )
    span = float(calls.received_s.max() - calls.received_s.min()) or 1.0
    return min(float(taken) / (units * span), MOST_BUSY)
