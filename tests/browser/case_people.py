"""Fill a served town with people who handle cases, and with cases of each shipped type.

Run as `python -m tests.browser.case_people` in the installation's own environment; prints who can
sign in and which cases there are, as JSON.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.api.conftest import KEY

OFFICES = {"v-1": ("Reed Lane village committee", "village"), "t-1": ("Town office", "town")}
PEOPLE = {
    "clerk-1": ("clerk", "v-1"),
    "mediator-1": ("mediator", "v-1"),
    "mediator-2": ("mediator", "v-1"),
    "inspector-1": ("inspector", "t-1"),
    "inspector-2": ("inspector", "t-1"),
    "supervisor-1": ("supervisor", ""),
    "dispatcher-1": ("dispatcher", ""),
    "administrator-1": ("administrator", ""),
}
MANY = 55  # more than a page of the list


def main() -> None:
    """Make people, offices and cases; say what was made."""
    import django

    django.setup()
    accounts = _people()
    now = datetime.now(UTC)
    mediations = [_mediation(now - timedelta(days=n), n) for n in range(MANY, 0, -1)]
    hazard = _hazard(now - timedelta(days=5))
    first, second, third = mediations[-1], mediations[-2], mediations[-3]
    for one, handler in ((first, "mediator-1"), (second, "mediator-1"), (third, "mediator-2")):
        _do(one, "confirm", "clerk-1", party=1)
        _do(one, "give_to_office", "clerk-1", values={"office": "v-1"})
        _do(one, "take", handler, values={"no_interest": True})
    _do(first, "hear", "mediator-1", party=1, texts={"account": "金丝雀: the wall leans."})
    _to_tell(first, "mediator-1")
    _to_tell(third, "mediator-2")
    print(json.dumps({"accounts": accounts, "mediation": [first, second], "hazard": hazard}))


def _people() -> dict[str, str]:
    from anlan.kernel.cases import services as cases
    from anlan.kernel.staff import services as staff
    from anlan.kernel.values import Role

    accounts = {}
    for ident, (name, tier) in OFFICES.items():
        cases.create_office(ident=ident, name=name, tier=tier, town_key=KEY, **_cli())
    for username, (role, office) in PEOPLE.items():
        accounts[username] = staff.create_staff(username=username, **_cli()).password
        staff.grant_role(town_key=KEY, username=username, role=Role(role), **_cli())
        if office:
            cases.add_member(office, username=username, town_key=KEY, **_cli())
    return accounts


def _cli() -> dict[str, Any]:
    from anlan.kernel.values import Actor, Role

    now = datetime.now(UTC)
    actor = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    return {"actor": actor, "at": now, "recorded_at": now}


def _stamp(username: str, at: datetime | None = None) -> dict[str, Any]:
    from anlan.kernel.staff.models import Staff
    from anlan.kernel.staff.queries import actor_for

    actor = actor_for(Staff.objects.get(username=username), KEY)
    now = datetime.now(UTC)
    return {"actor": actor, "at": at or now, "recorded_at": now, "town_key": KEY}


def _mediation(at: datetime, number: int) -> int:
    from anlan.areas.mediation import services as mediation
    from anlan.areas.mediation.rules import Intake, PartyWords

    asked = Intake(
        source="desk",
        category=("neighbours", "family", "contract", "house")[number % 4],
        asker=PartyWords("Li Wen 李文", "555 0101"),
        other=PartyWords("Chen Yu 陈瑜", "555 0102"),
        asked_for=True,
        violence_at_home=False,
        request="The wall between the two yards leans. 金丝雀",
        office="v-1",
    )
    return mediation.take_request(asked, **_stamp("clerk-1", at)).case_id


def _hazard(at: datetime) -> int:
    from anlan.areas.hazards import services as hazards
    from anlan.kernel.cases.rules.facts import Asked

    asked = Asked(values={"kind": "wiring", "source": "desk"})
    return hazards.open_hazard(asked=asked, office="t-1", **_stamp("inspector-1", at)).case_id


def _to_tell(case_id: int, username: str) -> None:
    """Ask a handler to tell a party something another way, and to look after a talk."""
    from anlan.kernel.cases.models import Task

    stamp = _stamp(username)
    given = {"case_id": case_id, "staff_ref": stamp["actor"].staff_ref, "made_at": stamp["at"]}
    Task.objects.create(kind="tell_party", party=2, **given)
    Task.objects.create(kind="follow_up", due_at=stamp["at"] - timedelta(days=3), **given)


def _do(case_id: int, action: str, username: str, **asked: Any) -> None:
    from anlan.kernel.cases import services as cases
    from anlan.kernel.cases.rules.facts import Asked

    cases.apply(case_id, action, asked=Asked(**asked), **_stamp(username))


if __name__ == "__main__":
    main()
