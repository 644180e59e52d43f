"""Mediation for programs: a request as a desk takes it, and the sessions that one may see."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from pydantic import Field

from anlan.api.access import enter
from anlan.api.encoding import answer
from anlan.api.responses import reads, writes
from anlan.api.schemas import Body, Code, Moment, Write
from anlan.api.towns import TownKey
from anlan.areas.mediation import queries, services
from anlan.areas.mediation.rules import Intake, PartyWords
from anlan.kernel.cases.queries import types_seen_by
from anlan.kernel.values import Forbidden

router = Router(tags=["mediation"])
LONGEST_SPAN = timedelta(days=62)


class PartyIn(Body):
    """A party in its own words; a minor comes with its guardian."""

    name: Annotated[str, Field(min_length=1, max_length=120)]
    contact: Annotated[str, Field(max_length=120)] = ""
    address: Annotated[str, Field(max_length=300)] = ""
    kind: Literal["person", "organisation"] = "person"
    minor: bool = False
    guardian_name: Annotated[str, Field(max_length=120)] = ""
    guardian_contact: Annotated[str, Field(max_length=120)] = ""


class OtherIn(PartyIn):
    """The other side, whose name may not be known yet."""

    name: Annotated[str, Field(max_length=120)] = ""


class RequestIn(Write):
    """A request: that the party itself asks, and whether there is violence at home, are asked."""

    asked_for: bool
    violence_at_home: bool
    source: Code
    category: Code
    difficulty: Code = "simple"
    office: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{0,40}$")] = ""
    request: Annotated[str, Field(max_length=4000)] = ""
    asker: PartyIn
    other: OtherIn | None = None


class Taken(Schema):
    id: int


class Between(Schema):
    """A span of at most two months."""

    since: Moment
    until: Moment


class SessionOut(Schema):
    case: int
    number: int
    kind: str
    held_at: str
    room: str
    starts_at: datetime
    ends_at: datetime
    state: str


@router.post("/mediation/requests", response=writes(Taken))
def take_request(request: HttpRequest, key: TownKey, body: RequestIn) -> HttpResponse:
    """Take a party's request; it waits 7 days for that party's confirmation."""
    desk = enter(request, key)
    stamp = desk.stamp(body.client_key)
    asked = Intake(
        source=body.source,
        category=body.category,
        difficulty=body.difficulty,
        office=body.office,
        asked_for=body.asked_for,
        violence_at_home=body.violence_at_home,
        request=body.request,
        asker=PartyWords(**body.asker.model_dump()),
        other=None if body.other is None else PartyWords(**body.other.model_dump()),
    )
    done = services.take_request(asked, made_up=desk.town.made_up, **stamp)
    return answer({"id": done.case_id})


@router.get("/mediation/sessions", response=reads(list[SessionOut]))
def sessions(request: HttpRequest, key: TownKey, asked: Query[Between]) -> HttpResponse:
    """Give the sessions of a span, of the cases that this member may see."""
    desk = enter(request, key)
    if not any(one.code == "mediation" for one in types_seen_by(desk.actor.roles)):
        raise Forbidden(_("Your role sees no cases of this kind."), code="role_missing")
    since, until = asked.since, asked.until
    if until - since > LONGEST_SPAN:
        until = since + LONGEST_SPAN
    rows = queries.calendar(key, actor=desk.actor, since=since, until=until)
    return answer(
        [
            {
                "case": one.case_id,
                "number": one.number,
                "kind": one.kind,
                "held_at": one.held_at,
                "room": one.room,
                "starts_at": one.starts_at,
                "ends_at": one.ends_at,
                "state": one.state,
            }
            for one in rows
        ]
    )
