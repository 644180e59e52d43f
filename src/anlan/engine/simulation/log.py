"""What a replay reads: calls, responses and units of a log, by column, checked once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
Index = npt.NDArray[np.intp]
Bools = npt.NDArray[np.bool_]

Travel = Callable[[Index, int, float], F8]
"""travel(origins, target, at_s) -> seconds: from each origin point to the target point, leaving at
`at_s` (a caller whose factor differs by day looks at it). Points are the caller's own indices."""

Progress = Callable[[str, float], None]


class UnusableLog(ValueError):
    """One clear sentence: what in the log cannot be replayed."""


@dataclass(frozen=True)
class CallLog:
    """Calls; index c. Times are seconds from the caller's epoch, nan where the log lacks them.

    `point[c]` is where the call is; `kind[c]` its type (any index, for service levels);
    `priority[c]` orders calls that wait, lower first.
    """

    received_s: F8
    point: Index
    kind: Index
    rang_s: F8 | None = None
    answered_s: F8 | None = None
    priority: Index | None = None

    def __len__(self) -> int:
        """Count the calls."""
        return len(self.received_s)


@dataclass(frozen=True)
class ResponseLog:
    """One row for each unit sent to each call; index r. Times as in CallLog, nan where missing."""

    call: Index
    unit: Index
    dispatch_s: F8
    en_route_s: F8
    on_scene_s: F8
    transport_s: F8
    hospital_s: F8
    available_s: F8

    def __len__(self) -> int:
        """Count the rows."""
        return len(self.call)


@dataclass(frozen=True)
class Units:
    """Units; index u.

    `kind[u]` is the capability that is needed again where the log sent this unit, and stands
    among `capabilities[u]`. `post[u]` is the point it returns to, -1 for a unit without a post:
    it stays where it last became free. `start[u]` is where it stands at first: -1 takes the post.
    `duty[u]` holds its half-open spans on duty, f8[k, 2]. `area[u]` is the cover area it serves,
    -1 for none.
    """

    keys: Sequence[str]
    kind: Sequence[str]
    capabilities: Sequence[frozenset[str]]
    post: Index
    start: Index
    duty: Sequence[F8]
    area: Index | None = None

    def __len__(self) -> int:
        """Count the units."""
        return len(self.keys)


@dataclass(frozen=True)
class Log:
    """A log to replay; `hospitals` are points, of which the nearest by road receives a patient."""

    calls: CallLog
    responses: ResponseLog
    units: Units
    hospitals: Index

    def __post_init__(self) -> None:
        calls, rows, units = self.calls, self.responses, self.units
        _same_length("calls", len(calls), calls.point, calls.kind, calls.rang_s, calls.answered_s)
        _same_length("calls", len(calls), calls.priority)
        _same_length("responses", len(rows), rows.unit, rows.dispatch_s, rows.en_route_s)
        _same_length("responses", len(rows), rows.on_scene_s, rows.transport_s, rows.hospital_s)
        _same_length("responses", len(rows), rows.available_s)
        _same_length("units", len(units), units.kind, units.capabilities, units.post, units.start)
        _same_length("units", len(units), units.duty, units.area)
        _in_range("call", rows.call, len(calls))
        _in_range("unit", rows.unit, len(units))
        if not np.isfinite(calls.received_s).all():
            raise UnusableLog("A call has no time of receipt; leave such calls out first.")
        for key, kind, can in zip(units.keys, units.kind, units.capabilities, strict=True):
            if kind not in can:
                raise UnusableLog(f"Unit {key} is a {kind} but cannot do {kind}.")


def _same_length(what: str, length: int, *columns: Sequence[object] | F8 | Index | None) -> None:
    if any(column is not None and len(column) != length for column in columns):
        raise UnusableLog(f"The columns of the {what} are not of one length.")


def _in_range(what: str, index: Index, count: int) -> None:
    if len(index) and (int(index.min()) < 0 or int(index.max()) >= count):
        raise UnusableLog(f"A response names a {what} that is not there.")
