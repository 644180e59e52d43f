"""What the demo adds beside the board: offices, those who work there, and a few made-up cases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from anlan.kernel.values import Actor, Role

OFFICES = (  # telephone numbers of the block that is kept for fiction
    ("village-1", "East Village committee 东村村委会", "village", "555-0141"),
    ("town-1", "Town office 镇综治中心", "town", "555-0142"),
    ("county-1", "County mediation centre 县调解中心", "county", "555-0143"),
)
ACCOUNTS = (
    ("clerk", Role.CLERK, ("village-1", "town-1")),
    ("mediator", Role.MEDIATOR, ("village-1", "town-1")),
    ("inspector", Role.INSPECTOR, ("town-1",)),
    ("supervisor", Role.SUPERVISOR, ()),
    ("planner", Role.PLANNER, ()),
    ("administrator", Role.ADMINISTRATOR, ()),
)
DISPUTES = (
    ("neighbours", "The wall between two yards leans. 两家院墙倾斜。"),
    ("contract", "A roof was paid for and not finished. 屋顶修缮款已付，未完工。"),
    ("property", "The lift has stood still for two weeks. 电梯停运两周。"),
)
HAZARDS = ("wiring", "fire_lane", "lift")


def open_case_desks(key: str, *, password: str, at: datetime) -> tuple[str, ...]:
    """Make what is not there yet; gives who else signs in, all with the dispatcher's password."""
    from anlan.cli.installation import stamp
    from anlan.kernel.cases import queries as cases

    now = {**stamp(), "at": at}
    _make_offices(key, now)
    _make_room(key, now)
    people = _make_accounts(key, password=password, now=now)
    supervisor = people["supervisor"]
    if not cases.cases(town_key=key, actor=supervisor, type="mediation", limit=1).rows:
        _make_mediations(key, people, now)
    if not cases.cases(town_key=key, actor=supervisor, type="hazard", limit=1).rows:
        _make_hazards(key, people, now)
    return tuple(name for name, _role, _offices in ACCOUNTS)


def _make_offices(key: str, now: dict[str, Any]) -> None:
    from anlan.kernel.cases import queries, services

    there = {one.ident for one in queries.offices(key)}
    for ident, name, tier, telephone in OFFICES:
        if ident not in there:
            services.create_office(
                town_key=key,
                ident=ident,
                name=name,
                tier=tier,
                telephone=telephone,
                made_up=True,
                **now,
            )


def _make_accounts(key: str, *, password: str, now: dict[str, Any]) -> dict[str, Actor]:
    from anlan.kernel.cases import services as cases
    from anlan.kernel.staff import queries, services

    for username, role, offices in ACCOUNTS:
        held = {one.username: one.roles for one in queries.members_of(key)}
        if not queries.has_account(username):
            services.create_staff(username=username, password=password, **now)
        if role.value not in held.get(username, ()):
            services.grant_role(town_key=key, username=username, role=role, **now)
            for ident in offices:
                cases.add_member(ident, town_key=key, username=username, **now)
    refs = {one.username: one.staff_ref for one in queries.members_of(key)}
    return {name: Actor(refs[name], frozenset({role})) for name, role, _offices in ACCOUNTS}


def _make_room(key: str, now: dict[str, Any]) -> None:
    from anlan.areas.mediation import services as mediation
    from anlan.areas.mediation.queries import rooms

    if not rooms(key):
        mediation.create_room(
            town_key=key, office_ident="village-1", ident="r-1", name="Room 1 调解室", **now
        )


def _make_mediations(key: str, people: dict[str, Actor], now: dict[str, Any]) -> None:
    from anlan.areas.mediation import services as mediation
    from anlan.areas.mediation.rules import Intake, PartyWords
    from anlan.kernel.cases import services as cases
    from anlan.kernel.cases.rules.facts import Asked

    for days, (category, request) in enumerate(DISPUTES, start=1):
        when = {**now, "town_key": key, "at": now["at"] - timedelta(days=days)}
        asked = Intake(
            source="desk",
            category=category,
            asker=PartyWords("Made up: party A 虚构甲方", "555 0101"),
            other=PartyWords("Made up: party B 虚构乙方", "555 0102"),
            asked_for=True,
            violence_at_home=False,
            request=request,
            office="village-1",
        )
        by_clerk = {**when, "actor": people["clerk"]}
        one = mediation.take_request(asked, made_up=True, **by_clerk).case_id
        if days > 1:
            cases.apply(one, "confirm", asked=Asked(party=1), **by_clerk)
            given = Asked(values={"office": "village-1"})
            cases.apply(one, "give_to_office", asked=given, **by_clerk)
        if days > 2:
            own = Asked(values={"no_interest": True})
            cases.apply(one, "take", asked=own, **{**when, "actor": people["mediator"]})


def _make_hazards(key: str, people: dict[str, Actor], now: dict[str, Any]) -> None:
    from anlan.areas.hazards import queries
    from anlan.areas.hazards import services as hazards
    from anlan.cli.demo_premises import make_premises
    from anlan.kernel.cases.rules.facts import Asked, Value

    make_premises(key, people["inspector"], now)
    things = queries.premises(key)
    for days, kind in enumerate(HAZARDS):
        when = {**now, "town_key": key, "at": now["at"] - timedelta(days=2 * days)}
        values: dict[str, Value] = {"kind": kind, "source": "desk"}
        if days < len(things):
            values["premises"] = things[days].id
        hazards.open_hazard(
            asked=Asked(values=values),
            office="town-1",
            made_up=True,
            **{**when, "actor": people["inspector"]},
        )
