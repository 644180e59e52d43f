"""Accounts, roles and shifts: each function is one use case with its ledger entry."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from anlan.kernel.ledger import services as ledger
from anlan.kernel.places import queries as places
from anlan.kernel.places.models import Town, Unit
from anlan.kernel.staff import rules
from anlan.kernel.staff.models import Membership, Shift, Staff
from anlan.kernel.staff.queries import ShiftRow, shift_ref, shift_row, staff_id, staff_ref
from anlan.kernel.values import Actor, BadInput, Refused, Role, check_role


@dataclass(frozen=True, slots=True)
class NewStaff:
    """A new account. The password is given here once and kept nowhere; "" when replayed.

    That is why these two are no `write_once`, which gives again what it gave first.
    """

    staff_ref: str
    username: str
    password: str


Leaving = Callable[[str, ledger.Write], None]
_leaving: list[Leaving] = []


def when_leaving(hand_over: Leaving) -> None:
    """Let a part of the programme ask others, in the same write, for what an account had in hand.

    It is given the account's reference. Registered once, from an AppConfig.ready.
    """
    if hand_over not in _leaving:
        _leaving.append(hand_over)


def create_staff(
    *,
    username: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    password: str | None = None,
    client_key: str | None = None,
) -> NewStaff:
    """Make an account with a generated password, or with the given one if it is good enough."""
    check_role(actor, Role.ADMINISTRATOR)
    rules.check_username(username)
    secret = rules.generate_password() if password is None else _check_password(password)
    with ledger.write(
        town="",
        actor=actor,
        action="staff.created",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"username": username},
    ) as write:
        if write.replayed:
            return NewStaff(write.result["staff_ref"], username, "")
        if Staff.objects.filter(username=username).exists():
            raise Refused(_("There is an account of this name already."), code="username_taken")
        staff = Staff(username=username, created_at=recorded_at)
        staff.set_password(secret)
        staff.save(force_insert=True)
        ref = staff_ref(staff.pk)
        write.record(subject=ref, fields=["username", "password"])
        write.result = {"staff_ref": ref}
    return NewStaff(ref, username, secret)


def reset_password(
    *,
    username: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> NewStaff:
    """Give an account a new generated password; every session it had ends with the old one."""
    check_role(actor, Role.ADMINISTRATOR)
    secret = rules.generate_password()
    with ledger.write(
        town="",
        actor=actor,
        action="staff.password_reset",
        at=at,
        recorded_at=recorded_at,
        client_key=client_key,
        asked={"username": username},
    ) as write:
        if write.replayed:
            return NewStaff(write.result["staff_ref"], username, "")
        staff = _account(username)
        staff.set_password(secret)
        staff.save(update_fields=["password"])
        write.record(subject=staff_ref(staff.pk), fields=["password"])
        write.result = {"staff_ref": staff_ref(staff.pk)}
    return NewStaff(staff_ref(staff.pk), username, secret)


def change_own_password(
    password: str,
    *,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
) -> None:
    """Give the actor's own account the password that it chose; its other sessions end."""
    secret = _check_password(password)
    with ledger.write(
        town="", actor=actor, action="staff.password_changed", at=at, recorded_at=recorded_at
    ) as write:
        staff = _person(actor)
        staff.set_password(secret)
        staff.save(update_fields=["password"])
        write.record(subject=actor.staff_ref, fields=["password"])


