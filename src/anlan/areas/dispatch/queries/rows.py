"""Frozen rows of dispatch, as the board's JSON has them; the API serialises them as they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Timer:
    """A running or stopped interval with its goal; overdue is computed by the reader."""

    code: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident without any text; lon/lat are None once its place was sealed."""

    id: int
    number: int
    type: str
    priority: int
    state: str
    alarm_level: int
    received_at: datetime
    first_dispatched_at: datetime | None
    first_on_scene_at: datetime | None
    closed_at: datetime | None
    lon: float | None
    lat: float | None
    street: str
    units: tuple[str, ...]
    timers: tuple[Timer, ...]
    made_up: bool
    version: int
    result_code: str = ""
    cell: str = ""
    snap_m: float | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnitBoardRow:
    """A unit as the board draws it; `incident` is an id; `post` is a reference ("fire 7").

    `covering` is the post that it stands by at, or drives to, instead of its own.
    """

    ident: str
    kind: str
    capabilities: tuple[str, ...]
    post: str | None
    status: str
    since: datetime | None
    incident: int | None
    lon: float | None
    lat: float | None
    on_duty: bool
    made_up: bool
    eta_at: datetime | None = None
    inferred: bool = False
    warnings: tuple[str, ...] = ()
    covering: str | None = None


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """A unit of a plan: which need it fills (`capability`), and why it, in words."""

    unit: str
    kind: str
    travel_s: float
    capability: str
    reason: str


@dataclass(frozen=True, slots=True)
class PlanRow:
    """One plan: units together, the first and the last arrival, areas left thin, one sentence."""

    rank: int
    units: tuple[PlannedUnit, ...]
    first_arrival_s: float | None
    full_arrival_s: float | None
    breaks_cover: tuple[str, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class MissingNeed:
    """What no unit can fill now, and the next best thing in words."""

    capability: str
    count: int
    sentence: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """A unit that a dispatcher might expect, and why it is not sent."""

    unit: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """Which units to send; status is "full", "partial" or "none"; plans best first."""

    type: str
    alarm_level: int
    status: str
    plans: tuple[PlanRow, ...]
    missing: tuple[MissingNeed, ...]
    not_sent: tuple[NotSent, ...]
    notes: tuple[str, ...]
    computed_ms: float
    incident: int | None = None
    needs: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Board:
    """Everything a board shows at once; words in the reader's language."""

    town: dict[str, object]
    event_id: int
    types: tuple[dict[str, object], ...]
    statuses: tuple[dict[str, object], ...]
    unit_kinds: tuple[dict[str, object], ...]
    results: tuple[dict[str, object], ...]
    levels: tuple[dict[str, object], ...]
    incidents: tuple[IncidentRow, ...]
    units: tuple[UnitBoardRow, ...]
    posts: tuple[dict[str, object], ...]
    closures: tuple[dict[str, object], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Current rows touched by a run of ledger entries; `closures` is None when untouched."""

    event_id: int
    incidents: tuple[IncidentRow, ...] = ()
    units: tuple[UnitBoardRow, ...] = ()
    closures: tuple[dict[str, object], ...] | None = field(default=None)
