"""Cases of every type for programs: lists, one case, acting, second persons, opening words."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from ninja import Path, Query, Router
from pydantic import Field

from anlan.api import case_schemas as schemas
from anlan.api.access import Desk, enter
from anlan.api.case_asking import asks_of
from anlan.api.encoding import answer, to_json
from anlan.api.errors import NotThere
from anlan.api.responses import reads, writes
from anlan.api.schemas import Write
from anlan.api.towns import RowId, TownKey
from anlan.kernel.cases import queries, services
from anlan.kernel.cases.queries import CaseRow
from anlan.kernel.cases.registry import case_type, case_types
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.cases.rules.grouping import group_of
from anlan.kernel.cases.rules.tasks import task_label
from anlan.kernel.cases.rules.types import CaseType
from anlan.kernel.cases.services.words import sentence_of
from anlan.kernel.places.catalogue import Label
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.values import BadInput, Forbidden

router = Router(tags=["cases"])
CaseTypeCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$"), Path()]


def enter_cases(request: HttpRequest, key: str, type: str) -> tuple[Desk, CaseType]:
    """Let a member in who may see any cases of a type; an unknown type is not there."""
    desk = enter(request, key)
    kind = next((one for one in case_types() if one.code == type), None)
    if kind is None:
        raise NotThere(_("There is no such kind of case."))
    if not desk.actor.roles.intersection(kind.readers):
        raise Forbidden(_("Your role sees no cases of this kind."), code="role_missing")
    return desk, kind


def _seen(desk: Desk, kind: CaseType, case_id: int) -> CaseRow:
    row = queries.case(case_id, town_key=desk.key, actor=desk.actor)
    if row.type != kind.code:
        raise NotThere(_("There is nothing here."))
    return row


def _said(label: Label) -> str:
    return label.in_language(get_language() or "en")


@router.get("/cases", response=reads(list[schemas.CaseKind]))
def kinds(request: HttpRequest, key: TownKey) -> HttpResponse:
    """Give the kinds of cases of which this member may see any."""
    desk = enter(request, key)
    return answer(
        [
            {
                "code": one.code,
                "label": _said(one.label),
                "states": [{"code": s.code, "label": _said(s.label)} for s in one.states],
                "actions": [{"code": a.code, "label": _said(a.label)} for a in one.actions],
                "groups": [{"code": g.code, "label": _said(g.label)} for g in one.groups],
            }
            for one in queries.types_seen_by(desk.actor.roles)
        ]
    )


@router.get("/cases/{type}", response=reads(schemas.CaseLines))
def listed(
    request: HttpRequest, key: TownKey, type: CaseTypeCode, asked: Query[schemas.CaseFilters]
) -> HttpResponse:
    """Give a page of the cases that this member may see, the newest first: no names, no words."""
    desk, kind = enter_cases(request, key, type)
    if asked.state and asked.state not in {one.code for one in kind.states}:
        raise BadInput(_("There is no state “{state}” here.").format(state=asked.state))
    found = queries.cases(
        town_key=key,
        actor=desk.actor,
        type=type,
        states=[asked.state] if asked.state else (),
        office=asked.office,
        mine=asked.mine,
        overdue_at=desk.at if asked.overdue else None,
        after=asked.after,
        limit=asked.limit,
    )
    return answer({"cases": [_line(one, desk) for one in found.rows], "after": found.after})


def _line(row: CaseRow, desk: Desk) -> dict[str, Any]:
    return {**to_json(row), "overdue": row.overdue(desk.at)}


@router.get("/cases/{type}/{case_id}", response=reads(schemas.CaseWhole))
def one_case(
    request: HttpRequest, key: TownKey, type: CaseTypeCode, case_id: RowId
) -> HttpResponse:
    """Give one case unopened, with every action of the member's kind and why it can't be done.

    What can be done says what it asks, and of closed answers what can be chosen just now.
    """
    desk, kind = enter_cases(request, key, type)
    row = _seen(desk, kind, case_id)
    facts = queries.facts_of(row.id, town_key=key, actor=desk.actor, at=desk.at)
    document = _line(row, desk) | {
        "parties": [
            to_json(one) | {"answers": kind.shown_to_staff(one.answers)}
            for one in queries.parties_of(row.id)
        ],
        "clocks": to_json(queries.clocks_of(row.id)),
        "proposals": to_json(queries.proposals_of(row.id)),
        "tasks": [_task(one, desk) for one in queries.tasks_of(row.id)],
        "notices": to_json(queries.notices_of(row.id)),
        "actions": [
            {
                "code": one.action.code,
                "label": _said(one.action.label),
                "possible": one.refusal is None,
                "sentence": "" if one.refusal is None else sentence_of(one.refusal),
                "second_person": bool(one.action.second),
                "leads_on": one.leads_on,
                "group": _group(kind, one.action.code),
                "asks": asks_of(kind, one, facts, town_key=key),
            }
            for one in queries.offered(facts, actor=desk.actor)
        ],
    }
    return answer(document)


def _group(kind: CaseType, action: str) -> str:
    found = group_of(kind, action)
    return "" if found is None else found.code


@router.get("/cases/{type}/{case_id}/timeline", response=reads(list[schemas.CaseEvent]))
def timeline(
    request: HttpRequest, key: TownKey, type: CaseTypeCode, case_id: RowId
) -> HttpResponse:
    """Give what happened in a case, oldest first, without words."""
    desk, kind = enter_cases(request, key, type)
    return answer(
        [
            to_json(one) | {"values": kind.shown_to_staff(one.values)}
            for one in queries.events_of(_seen(desk, kind, case_id).id)
        ]
    )


@router.get("/tasks", response=reads(list[schemas.TaskLine]))
def tasks(request: HttpRequest, key: TownKey) -> HttpResponse:
    """Give what this member, or its role, has to do in the cases that it may see: due first."""
    desk = enter(request, key)
    found = queries.open_tasks(town_key=key, actor=desk.actor)
    return answer([_task(one, desk) for one in found])


def _task(one: queries.TaskRow, desk: Desk) -> dict[str, Any]:
    label = _said(task_label(case_type(one.type), one.kind))
    return {**to_json(one), "label": label, "late": one.late(desk.at)}


@router.get("/awaited", response=reads(list[schemas.AwaitedLine]))
def awaited(request: HttpRequest, key: TownKey) -> HttpResponse:
    """Give what others proposed in cases that this member may see, and it may agree to."""
    desk = enter(request, key)
    found = queries.awaited(town_key=key, actor=desk.actor)
    return answer([to_json(one) | {"label": _named(one.type, one.action)} for one in found])


def _named(type: str, action: str) -> str:
    found = case_type(type).action(action)
    return action if found is None else _said(found.label)


@router.post("/cases/{type}/{case_id}/tasks/{task_id}/done", response=writes(schemas.TaskDone))
def finish_task(
    request: HttpRequest,
    key: TownKey,
    type: CaseTypeCode,
    case_id: RowId,
    task_id: RowId,
    body: Write,
) -> HttpResponse:
    """Say that a task is done where nothing that is done in the case says so."""
    desk, kind = enter_cases(request, key, type)
    stamp = desk.stamp(body.client_key)
    row = _seen(desk, kind, case_id)
    if queries.case_of_task(task_id) != row.id:
        raise NotThere(_("There is nothing here."))
    services.finish_task(task_id, **stamp)
    return answer({"done": True})


@router.post("/cases/{type}/{case_id}/act", response=writes(schemas.CaseDone))
def act(
    request: HttpRequest, key: TownKey, type: CaseTypeCode, case_id: RowId, body: schemas.Act
) -> HttpResponse:
    """Do an action, or propose it where it needs a second person."""
    desk, kind = enter_cases(request, key, type)
    stamp = desk.stamp(body.client_key)
    row = _seen(desk, kind, case_id)
    done = services.apply(
        row.id,
        body.action,
        expected_version=body.expected_version,
        asked=Asked(
            values=body.values,
            texts=body.texts,
            reason=body.reason,
            result=body.result,
            party=body.party,
        ),
        **stamp,
    )
    return answer(done)


@router.post(
    "/cases/{type}/{case_id}/proposals/{proposal_id}/decide", response=writes(schemas.CaseDone)
)
def decide(
    request: HttpRequest,
    key: TownKey,
    type: CaseTypeCode,
    case_id: RowId,
    proposal_id: RowId,
    body: schemas.Decision,
) -> HttpResponse:
    """Agree to what somebody else proposed, or decline it."""
    desk, kind = enter_cases(request, key, type)
    stamp = desk.stamp(body.client_key)
    row = _seen(desk, kind, case_id)
    if queries.case_of_proposal(proposal_id) != row.id:
        raise NotThere(_("There is nothing here."))
    return answer(services.decide(proposal_id, agree=body.agree, reason=body.reason, **stamp))


@router.post("/cases/{type}/{case_id}/open", response=writes(schemas.CaseOpened))
def open_words(
    request: HttpRequest,
    key: TownKey,
    type: CaseTypeCode,
    case_id: RowId,
    body: schemas.CaseOpening,
) -> HttpResponse:
    """Open this one case's words for a named purpose; the ledger keeps who did."""
    desk, kind = enter_cases(request, key, type)
    row = _seen(desk, kind, case_id)
    opened = services.open_words(
        row.id,
        town_key=key,
        actor=desk.actor,
        purpose=Purpose(body.purpose),
        at=desk.at,
        recorded_at=desk.recorded_at,
    )
    spaces = [
        {
            "space": name,
            "texts": [
                {"field": t.field, "text": t.text, "at": t.written_at, "by": t.author_ref}
                for t in texts
            ],
        }
        for name, texts in opened.spaces.items()
    ]
    return answer({"spaces": spaces})
