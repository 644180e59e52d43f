"""Who may see which cases: one predicate in the query, never a loop."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from anlan.kernel.cases.models import Case, CaseStaff, OfficeMember
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.types import CaseType, Confidentiality, Part, Reach
from anlan.kernel.staff.queries import staff_id
from anlan.kernel.values import Actor, Role

_IN_IT = (Part.HANDLER.value, Part.HELPER.value)
_OUT = (Part.RECUSED.value, Part.REFUSED.value)


def visible_cases(actor: Actor, *, town_key: str, type: str | None = None) -> QuerySet[Case]:
    """Give the cases that an actor may see in a town, as a query.

    A person sees the cases that it handles, those of its offices and those of the town as far as
    its roles reach for each type; a restricted case only who is in it. Nobody sees a case from
    which it is recused or in which a party refused it. A job sees all: it opens none.
    """
    found = Case.objects.filter(town__key=town_key)
    if type is not None:
        found = found.filter(type=type)
    if actor.staff_ref.startswith(("job:", "cli")):
        return found
    in_it = Exists(_now(actor, _IN_IT))
    reach = Q(pk__in=[])
    for one in case_types():
        if type is None or one.code == type:
            reach |= _reach(one, actor, in_it)
    return found.filter(reach).exclude(Exists(_now(actor, _OUT)))


def _now(actor: Actor, parts: tuple[str, ...]) -> QuerySet[CaseStaff]:
    return CaseStaff.objects.filter(
        case=OuterRef("pk"), staff_ref=actor.staff_ref, part__in=parts, until__isnull=True
    )


def _reach(one: CaseType, actor: Actor, in_it: Exists) -> Q:
    reach = max((one.readers[role] for role in actor.roles if role in one.readers), default=None)
    if reach is None:
        return Q(pk__in=[])
    seen = Q(in_it)
    normal = Q(confidentiality=Confidentiality.NORMAL.value)
    if reach is Reach.TOWN:
        seen |= normal
    elif reach is Reach.OFFICE:
        seen |= normal & Q(office__in=office_ids(actor))
    return Q(type=one.code) & seen


def office_ids(actor: Actor) -> list[int]:
    """Give the ids of the offices at which an actor works."""
    members = OfficeMember.objects.filter(staff_id=staff_id(actor.staff_ref))
    return list(members.values_list("office_id", flat=True))


def types_seen_by(roles: frozenset[Role]) -> tuple[CaseType, ...]:
    """Give the case types of which these roles may see any cases, in the order of registration."""
    return tuple(one for one in case_types() if roles.intersection(one.readers))
