"""What a hazard's references may name: premises of the register, inspectors."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from anlan.areas.hazards.models import Premises
from anlan.areas.hazards.queries.premises import find_in
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries import Offer, Offers, ReferenceKind, staff_offers
from anlan.kernel.cases.rules.facts import CaseFacts
from anlan.kernel.cases.rules.types import Action
from anlan.kernel.places.catalogue import Label
from anlan.kernel.values import Role

MOST_LISTED = 200  # a register may hold many thousands; the rest is found by its code or name


def _register(facts: CaseFacts) -> QuerySet[Premises]:
    town = Case.objects.values("town_id").filter(pk=facts.id)
    return Premises.objects.filter(town_id__in=town, ended_on__isnull=True)


def _premises(facts: CaseFacts, action: Action) -> Offers:
    """Give the register by code; where it is long, what is typed finds the rest."""
    found = list(_register(facts).order_by("ident")[: MOST_LISTED + 1])
    rows = tuple(Offer(one.pk, _label(one)) for one in found[:MOST_LISTED])
    if len(found) <= MOST_LISTED:
        return Offers(rows)
    return Offers(rows, find=lambda typed: _find(facts, typed))


def _find(facts: CaseFacts, typed: str) -> int | None:
    """Give the premises of this code, or the only ones of this name."""
    found = find_in(_register(facts), typed)
    return None if found is None else found.pk


def _label(one: Premises) -> Label:
    name = f"{one.name} · {one.ident}"
    return Label(en=name, zh=name)


def _premises_name(case_id: int, value: str | int) -> Label | None:
    found = Premises.objects.filter(pk=value, town__cases=case_id).first()
    return None if found is None else _label(found)


def _inspectors(facts: CaseFacts, action: Action) -> Offers:
    """Give the town's inspectors but the one who handles the case, whoever has least work first."""
    town = Case.objects.values_list("town__key", flat=True).get(pk=facts.id)
    out = () if facts.handler is None else (facts.handler,)
    return staff_offers(town, type="hazard", role=Role.INSPECTOR, leave_out=out)


REFERENCES: Mapping[str, ReferenceKind] = {
    "premises": ReferenceKind(_premises, _premises_name),
    "inspector": ReferenceKind(_inspectors),
}
