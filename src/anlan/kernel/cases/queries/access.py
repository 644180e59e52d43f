"""Who may see which cases: one predicate in the query, never a loop."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Q, QuerySet

from anlan.kernel.cases.models import Case, CaseStaff, OfficeMember
from anlan.kernel.cases.registry import case_types
from anlan.kernel.cases.rules.facts import IN_IT, Part
from anlan.kernel.cases.rules.types import CaseType, Confidentiality, Reach
from anlan.kernel.places.models import Town
from anlan.kernel.staff.queries import staff_id
from anlan.kernel.values import Actor, Role

_IN_IT = tuple(part.value for part in IN_IT)
_OUT = (Part.RECUSED.value, Part.REFUSED.value)


def visible_cases(actor: Actor, *, town_key: str, type: str | None = None) -> QuerySet[Case]:
    """Give the cases that an actor may see in a town, as a query.

    A person sees the cases that it handles, those of its offices and those of the town as far as
    its roles reach for each type; a restricted case only who is in it, and the supervisor of the
    town's, who opens no words of it. Nobody sees a case from which it is recused or in which a
    party refused it. A job sees all: it opens none.
    """
    found = _cases_of(town_key, type)
    if _sees_all(actor):
        return found
    in_it = Q(pk__in=_now(actor, _IN_IT))
    seen = Q(pk__in=[])
    for one, reached in _reaches(actor, type):
        seen |= Q(type=one.code) & (in_it if reached is None else in_it | reached)
    return found.filter(seen).exclude(pk__in=_now(actor, _OUT))


def visible_parts(actor: Actor, *, town_key: str, type: str) -> list[QuerySet[Case]]:
    """Give the same cases of a type in parts without a case in common, each quick to count.

    An "or" of being in a case and of reaching it makes the database look at every row; apart,
    each half is read from its own index.
    """
    found = _cases_of(town_key, type)
    if _sees_all(actor):
        return [found]
    there = found.exclude(pk__in=_now(actor, _OUT))
    parts = []
    for _one, reached in _reaches(actor, type):
        mine = there.filter(pk__in=_now(actor, _IN_IT))
        if reached is not None:
            parts.append(there.filter(reached))
            mine = mine.exclude(reached)
        parts.append(mine)
    return parts


def _cases_of(town_key: str, type: str | None) -> QuerySet[Case]:
    # By the town's number, not by a join: so that the list's index gives rows in order.
    town = Town.objects.filter(key=town_key).values_list("pk", flat=True).first()
    found = Case.objects.filter(town_id=town or 0)
    return found if type is None else found.filter(type=type)


def _sees_all(actor: Actor) -> bool:
    return actor.staff_ref.startswith(("job:", "cli"))


def _now(actor: Actor, parts: tuple[str, ...]) -> QuerySet[CaseStaff, int]:
    return CaseStaff.objects.filter(
        staff_ref=actor.staff_ref, part__in=parts, until__isnull=True
    ).values_list("case_id", flat=True)


def _reaches(actor: Actor, type: str | None) -> Iterator[tuple[CaseType, Q | None]]:
    """Give each type that an actor's roles read, with what they reach beside its own cases."""
    normal = Q(confidentiality=Confidentiality.NORMAL.value)
    # Named one by one: an empty condition would be dropped where another is added to it by "or".
    every = Q(confidentiality__in=[one.value for one in Confidentiality])
    offices: list[int] | None = None  # read once, and only where a role reaches that far
    for one in case_types():
        if type is not None and one.code != type:
            continue
        held = [one.readers[role] for role in actor.roles if role in one.readers]
        reach = max(held, default=None)
        if reach is Reach.TOWN:
            oversees = actor.has(Role.SUPERVISOR) and Role.SUPERVISOR in one.readers
            yield one, every if oversees else normal
        elif reach is Reach.OFFICE:
            offices = office_ids(actor) if offices is None else offices
            yield one, normal & Q(office__in=offices)
        elif reach is Reach.OWN:
            yield one, None


def office_ids(actor: Actor) -> list[int]:
    """Give the ids of the offices at which an actor works."""
    members = OfficeMember.objects.filter(staff_id=staff_id(actor.staff_ref))
    return list(members.values_list("office_id", flat=True))


def types_seen_by(roles: frozenset[Role]) -> tuple[CaseType, ...]:
    """Give the case types of which these roles may see any cases, in the order of registration."""
    return tuple(one for one in case_types() if roles.intersection(one.readers))
