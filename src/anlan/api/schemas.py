"""What the API takes and gives. It takes strictly: `lat: false` is no number, NaN no place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, Field, Strict
from pydantic_core import PydanticCustomError

from anlan.kernel.values import YEARS

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")]
Ident = Annotated[str, Field(pattern=r"^[^\s\x00-\x1f/]{1,40}$")]
Text = Annotated[str, Field(max_length=4000)]
Short = Annotated[str, Field(max_length=200)]
ClientKey = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9._:-]{1,64}$",
        description="Random, of the writer's own: a write that is sent twice is done once.",
    ),
]
RowId = Annotated[int, Field(ge=1, le=2**31 - 1)]


def _in_utc(moment: datetime) -> datetime:
    """Give a time in UTC: PostgreSQL takes no zone that is a day wide, though ISO 8601 has it."""
    if moment.year not in YEARS:
        raise PydanticCustomError("year_beyond", "a year beyond those that are taken")
    return moment.astimezone(UTC)


Moment = Annotated[AwareDatetime, Strict(False), AfterValidator(_in_utc)]
CoverWord = Literal["good", "thin", "broken"]


class Body(Schema):
    """A request's body: exact types, no field that is not asked for."""

    model_config = ConfigDict(strict=True, extra="forbid")


class Write(Body):
    """A write; its `client_key` makes it safe to send twice."""

    client_key: ClientKey


class NewIncident(Write):
    type: Code
    lon: Lon
    lat: Lat
    words: Text = ""
    caller_name: Short = ""
    caller_number: Short = ""
    place_text: Short = ""


class Dispatch(Write):
    units: Annotated[list[Ident], Field(min_length=1, max_length=50)]
    reason_code: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""


class Close(Write):
    result_code: Annotated[str, Field(pattern=r"^[a-z0-9_]{0,40}$")] = ""


class Triage(Write):
    type: Code | None = None
    priority: Annotated[int, Field(ge=1, le=9)] | None = None
    alarm_level: Annotated[int, Field(ge=1, le=5)] | None = None


class Note(Write):
    text: Annotated[str, Field(min_length=1, max_length=4000)]


class Opening(Body):
    purpose: Code = "live_incident"


class NewStatus(Write):
    status: Code


class MoveUp(Write):
    post: Annotated[str, Field(pattern=r"^[a-z]{1,20} [^\x00-\x1f]{1,80}$")]


class NewClosure(Write):
    lon: Lon
    lat: Lat
    speed_factor: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] = 0.0
    ends_at: Moment | None = None
    minutes: Annotated[int, Field(ge=1, le=60 * 24 * 366)] | None = None


class NewShift(Write):
    unit: Annotated[str, Field(pattern=r"^[^\s\x00-\x1f/]{0,40}$")] = ""


class Fault(Schema):
    sentence: str
    code: str


class Timer(Schema):
    code: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None


class Incident(Schema):
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
    units: list[str]
    timers: list[Timer]
    made_up: bool
    version: int
    result_code: str = ""
    cell: str = ""
    snap_m: float | None = None
    warnings: list[str] = []


class Unit(Schema):
    ident: str
    kind: str
    capabilities: list[str]
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
    warnings: list[str] = []
    covering: str | None = None


class PlannedUnit(Schema):
    unit: str
    kind: str
    travel_s: float
    need: str = Field(alias="for")
    reason: str


class Plan(Schema):
    rank: int
    units: list[PlannedUnit]
    first_arrival_s: float | None
    full_arrival_s: float | None
    breaks_cover: list[str]
    summary: str


class Missing(Schema):
    capability: str
    count: int
    sentence: str


class NotSent(Schema):
    unit: str
    sentence: str


class Need(Schema):
    capability: str
    count: int


class Recommendation(Schema):
    incident: int | None
    type: str
    alarm_level: int
    status: Literal["full", "partial", "none"]
    plans: list[Plan]
    missing: list[Missing]
    not_sent: list[NotSent]
    notes: list[str]
    needs: list[Need]
    computed_ms: float


class OpenedText(Schema):
    field: str
    text: str
    at: datetime
    by: str


class Opened(Schema):
    texts: list[OpenedText]


class Closure(Schema):
    id: int
    lon: list[float]
    lat: list[float]
    ends_at: datetime | None
    speed_factor: float
    street: str


class Street(Schema):
    label: str
    lon: float
    lat: float


class Step(Schema):
    name: str
    length_m: float
    time_s: float


class Route(Schema):
    time_s: float
    length_m: float
    lon: list[float]
    lat: list[float]
    steps: list[Step]
    from_snap_m: float
    to_snap_m: float


class Shift(Schema):
    shift: str | None
    unit: str = ""


class Clock(Schema):
    real_anchor: datetime
    town_anchor: datetime
    speed: float


class BoardTown(Schema):
    key: str
    name: str
    zone: str
    made_up: bool
    made_up_note: str
    clock: Clock
    server_now: datetime
    bounds: list[float] | None
    basemap: str | None
    attribution: list[str]


class Me(Schema):
    staff: str
    roles: list[str]
    shift: str | None


class Board(Schema):
    town: BoardTown
    event_id: int
    me: Me
    types: list[dict]
    statuses: list[dict]
    unit_kinds: list[dict]
    results: list[dict]
    levels: list[dict]
    incidents: list[Incident]
    units: list[Unit]
    posts: list[dict]
    closures: list[Closure]


class CoverArea(Schema):
    post: str
    name: str
    state: CoverWord
    now_min: int | None
    usual_min: int | None
    share_now: float
    share_usual: float
    lost_per_hour: float
    sentence: str


class CoverMove(Schema):
    unit: str
    post: str
    name: str
    back: bool
    travel_s: float
    gain: float
    share_after: float
    sentence: str
    left: str
    left_state: CoverWord | Literal[""]


class StandingBy(Schema):
    unit: str
    post: str
    name: str
    there: bool


class ServiceCover(Schema):
    kind: str
    label: str
    minutes: int
    state: CoverWord
    share_now: float
    share_usual: float
    share_settled: float
    calls_per_hour: float
    free: int
    on_duty: int
    areas: list[CoverArea]
    moves: list[CoverMove]
    under_way: list[StandingBy]


class Cover(Schema):
    event_id: int
    at: datetime
    source: Literal["log", "people", "streets", ""]
    note: str
    services: list[ServiceCover]


class CoverCell(Schema):
    cell: str
    usually: bool
    ring: list[list[float]]


class PreplanFact(Schema):
    kind: str
    kind_label: str
    what: str
    label: str
    side: str
    side_label: str
    floor: int | None
    distance_m: int | None
    un_number: str
    amount: str
    amount_label: str
    checked_on: date
    expires_on: date


class NearbyPremises(Schema):
    ident: str
    name: str
    class_code: str
    class_label: str
    distance_m: int
    made_up: bool
    hazards: list[str]
    facts: list[PreplanFact]


class OpenedHazard(Schema):
    id: int


class OpenedHazards(Schema):
    cases: list[OpenedHazard]


class Health(Schema):
    status: str
