"""The demo's cases: made up and said to be, made once, each seen by whom it is for."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from anlan.cli.demo_cases import ACCOUNTS, open_case_desks
from anlan.kernel.cases.models import Case, Office
from anlan.kernel.places import services as places
from anlan.kernel.staff.models import Staff
from anlan.kernel.values import Actor, Role

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
CLI = {"actor": Actor("cli", frozenset({Role.ADMINISTRATOR})), "at": AT, "recorded_at": AT}
PASSWORD = "a long word for a demo"

pytestmark = pytest.mark.django_db(transaction=True)


def test_cases_of_the_demo_are_made_once_and_flagged_as_made_up():
    places.create_town(key="demo", name="Demo", zone="UTC", country="CL", made_up=True, **CLI)
    others = open_case_desks("demo", password=PASSWORD, at=AT)
    assert others == tuple(name for name, _role, _offices in ACCOUNTS)
    counts = (Case.objects.count(), Office.objects.count(), Staff.objects.count())
    assert counts[0] >= 6
    assert not Case.objects.filter(made_up=False).exists()
    assert not Office.objects.filter(made_up=False).exists()
    assert {"mediation", "hazard"} == set(Case.objects.values_list("type", flat=True))
    open_case_desks("demo", password=PASSWORD, at=AT)
    assert (Case.objects.count(), Office.objects.count(), Staff.objects.count()) == counts
    assert all(one.check_password(PASSWORD) for one in Staff.objects.all())
