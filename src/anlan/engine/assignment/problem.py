"""What an assignment is asked: needs, candidates, cover; checked once, then never changed."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

F8 = npt.NDArray[np.float64]
I4 = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
U8 = npt.NDArray[np.uint64]

FREE: Final = "free"
DIVERTING: Final = "diverting"
UNREACHABLE: Final = "unreachable"
MOST_CAPABILITIES: Final = 64
MOST_UNITS_SENT: Final = 40
LONGEST_TRAVEL_S: Final = 5 * 86_400.0
LARGEST_PENALTY_S: Final = 86_400.0


class UnusableProblem(ValueError):
    """One clear sentence: what in the problem cannot be used."""


@dataclass(frozen=True, slots=True)
class Need:
    """A run card's line: so many units that can do this. The order of lines is their priority.

    `partly` names other capabilities that do part of the same work, best first: where the line
    stays open, a unit that has one of them is named as help until the right one is there.
    """

    capability: str
    count: int
    partly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit of the town, eligible or not: those that can't go are named in the reasons.

    `travel_s` is seconds by road, `inf` where no road leads there, `nan` where nobody asked.
    `area` is the index of the cover area that the unit now covers, or -1; it covers it
    only with the area's capability. `blocked` is a code why
    it can't go ("off_shift", "out_of_service", "busy", "unreachable", or any other), or None.
    A unit in state "diverting" is on its way to a lesser incident: it may be taken at
    `divert_penalty_s` and gives no cover. `free_in_s` is the expected time until a busy unit is
    free, where it is known.
    """

    key: str
    kind: str
    capabilities: frozenset[str]
    travel_s: float
    state: str = FREE
    area: int = -1
    post: str = ""
    blocked: str | None = None
    free_in_s: float | None = None


@dataclass(frozen=True, slots=True)
class CoverArea:
    """An area that should keep `keep` free units with a capability and now has `have`."""

    key: str
    label: str
    capability: str
    keep: int
    have: int


@dataclass(frozen=True)
class CandidateTable:
    """Candidates by column, for thousands of units: index u means the same unit in each column.

    `capability_bits[u]` has bit k set where the unit can do `vocabulary[k]` (at most 64).
    `blocked[u]` and `state[u]` are the words of `Candidate`, "" for not blocked; where a whole
    column is None, no unit is blocked, and every unit is free.
    """

    keys: Sequence[str]
    vocabulary: tuple[str, ...]
    capability_bits: U8
    travel_s: F8
    area: I4
    kinds: Sequence[str] | None = None
    posts: Sequence[str] | None = None
    state: npt.NDArray[np.str_] | None = None
    blocked: npt.NDArray[np.str_] | None = None
    free_in_s: F8 | None = None

    @classmethod
    def from_candidates(cls, candidates: Sequence[Candidate]) -> CandidateTable:
        """Turn rows into columns."""
        vocabulary = tuple(sorted({name for one in candidates for name in one.capabilities}))
        if len(vocabulary) > MOST_CAPABILITIES:
            raise UnusableProblem(
                f"The units name {len(vocabulary)} capabilities; at most {MOST_CAPABILITIES} work."
            )
        bit = {name: 1 << place for place, name in enumerate(vocabulary)}
        return cls(
            keys=tuple(one.key for one in candidates),
            vocabulary=vocabulary,
            capability_bits=np.array(
                [sum(bit[name] for name in one.capabilities) for one in candidates], np.uint64
            ),
            travel_s=np.array([one.travel_s for one in candidates], np.float64),
            area=np.array([one.area for one in candidates], np.int32),
            kinds=tuple(one.kind for one in candidates),
            posts=tuple(one.post for one in candidates),
            state=np.array([one.state for one in candidates], np.str_),
            blocked=np.array([one.blocked or "" for one in candidates], np.str_),
            free_in_s=np.array(
                [math.nan if one.free_in_s is None else one.free_in_s for one in candidates],
                np.float64,
            ),
        )

    def with_travel(self, travel_s: F8) -> CandidateTable:
        """Give the same units with other travel times, without touching the other columns."""
        moved = replace(self, travel_s=np.asarray(travel_s, np.float64))
        for name in ("not_blocked", "diverting"):  # what travel does not change is kept
            moved.__dict__[name] = getattr(self, name)
        return moved

    @cached_property
    def not_blocked(self) -> Bools:
        """Tell which units nothing but the road may keep from going."""
        if self.blocked is None:
            return np.ones(len(self.keys), np.bool_)
        return np.asarray(self.blocked == "", np.bool_)

    @cached_property
    def diverting(self) -> Bools:
        """Tell which units are on their way to another incident."""
        if self.state is None:
            return np.zeros(len(self.keys), np.bool_)
        return np.asarray(self.state == DIVERTING, np.bool_)

    def capabilities_of(self, unit: int) -> frozenset[str]:
        """Name what a unit can do."""
        bits = int(self.capability_bits[unit])
        return frozenset(name for place, name in enumerate(self.vocabulary) if bits >> place & 1)

    def blocked_code(self, unit: int) -> str:
        """Say why a unit can't go, "" where it can."""
        code = "" if self.blocked is None else str(self.blocked[unit])
        if not code and not math.isfinite(self.travel_s[unit]):
            return UNREACHABLE
        return code

    def blocked_codes(self, units: npt.NDArray[np.intp]) -> npt.NDArray[np.str_]:
        """Say why each of these units can't go, "" where it can."""
        codes = np.zeros(len(units), "U1") if self.blocked is None else self.blocked[units]
        unreachable = (codes == "") & ~np.isfinite(self.travel_s[units])
        return np.asarray(np.where(unreachable, UNREACHABLE, codes), np.str_)

    def __len__(self) -> int:
        """Count the units."""
        return len(self.keys)


