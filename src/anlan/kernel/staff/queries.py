"""Who someone is in a town: roles and the open shift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from anlan.kernel.staff.models import Membership, Shift, Staff
from anlan.kernel.values import Actor, Role, whole_number


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """A turn of duty."""

    ref: str
    staff_ref: str
    town: str
    started_at: datetime
    ended_at: datetime | None
    unit: str


@dataclass(frozen=True, slots=True)
class MemberRow:
    """An account with its roles in one town."""

    staff_ref: str
    username: str
    roles: tuple[str, ...]
    active: bool


def actor_for(user: object, town_key: str) -> Actor:
    """Give the actor that a signed-in account is in a town; no roles when it holds none there.

    Two queries. Anyone not signed in, or whose account was ended, is an actor without roles too.
    """
    if not isinstance(user, Staff) or not user.is_active:
        return Actor("staff:0", frozenset())
    roles = Membership.objects.filter(staff=user, town__key=town_key).values_list("role", flat=True)
    shift = Shift.objects.filter(staff=user, town__key=town_key, ended_at__isnull=True).first()
    return Actor(
        staff_ref=staff_ref(user.pk),
        roles=frozenset(Role(role) for role in roles),
        shift_ref=None if shift is None else shift_ref(shift.pk),
        unit_ref=None if shift is None or not shift.unit else f"unit:{shift.unit}",
    )


def open_shift_of(staff: str, town_key: str) -> ShiftRow | None:
    """Give the open shift of an account ("staff:17") in a town."""
    shift = (
        Shift.objects.filter(staff_id=staff_id(staff), town__key=town_key, ended_at__isnull=True)
        .select_related("town")
        .first()
    )
    return None if shift is None else shift_row(shift)


def units_with_open_shift(town_key: str) -> frozenset[str]:
    """Give the idents of units that have a crew signed in, in one query."""
    open_now = Shift.objects.filter(town__key=town_key, ended_at__isnull=True)
    idents = open_now.filter(staff__is_active=True).exclude(unit="")
    return frozenset(idents.values_list("unit", flat=True))


def towns_of(user: object) -> tuple[str, ...]:
    """Give the keys of the towns in which an account holds any role, in order."""
    if not isinstance(user, Staff) or not user.is_active:
        return ()
    keys = Membership.objects.filter(staff=user).values_list("town__key", flat=True)
    return tuple(keys.distinct().order_by("town__key"))


def members_of(town_key: str) -> list[MemberRow]:
    """Give a town's accounts with their roles, by user name."""
    rows: dict[int, MemberRow] = {}
    held = Membership.objects.filter(town__key=town_key).select_related("staff")
    for membership in held.order_by("staff__username", "role"):
        staff = membership.staff
        before = rows[staff.pk].roles if staff.pk in rows else ()
        rows[staff.pk] = MemberRow(
            staff_ref(staff.pk), staff.username, (*before, membership.role), staff.is_active
        )
    return list(rows.values())


def has_account(username: str) -> bool:
    """Say whether an account of this name can sign in."""
    return Staff.objects.filter(username=username, is_active=True).exists()


def username_of(ref: str) -> str:
    """Give the user name for a reference ("staff:17"); a machine's reference is its own name."""
    if not ref.startswith("staff:"):
        return ref
    names = Staff.objects.filter(pk=staff_id(ref)).values_list("username", flat=True)
    return names.first() or ref


def usernames_of(refs: Iterable[str]) -> dict[str, str]:
    """Give the user name for each reference, in one query; a machine's reference stays itself."""
    wanted = set(refs)
    numbers = [staff_id(ref) for ref in wanted]
    found = dict(Staff.objects.filter(pk__in=numbers).values_list("pk", "username"))
    return {ref: found.get(staff_id(ref), ref) for ref in wanted}


def staff_ref(pk: int) -> str:
    """Write an account's reference."""
    return f"staff:{pk}"


def staff_id(ref: str) -> int:
    """Read an account's reference; 0, which no account has, for a machine."""
    kind, _, number = ref.partition(":")
    return (whole_number(number) or 0) if kind == "staff" else 0


def shift_ref(pk: int) -> str:
    """Write a shift's reference."""
    return f"shift:{pk}"


def shift_row(shift: Shift) -> ShiftRow:
    """Give a shift, its town loaded, as a row."""
    return ShiftRow(
        ref=shift_ref(shift.pk),
        staff_ref=staff_ref(shift.staff_id),
        town=shift.town.key,
        started_at=shift.started_at,
        ended_at=shift.ended_at,
        unit=shift.unit,
    )
