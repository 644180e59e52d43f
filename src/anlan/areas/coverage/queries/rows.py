"""Frozen rows of coverage: what is asked, what is answered, and how sure the answer is."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: which kind of post, within which minutes, at which local hour (None: all).

    `counted_from` says when the minutes begin: "travel" as the unit leaves its post, "turnout" as
    it is sent, "call" as the call is received. `unit_kinds` names kinds of which a post must have
    one on duty to count; none named, every post counts.
    """

    kind: str
    minutes: tuple[int, ...]
    hour: int | None = None
    counted_from: str = "travel"
    unit_kinds: tuple[str, ...] = ()
    gap_minutes: int | None = None

    @property
    def limit(self) -> int:
        """Give the minutes that gaps and posts are judged by: the first, unless asked."""
        return self.gap_minutes or self.minutes[0]


@dataclass(frozen=True, slots=True)
class HourSpeed:
    """An hour's travel: `fixed_s` + `factor` × free flow; errors are of the hour's trips.

    Errors are of days left out of the fit in turn. `own` is False where the log holds few trips of
    the hour, so that its factor is mostly the day's.
    """

    hour: int
    factor: float
    fixed_s: float
    trips: int
    own: bool
    p50_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None


@dataclass(frozen=True, slots=True)
class Speeds:
    """How free-flow seconds become real ones. `source` is "log", "town" or "free_flow".

    "log": fitted by hour from the trips of the log; "town": one factor that somebody set;
    "free_flow": nothing is known, times are those of an empty street. `spread` holds observed over
    estimated time of each trip, left out of its fit, rising: how much trips vary.
    """

    source: str
    factor: float
    fixed_s: float
    trips: int
    p50_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None
    hours: tuple[HourSpeed, ...]
    spread: F8 = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Before:
    """Seconds before travel that are counted: medians of the log, 0 where not counted."""

    processing_s: float = 0.0
    turnout_s: float = 0.0

    @property
    def total_s(self) -> float:
        """Give the seconds between the start of the count and leaving the post."""
        return self.processing_s + self.turnout_s


@dataclass(frozen=True, slots=True)
class Band:
    """What is reached within `minutes`; a share is None where there is nothing to share.

    Shares are of all calls, people or square kilometres; the counts are of what is reached by the
    usual time. `expected_share` is of calls when trips vary as those of the log do (None where it
    tells of too few).
    `seen_share` is what the log saw: of `seen` calls that units of these posts came to, how many
    the first of them reached in time, from wherever it was.
    """

    minutes: int
    calls: int
    calls_share: float | None
    expected_share: float | None
    people: float | None
    people_share: float | None
    area_km2: float
    area_share: float | None
    seen: int
    seen_share: float | None


@dataclass(frozen=True, slots=True)
class HourShare:
    """Shares of an hour's calls, and of the area at its speed, for each of the minutes."""

    hour: int
    calls: int
    calls_shares: tuple[float | None, ...]
    area_shares: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class PostReach:
    """What a post reaches within the limit, and what no other post does: lost if it closes."""

    ref: str
    name: str
    lon: float
    lat: float
    made_up: bool
    staffed: bool
    calls: int
    people: float | None
    area_km2: float
    first_calls: int
    only_calls: int
    only_people: float | None
    only_area_km2: float


@dataclass(frozen=True, slots=True)
class Gap:
    """An area cell of which a part is not reached within the limit.

    `cell` is an H3 cell of 0.74 km² on average. `minutes` is the middle of the times to its places
    that are not reached, `worst_minutes` the longest; None where no way leads there.
    """

    cell: str
    lon: float
    lat: float
    street: str
    nearest: str | None
    minutes: float | None
    worst_minutes: float | None
    calls: int
    calls_of: int
    people: float | None
    people_of: float | None
    area_km2: float


@dataclass(frozen=True, slots=True)
class DemandNote:
    """What coverage is measured on, for the line of honesty.

    `people_source` is "zones" (counted by area), "streets" (guessed from streets with homes) or
    "none". `calls_from` and `calls_to` are local dates as ISO text.
    """

    calls: int
    calls_left_out: int
    calls_from: str | None
    calls_to: str | None
    people: float
    people_source: str
    area_km2: float
    cell_resolution: int


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """The whole answer. `cells` are H3 cells with streets, `cell_s[i]` seconds to cell i, inf where
    no way leads."""

    town: str
    town_name: str
    made_up: bool
    made_up_note: str
    attribution: tuple[str, ...]
    asked: Asked
    speeds: Speeds
    before: Before
    demand: DemandNote
    bands: tuple[Band, ...]
    hours: tuple[HourShare, ...]
    posts: tuple[PostReach, ...]
    gaps: tuple[Gap, ...]
    cells: tuple[str, ...]
    cell_s: F8
