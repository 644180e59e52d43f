"""One bar of links between a town's pages: what an actor's roles may see, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from anlan.areas.coverage.rules.coverage import may_plan
from anlan.areas.dispatch.rules.access import may, may_see_incidents
from anlan.areas.hazards.rules.inspections import may_plan_inspections
from anlan.kernel.cases.queries import types_seen_by
from anlan.kernel.values import Actor, Role


@dataclass(frozen=True, slots=True)
class TownLink:
    """A page of the town; `name` is what the page itself calls "here"."""

    name: str
    label: str
    url: str


def town_links(key: str, actor: Actor) -> list[TownLink]:
    """Give the pages of a town for an actor; none where there is a single one."""
    found: list[TownLink] = []

    def add(name: str, label: str, *more: str) -> None:
        found.append(TownLink(more[0] if more else name, label, reverse(name, args=[key, *more])))

    if may_see_incidents(actor):
        add("board", _("Board"))
    if may_plan(actor):
        add("coverage", _("Coverage"))
        add("siting", _("Siting"))
        add("what_if", _("What if"))
    kinds = types_seen_by(actor.roles)
    if kinds:
        add("to_do", _("To do"))
    for one in kinds:
        label = (one.listed or one.label).in_language(get_language() or "en")
        add("case_list", capfirst(label), one.code)
    if may_plan_inspections(actor):
        add("inspections", _("Inspections"))
        add("premises", _("Premises"))
    if may(actor, "decide_run_cards"):
        add("run_cards", _("Run cards"))
    if actor.has(Role.SUPERVISOR):
        add("openings", _("Openings"))
    if actor.has(Role.ADMINISTRATOR):
        add("offices", _("Offices"))
    return found if len(found) > 1 else []


def first_page(key: str, actor: Actor) -> str:
    """Give the address on which a member begins: the board, then coverage, then its cases."""
    if may_see_incidents(actor):
        return reverse("board", args=[key])
    return reverse("coverage" if may_plan(actor) else "cases", args=[key])
