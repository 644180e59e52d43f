"""Offices and who works there: set up by administrators."""

from __future__ import annotations

import re
from datetime import datetime

from django.utils.translation import gettext as _

from anlan.kernel.cases.models import Case, Office, OfficeMember
from anlan.kernel.cases.rules.types import Tier
from anlan.kernel.ledger.services import Stamp, Write, write, write_once
from anlan.kernel.places import queries as places
from anlan.kernel.staff.models import Staff
from anlan.kernel.staff.queries import staff_ref
from anlan.kernel.values import Actor, BadInput, Refused, Role, check_role

_TELEPHONE = re.compile(r"\+?[0-9](?:[0-9 ()/-]{1,28}[0-9])?")
_IDENT = re.compile(r"[A-Za-z0-9-]{1,40}")  # a code stands in cases' answers; its name is beside it


def create_office(
    *,
    town_key: str,
    ident: str,
    name: str,
    tier: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
    telephone: str = "",
    made_up: bool = False,
) -> int:
    """Make an office of a town and give its id."""
    check_role(actor, Role.ADMINISTRATOR)
    if tier not in {each.value for each in Tier}:
        known = ", ".join(each.value for each in Tier)
        raise BadInput(_("A tier is one of: {tiers}.").format(tiers=known))
    if not _IDENT.fullmatch(ident):
        raise BadInput(_("An office's short code is 1 to 40 letters (a to z), digits and dashes."))
    name, telephone = _named(name, telephone)
    town = places.town(town_key)
    with write(
        town=town_key,
        actor=actor,
        action="office.created",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={
            "ident": ident,
            "name": name,
            "telephone": telephone,
            "tier": tier,
            "made_up": made_up,
        },
    ) as entry:
        if entry.replayed:
            return int(entry.result["office"])
        if Office.objects.filter(town_id=town.id, ident=ident).exists():
            said = _("There is an office {office} already.").format(office=ident)
            raise Refused(said, code="office_exists")
        one = Office.objects.create(
            town_id=town.id,
            ident=ident,
            name=name,
            telephone=telephone,
            tier=tier,
            made_up=made_up,
        )
        entry.record(subject=f"office:{one.pk}", fields=["ident", "name", "telephone", "tier"])
        entry.result = {"office": one.pk}
    return int(one.pk)


def change_office(
    ident: str,
    *,
    town_key: str,
    name: str,
    telephone: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Give an office another name or telephone; its short code and its tier stay."""
    check_role(actor, Role.ADMINISTRATOR)
    name, telephone = _named(name, telephone)

    def change(entry: Write) -> None:
        one = _living(ident, town_key=town_key)
        one.name, one.telephone = name, telephone
        one.save(update_fields=["name", "telephone"])
        entry.record(subject=f"office:{one.pk}", fields=["name", "telephone"])

    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    asked = {"office": ident, "name": name, "telephone": telephone}
    write_once(change, action="office.changed", asked=asked, stamp=stamp)


def _named(name: str, telephone: str) -> tuple[str, str]:
    name, telephone = name.strip(), telephone.strip()
    if not name or len(name) > 120:
        raise BadInput(_("An office's name is 1 to 120 characters."))
    if telephone and not _TELEPHONE.fullmatch(telephone):
        raise BadInput(
            _("Write a telephone number with digits, spaces and dashes, such as +86 28 1234 5678.")
        )
    return name, telephone


def add_member(
    ident: str,
    *,
    town_key: str,
    username: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Let an account work at an office: it then sees what its roles may see there."""
    check_role(actor, Role.ADMINISTRATOR)
    with write(
        town=town_key,
        actor=actor,
        action="office.member_added",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"office": ident, "username": username},
    ) as entry:
        if entry.replayed:
            return
        one, staff = _both(ident, town_key=town_key, username=username)
        OfficeMember.objects.get_or_create(office=one, staff=staff, defaults={"since": at})
        entry.record(subject=f"office:{one.pk}", about=[staff_ref(staff.pk)], fields=["members"])


def remove_member(
    ident: str,
    *,
    town_key: str,
    username: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """End that an account works at an office; what it handles there stays with it."""
    check_role(actor, Role.ADMINISTRATOR)
    with write(
        town=town_key,
        actor=actor,
        action="office.member_removed",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"office": ident, "username": username},
    ) as entry:
        if entry.replayed:
            return
        one, staff = _both(ident, town_key=town_key, username=username)
        OfficeMember.objects.filter(office=one, staff=staff).delete()
        entry.record(subject=f"office:{one.pk}", about=[staff_ref(staff.pk)], fields=["members"])


def close_office(
    ident: str,
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> None:
    """Close an office: no case comes to it any more, and nobody works there.

    Refused while open cases lie with it; what it ended stays its own.
    """
    check_role(actor, Role.ADMINISTRATOR)

    def close(entry: Write) -> None:
        one = _living(ident, town_key=town_key)
        lying = Case.objects.filter(office=one, ended_at__isnull=True, erased_at__isnull=True)
        if lying.exists():
            said = _("Cases are open at this office; give them to another one first.")
            raise Refused(said, code="office_has_cases")
        one.closed_at = at
        one.save(update_fields=["closed_at"])
        one.members.all().delete()
        entry.record(subject=f"office:{one.pk}", fields=["closed_at", "members"])

    stamp = Stamp(town_key, actor, at, recorded_at, client_key)
    write_once(close, action="office.closed", asked={"office": ident}, stamp=stamp)


def _living(ident: str, *, town_key: str) -> Office:
    one = (
        Office.objects.select_for_update()
        .filter(town__key=town_key, ident=ident, closed_at__isnull=True)
        .first()
    )
    if one is None:
        raise BadInput(_("There is no office “{office}”.").format(office=ident[:40]))
    return one


def _both(ident: str, *, town_key: str, username: str) -> tuple[Office, Staff]:
    one = _living(ident, town_key=town_key)
    staff = Staff.objects.filter(username=username, is_active=True).first()
    if staff is None:
        raise BadInput(
            _("There is no account “{name}”; make it with: anlan staff create").format(
                name=username[:40]
            )
        )
    return one, staff
