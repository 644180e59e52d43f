"""The hypercube's question: which calls come, who is asked first, how long units are busy.

Larson, "A hypercube queuing model for facility location and redistricting in urban emergency
services" (1974). Index n is a server (a unit), j an area (an atom of demand).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isinf
from typing import Literal

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I8 = npt.NDArray[np.int64]
Capacity = Literal["loss", "queue"]

HUGE = 1e9  # values beyond it, or below its inverse, are taken for mistakes
NOBODY = -1  # fills a preference row behind its last server


class UnusableQueue(ValueError):
    """One clear sentence: what in the queueing problem cannot be used."""


@dataclass(frozen=True, eq=False)
class Hypercube:
    """N servers and J areas; make it with `of` or `from_travel`, which check everything once.

    `rate[j]`: calls per unit of time. `preference[j]`: server indices, first choice first, then
    -1. `service_time[n]` or `service_time[n, j]`: mean busy time, in the same unit of time.
    `line`: how many calls may wait, 0 (lost when all are busy), a whole number or infinity.
    `travel[n, j]`, or None: what `Answer`'s travel figures are means of, in any unit.
    """

    rate: F8
    preference: I8
    service_time: F8
    line: float
    travel: F8 | None = None

    @property
    def servers(self) -> int:
        """N."""
        return int(self.service_time.shape[0])

    @property
    def areas(self) -> int:
        """J."""
        return int(self.rate.shape[0])

    @property
    def by_area(self) -> bool:
        """Whether the mean busy time depends on the area."""
        return self.service_time.ndim == 2

    @classmethod
    def of(
        cls,
        rate: npt.ArrayLike,
        *,
        preference: I8 | Sequence[Sequence[int]],
        service_time: npt.ArrayLike,
        capacity: Capacity = "loss",
        line: int | None = None,
        travel: npt.ArrayLike | None = None,
    ) -> Hypercube:
        """This will check a question and give it; raises UnusableQueue in one sentence.

        A preference row may name some servers only: its calls are lost when those are busy, which
        needs capacity "loss". `line` bounds a "queue".
        """
        service = positive(service_time, "service_time")
        if service.ndim not in (1, 2) or service.shape[0] < 1:
            raise UnusableQueue("service_time needs one value a server, or a row a server.")
        calls = _rates(rate)
        asked = _preference(preference, servers=service.shape[0], areas=len(calls))
        if service.ndim == 2 and service.shape[1] != len(calls):
            raise UnusableQueue(
                f"service_time has {service.shape[1]} columns for {len(calls)} areas."
            )
        waiting = _line(capacity, line)
        if waiting and (asked == NOBODY).any():
            raise UnusableQueue(
                "Calls that only some servers answer cannot share a line; use capacity loss, or "
                "name every server in each preference."
            )
        return cls(calls, asked, service, waiting, _travel(travel, service.shape[0], len(calls)))

    @classmethod
    def from_travel(
        cls,
        travel_s: npt.ArrayLike,
        rate_per_hour: npt.ArrayLike,
        *,
        service_s: npt.ArrayLike,
        add_travel: bool = False,
        capacity: Capacity = "loss",
        line: int | None = None,
    ) -> Hypercube:
        """This will give the question of units that go from their posts, the nearest first.

        `travel_s[n, j]`: seconds from unit n's post to area j, infinite where no road leads; ties
        go to the lower index. `service_s`: mean seconds that a call keeps a unit, one for all,
        [n] or [n, j]; `add_travel` adds the way there to it. The unit of time becomes the hour.
        """
        travel = np.array(travel_s, np.float64)
        if travel.ndim != 2 or np.isnan(travel).any() or (travel < 0).any():
            raise UnusableQueue("travel_s needs a row a unit with seconds from 0 up, or infinity.")
        busy_s = np.array(service_s, np.float64)
        if busy_s.ndim == 0:
            busy_s = np.full(travel.shape[0], float(busy_s))
        if add_travel:
            there = np.where(np.isfinite(travel), travel, 0.0)
            busy_s = there + (busy_s[:, None] if busy_s.ndim == 1 else busy_s)
        order = np.argsort(travel.T, axis=1, kind="stable")
        order[~np.isfinite(np.take_along_axis(travel.T, order, axis=1))] = NOBODY
        return cls.of(
            rate_per_hour,
            preference=order,
            service_time=busy_s / 3600.0,
            capacity=capacity,
            line=line,
            travel=travel,
        )


def _rates(rate: npt.ArrayLike) -> F8:
    calls = numbers(rate, "rate")
    if calls.ndim != 1 or len(calls) == 0:
        raise UnusableQueue("rate needs one value an area.")
    if not ((calls >= 0) & (calls <= HUGE)).all() or calls.sum() < 1 / HUGE:
        raise UnusableQueue("Rates are from 0 up, to 1e9, and some area has calls.")
    return calls


def positive(values: npt.ArrayLike, name: str) -> F8:
    """Read numbers above 0; `name` is what the refusal calls them."""
    found = numbers(values, name)
    if not ((found >= 1 / HUGE) & (found <= HUGE)).all():
        raise UnusableQueue(f"Every value of {name} is above 0, from 1e-9 to 1e9.")
    return found


def numbers(values: npt.ArrayLike, name: str) -> F8:
    """Read numbers in even rows; `name` is what the refusal calls them."""
    try:
        return np.array(values, np.float64, order="C")
    except (TypeError, ValueError, OverflowError) as error:
        raise UnusableQueue(f"{name} holds something that is no number, or uneven rows.") from error


def _preference(rows: I8 | Sequence[Sequence[int]], *, servers: int, areas: int) -> I8:
    listed = [[int(n) for n in row] for row in rows]
    if len(listed) != areas:
        raise UnusableQueue(f"There are {len(listed)} preferences for {areas} areas.")
    table = np.full((areas, servers), NOBODY, np.int64)
    for j, row in enumerate(listed):
        named = [n for n in row if n != NOBODY]
        if row[: len(named)] != named or any(not 0 <= n < servers for n in named):
            raise UnusableQueue(f"The preference of area {j} names a server that is not there.")
        if len(set(named)) != len(named):
            raise UnusableQueue(f"The preference of area {j} names a server twice.")
        table[j, : len(named)] = named
    return table


def _line(capacity: str, line: int | None) -> float:
    if capacity not in ("loss", "queue"):
        raise UnusableQueue(f"Capacity is loss or queue, not “{capacity}”.")
    if capacity == "loss":
        if line:
            raise UnusableQueue("With capacity loss nothing waits; leave line out.")
        return 0.0
    if line is None:
        return inf
    if line < 0:
        raise UnusableQueue("line is a whole number from 0 up.")
    return float(line)


def _travel(travel: npt.ArrayLike | None, servers: int, areas: int) -> F8 | None:
    if travel is None:
        return None
    found = numbers(travel, "travel")
    if found.shape != (servers, areas):
        raise UnusableQueue(f"travel needs {servers} rows (servers) of {areas} values (areas).")
    if np.isnan(found).any() or (found < 0).any():
        raise UnusableQueue("Every value of travel is from 0 up.")
    return found


def line_mass(load: float, line: float) -> tuple[float, float, float]:
    """Give Σ rⁱ and Σ i·rⁱ over the line's lengths i ≥ 1, and rᴷ (0 for an infinite line).

    `load` r is the rate of calls over the rate at which the full team ends them.
    """
    if isinf(line):
        if load >= 1:
            raise UnusableQueue(
                f"The line grows without end: calls come {load:.4g} times as fast as all servers "
                "together can end them. Add servers, or use capacity loss."
            )
        return load / (1 - load), load / (1 - load) ** 2, 0.0
    steps = np.arange(1, int(line) + 1, dtype=np.float64)
    powers = load**steps
    return float(powers.sum()), float((steps * powers).sum()), float(load**line)