@dataclass(frozen=True)
class AssignmentProblem:
    """Which units should go? Checked when it is made; `table` holds the candidates by column.

    `cover_penalty_s`: how many seconds of travel one missing cover unit weighs: the last engine
    of its district is passed over where another is at most that much later.
    `divert_penalty_s`: the same for taking a unit off a lesser incident.
    `first_arrival_weight`: 0 counts each unit's travel alike; 1 counts the first arrival twice.
    """

    needs: tuple[Need, ...]
    candidates: Sequence[Candidate] | CandidateTable
    areas: tuple[CoverArea, ...] = ()
    cover_penalty_s: float = 120.0
    divert_penalty_s: float = 300.0
    first_arrival_weight: float = 0.0
    table: CandidateTable = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", tuple(self.needs))
        object.__setattr__(self, "areas", tuple(self.areas))
        given = self.candidates
        table = (
            given if isinstance(given, CandidateTable) else CandidateTable.from_candidates(given)
        )
        object.__setattr__(self, "table", table)
        _check_needs(self.needs)
        _check_areas(self.areas)
        _check_table(table, area_count=len(self.areas))
        for name, most in (
            ("cover_penalty_s", LARGEST_PENALTY_S),
            ("divert_penalty_s", LARGEST_PENALTY_S),
            ("first_arrival_weight", 10.0),
        ):
            value = getattr(self, name)
            if not 0 <= value <= most:
                raise UnusableProblem(f"{name} is {value}; give a number from 0 to {most:g}.")


def _check_needs(needs: tuple[Need, ...]) -> None:
    for need in needs:
        if not need.capability or need.count < 1:
            raise UnusableProblem(
                f"The run card's line {need.capability!r} × {need.count} needs a capability and a "
                "count from 1 up."
            )
    if sum(need.count for need in needs) > MOST_UNITS_SENT:
        raise UnusableProblem(f"The run card asks for more than {MOST_UNITS_SENT} units at once.")


def _check_areas(areas: tuple[CoverArea, ...]) -> None:
    for area in areas:
        if area.keep < 0 or area.have < 0:
            raise UnusableProblem(
                f"Cover area {area.key} keeps {area.keep} and has {area.have}; neither may be "
                "below 0."
            )


def _check_table(table: CandidateTable, *, area_count: int) -> None:
    units = len(table.keys)
    columns: Mapping[str, object] = {
        "capability_bits": table.capability_bits,
        "travel_s": table.travel_s,
        "area": table.area,
        "kinds": table.kinds,
        "posts": table.posts,
        "state": table.state,
        "blocked": table.blocked,
        "free_in_s": table.free_in_s,
    }
    for name, column in columns.items():
        if column is not None and len(column) != units:  # type: ignore[arg-type]
            raise UnusableProblem(f"Column {name} has {len(column)} rows for {units} units.")  # type: ignore[arg-type]
    if len(table.vocabulary) > MOST_CAPABILITIES:
        raise UnusableProblem(f"At most {MOST_CAPABILITIES} capabilities fit in one table.")
    if units and len(set(table.keys)) != units:
        raise UnusableProblem("Two candidates have the same key; each unit may stand once.")
    if units and (table.area.max() >= area_count or table.area.min() < -1):
        raise UnusableProblem(f"A candidate names a cover area outside 0 … {area_count - 1}.")
    if units and bool((table.travel_s < 0).any()):
        raise UnusableProblem("A candidate's travel time is below 0.")
    far = np.isfinite(table.travel_s) & (table.travel_s > LONGEST_TRAVEL_S)
    if units and bool(far.any()):
        raise UnusableProblem(
            "A candidate is more than five days away; give inf where no road leads."
        )
