"""Offices of a town, and at which of them somebody works."""

from __future__ import annotations

from anlan.kernel.cases.models import Office, OfficeMember
from anlan.kernel.cases.queries.rows import OfficeRow
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.staff.models import Membership
from anlan.kernel.staff.queries import staff_id
from anlan.kernel.values import BadInput, Role

_IN_CHARGE = (Tier.TOWN, Tier.COUNTY, Tier.VILLAGE)


def offices(town_key: str) -> list[OfficeRow]:
    """Give a town's offices that are not closed, by ident."""
    found = Office.objects.filter(town__key=town_key, closed_at__isnull=True).order_by("ident")
    return [_row(each) for each in found]


def office_names(town_key: str) -> dict[str, str]:
    """Give the names of a town's offices by ident, of closed ones too: their cases name them."""
    found = Office.objects.filter(town__key=town_key).order_by("ident")
    return dict(found.values_list("ident", "name"))


def office(ident: str, *, town_key: str) -> OfficeRow:
    """Give one office; raises BadInput where there is none of this ident."""
    found = Office.objects.filter(town__key=town_key, ident=ident, closed_at__isnull=True).first()
    if found is None:
        known = ", ".join(each.ident for each in offices(town_key)) or "none"
        raise BadInput(f"“{ident[:40]}” is no office of this town; known are: {known}.")
    return _row(found)


def office_with(ident: str, *, town_key: str) -> OfficeRow | None:
    """Give the office with which a case lies or lay, a closed one too; None where it has none."""
    found = Office.objects.filter(town__key=town_key, ident=ident).first()
    return None if found is None else _row(found)


def offices_of(staff_ref: str, *, town_key: str) -> list[OfficeRow]:
    """Give the offices of a town at which an account works."""
    found = Office.objects.filter(
        town__key=town_key, members__staff_id=staff_id(staff_ref), closed_at__isnull=True
    )
    return [_row(each) for each in found.order_by("ident")]


def office_in_charge(town_key: str, *, role: Role, staff_ref: str = "") -> OfficeRow | None:
    """Give the office to which a case goes that names none; None where the town has no such office.

    The office at which who found it works; else, of those where accounts with the role work, the
    town's before the county's before a village's, by ident. Offices have no areas of their own.
    """
    found = [] if not staff_ref else offices_of(staff_ref, town_key=town_key)
    if not found:
        holders = Membership.objects.filter(town__key=town_key, role=role.value)
        theirs = Office.objects.filter(
            town__key=town_key,
            closed_at__isnull=True,
            members__staff__is_active=True,
            members__staff__in=holders.values("staff"),
        )
        found = [_row(each) for each in theirs.distinct()]
    return min(found, key=lambda one: (_IN_CHARGE.index(Tier(one.tier)), one.ident), default=None)


def office_members(town_key: str) -> dict[str, tuple[str, ...]]:
    """Give the user names of who works at each of a town's offices, by the office's ident."""
    found: dict[str, tuple[str, ...]] = {}
    members = OfficeMember.objects.filter(
        office__town__key=town_key, office__closed_at__isnull=True, staff__is_active=True
    )
    pairs = members.order_by("staff__username").values_list("office__ident", "staff__username")
    for ident, username in pairs:
        found[ident] = (*found.get(ident, ()), username)
    return found


def _row(one: Office) -> OfficeRow:
    return OfficeRow(one.pk, one.ident, one.name, one.tier, one.made_up, one.telephone)
