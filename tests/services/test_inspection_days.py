"""The day of the last inspection that premises keep is the one that the record gives."""

from __future__ import annotations

import contextlib
import random
from datetime import date, timedelta
from typing import Any

import pytest
from tests.services import hazard_round as scene
from tests.services.hazard_round import KEY, stamp

from anlan.areas.hazards import services as hazards
from anlan.areas.hazards.models import Inspection, Premises
from anlan.kernel.places.queries import town as town_row
from anlan.kernel.values import BadInput, Refused

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town(settings, tmp_path):
    settings.ANLAN_DATA = tmp_path / "data"
    scene.make_town()


@pytest.mark.parametrize("seed", range(3))
def test_premises_keep_the_day_of_their_last_inspection_whatever_is_done(seed):
    draw = random.Random(seed)
    for ident in "ab":
        scene.register(ident)
    for step in range(30):
        walk_on(draw, at=stamp(days=step))
        kept = dict(Premises.objects.values_list("pk", "inspected_on"))
        assert kept == {number: last_day(number) for number in kept}, step
    assert any(kept.values())
    Premises.objects.update(inspected_on=None)
    scene.fill_days()
    assert dict(Premises.objects.values_list("pk", "inspected_on")) == kept


def walk_on(draw: random.Random, *, at: dict[str, Any]) -> None:
    """Do something that is to be done with premises or with an inspection of theirs."""
    ident, today = draw.choice("ab"), at["at"].date()
    acts = [
        lambda: scene.register(ident, days=(at["at"] - scene.AT).days),
        lambda: hazards.correct_premises(
            ident, **(scene.SCHOOL | {"risk": draw.choice(("low", "major"))}), **at
        ),
        lambda: hazards.end_premises(ident, **at),
        lambda: hazards.plan_inspection(ident, due_on=today, **at),
        lambda: hazards.plan_due_inspections(**at),
    ]
    latest = Inspection.objects.filter(premises__ident=ident).order_by("-pk").first()
    if latest is not None and draw.random() < 0.7:
        by = {**at, "actor": draw.choice((scene.FINDER, scene.CHECKER))}
        filled = at["at"] - timedelta(days=draw.choice((0, 0, 1, 4)))
        reason, until = draw.choice(("moved", "works")), today + timedelta(days=9)
        acts = [
            lambda: hazards.call_off_inspection(latest.pk, reason=reason, until=until, **at),
            lambda: hazards.record_inspection(
                latest.pk, answers=scene.answers(), filled_at=filled, **by
            ),
        ]
    with contextlib.suppress(BadInput, Refused):
        draw.choice(acts)()


def last_day(number: int) -> date | None:
    """Give the day of the last inspection by all that there were, the slow way."""
    town = town_row(KEY)
    made = [
        each.filled_at or each.done_at or each.called_off_at
        for each in Inspection.objects.filter(premises=number)
        if each.done_at is not None or each.called_off_for == "moved"
    ]
    return max(made).astimezone(town.tz).date() if made else None
