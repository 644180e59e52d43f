"""Rail 6: run cards change with a second person; what can't wait works for a day and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from tests.services.dispatch_desk import AT, CLI, DISPATCHER, KEY, OFFICER, SUPERVISOR, stamp
from tests.services.dispatch_desk import open_desk as open_it

from anlan.areas.dispatch import queries, services
from anlan.kernel.staff import services as staff
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Forbidden, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
DAY = 24 * 3600
BY_CLI = {"actor": CLI, "at": AT, "recorded_at": AT}
TRUCK = '[[cards]]\ntype = "vehicle_fire"\nlevels = [[{ capability = "truck", count = 1 }]]\n'


@pytest.fixture
def file(tmp_path) -> Path:
    open_it(tmp_path)
    path = tmp_path / "cards.toml"
    path.write_text(TRUCK)
    return path


def propose(file, actor=OFFICER, **more) -> int:
    given = stamp(actor)
    del given["town_key"]
    return int(services.import_run_cards(KEY, file, **given, **more)["change"])


def sent(seconds: float = 0) -> list[str]:
    at = stamp(seconds=seconds)["at"]
    found = queries.recommend(KEY, lon=0.01, lat=0.01, type="vehicle_fire", at=at)
    return [unit.unit for unit in found.plans[0].units]


def test_a_change_waits_for_its_second_person(file):
    change = propose(file)
    assert sent() == ["E2"]
    services.decide_run_cards(change, agree=True, **stamp(SUPERVISOR))
    assert sent() == ["T1"]


def test_a_declined_change_never_works(file):
    change = propose(file, urgent=True)
    services.decide_run_cards(change, agree=False, **stamp(SUPERVISOR))
    assert sent(60) == ["E2"]


def test_nobody_agrees_to_a_change_of_his_own(file):
    change = propose(file)
    with pytest.raises(Forbidden, match="nobody agrees for himself"):
        services.decide_run_cards(change, agree=True, **stamp(OFFICER))
    assert sent() == ["E2"]


def test_a_program_is_no_second_person(file):
    change = propose(file)
    with pytest.raises(Forbidden, match="signed in by name"):
        services.decide_run_cards(change, agree=True, **stamp(CLI))


def test_an_urgent_change_works_at_once_and_falls_away_after_a_day(file):
    change = propose(file, urgent=True)
    assert sent(0) == ["T1"]
    assert sent(DAY - 1) == ["T1"]
    assert sent(DAY) == ["E2"]
    (row,) = queries.run_card_changes(KEY, at=AT)
    assert (row.id, row.works) == (change, True)


def test_an_urgent_change_that_was_agreed_stays(file):
    change = propose(file, urgent=True)
    services.decide_run_cards(change, agree=True, **stamp(SUPERVISOR, seconds=3600))
    assert sent(2 * DAY) == ["T1"]


@pytest.mark.parametrize(
    "actor", [CLI, Actor("staff:2", frozenset({Role.DUTY_OFFICER}))], ids=["cli", "off shift"]
)
def test_only_a_duty_officer_on_shift_changes_cards_at_once(file, actor):
    with pytest.raises(Forbidden, match="on shift"):
        propose(file, actor, urgent=True)


def test_a_dispatcher_proposes_nothing(file):
    with pytest.raises(Forbidden):
        propose(file, DISPATCHER)


def test_a_change_is_decided_once(file):
    change = propose(file)
    services.decide_run_cards(change, agree=True, **stamp(SUPERVISOR))
    with pytest.raises(Refused, match="already"):
        services.decide_run_cards(change, agree=False, **stamp(SUPERVISOR))


def signed_in(name: str, role: Role) -> Client:
    staff.create_staff(username=name, **BY_CLI)
    staff.grant_role(town_key=KEY, username=name, role=role, **BY_CLI)
    client = Client()
    client.force_login(Staff.objects.get(username=name))
    return client


def test_the_page_shows_what_waits_and_takes_the_second_persons_yes(file):
    change = propose(file)
    officer = signed_in("so-1", Role.SUPERVISOR)
    page = officer.get(f"/towns/{KEY}/run-cards").content.decode()
    assert "Vehicle fire" in page
    assert 'value="yes"' in page
    answer = officer.post(f"/towns/{KEY}/run-cards/{change}", {"agree": "yes"})
    assert answer.status_code == 302
    assert 'value="yes"' not in officer.get(f"/towns/{KEY}/run-cards").content.decode()


def test_who_sees_no_incidents_sees_no_run_cards(file):
    assert signed_in("pl-1", Role.PLANNER).get(f"/towns/{KEY}/run-cards").status_code == 403
    assert Client().get(f"/towns/{KEY}/run-cards").status_code == 302
