"""Where a case type can be walked: a town, people of every role, and a way to open a case.

An area whose type needs more than that (a thing to be about, answers that fit each other) adds a
line to SCENES: `SCENES["mediation"] = mediation_scene`, a function that sets the scene up and gives
it. A type without a line is walked in the plain scene, so no registered type is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from tests.services import hazard_round
from tests.services import small_case as small
from tests.services.small_case import label

from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.rules.hazard import HAZARD
from anlan.areas.oversight import services as oversight
from anlan.areas.oversight.rules import CODE as DISCLOSURE
from anlan.kernel.cases import registry
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.rules.facts import Asked, CaseFacts, Consent, NewParty, Part, Value
from anlan.kernel.cases.rules.types import (
    Action,
    CaseType,
    Choice,
    Clock,
    Field,
    FieldKind,
    Span,
    State,
    Unit,
)
from anlan.kernel.sealing.personal_fields import SEALED_FIELDS
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.sealing.services import _case_kinds
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role, RuleSays, gettext_noop

CANARY = "Silva"
PER_ROLE = 2  # two of each role, so that there is always another


@dataclass(frozen=True)
class Scene:
    """What a walk needs: the type, who there is, how a case is opened, what answers must fit.

    `open` opens a case at a time and gives its id. `fit` mends answers that were drawn by their
    kinds alone, where they must fit each other; it is given the action and what guards see.
    `promise` checks what this type promises beside the kernel; `outlives` are tables of things that
    stay when a case is erased. `deeper` lead a new case on to where few walks come by themselves.
    """

    type: CaseType
    actors: tuple[Actor, ...]
    open: Callable[[datetime], int]
    fit: Callable[[Action, CaseFacts, Asked], Asked] = lambda action, facts, asked: asked
    promise: Callable[[Case, CaseFacts], None] = lambda one, facts: None
    outlives: frozenset[str] = frozenset()
    deeper: tuple[Callable[[datetime], int], ...] = ()


SCENES: dict[str, Callable[[], Scene]] = {}


def scene_of(code: str) -> Scene:
    """Set up and give the scene of a type."""
    return SCENES.get(code, lambda: plain_scene(code))()


def plain_scene(code: str, **values: Value) -> Scene:
    """Give a town with one office and two people of each role; cases open with these values."""
    small.make_town()
    one = registry.case_type(code)
    actors = people_of(one)
    everything = Actor(actors[0].staff_ref, roles_of(one))

    def open_one(at: datetime) -> int:
        by = {"actor": everything, "at": at, "recorded_at": at, "town_key": small.KEY}
        return cases.open_case(code, office="v-1", asked=Asked(values=values), **by).case_id

    return Scene(one, (*actors, everything), open_one)


def roles_of(one: CaseType) -> frozenset[Role]:
    """Give every role that may see or do anything in a type."""
    acting = {role for action in one.actions for role in (*action.roles, *action.second)}
    return frozenset(acting | set(one.readers))


def people_of(one: CaseType) -> tuple[Actor, ...]:
    """Make accounts at the office v-1, two of each role of a type."""
    found = []
    for role in sorted(roles_of(one)):
        for n in range(PER_ROLE):
            name = f"{role.value.replace('_', '-')}-{n}"
            by = {"actor": small.CLI, "at": small.AT, "recorded_at": small.AT}
            staff.create_staff(username=name, **by)
            staff.grant_role(town_key=small.KEY, username=name, role=role, **by)
            cases.add_member("v-1", username=name, **small.stamp(small.CLI))
            found.append(Actor(f"staff:{Staff.objects.get(username=name).pk}", frozenset({role})))
    return tuple(found)


# --- a type that uses every part of the kernel ----------------------------------------------------


def _somebody_agrees(facts: CaseFacts, actor: Actor) -> None:
    if all(party.consent is not Consent.GIVEN for party in facts.parties):
        raise RuleSays(
            gettext_noop("This case stands at “{state}”."), code="no_consent", state=facts.state
        )


_OPEN = frozenset({"asked", "working", "waiting", "settled"})
_REASONS = (Choice("asked_by_both", label("both ask")), Choice("other", label("other")))
_MEDIATOR = (Role.MEDIATOR,)
WALK = replace(
    small.SMALL,
    code="walkcase",
    states=(
        *small.SMALL.states,
        State("settled", label("settled"), label("settled")),
        State("dropped", label("dropped"), label("dropped"), ends=True),
    ),
    actions=(
        *(one for one in small.SMALL.actions if one.code not in {"take", "wait", "reopen"}),
        Action(
            "assign",
            label("assign"),
            frozenset({"asked", "working"}),
            "working",
            (Role.CLERK, Role.SUPERVISOR),
            requires=("worker",),
        ),
        Action("recuse", label("recuse"), _OPEN, None, _MEDIATOR, reasons=_REASONS),
        Action(
            "say_yes",
            label("say yes"),
            _OPEN,
            None,
            _MEDIATOR,
            by_party=True,
            about_party=True,
        ),
        Action(
            "leave",
            label("leave"),
            _OPEN,
            "dropped",
            _MEDIATOR,
            by_party=True,
            about_party=True,
            results=("dropped",),
        ),
        Action(
            "wait", label("wait"), frozenset({"working"}), "waiting", _MEDIATOR, reasons=_REASONS
        ),
        Action("extend_handling", label("extend"), _OPEN, None, _MEDIATOR, reasons=_REASONS),
        Action(
            "settle",
            label("settle"),
            frozenset({"working"}),
            "settled",
            _MEDIATOR,
            requires=("day", "count", "sure"),
            takes=("moment", "office"),
            guard=_somebody_agrees,
        ),
        Action("not_kept", label("not kept"), frozenset({"settled"}), "working", _MEDIATOR),
        Action(
            "kept",
            label("kept"),
            frozenset({"settled"}),
            "done",
            _MEDIATOR,
            results=("good", "bad"),
            second=(Role.SUPERVISOR,),
        ),
        Action(
            "lapse",
            label("lapse"),
            frozenset({"asked"}),
            "dropped",
            by_job=True,
            results=("dropped",),
        ),
        Action(
            "reopen",
            label("reopen"),
            frozenset({"done", "dropped"}),
            "working",
            (*_MEDIATOR, Role.CLERK),
            reasons=_REASONS,
        ),
    ),
    clocks=(
        replace(
            small.SMALL.clocks[0],
            paused_in=frozenset({"waiting"}),
            extend_by=Span(3, Unit.WORKING_DAYS),
            most_extensions=2,
        ),
        Clock(
            "reply",
            label("reply"),
            Role.MEDIATOR,
            frozenset({"waiting"}),
            Span(48, Unit.HOURS),
            Span(6, Unit.HOURS),
            label("made up for tests"),
            per_stay=True,
        ),
        Clock(
            "follow_up",
            label("follow up"),
            Role.SUPERVISOR,
            frozenset({"settled"}),
            Span(1, Unit.MONTHS),
            Span(7, Unit.DAYS),
            label("made up for tests"),
        ),
    ),
    fields=(
        *small.SMALL.fields,
        Field("worker", FieldKind.STAFF, label("worker")),
        Field("day", FieldKind.DAY, label("day")),
        Field("count", FieldKind.NUMBER, label("count"), least=1, most=9),
        Field("sure", FieldKind.YES_NO, label("sure")),
        Field("moment", FieldKind.MOMENT, label("moment")),
        Field("office", FieldKind.OFFICE, label("office")),
    ),
)


def _opened(doing: cases.Doing) -> None:
    for role in ("first", "second"):
        doing.add_party(role, texts={"name": f"{CANARY} {role}"})


def _assigned(doing: cases.Doing) -> None:
    doing.set_staff(str(doing.asked.values["worker"]), Part.HANDLER)
    doing.end_tasks("choose")
    doing.add_task("choose", staff_ref=str(doing.asked.values["worker"]))


def _recused(doing: cases.Doing) -> None:
    doing.set_staff(doing.actor.staff_ref, Part.RECUSED, reason=doing.asked.reason)


def _said_yes(doing: cases.Doing) -> None:
    party = doing.party()
    party.consent, party.consent_at = Consent.GIVEN.value, doing.at
    party.save()


WALK_HOOKS = {"opened": _opened, "assign": _assigned, "recuse": _recused, "say_yes": _said_yes}


def _walk_scene() -> Scene:
    scene = plain_scene(WALK.code)
    workers = [one for one in scene.actors if one.has(Role.MEDIATOR)]

    def fit(action: Action, facts: CaseFacts, asked: Asked) -> Asked:
        if action.code != "assign":
            return asked
        out = {ref for ref, part in facts.staff if part is Part.RECUSED}
        free = [one.staff_ref for one in workers if one.staff_ref not in out]
        free = free or [one.staff_ref for one in workers]  # all stepped aside: it is refused
        return replace(asked, values={**asked.values, "worker": free[facts.id % len(free)]})

    return replace(scene, fit=fit)


def _small_scene() -> Scene:
    small.make_town()
    people = (small.HANDLER, small.OTHER, small.SUPERVISOR)
    return Scene(
        small.SMALL, people, lambda at: small.open_small(at=at, recorded_at=at, actor=small.CLERK)
    )


def _hazard_scene() -> Scene:
    """A school, inspectors to whom a hazard can be given, days that can be kept."""
    scene = plain_scene(HAZARD.code)
    everything = scene.actors[-1]
    by = {"actor": everything, "at": small.AT, "recorded_at": small.AT, "town_key": small.KEY}
    school = hazards.register_premises("s-1", **(hazard_round.SCHOOL | by))
    inspector = hazard_round.member("an-inspector", Role.INSPECTOR).staff_ref

    def open_one(at: datetime) -> int:
        values: dict[str, Value] = {"kind": "wiring", "source": "desk", "premises": school}
        desk = replace(everything, roles=everything.roles - {Role.INSPECTOR})  # nobody has it yet
        by = {"actor": desk, "at": at, "recorded_at": at, "town_key": small.KEY}
        people = (NewParty("reporter", {"report": CANARY}), NewParty("owner", {"name": CANARY}))
        return hazards.open_hazard(
            asked=Asked(values=values), parties=people, office="v-1", **by
        ).case_id

    def fit(action: Action, facts: CaseFacts, asked: Asked) -> Asked:
        fitting: dict[str, Value] = {
            "premises": school,
            "inspector": inspector,
            "remedy_by": (facts.at.date() + timedelta(days=20)).isoformat(),
            "kind": "wiring",
        }
        if action.by_job:
            fitting["imminent"] = True  # one more report says nothing else of it
        if action.code == "extend_remedy":
            fitting["remedy_by"] = (facts.at.date() + timedelta(days=60)).isoformat()
        if action.code == "set_control":
            fitting["control"] = "cordon"
        if action.code == "report_too":
            fitting["party_role"] = "reporter"
        if action.code == "recheck_passed":
            fitting["no_photo"] = "nothing_to_see"
        asks = {*action.requires, *action.takes}
        if action.code in {"stop_use", "call_major"} and facts.actions_done.get(action.code):
            return Asked()  # a thing becomes dangerous once in a walk, or it never ends
        mended = {code: value for code, value in fitting.items() if code in asks}
        return replace(asked, values={**asked.values, **mended})

    def ordered(at: datetime) -> int:
        """A hazard under an order: most of what can be done later starts there."""
        one = open_one(at)
        by = {"actor": everything, "at": at, "recorded_at": at, "town_key": small.KEY}
        cases.apply(one, "take", **by)
        day = (at.date() + timedelta(days=20)).isoformat()
        values = {"grade": "ordinary", "remedy_by": day, "served": "posted"}
        asked = Asked(values=values, texts={"order_words": CANARY})
        cases.apply(one, "serve_order", asked=asked, **by)
        return one

    return replace(scene, open=open_one, fit=fit, deeper=(ordered,))


SCENES[HAZARD.code] = _hazard_scene
SCENES[small.SMALL.code] = _small_scene
SCENES[WALK.code] = _walk_scene


def _mediation_scene() -> Scene:
    """A desk with accounts that really hold their roles; answers that let a walk go deep."""
    from tests.services import mediation_desk as desk_of

    desk = desk_of.make_desk()
    # More than one can step aside in a walk, and others be refused: somebody is left.
    more = [desk_of.mediator(f"mediator-{n}") for n in (3, 4)]
    mediators = [desk.actors[name].staff_ref for name in ("mediator", "second")]
    mediators += [one.staff_ref for one in more]

    def open_one(at: datetime) -> int:
        desk.at = at
        return desk_of.ask(desk)

    def fit(action: Action, facts: CaseFacts, asked: Asked) -> Asked:
        known = facts.extra["mediation"]
        shut_out = {ref for ref, part in facts.staff if part in (Part.RECUSED, Part.REFUSED)}
        free = [ref for ref in mediators if ref not in shut_out] or mediators
        booked = [one.number for one in known.sessions if one.state == "booked"]
        fitting = {
            **desk_of.CLEAR,
            "mediator": free[0],
            "office": "v-1",
            "difficulty": "simple",
            "minor": False,  # a minor without a guardian is waited for, and the walk ends there
            "party_role": "third",
            "no_interest": True,
            "has_read": True,
            "all_ask": True,
            "all_heard": True,
            "told_routes": True,
            "help_offered": True,
            "party_agrees": True,
            "no_court": True,
            "they_declared": True,
            "version": known.drafted or 1,
            "session": booked[0] if booked else 1,
            "room": desk.room,
            "held_at": "room",
            "starts": (facts.at + timedelta(days=2)).isoformat(),
            "minutes": 60,
        }
        values = {code: fitting.get(code, value) for code, value in asked.values.items()}
        if "room" in action.takes:
            values["room"] = desk.room
        return replace(asked, values=values)

    def led_to(state: str, at: datetime, then: str = "", **more: str) -> int:
        desk.at = at
        desk.links.clear()
        one = desk_of.walk(desk, state, **more)
        tomorrow = (at + timedelta(days=1)).isoformat()
        session = {"held_at": "room", "room": desk.room, "minutes": 60}
        asked: dict[str, dict[str, Any]] = {
            "book_session": {"values": {**session, "starts": tomorrow}},
            "ask_court": {"values": {"applied_on": at.date().isoformat(), "all_ask": True}},
            "finish": {"result": "settled"},
            "restrict": {},
        }
        if then:
            desk.do(one, then, **asked[then])
        return one

    return Scene(
        registry.case_type("mediation"),
        (*desk.actors.values(), *more),
        open_one,
        fit,
        _a_no_leaves_only_an_end,
        deeper=(
            *(partial(led_to, state) for state in desk_of.WAY[1:]),
            partial(led_to, "mediating", source="court"),
            partial(led_to, "mediating", then="book_session"),
            partial(led_to, "agreed", then="ask_court"),
            partial(led_to, "agreed", then="restrict"),
            partial(led_to, "agreed", then="finish"),
        ),
    )


def _a_no_leaves_only_an_end(one: Case, facts: CaseFacts) -> None:
    """After a party's no a mediation is being ended or has ended: nothing else is reachable."""
    kind = registry.case_type("mediation")
    no = {Consent.REFUSED, Consent.WITHDRAWN}
    if any(party.consent in no for party in facts.parties):
        assert one.state in {"stopped", *kind.ends}, f"a party said no, yet it is {one.state}"
        leads_to = {each.target for each in kind.actions if "stopped" in each.sources}
        assert leads_to - {None} <= kind.ends


