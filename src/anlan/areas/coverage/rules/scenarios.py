"""A scenario: the town as it is, and what is different about it. Frozen, by nouns.

An empty scenario is the town as it is. docs/guide/what-if.md shows the file that people write.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from anlan.kernel.values import BadInput, LonLat

Fact = str | int | float

CallSource = Literal["log", "drawn"]
Dispatch = Literal["recommended", "closest"]
MoveUpRule = Literal["none", "compliance", "dmexclp", "ddsm"]
Duty = Literal["always", "log"]


def gettext_noop(message: str) -> str:
    """Mark a sentence for the translators and give it back as it is."""
    return message


class ScenarioFault(BadInput):
    """What is wrong in a scenario: a sentence as a template, so that pages can translate it."""

    def __init__(self, template: str, **facts: Fact) -> None:
        super().__init__(template.format(**facts))
        self.template = template
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Period:
    """Which calls of the log: half-open; None is open; a time without a zone is the town's."""

    starts_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Calls:
    """Where calls come from, and how many of them: 1.1 is a tenth more than the log has."""

    source: CallSource = "log"
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post that isn't there yet; `post` names it as "fire new-1"."""

    post: str
    at: LonLat


@dataclass(frozen=True, slots=True)
class Posts:
    """Posts that close, and new ones."""

    close: tuple[str, ...] = ()
    add: tuple[NewPost, ...] = ()


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that isn't there yet, of a kind of the catalogue, at a post."""

    unit: str
    kind: str
    post: str


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours on duty each day, in minutes after midnight, half-open; may pass midnight."""

    on_min: int
    off_min: int


@dataclass(frozen=True, slots=True)
class Units:
    """Which units there are and where: `kinds` empty takes each kind whose posts are known."""

    kinds: tuple[str, ...] = ()
    duty: Duty = "always"
    remove: tuple[str, ...] = ()
    move: Mapping[str, str] = field(default_factory=dict)
    add: tuple[NewUnit, ...] = ()
    shifts: Mapping[str, tuple[Hours, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoadClosure:
    """A street closed to units: the segment at a point, or all segments of a name."""

    at: LonLat | None = None
    street: str = ""


@dataclass(frozen=True, slots=True)
class Roads:
    """How fast units drive against what is calibrated, and which streets are closed."""

    speed_factor: float = 1.0
    close: tuple[RoadClosure, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """How units are chosen: as the desk recommends, or simply the closest."""

    dispatch: Dispatch = "recommended"
    cover_penalty_s: float = 120.0


@dataclass(frozen=True, slots=True)
class MoveUp:
    """Whether free units move to keep cover, and by which rule.

    Units of `kind` move ("" takes the kind that answers most). `minutes` is what counts as
    covered. `busy` is the share of its time that a unit is taken (None: measured on the calls).
    DDSM also reads `far_minutes`, within which all should be covered, and `share`, how much of it
    within `minutes`.
    """

    rule: MoveUpRule = "none"
    kind: str = ""
    minutes: float = 8.0
    busy: float | None = None
    far_minutes: float = 15.0
    share: float = 0.9


@dataclass(frozen=True, slots=True)
class Turnout:
    """Turnout against the log's: 0.9 is a tenth quicker, and so many seconds more."""

    scale: float = 1.0
    more_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """Breakdowns: so many a unit and year, each so many hours; drawn from the seed."""

    per_unit_year: float = 0.0
    hours: float = 4.0


@dataclass(frozen=True, slots=True)
class Targets:
    """Minutes within which the first unit should be there; empty takes the town's profiles."""

    minutes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    """A town as it might be."""

    name: str = ""
    note: str = ""
    period: Period = Period()
    calls: Calls = Calls()
    posts: Posts = Posts()
    units: Units = field(default_factory=Units)
    roads: Roads = Roads()
    policy: Policy = Policy()
    move_up: MoveUp = MoveUp()
    turnout: Turnout = Turnout()
    breakdowns: Breakdowns = Breakdowns()
    targets: Targets = Targets()
