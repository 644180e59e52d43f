"""What the API gives of coverage: figures, layers, proposals."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field

Kind = Literal["fire", "ambulance", "police", "hospital"]
CountedFrom = Literal["travel", "turnout", "call"]
# The rule that reads them says how minutes are written; a pattern could only say that these aren't.
Minutes = Annotated[str, Field(max_length=40)]
Hour = Annotated[str, Field(pattern=r"^(all|[0-9]|1[0-9]|2[0-3])$")]
UnitKinds = Annotated[str, Field(pattern=r"^([a-z0-9_]{1,30}(,[a-z0-9_]{1,30}){0,9})?$")]
GapMinutes = Annotated[int | None, Field(ge=1, le=120)]


class Question(Schema):
    """What is asked, as words in an address; `unit_kinds` are codes with commas between."""

    kind: Kind = "fire"
    minutes: Minutes = "5,10,30"
    hour: Hour = "all"
    counted_from: CountedFrom = "travel"
    unit_kinds: UnitKinds = ""
    gap_minutes: GapMinutes = None


class LongQuestion(Question):
    """The same, and how many gaps to list, worst first."""

    gaps: Annotated[int, Field(ge=0, le=100_000)] = 100


class Speed(Schema):
    source: Literal["log", "town", "free_flow"]
    factor: float
    fixed_s: float
    trips: int
    of_that_hour: bool
    p50_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None


class SpeedHour(Schema):
    hour: int
    factor: float
    fixed_s: float
    trips: int
    own: bool
    p50_error_s: float | None
    p90_error_s: float | None
    bias_s: float | None


class Demand(Schema):
    calls: int
    calls_left_out: int
    calls_from: str | None
    calls_to: str | None
    people: float
    people_source: Literal["zones", "streets", "none"]
    area_km2: float
    cell_resolution: int


class Band(Schema):
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


class HourShare(Schema):
    hour: int
    calls: int
    calls_shares: list[float | None]
    area_shares: list[float | None]


class PostReach(Schema):
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


class Gap(Schema):
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


class About(Schema):
    town: str
    town_name: str
    made_up: bool
    made_up_note: str
    attribution: list[str]
    kind: Kind
    minutes: list[int]
    gap_minutes: int
    hour: int | None
    counted_from: CountedFrom
    processing_s: float
    turnout_s: float
    unit_kinds: list[str]
    streets: Literal["all_open"]
    speed: Speed
    demand: Demand
    bands: list[Band]


class Coverage(About):
    hours: list[HourShare]
    speed_hours: list[SpeedHour]
    posts: list[PostReach]
    gap_count: int
    gaps: list[Gap]


class Feature(Schema):
    type: Literal["Feature"]
    geometry: dict[str, Any]
    properties: dict[str, Any]


class Layers(Schema):
    type: Literal["FeatureCollection"]
    anlan: About
    features: list[Feature]


Model = Literal["mclp", "p-median", "p-center", "lscp", "backup", "mexclp", "dsm"]
Posts = Annotated[int | None, Field(ge=0, le=500)]
Places = Annotated[str, Field(max_length=600)]


class SitingQuestion(Schema):
    """Where posts should stand; `forbid` is LON,LAT with a semicolon between places.

    `seconds` is the search's limit here; `anlan site` takes longer ones.
    """

    model: Model = "mclp"
    kind: Kind = "fire"
    add: Posts = None
    total: Posts = None
    keep: bool = True
    minutes: Minutes = "5"
    weights: Literal["calls", "people"] = "calls"
    hour: Hour = "all"
    forbid: Places = ""
    busy: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.3
    seed: Annotated[int, Field(ge=0, le=999_999_999)] = 1
    seconds: Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)] = 8.0


class Site(Schema):
    state: Literal["kept", "new", "dropped"]
    name: str
    ref: str | None
    lon: float
    lat: float
    units: int


class SitingAsked(Schema):
    model: Model
    kind: Kind
    add: int | None
    total: int | None
    keep: bool
    minutes: list[int]
    weights: str
    hour: int | None
    forbid: list[list[float]]
    busy: float


class SitingFound(Schema):
    town: str
    town_name: str
    made_up: bool
    attribution: list[str]
    asked: SitingAsked
    seed: int
    value: float
    bound: float | None
    unit: Literal["calls", "people", "seconds", "posts"]
    of: float
    optimal: bool
    gap: float | None
    sense: Literal["min", "max"]
    method: str
    candidates: int
    demands: int
    sites: list[Site]
    speed: Speed
    demand: Demand
    before: list[Band]
    after: list[Band]


class SitingLayers(Layers):
    siting: SitingFound