SCENES["mediation"] = _mediation_scene


def _disclosure_scene() -> Scene:
    """A case that a court may ask for; what was shown is opened by no action, so a start has it."""
    scene = plain_scene(DISCLOSURE)
    first, second = [one for one in scene.actors if one.roles == {Role.SUPERVISOR}]
    about = small.open_small()

    def shown(at: datetime) -> int:
        by = {"town_key": small.KEY, "at": at, "recorded_at": at}
        given = {"authority": "court", "basis": "court_order", "basis_words": CANARY}
        one = oversight.take_disclosure(f"smallcase:{about}", **given, **by, actor=first)
        asked = Asked(texts={"finding": CANARY})
        done = cases.apply(one, "grant", asked=asked, **by, actor=first)
        cases.open_words(one, purpose=Purpose.DECIDING, **by, actor=second)
        cases.decide(done.proposal, agree=True, **by, actor=second)
        oversight.open_for_disclosure(one, **by, actor=first)
        return one

    return replace(scene, deeper=(shown,))


SCENES[DISCLOSURE] = _disclosure_scene
TEST_TYPES = (small.SMALL.code, WALK.code)


@contextmanager
def types_of_tests() -> Iterator[None]:
    """Register the tests' own types beside those that are shipped, and take them away again."""
    with (
        small.small_case_type(),
        patch.dict(SEALED_FIELDS, {WALK.code: small.SEALED}),
        patch.dict(registry._types),
        patch.dict(_case_kinds),
    ):
        registry.register_case_type(WALK, hooks=WALK_HOOKS)
        yield
