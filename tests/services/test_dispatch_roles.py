"""Who may do what: each role with each service; one set-up for the yes and the no."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.services.dispatch_desk import AT, DISPATCHER, KEY, STEP, call, open_desk, send, stamp
from tests.services.test_every_write import undone

from anlan.areas.dispatch import services
from anlan.areas.dispatch.rules import MAY, may
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.places import services as places
from anlan.kernel.values import Actor, Forbidden, Role

pytestmark = pytest.mark.django_db

R = Role
DESK = {R.DISPATCHER, R.DUTY_OFFICER}
CREW_TOO = DESK | {R.CREW}
ADMIN = {R.ADMINISTRATOR}


@pytest.fixture
def desk(tmp_path):
    open_desk(tmp_path, made_up=True)
    return tmp_path


def on_e1():
    return send(call(), "E1", client_key="e1 of the set-up".replace(" ", "-")).id


def move_up(actor=DISPATCHER):
    return services.move_up_unit("E2", post="fire 3", **stamp(actor))


def cards(folder: Path) -> Path:
    file = folder / "cards.toml"
    file.write_text('[[cards]]\ntype = "other"\nlevels = [[{ capability = "truck", count = 1 }]]\n')
    return file


def proposed(folder: Path) -> int:
    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    return int(services.import_run_cards(KEY, cards(folder), **by(cli))["change"])


def by(actor):
    return {"actor": actor, "at": AT, "recorded_at": AT}


# service → (who may, what is called)
TABLE = {
    "create_incident": (DESK, lambda a, f: call(actor=a)),
    "triage_incident": (
        DESK,
        lambda a, f: services.triage_incident(call().id, priority=1, **stamp(a)),
    ),
    "dispatch_units": (DESK, lambda a, f: send(call(), "E2", actor=a)),
    "close_incident": (DESK, lambda a, f: services.close_incident(call().id, **stamp(a))),
    "cancel_incident": (DESK, lambda a, f: services.cancel_incident(call().id, **stamp(a))),
    "reopen_incident": (
        DESK,
        lambda a, f: services.reopen_incident(
            services.close_incident(call().id, **stamp()).id, **stamp(a)
        ),
    ),
    "add_note": (CREW_TOO, lambda a, f: services.add_note(on_e1(), text="n", **stamp(a))),
    "set_unit_status": (
        CREW_TOO,
        lambda a, f: services.set_unit_status("E1", status="returning", **stamp(a)),
    ),
    "move_up_unit": (DESK, lambda a, f: move_up(actor=a)),
    "end_move_up": (DESK, lambda a, f: services.end_move_up(move_up().ident, **stamp(a))),
    "report_positions": (
        CREW_TOO,
        lambda a, f: services.report_positions([("E1", STEP, STEP)], **stamp(a)),
    ),
    "forget_positions": (ADMIN, lambda a, f: services.forget_positions(**stamp(a))),
    "seal_incident": (
        ADMIN,
        lambda a, f: services.seal_incident(
            services.close_incident(call().id, **stamp()).id, **stamp(a, seconds=7 * 86400)
        ),
    ),
    "import_run_cards": (
        ADMIN | {R.DUTY_OFFICER},
        lambda a, f: services.import_run_cards(KEY, cards(f), **by(a)),
    ),
    "decide_run_cards": (
        ADMIN | {R.DUTY_OFFICER, R.SUPERVISOR},
        lambda a, f: services.decide_run_cards(proposed(f), agree=True, **stamp(a)),
    ),
    "open_incident_texts": (
        CREW_TOO | {R.SUPERVISOR},
        lambda a, f: services.open_incident_texts(on_e1(), purpose="live_incident", **stamp(a)),
    ),
    "close_street": (DESK, lambda a, f: places.close_street(lon=STEP, lat=STEP, **stamp(a))),
    "lift_closure": (
        DESK,
        lambda a, f: places.lift_closure(
            places.close_street(lon=STEP, lat=STEP, **stamp()).id, **stamp(a)
        ),
    ),
    "import_posts": (ADMIN, lambda a, f: places.import_posts(KEY, f / "posts.csv", **by(a))),
    "import_units": (ADMIN, lambda a, f: places.import_units(KEY, f / "units.csv", **by(a))),
    "create_town": (
        ADMIN,
        lambda a, f: places.create_town(key="new", name="New", zone="UTC", **by(a)),
    ),
    "set_clock": (
        ADMIN,
        lambda a, f: places.set_clock(KEY, town_anchor=AT, speed=30.0, **by(a)),
    ),
    "set_factor": (ADMIN, lambda a, f: places.set_factor(KEY, factor=1.8, error={}, **by(a))),
}


@pytest.mark.parametrize("service", sorted(TABLE))
def test_only_these_roles_may(desk, service):
    for role in Role:
        with undone():
            check_role(TABLE[service], role, desk)


def check_role(row, role, desk):
    """Who may goes through; who may not is refused, and nothing of it stands in the ledger."""
    allowed, use = row
    actor = Actor("staff:9", frozenset({role}), shift_ref="shift:9", unit_ref="unit:E1")
    if role in allowed:
        use(actor, desk)
        return
    own = {one.id for one in ledger.entries_after(KEY, 0) if one.actor_ref == "staff:9"}
    with pytest.raises(Forbidden):
        use(actor, desk)
    assert {one.id for one in ledger.entries_after(KEY, 0) if one.actor_ref == "staff:9"} == own


@pytest.mark.parametrize("service", sorted(TABLE))
def test_nobody_without_a_role_may(desk, service):
    with pytest.raises(Forbidden):
        TABLE[service][1](Actor("staff:9", frozenset(), shift_ref="shift:9"), desk)


def test_the_rules_table_says_the_same():
    for service, roles in MAY.items():
        assert roles == TABLE[service][0]
        for role in Role:
            assert may(Actor("staff:9", frozenset({role})), service) is (role in roles)


@pytest.mark.parametrize("unit_ref", [None, "unit:E2"])
def test_crew_speaks_for_its_own_unit_only(desk, unit_ref):
    actor = Actor("staff:9", frozenset({Role.CREW}), shift_ref="shift:9", unit_ref=unit_ref)
    with pytest.raises(Forbidden, match="own unit only"):
        services.set_unit_status("E1", status="returning", **stamp(actor))
    with pytest.raises(Forbidden, match="own unit only"):
        services.report_positions([("E1", STEP, STEP)], **stamp(actor))


def test_position_is_kept_only_of_a_unit_with_a_crew_on_shift(tmp_path):
    from anlan.areas.dispatch.models import UnitState
    from anlan.kernel.staff import services as staff
    from anlan.kernel.values import Refused

    open_desk(tmp_path)
    with pytest.raises(Refused, match="E1 has no crew on shift"):
        services.report_positions([("E1", STEP, STEP)], **stamp())
    assert not UnitState.objects.exists()
    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    new = staff.create_staff(username="7001", **by(cli))
    crew = Actor(new.staff_ref, frozenset({Role.CREW}), unit_ref="unit:E1")
    staff.open_shift(town_key=KEY, unit="E1", **by(crew))
    assert services.report_positions([("E1", STEP, STEP)], **stamp(crew)) == 1
    services.report_positions([("E1", 2 * STEP, STEP)], **stamp(crew, seconds=5))
    assert list(UnitState.objects.values_list("lon", flat=True)) == [2 * STEP]


def test_position_is_kept_72_hours_and_no_longer(tmp_path):
    from anlan.areas.dispatch.models import UnitState

    open_desk(tmp_path, made_up=True)
    job = Actor("job:demo", frozenset({Role.DISPATCHER}))
    cli = Actor("cli", frozenset({Role.ADMINISTRATOR}))
    services.report_positions([("E1", STEP, STEP)], **stamp(job))
    services.report_positions([("E2", STEP, STEP)], **stamp(job, seconds=60))
    assert services.forget_positions(**stamp(cli, seconds=72 * 3600 - 1)) == 0
    assert services.forget_positions(**stamp(cli, seconds=72 * 3600)) == 1
    kept = UnitState.objects.filter(lon__isnull=False).values_list("unit__ident", flat=True)
    assert list(kept) == ["E2"]