def end_account(
    *,
    username: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> str:
    """Let nobody sign in with an account any more; gives its reference.

    Its open shifts end with it. What it had in hand is asked of others, as those who registered by
    `when_leaving` say; it is never a reason to leave an account open.
    """
    check_role(actor, Role.ADMINISTRATOR)

    def end(write: ledger.Write) -> str:
        staff = _account(username)
        ref = staff_ref(staff.pk)
        if ref == actor.staff_ref:
            raise Refused(_("You cannot end your own account."), code="own_account")
        staff.is_active = False
        staff.save(update_fields=["is_active"])
        write.record(subject=ref, fields=["is_active"])
        for shift in staff.shifts.filter(ended_at__isnull=True).select_related("town"):
            _end_shift(shift, write)
        for hand_over in _leaving:
            hand_over(ref, write)
        return ref

    stamp = ledger.Stamp("", actor, at, recorded_at, client_key)
    return ledger.write_once(end, action="staff.ended", asked={"username": username}, stamp=stamp)


def grant_role(
    *,
    town_key: str,
    username: str,
    role: Role,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> str:
    """Let an account hold a role in a town; gives its reference."""
    check_role(actor, Role.ADMINISTRATOR)

    def grant(write: ledger.Write) -> str:
        staff, town = _account(username), _town(town_key)
        Membership.objects.get_or_create(
            staff=staff, town=town, role=role.value, defaults={"granted_at": recorded_at}
        )
        write.record(subject=staff_ref(staff.pk), fields=["role"], reason_code=role.value)
        return staff_ref(staff.pk)

    return ledger.write_once(
        grant,
        action="staff.role_granted",
        asked={"username": username, "role": role.value},
        stamp=ledger.Stamp(town_key, actor, at, recorded_at, client_key),
    )


def withdraw_role(
    *,
    town_key: str,
    username: str,
    role: Role,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> str:
    """Take a role in a town back from an account; gives its reference.

    With its last role there its open shift there ends.
    """
    check_role(actor, Role.ADMINISTRATOR)

    def withdraw(write: ledger.Write) -> str:
        staff, town = _account(username), _town(town_key)
        held = Membership.objects.filter(staff=staff, town=town, role=role.value)
        if not held.delete()[0]:
            raise Refused(_("This account does not hold that role here."), code="role_not_held")
        if not Membership.objects.filter(staff=staff, town=town).exists():
            for shift in staff.shifts.filter(town=town, ended_at__isnull=True):
                _end_shift(shift, write)
        write.record(subject=staff_ref(staff.pk), fields=["role"], reason_code=role.value)
        return staff_ref(staff.pk)

    return ledger.write_once(
        withdraw,
        action="staff.role_withdrawn",
        asked={"username": username, "role": role.value},
        stamp=ledger.Stamp(town_key, actor, at, recorded_at, client_key),
    )


def open_shift(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    unit: str = "",
    client_key: str | None = None,
) -> ShiftRow:
    """Begin the actor's turn of duty in a town; a crew member names the unit."""
    check_role(actor, *Role)
    rules.check_unit(unit)

    def begin(write: ledger.Write) -> str:
        staff, town = _person(actor), _town(town_key)
        if unit and not Unit.objects.filter(town=town, ident=unit).exists():
            raise Refused(
                _("There is no unit {unit} in this town.").format(unit=unit), code="no_unit"
            )
        if Shift.objects.filter(staff=staff, town=town, ended_at__isnull=True).exists():
            raise Refused(_("Your shift is open already."), code="shift_open")
        shift = Shift.objects.create(staff=staff, town=town, started_at=at, unit=unit)
        about = [actor.staff_ref] + ([f"unit:{unit}"] if unit else [])
        write.record(subject=shift_ref(shift.pk), about=about)
        return shift_ref(shift.pk)

    stamp = ledger.Stamp(town_key, actor, at, recorded_at, client_key)
    return _shift(
        ledger.write_once(begin, action="shift.opened", asked={"unit": unit}, stamp=stamp)
    )


def close_shift(
    *,
    town_key: str,
    actor: Actor,
    at: datetime,
    recorded_at: datetime,
    client_key: str | None = None,
) -> ShiftRow:
    """End the actor's turn of duty in a town."""

    def end(write: ledger.Write) -> str:
        open_now = Shift.objects.filter(
            staff_id=staff_id(actor.staff_ref), town__key=town_key, ended_at__isnull=True
        ).select_related("town")
        shift = open_now.first()
        if shift is None:
            raise Refused(_("You have no open shift here."), code="no_open_shift")
        shift.ended_at = at
        shift.save(update_fields=["ended_at"])
        write.record(subject=shift_ref(shift.pk), about=[actor.staff_ref])
        return shift_ref(shift.pk)

    stamp = ledger.Stamp(town_key, actor, at, recorded_at, client_key)
    return _shift(ledger.write_once(end, action="shift.closed", asked={}, stamp=stamp))


def forget_sign_in_traces(*, real_now: datetime) -> int:
    """Erase ended sessions, and sign-in attempts older than ANLAN_SIGN_IN_TRACES_H; gives how many.

    Called at start and daily. Writes no entry: it is housekeeping of what has a set life.
    """
    from axes.models import AccessAttempt, AccessFailureLog, AccessLog
    from django.contrib.sessions.models import Session

    before = real_now - timedelta(hours=settings.ANLAN_SIGN_IN_TRACES_H)
    gone = Session.objects.filter(expire_date__lt=real_now).delete()[0]
    for table in (AccessAttempt, AccessFailureLog, AccessLog):
        gone += table.objects.filter(attempt_time__lt=before).delete()[0]
    return gone


def _end_shift(shift: Shift, write: ledger.Write) -> None:
    """End somebody else's turn of duty, by the clock of its town; part of a write."""
    shift.ended_at = places.town(shift.town.key).clock.at(write.recorded_at)
    shift.save(update_fields=["ended_at"])
    write.record(
        subject=shift_ref(shift.pk), about=[staff_ref(shift.staff_id)], action="shift.closed"
    )


def _check_password(password: str) -> str:
    try:
        validate_password(password)
    except ValidationError as error:
        raise BadInput(" ".join(error.messages)) from error
    return password


def _account(username: str) -> Staff:
    staff = Staff.objects.filter(username=username, is_active=True).first()
    if staff is None:
        raise Refused(_("There is no such account."), code="no_such_account")
    return staff


def _person(actor: Actor) -> Staff:
    staff = Staff.objects.filter(pk=staff_id(actor.staff_ref), is_active=True).first()
    if staff is None:
        raise Refused(_("Only a person with an account opens a shift."), code="no_such_account")
    return staff


def _town(town_key: str) -> Town:
    town = Town.objects.filter(key=town_key).first()
    if town is None:
        raise BadInput(_("There is no such town."))
    return town


def _shift(ref: str) -> ShiftRow:
    return shift_row(Shift.objects.select_related("town").get(pk=int(ref.partition(":")[2])))
