"""Which stop-watches run on an incident, from the town's service-level profiles.

A stop-watch is named after its interval. Overdue is computed by the reader, never stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from anlan.areas.dispatch.rules.catalogue import Level


@dataclass(frozen=True, slots=True)
class IncidentTimes:
    """The times that stop-watches start and stop by; None where it has not happened."""

    received_at: datetime
    requeued_at: datetime | None
    first_dispatched_at: datetime | None
    first_en_route_at: datetime | None
    first_on_scene_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class StopWatch:
    """An interval with its goal; `stopped_at` None while it runs."""

    code: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


def goal_s(levels: Sequence[Level], *, interval: str, group: str, priority: int) -> float | None:
    """Give the strictest goal that the profiles name for an interval of this incident."""
    goals = [
        level.goal_s
        for level in levels
        if level.interval == interval
        and (not level.groups or group in level.groups)
        and (not level.urgent or priority == 1)
    ]
    return min(goals) if goals else None


def stop_watches(
    times: IncidentTimes, *, levels: Sequence[Level], group: str, priority: int
) -> tuple[StopWatch, ...]:
    """Give an incident's stop-watches in the order of its course; those not begun are left out.

    An incident that lost its units to a graver one waits again: its processing watch starts anew
    at `requeued_at`, and those after it wait for the next crew.
    """
    again = times.requeued_at is not None
    spans = (
        (
            "processing",
            times.requeued_at or times.received_at,
            None if again else times.first_dispatched_at,
        ),
        ("turnout", None if again else times.first_dispatched_at, times.first_en_route_at),
        ("travel", None if again else times.first_en_route_at, times.first_on_scene_at),
        (
            "dispatch_to_scene",
            None if again else times.first_dispatched_at,
            times.first_on_scene_at,
        ),
        ("response", times.received_at, times.first_on_scene_at),
    )
    watches = []
    for interval, start, stop in spans:
        goal = goal_s(levels, interval=interval, group=group, priority=priority)
        if start is None or goal is None:
            continue
        due_at = start + timedelta(seconds=goal)
        watches.append(StopWatch(interval, start, due_at, stop or times.ended_at))
    return tuple(watches)
