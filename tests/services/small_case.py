"""A small case type for tests of the kernel: asked, worked on, ended; nothing of a subject."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from anlan.kernel.cases import registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.rules.facts import Asked, Part
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Choice,
    Clock,
    Field,
    FieldKind,
    Reach,
    Result,
    Space,
    Span,
    State,
    TaskKind,
    Unit,
)
from anlan.kernel.places import services as places
from anlan.kernel.places.catalogue import Label
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS, PersonalField
from anlan.kernel.sealing.services import _case_kinds
from anlan.kernel.values import Actor, Role, RuleSays, gettext_noop

KEY = "grid"
AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
CLERK = Actor("staff:1", frozenset({Role.CLERK}))
HANDLER = Actor("staff:2", frozenset({Role.MEDIATOR}))
OTHER = Actor("staff:3", frozenset({Role.MEDIATOR}))
SUPERVISOR = Actor("staff:4", frozenset({Role.SUPERVISOR}))
JOB = Actor("job:test", frozenset())


def label(word: str) -> Label:
    return Label(en=word, zh=f"{word}（中）")


def _not_on_fire(facts, actor) -> None:
    if facts.answers.get("colour") == "red":
        raise RuleSays(
            gettext_noop("This case stands at “{state}”."), code="red", state=facts.state
        )


OPEN = frozenset({"asked", "working"})
SMALL = CaseType(
    code="smallcase",
    label=label("small case"),
    purpose=label("to try the kernel"),
    initial="asked",
    states=(
        State("asked", label("asked"), label("we have it")),
        State("working", label("working"), label("we work on it")),
        State("waiting", label("waiting"), label("we wait")),
        State("done", label("done"), label("done"), ends=True),
    ),
    actions=(
        Action("take", label("take"), frozenset({"asked"}), "working", (Role.MEDIATOR,)),
        Action(
            "note",
            label("note"),
            OPEN,
            None,
            (Role.MEDIATOR, Role.CLERK),
            requires=("words",),
            by_party=True,
        ),
        Action("jot", label("jot"), OPEN, None, (Role.MEDIATOR,), requires=("secret",)),
        Action(
            "hear",
            label("hear"),
            OPEN,
            None,
            (Role.MEDIATOR,),
            about_party=True,
            requires=("own_words",),
            by_party=True,
        ),
        Action(
            "paint",
            label("paint"),
            OPEN,
            None,
            (Role.MEDIATOR,),
            requires=("colour",),
            reasons=(Choice("better", label("better")),),
            guard=_not_on_fire,
        ),
        Action("invite", label("invite"), OPEN, None, (Role.MEDIATOR,), adds=("second",)),
        Action("wait", label("wait"), frozenset({"working"}), "waiting", (Role.MEDIATOR,)),
        Action("go_on", label("go on"), frozenset({"waiting"}), "working", (Role.MEDIATOR,)),
        Action(
            "finish",
            label("finish"),
            frozenset({"working"}),
            "done",
            (Role.MEDIATOR,),
            results=("good", "bad"),
        ),
        Action(
            "drop",
            label("drop"),
            OPEN,
            "done",
            (Role.MEDIATOR,),
            results=("dropped",),
            second=(Role.SUPERVISOR, Role.MEDIATOR),
            takes=("words",),
        ),
        Action("reopen", label("reopen"), frozenset({"done"}), "working", (Role.MEDIATOR,)),
    ),
    clocks=(
        Clock(
            "handling",
            label("handling"),
            Role.MEDIATOR,
            frozenset({"asked", "working"}),
            Span(5, Unit.WORKING_DAYS),
            Span(1, Unit.WORKING_DAYS),
            label("made up for tests"),
        ),
    ),
    results=(
        Result("good", label("good"), Span(12, Unit.MONTHS)),
        Result("bad", label("bad"), Span(30, Unit.DAYS), seal_after_days=1),
        Result("dropped", label("dropped"), Span(30, Unit.DAYS)),
    ),
    fields=(
        Field("words", FieldKind.WORDS, label("words")),
        Field("secret", FieldKind.WORDS, label("secret"), space=Space.NOTES),
        Field("own_words", FieldKind.WORDS, label("own words"), space=Space.PARTY),
        Field(
            "colour",
            FieldKind.CHOICE,
            label("colour"),
            choices=(Choice("red", label("red")), Choice("blue", label("blue"))),
        ),
    ),
    party_roles=(Choice("first", label("first")), Choice("second", label("second"))),
    document_kinds=(Choice("paper", label("paper")), Choice("order", label("order"))),
    party_document_kinds=("paper",),
    task_kinds=(TaskKind("look_at", label("look at it"), clock="handling"),),
    readers={Role.CLERK: Reach.OFFICE, Role.MEDIATOR: Reach.OWN, Role.SUPERVISOR: Reach.TOWN},
)
SEALED = {
    name: PersonalField("parties", "tests", "for a test")
    for name in ("name", "contact", "words", "secret", "own_words")
}


def _opened(doing: cases.Doing) -> None:
    doing.add_party("first", texts={"name": "金丝雀 one"})
    doing.add_party("second", texts={"name": "金丝雀 two"})
    doing.set_staff(HANDLER.staff_ref, Part.HANDLER)


@contextmanager
def small_case_type() -> Iterator[CaseType]:
    """Register the type for a test and take it away again."""
    with (
        patch.dict(SEALED_FIELDS, {SMALL.code: SEALED}),
        patch.dict(registry._types),
        patch.dict(registry._figures),
        patch.dict(_case_kinds),
    ):
        registry.register_case_type(SMALL, hooks={"opened": _opened})
        yield SMALL


def stamp(actor: Actor = HANDLER, *, days: float = 0) -> dict[str, Any]:
    moment = AT + timedelta(days=days)
    return {"actor": actor, "at": moment, "recorded_at": moment, "town_key": KEY}


def make_town() -> None:
    by_cli = {"actor": CLI, "at": AT, "recorded_at": AT}
    places.create_town(key=KEY, name="Grid", zone="Asia/Shanghai", country="CN", **by_cli)
    cases.create_office(ident="v-1", name="Village 1", tier="village", **stamp(CLI))


def open_small(**more: Any) -> int:
    given = {"office": "v-1"} | stamp(CLERK) | more
    return cases.open_case("smallcase", **given).case_id


def do(case_id: int, action: str, actor: Actor = HANDLER, *, days: float = 0, **asked: Any):
    more = {name: asked.pop(name) for name in ("expected_version", "client_key") if name in asked}
    return cases.apply(case_id, action, asked=Asked(**asked), **stamp(actor, days=days), **more)
