"""A town with a mediation desk: offices on three tiers, accounts, a walk through every state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.services.kept_scenes import kept

from anlan.areas.mediation import services as mediation
from anlan.areas.mediation.rules import MEDIATION, Intake, PartyWords
from anlan.areas.mediation.rules.fields import AGREEMENT_PARTS, SAFE, SIGNS
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case, FollowLink
from anlan.kernel.cases.rules.facts import Asked
from anlan.kernel.places import services as places
from anlan.kernel.sealing.models import Opening
from anlan.kernel.sealing.rules import Purpose
from anlan.kernel.staff import queries as staff_queries
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role

KEY = "grid"
AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # a Monday, 10:00 in Shanghai
CLI = Actor("cli", frozenset({Role.ADMINISTRATOR}))
JOB = Actor("job:test", frozenset())
OFFICES = {"v-1": "village", "t-1": "town", "c-1": "county"}
ACCOUNTS = {
    "clerk": (Role.CLERK, "v-1"),
    "mediator": (Role.MEDIATOR, "v-1"),
    "second": (Role.MEDIATOR, "v-1"),
    "of_town": (Role.MEDIATOR, "t-1"),
    "supervisor": (Role.SUPERVISOR, ""),
}
PARTS = {code: f"{en}: 金丝雀 words" for code, (en, _zh) in AGREEMENT_PARTS.items()}
CLEAR = {"was_alone": True, **dict.fromkeys(SIGNS, False), **dict.fromkeys(SAFE, True)}


@dataclass
class Desk:
    """The town's accounts, and the moment at which the next thing happens."""

    actors: Mapping[str, Actor]
    at: datetime = AT
    room: int = 0
    links: dict[tuple[int, int], Actor] = field(default_factory=dict)

    def stamp(self, who: str | Actor = "mediator") -> dict[str, Any]:
        """Give who acts and when; each act is a minute after the one before."""
        self.at += timedelta(minutes=1)
        actor = who if isinstance(who, Actor) else self.actors[who]
        return {"actor": actor, "at": self.at, "recorded_at": self.at, "town_key": KEY}

    def do(self, one: int, action: str, who: str | Actor = "mediator", **asked: Any):
        """Act in a case; `expected_version` and `client_key` go to the kernel."""
        more = {
            name: asked.pop(name) for name in ("expected_version", "client_key") if name in asked
        }
        return cases.apply(one, action, asked=Asked(**asked), **self.stamp(who), **more)

    def link(self, one: int, party: int) -> Actor:
        """Give a party that acts by its own link."""
        if (one, party) not in self.links:
            row = FollowLink.objects.create(
                case_id=one, party=party, token_hash=f"{one}-{party}", made_at=self.at
            )
            self.links[one, party] = Actor(f"link:{row.pk}", frozenset())
        return self.links[one, party]

    def row(self, one: int, who: str = "mediator"):
        """Give a case as somebody sees it."""
        return queries.case(one, town_key=KEY, actor=self.actors[who])

    def state(self, one: int) -> str:
        """Say where a case stands."""
        return self.row(one, "supervisor").state

    def words(self, one: int, who: str = "mediator", purpose: Purpose = Purpose.HANDLING):
        """Open a case's words: {space: {field: [text, …]}}."""
        opened = cases.open_words(one, purpose=purpose, **self.stamp(who)).spaces
        found: dict[str, dict[str, list[str]]] = {}
        for space, texts in opened.items():
            for each in texts:
                found.setdefault(space, {}).setdefault(each.field, []).append(each.text)
        return found


def make_desk(at: datetime = AT, *, zone: str = "Asia/Shanghai", country: str = "CN") -> Desk:
    """Set the town up."""
    return kept(("desk", at, zone, country), lambda: _make_desk(at, zone=zone, country=country))


def _make_desk(at: datetime, *, zone: str, country: str) -> Desk:
    by_cli = {"actor": CLI, "at": at, "recorded_at": at}
    places.create_town(key=KEY, name="Grid", zone=zone, country=country, **by_cli)
    for ident, tier in OFFICES.items():
        cases.create_office(ident=ident, name=f"Office {ident}", tier=tier, town_key=KEY, **by_cli)
    actors = {}
    for name, (role, office) in ACCOUNTS.items():
        staff.create_staff(username=name, **by_cli)
        staff.grant_role(town_key=KEY, username=name, role=role, **by_cli)
        if office:
            cases.add_member(office, username=name, town_key=KEY, **by_cli)
        actors[name] = staff_queries.actor_for(Staff.objects.get(username=name), KEY)
    room = mediation.create_room(
        town_key=KEY, office_ident="v-1", ident="r-1", name="Room 1", **by_cli
    )
    return Desk(actors, at=at, room=room)


