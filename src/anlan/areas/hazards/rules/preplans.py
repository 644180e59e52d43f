"""What a pre-plan may tell a crew: physical facts out of closed lists, each until a day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import Any

from anlan.kernel.places.catalogue import Label, read_catalogue, read_label
from anlan.kernel.values import Actor, BadInput, Role, RuleForbids, RuleSays, gettext_noop

STATERS = frozenset({Role.INSPECTOR, Role.DUTY_OFFICER, Role.SUPERVISOR})
#: the United Nations number explosives from 0004 and all else from 1001; 4000 and more are none
UN_NUMBER = re.compile(r"^(?!000[0-3]|1000)[0-3][0-9]{3}$", re.ASCII)
LOWEST_FLOOR, HIGHEST_FLOOR = -9, 200
FARTHEST_M = 2000
SHOWN_WITHIN_M = 150


@dataclass(frozen=True, slots=True)
class FactKind:
    """A kind of fact: after how many days it must be looked at again, and what may be said."""

    code: str
    label: Label
    days: int
    facts: Mapping[str, Label]


@dataclass(frozen=True)
class PreplanCatalogue:
    """All that a pre-plan can say, in the order in which a crew reads it: warnings first."""

    kinds: Mapping[str, FactKind]
    sides: Mapping[str, Label]
    amounts: Mapping[str, Label]


def parse_preplans(raw: Mapping[str, Any]) -> PreplanCatalogue:
    """Check and freeze the lists; a kind that never expires fails."""
    kinds: dict[str, FactKind] = {}
    for item in raw["kinds"]:
        code, days = str(item["code"]), int(item.get("days", 0))
        if days < 1:
            raise BadInput(f"Facts of the kind {code} never expire; give days.")
        facts = {
            str(one["code"]): read_label(one.get("label"), where=f"Fact {one['code']}")
            for one in item["facts"]
        }
        kinds[code] = FactKind(code, read_label(item.get("label"), where=code), days, facts)
    return PreplanCatalogue(
        kinds,
        {code: read_label(one, where=code) for code, one in raw["sides"].items()},
        {code: read_label(one, where=code) for code, one in raw["amounts"].items()},
    )


@cache
def preplan_catalogue() -> PreplanCatalogue:
    """Give the shipped lists."""
    return parse_preplans(read_catalogue("preplans.toml"))


@dataclass(frozen=True, slots=True)
class Fact:
    """One physical fact about premises: what, on which side, floor, how far; goods by UN number."""

    kind: str
    what: str
    side: str = ""
    floor: int | None = None
    distance_m: int | None = None
    un_number: str = ""
    amount: str = ""


def check_fact(fact: Fact, *, actor: Actor) -> FactKind:
    """Give a fact's kind, or say in a sentence why it can't be stated."""
    if not actor.has(*STATERS):
        raise RuleForbids(
            gettext_noop("Pre-plans are stated by inspectors, duty officers and supervisors."),
            code="role_missing",
        )
    listed = preplan_catalogue()
    kind = listed.kinds.get(fact.kind)
    if not fact.what:
        raise RuleSays(gettext_noop("Choose what crews are to be told."), code="no_fact")
    if kind is None or fact.what not in kind.facts:
        raise RuleSays(
            gettext_noop("A pre-plan holds listed facts only; “{what}” is none of “{kind}”."),
            code="unknown_fact",
            what=fact.what[:40],
            kind=fact.kind[:40],
        )
    if fact.side and fact.side not in listed.sides:
        raise RuleSays(gettext_noop("Choose a side from the list."), code="unknown_side")
    _check_numbers(fact)
    _check_goods(fact, amounts=listed.amounts)
    return kind


def _check_numbers(fact: Fact) -> None:
    if fact.floor is not None and not LOWEST_FLOOR <= fact.floor <= HIGHEST_FLOOR:
        raise RuleSays(gettext_noop("A floor is a number from -9 to 200."), code="bad_floor")
    if fact.distance_m is not None and not 0 <= fact.distance_m <= FARTHEST_M:
        raise RuleSays(gettext_noop("A distance is 0 to 2000 metres."), code="bad_distance")


def _check_goods(fact: Fact, *, amounts: Mapping[str, Label]) -> None:
    if (fact.what == "un_goods") != bool(fact.un_number):
        raise RuleSays(
            gettext_noop("Dangerous goods are named by their UN number, and only they are."),
            code="un_number_missing",
        )
    if fact.un_number and not UN_NUMBER.match(fact.un_number):
        raise RuleSays(
            gettext_noop(
                "A UN number is four digits, as in 1203: from 0004 to 0999 for explosives, from "
                "1001 to 3999 for all else."
            ),
            code="bad_un_number",
        )
    if fact.amount and (fact.amount not in amounts or fact.kind != "goods"):
        raise RuleSays(gettext_noop("Choose an amount from the list."), code="unknown_amount")


def expires_on(kind: FactKind, *, checked_on: date) -> date:
    """Give the first day on which a fact is no longer shown."""
    return checked_on + timedelta(days=kind.days)
