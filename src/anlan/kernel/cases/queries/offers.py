"""What the references that an action asks for may name, and how what was named is called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Count, QuerySet

from anlan.kernel.cases.models import Case, CaseStaff, OfficeMember
from anlan.kernel.cases.registry import registered
from anlan.kernel.cases.rules.facts import CaseFacts, Part
from anlan.kernel.cases.rules.offers import Named, Offer, Offers
from anlan.kernel.cases.rules.types import Action, CaseType
from anlan.kernel.places.catalogue import Label
from anlan.kernel.staff.queries import members_of, staff_ref
from anlan.kernel.values import Role


def offers_of(kind: CaseType, action: Action, facts: CaseFacts) -> Mapping[str, Offers]:
    """Give what each reference among an action's fields may name, by the field's code."""
    known = registered(kind.code).references
    fields = (kind.field(code) for code in (*action.requires, *action.takes))
    return {
        each.code: known[each.refers_to].offers(facts, action)
        for each in fields
        if each is not None and each.refers_to in known
    }


def name_of(kind: CaseType, refers_to: str, value: Named, *, case_id: int) -> Label | None:
    """Give how a thing that was named is called; None where nothing is known of it."""
    found = registered(kind.code).references.get(refers_to)
    return None if found is None or found.name is None else found.name(case_id, value)


def open_cases_of(refs: Iterable[str], *, town_key: str, type: str) -> Mapping[str, int]:
    """Count the open cases of a type that each of some accounts handles in a town, in one query."""
    found = CaseStaff.objects.filter(
        staff_ref__in=list(refs),
        part=Part.HANDLER.value,
        until__isnull=True,
        case__town__key=town_key,
        case__type=type,
        case__ended_at__isnull=True,
    )
    return dict(found.order_by().values_list("staff_ref").annotate(Count("pk")))


def in_hand(staff_ref: str) -> QuerySet[Case]:
    """Give the open cases of every town that an account handles, as a query."""
    handled = CaseStaff.objects.filter(
        staff_ref=staff_ref, part=Part.HANDLER.value, until__isnull=True
    )
    found = Case.objects.filter(pk__in=handled.values("case_id"), ended_at__isnull=True)
    return found.filter(erased_at__isnull=True).select_related("town").order_by("pk")


def refs_in_hand(staff_ref: str) -> list[str]:
    """Give their references, as the command line says them: "mediation:12 in reed"."""
    return [f"{one.ref} in {one.town.key}" for one in in_hand(staff_ref)]


def staff_offers(
    town_key: str,
    *,
    type: str,
    role: Role,
    office_id: int | None = None,
    leave_out: Iterable[str] = (),
) -> Offers:
    """Give who can be named: active, of a role and an office, whoever has the least work first.

    The count of open cases stands beside the name; it says who has room, and is kept nowhere.
    """
    out, there = set(leave_out), None if office_id is None else _members(office_id)
    able = {
        one.staff_ref: one.username
        for one in members_of(town_key)
        if one.active
        and role.value in one.roles
        and one.staff_ref not in out
        and (there is None or one.staff_ref in there)
    }
    load = open_cases_of(able, town_key=town_key, type=type)
    rows = sorted((load.get(ref, 0), name, ref) for ref, name in able.items())
    return Offers(tuple(Offer(ref, _with_load(name, count)) for count, name, ref in rows))


def _members(office_id: int) -> frozenset[str]:
    found = OfficeMember.objects.filter(office_id=office_id).values_list("staff_id", flat=True)
    return frozenset(staff_ref(pk) for pk in found)


def _with_load(name: str, count: int) -> Label:
    cases = "1 open case" if count == 1 else f"{count} open cases"
    return Label(en=f"{name} · {cases}", zh=f"{name} · 在办{count}件")
