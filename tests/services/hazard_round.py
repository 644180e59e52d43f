"""A made-up town with a few things to inspect, for tests of hazards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

from django.apps import apps

from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import Inspection, Premises
from anlan.areas.hazards.rules.checklists import checklist_catalogue
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries.openings import asked_to_decide
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.places import services as places
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.queries import members_of
from anlan.kernel.values import Actor, Role

KEY = "grid"
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
FINDER = Actor("staff:2", frozenset({Role.INSPECTOR}))
CHECKER = Actor("staff:3", frozenset({Role.INSPECTOR}))
SUPERVISOR = Actor("staff:4", frozenset({Role.SUPERVISOR}))
CLERK = Actor("staff:5", frozenset({Role.CLERK}))
DISPATCHER = Actor("staff:6", frozenset({Role.DISPATCHER}))
JOB = Actor("job:hazards", frozenset({Role.ADMINISTRATOR}))
SCHOOL = {"class_code": "school", "name": "North school", "lon": 0.01, "lat": 0.01, "risk": "high"}

OWN_FORM: dict[str, Any] = {
    "code": "fire_general",
    "label": {"en": "Our schools", "zh": "本镇学校"},
    "classes": ["school"],
    "questions": [
        {
            "code": "gate",
            "about": "road",
            "answers": "clear",
            "hazard": "fire_lane",
            "label": {"en": "The gate opens for a truck", "zh": "大门可供消防车通行"},
        }
    ],
}


def stamp(actor: Actor = FINDER, *, days: float = 0) -> dict[str, Any]:
    moment = AT + timedelta(days=days)
    return {"actor": actor, "at": moment, "recorded_at": moment, "town_key": KEY}


def make_town() -> None:
    by_cli = {"actor": CLI, "at": AT, "recorded_at": AT}
    places.create_town(key=KEY, name="Grid", zone="Asia/Shanghai", country="CN", **by_cli)


def register(ident: str = "s-1", *, days: float = 0, **more: Any) -> int:
    return hazards.register_premises(ident, **(SCHOOL | more | stamp(days=days)))


def member(username: str, role: Role) -> Actor:
    """Give a real account with a role in the town."""
    by = {"actor": CLI, "at": AT, "recorded_at": AT}
    staff.create_staff(username=username, password="long enough for here", **by)
    staff.grant_role(username=username, town_key=KEY, role=role, **by)
    ref = next(one.staff_ref for one in members_of(KEY) if one.username == username)
    return Actor(ref, frozenset({role}))


def fill_days() -> None:
    """Let premises keep what the migration takes over from their inspections."""
    taking = import_module("anlan.areas.hazards.migrations.0008_inspected_on")
    taking.fill(apps, None)


def plan(ident: str = "s-1", *, days: float = 0) -> int:
    day = (AT + timedelta(days=days)).date()
    return hazards.plan_inspection(ident, due_on=day, **stamp(days=days))


def answers(code: str = "fire_general", **bad: str) -> dict[str, str]:
    """Fill a shipped form in: everything in order but what is named."""
    good = {"condition": "good", "clear": "clear", "safe": "safe", "kept": "current"}
    form = checklist_catalogue().forms[code]
    return {one.code: good[one.answers] for one in form.questions} | bad


def inspect(ident: str = "s-1", *, days: float = 0, actor: Actor = FINDER, **bad: str):
    """Plan and record an inspection; gives the cases that it opened."""
    if not Inspection.objects.filter(
        premises__ident=ident, done_at__isnull=True, called_off_at__isnull=True
    ).exists():
        plan(ident, days=days)
    one = Inspection.objects.get(
        premises__ident=ident, done_at__isnull=True, called_off_at__isnull=True
    )
    return hazards.record_inspection(
        one.pk, answers=answers(one.checklist, **bad), **stamp(actor, days=days)
    )


def open_one(actor: Actor = FINDER, **values: Any) -> int:
    """Open a hazard on the round at the school."""
    if not Premises.objects.filter(ident="s-1").exists():
        register()
    given = {
        "kind": "exit_blocked",
        "source": "desk",
        "premises": Premises.objects.get(ident="s-1").pk,
        "anyway": "another_spot",  # many cases of one kind at one school
    } | values
    asked = Asked(values={name: value for name, value in given.items() if value is not None})
    return hazards.open_hazard(asked=asked, **stamp(actor)).case_id


def do(case_id: int, action: str, actor: Actor = FINDER, *, days: float = 0, **asked: Any):
    return cases.apply(case_id, action, asked=Asked(**asked), **stamp(actor, days=days))


def agree(done: Any, actor: Actor = SUPERVISOR, *, days: float = 0):
    """Read what is asked for, where the action wants it read, and agree."""
    case_id = queries.case_of_proposal(done.proposal)
    assert case_id is not None
    if asked_to_decide(case_id, actor):
        cases.open_words(case_id, purpose=Purpose.DECIDING, **stamp(actor, days=days))
    return cases.decide(done.proposal, agree=True, **stamp(actor, days=days))


def order(
    case_id: int,
    *,
    days: float = 0,
    by: str = "2026-03-20",
    grade: str = "ordinary",
    served: str = "posted",
    actor: Actor = FINDER,
):
    """Serve the order, by the finder where nobody else is named."""
    return do(
        case_id,
        "serve_order",
        actor,
        days=days,
        values={"grade": grade, "remedy_by": by, "served": served},
        texts={"order_words": "Clear the exit."},
    )


def fix(case_id: int, actor: Actor = FINDER, *, days: float = 0):
    return do(case_id, "say_fixed", actor, days=days)


def verify(case_id: int, actor: Actor = CHECKER, *, days: float = 0):
    return do(case_id, "recheck_passed", actor, days=days, values={"no_photo": "nothing_to_see"})


def row(case_id: int, actor: Actor = FINDER):
    return queries.case(case_id, town_key=KEY, actor=actor)
