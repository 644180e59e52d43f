"""Frozen rows of live cover. Shares are of the expected calls; minutes are of travel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from anlan.areas.coverage.rules.live import CoverState


@dataclass(frozen=True, slots=True)
class UnitNow:
    """A unit as cover sees it; posts are references ("fire 7"), points None where unknown.

    `lon`, `lat` is where it is, `home_lon`, `home_lat` where it stands when nothing is on.
    `covering` is a post that it stands by at instead of its own; `there` says that it is not on
    its way back or to that post. `leaves_soon`: its hours end shortly.
    """

    ident: str
    capabilities: frozenset[str]
    lon: float | None
    lat: float | None
    home_lon: float | None
    home_lat: float | None
    home: str | None
    covering: str | None
    there: bool
    free: bool
    on_duty: bool
    leaves_soon: bool = False


@dataclass(frozen=True, slots=True)
class AreaCover:
    """How a post's first-due area is covered; minutes are means over its calls, None: by nobody.

    `lost` is how many of its expected calls an hour are usually reached in time and not now.
    """

    post: str
    name: str
    state: CoverState
    now_min: float | None
    usual_min: float | None
    share_now: float
    share_usual: float
    lost: float


@dataclass(frozen=True, slots=True)
class Move:
    """A move that is proposed: `gain` is how much the share reached in time rises by it alone.

    `back`: the unit stands by elsewhere and may go home. `left` is the area that it leaves, as it
    would be then, None where it leaves none.
    """

    unit: str
    post: str
    name: str
    back: bool
    travel_s: float
    gain: float
    share_after: float
    left: AreaCover | None


@dataclass(frozen=True, slots=True)
class UnderWay:
    """A unit that stands by at another post, or is driving there."""

    unit: str
    post: str
    name: str
    there: bool


@dataclass(frozen=True, slots=True)
class ServiceCover:
    """How one service covers the town now, within `minutes` of travel.

    `share_settled` is what will be reached once every unit on its way home or to another post is
    there. `areas` are those that lost something, worst first.
    """

    kind: str
    capability: str
    minutes: int
    state: CoverState
    share_now: float
    share_usual: float
    share_settled: float
    calls_per_hour: float
    free: int
    on_duty: int
    areas: tuple[AreaCover, ...]
    moves: tuple[Move, ...]
    under_way: tuple[UnderWay, ...]


@dataclass(frozen=True, slots=True)
class LiveCover:
    """Live cover of a town as of a ledger id and a town time.

    `source` says what expected calls are from: log, people or streets; `speeds` what travel times
    are: fitted to the log, the town's own factor, or free flow.
    """

    seen_id: int
    at: datetime
    source: str
    speeds: str
    services: tuple[ServiceCover, ...]


@dataclass(frozen=True, slots=True)
class CellNow:
    """An area cell that is not reached in time now; `usually` says whether it is otherwise."""

    cell: str
    usually: bool
    ring: tuple[tuple[float, float], ...]
