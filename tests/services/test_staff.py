"""Accounts, roles in a town, shifts: who may what, and who is who where."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import AnonymousUser

from anlan.cli.serve import first_administrator
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places.models import Town, Unit
from anlan.kernel.staff import queries, services
from anlan.kernel.staff.models import Shift, Staff
from anlan.kernel.values import Actor, BadInput, Forbidden, Refused, Role

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
WHEN = {"at": AT, "recorded_at": AT + timedelta(days=1)}
ADMINISTRATOR = Actor("cli", frozenset({Role.ADMINISTRATOR}))

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def towns():
    """Two towns."""
    for key in ("porto", "lisboa"):
        Town.objects.create(
            key=key,
            name=key.title(),
            zone="Europe/Lisbon",
            clock_real_anchor=AT,
            clock_town_anchor=AT,
            created_at=AT,
        )
    Unit.objects.create(town=Town.objects.get(key="porto"), ident="E7", kind="engine")


def make(username="desk-2", *roles, town="porto"):
    services.create_staff(username=username, actor=ADMINISTRATOR, **WHEN)
    for role in roles:
        services.grant_role(
            town_key=town, username=username, role=role, actor=ADMINISTRATOR, **WHEN
        )
    return Staff.objects.get(username=username)


def actor(username, town="porto"):
    return queries.actor_for(Staff.objects.get(username=username), town)


def test_generated_password_signs_in_and_stands_nowhere():
    made = services.create_staff(username="desk-2", actor=ADMINISTRATOR, **WHEN)
    assert re.fullmatch(r"([a-z2-9]{5}-){3}[a-z2-9]{5}", made.password)
    stored = Staff.objects.get(username="desk-2")
    assert check_password(made.password, stored.password)
    assert made.password not in stored.password
    assert made.password not in str(list(LedgerEntry.objects.values()))


def test_given_password_has_to_be_good_enough():
    with pytest.raises(BadInput, match="short"):
        services.create_staff(username="desk-2", actor=ADMINISTRATOR, password="fire", **WHEN)
    assert not Staff.objects.exists()


@pytest.mark.parametrize("username", ["", "a", "Desk", "maria silva", "x" * 40, "-desk", "a@b.c"])
def test_user_name_that_is_no_staff_number_is_refused(username):
    with pytest.raises(BadInput, match="user name"):
        services.create_staff(username=username, actor=ADMINISTRATOR, **WHEN)


def test_two_accounts_of_one_name_are_refused():
    make("desk-2")
    with pytest.raises(Refused) as refusal:
        make("desk-2")
    assert refusal.value.code == "username_taken"


def test_creating_twice_with_one_client_key_makes_one_account_and_repeats_no_password():
    first = services.create_staff(username="desk-2", actor=ADMINISTRATOR, client_key="k1", **WHEN)
    again = services.create_staff(username="desk-2", actor=ADMINISTRATOR, client_key="k1", **WHEN)
    assert (again.staff_ref, again.password) == (first.staff_ref, "")
    assert Staff.objects.count() == 1


WRITES = {
    "create_staff": lambda who: services.create_staff(username="new-1", actor=who, **WHEN),
    "reset_password": lambda who: services.reset_password(username="desk-2", actor=who, **WHEN),
    "end_account": lambda who: services.end_account(username="desk-2", actor=who, **WHEN),
    "grant_role": lambda who: services.grant_role(
        town_key="porto", username="desk-2", role=Role.CREW, actor=who, **WHEN
    ),
    "withdraw_role": lambda who: services.withdraw_role(
        town_key="porto", username="desk-2", role=Role.DISPATCHER, actor=who, **WHEN
    ),
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("write", WRITES)
def test_accounts_and_roles_are_the_administrators_alone(write, role):
    make("desk-2", Role.DISPATCHER)
    who = Actor("staff:99", frozenset({role}))
    if role is Role.ADMINISTRATOR:
        assert WRITES[write](who)
    else:
        before = LedgerEntry.objects.count()
        with pytest.raises(Forbidden):
            WRITES[write](who)
        assert LedgerEntry.objects.count() == before


def test_role_holds_in_its_town_alone():
    make("desk-2", Role.DISPATCHER, Role.SUPERVISOR)
    assert actor("desk-2").roles == {Role.DISPATCHER, Role.SUPERVISOR}
    assert actor("desk-2", "lisboa").roles == frozenset()
    assert queries.towns_of(Staff.objects.get()) == ("porto",)


def test_role_granted_twice_is_held_once_and_withdrawn_once():
    make("desk-2", Role.DISPATCHER, Role.DISPATCHER)
    assert queries.members_of("porto")[0].roles == ("dispatcher",)
    WRITES["withdraw_role"](ADMINISTRATOR)
    assert actor("desk-2").roles == frozenset()
    with pytest.raises(Refused) as refusal:
        WRITES["withdraw_role"](ADMINISTRATOR)
    assert refusal.value.code == "role_not_held"


def test_ended_account_is_nobody_and_frees_no_shift_ref():
    staff = make("desk-2", Role.DISPATCHER)
    WRITES["end_account"](ADMINISTRATOR)
    staff.refresh_from_db()
    assert actor("desk-2").roles == frozenset()
    assert queries.towns_of(staff) == ()
    assert not queries.has_account("desk-2")


def test_an_ended_account_crews_no_unit_and_its_shift_ends_by_its_towns_clock():
    make("desk-2", Role.CREW)
    began = services.open_shift(town_key="porto", actor=actor("desk-2"), unit="E7", **WHEN)
    assert queries.units_with_open_shift("porto") == {"E7"}
    WRITES["end_account"](ADMINISTRATOR)
    assert queries.units_with_open_shift("porto") == frozenset()
    assert Shift.objects.get().ended_at == WHEN["recorded_at"]  # this town's clock runs with ours
    assert LedgerEntry.objects.get(action="shift.closed").subject == began.ref
    Shift.objects.update(ended_at=None)  # as one that was ended before this was so
    assert queries.units_with_open_shift("porto") == frozenset()


def test_a_shift_ends_with_the_last_role_in_its_town_and_with_no_other():
    make("desk-2", Role.DISPATCHER, Role.CREW)
    services.open_shift(town_key="porto", actor=actor("desk-2"), unit="E7", **WHEN)
    WRITES["withdraw_role"](ADMINISTRATOR)
    assert queries.open_shift_of(actor("desk-2").staff_ref, "porto")
    services.withdraw_role(
        town_key="porto", username="desk-2", role=Role.CREW, actor=ADMINISTRATOR, **WHEN
    )
    assert queries.open_shift_of(actor("desk-2").staff_ref, "porto") is None


def test_a_server_makes_an_administrator_where_only_others_have_accounts():
    make("desk-2", Role.DISPATCHER)
    assert first_administrator("porto")
    assert Role.ADMINISTRATOR in actor("admin").roles
    assert first_administrator("porto") is None


def test_administrator_cannot_end_the_own_account():
    make("chief", Role.ADMINISTRATOR)
    with pytest.raises(Refused) as refusal:
        services.end_account(username="chief", actor=actor("chief"), **WHEN)
    assert refusal.value.code == "own_account"


def test_someone_not_signed_in_has_no_roles():
    assert queries.actor_for(AnonymousUser(), "porto").roles == frozenset()


def test_new_password_ends_the_sessions_of_the_old_one():
    staff = make("desk-2")
    before = staff.get_session_auth_hash()
    made = WRITES["reset_password"](ADMINISTRATOR)
    staff.refresh_from_db()
    assert check_password(made.password, staff.password)
    assert staff.get_session_auth_hash() != before


def test_shift_runs_in_the_towns_time_and_gives_the_actor_its_unit():
    make("crew-7", Role.CREW)
    opened = services.open_shift(town_key="porto", actor=actor("crew-7"), unit="E7", **WHEN)
    assert (opened.started_at, opened.ended_at, opened.unit) == (AT, None, "E7")
    who = actor("crew-7")
    assert (who.shift_ref, who.unit_ref) == (opened.ref, "unit:E7")
    assert queries.open_shift_of(who.staff_ref, "porto") == opened
    assert queries.units_with_open_shift("porto") == {"E7"}
    assert actor("crew-7", "lisboa").shift_ref is None
    ends = {"at": AT + timedelta(hours=8), "recorded_at": AT}
    closed = services.close_shift(town_key="porto", actor=who, **ends)
    assert closed.ended_at == AT + timedelta(hours=8)
    assert actor("crew-7").shift_ref is None
    assert queries.units_with_open_shift("porto") == frozenset()


@pytest.mark.parametrize(("town", "unit"), [("porto", "E8"), ("lisboa", "E7")])
def test_shift_is_opened_on_a_unit_of_the_town_only(town, unit):
    make("crew-7", Role.CREW, town=town)
    with pytest.raises(Refused, match=f"no unit {unit}") as refusal:
        services.open_shift(town_key=town, actor=actor("crew-7", town), unit=unit, **WHEN)
    assert refusal.value.code == "no_unit"


def test_one_shift_at_a_time():
    make("desk-2", Role.DISPATCHER)
    services.open_shift(town_key="porto", actor=actor("desk-2"), **WHEN)
    with pytest.raises(Refused) as refusal:
        services.open_shift(town_key="porto", actor=actor("desk-2"), **WHEN)
    assert refusal.value.code == "shift_open"


def test_shift_opened_twice_with_one_client_key_is_the_same_shift():
    make("desk-2", Role.DISPATCHER)
    first = services.open_shift(town_key="porto", actor=actor("desk-2"), client_key="k", **WHEN)
    again = services.open_shift(town_key="porto", actor=actor("desk-2"), client_key="k", **WHEN)
    assert first == again


def test_closing_without_an_open_shift_is_refused():
    make("desk-2", Role.DISPATCHER)
    with pytest.raises(Refused) as refusal:
        services.close_shift(town_key="porto", actor=actor("desk-2"), **WHEN)
    assert refusal.value.code == "no_open_shift"


def test_neither_a_machine_nor_someone_without_a_role_opens_a_shift():
    with pytest.raises(Refused) as refusal:
        services.open_shift(
            town_key="porto", actor=Actor("job:demo", frozenset({Role.DISPATCHER})), **WHEN
        )
    assert refusal.value.code == "no_such_account"
    make("desk-2")
    with pytest.raises(Forbidden):
        services.open_shift(town_key="porto", actor=actor("desk-2"), **WHEN)


def test_unit_mark_that_could_carry_text_is_refused():
    make("crew-7", Role.CREW)
    with pytest.raises(BadInput):
        services.open_shift(town_key="porto", actor=actor("crew-7"), unit="Maria and João", **WHEN)