def mediator(name: str) -> Actor:
    """Make one more account that mediates at the village's office."""
    by_cli = {"actor": CLI, "at": AT, "recorded_at": AT}
    staff.create_staff(username=name, **by_cli)
    staff.grant_role(town_key=KEY, username=name, role=Role.MEDIATOR, **by_cli)
    cases.add_member("v-1", username=name, town_key=KEY, **by_cli)
    return staff_queries.actor_for(Staff.objects.get(username=name), KEY)


def intake(**more: Any) -> Intake:
    """Give a request as the desk takes it."""
    given: dict[str, Any] = {
        "source": "desk",
        "category": "neighbours",
        "asker": PartyWords("金丝雀 Silva", "13800000000", "Rua das Flores 12"),
        "other": PartyWords("金丝雀 Costa"),
        "asked_for": True,
        "violence_at_home": False,
        "request": "金丝雀: the wall",
        "office": "v-1",
    }
    return Intake(**(given | more))


def ask(desk: Desk, who: str = "clerk", **more: Any) -> int:
    """Take a request."""
    return mediation.take_request(intake(**more), **desk.stamp(who)).case_id


# Each step leads from the state before to the one that it is named by.
def _confirmed(desk: Desk, one: int) -> None:
    desk.do(one, "confirm", "clerk", party=1)


def _chosen(desk: Desk, one: int) -> None:
    desk.do(one, "give_to_office", "clerk", values={"office": "v-1"})


def _assigned(desk: Desk, one: int) -> None:
    desk.do(one, "assign", "supervisor", values={"mediator": desk.actors["mediator"].staff_ref})


def _accepted(desk: Desk, one: int) -> None:
    desk.do(one, "accept", values={"no_interest": True})


def helper(desk: Desk, who: str = "second") -> dict[str, Any]:
    """Give what names a second mediator, or another one, who stands apart from the parties."""
    return {"mediator": desk.actors[who].staff_ref, "they_declared": True}


def _inviting(desk: Desk, one: int) -> None:
    desk.do(one, "talk", values=CLEAR, party=1)
    desk.do(one, "invite")


def _mediating(desk: Desk, one: int) -> None:
    desk.do(one, "consent", party=2)
    desk.do(one, "talk", values=CLEAR, party=2)
    desk.do(one, "start")


def _drafted(desk: Desk, one: int) -> None:
    desk.do(one, "draft_agreement", texts=PARTS)


def _agreed(desk: Desk, one: int) -> None:
    for party in (1, 2):
        desk.do(one, "read_back", values={"version": 1}, party=party)
        confirm(desk, one, party)
    desk.do(one, "sign")


def opens(desk: Desk, one: int, link: Actor) -> None:
    """Note that a link opened its words now: the links made here hold no keys."""
    Opening.objects.create(
        town=KEY,
        case_ref=f"mediation:{one}",
        actor_ref=link.staff_ref,
        purpose=Purpose.OWN_REQUEST.value,
        role="party",
        opened_at=desk.at,
        recorded_at=desk.at,
        parts=["joint"],
        version=Case.objects.get(pk=one).version,
    )


def confirm(desk: Desk, one: int, party: int, *, version: int = 1, who: str | Actor = "mediator"):
    """Let a party confirm a version; by its link it has opened its words just before."""
    if isinstance(who, Actor):
        opens(desk, one, who)
    desk.do(
        one,
        "confirm_agreement",
        who,
        values={"version": version, "has_read": True},
        party=party,
    )


STEPS = {
    "confirmed": _confirmed,
    "chosen": _chosen,
    "assigned": _assigned,
    "accepted": _accepted,
    "inviting": _inviting,
    "mediating": _mediating,
    "drafted": _drafted,
    "agreed": _agreed,
}
WAY = ("asked", *STEPS)


def walk(desk: Desk, until: str, **more: Any) -> int:
    """Take a request and lead it to a state."""

    def led() -> tuple[int, datetime]:
        one = ask(desk, **more)
        for state in WAY[1 : WAY.index(until) + 1]:
            STEPS[state](desk, one)
        assert desk.state(one) == until
        return one, desk.at

    depends = (until, desk.at, repr(sorted(more.items())), repr(sorted(desk.actors.items())))
    one, desk.at = kept(depends, led)
    return one


def offered(desk: Desk, one: int, who: str = "mediator") -> dict[str, str | None]:
    """Give each action that somebody is offered, with the code of its refusal."""
    stamp = desk.stamp(who)
    del stamp["recorded_at"]
    return {
        each.action.code: None if each.refusal is None else each.refusal.code
        for each in queries.actions_of(one, **stamp)
    }


assert set(WAY) | {"stopped", "closed"} == {each.code for each in MEDIATION.states}
