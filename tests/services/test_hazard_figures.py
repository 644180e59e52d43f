"""Hazards as public figures: by group of premises and kind, by month, nothing under five."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.services import hazard_round as scene
from tests.services.hazard_round import KEY, SUPERVISOR, open_one

from anlan.areas.hazards.models import HazardFacts
from anlan.areas.hazards.queries.figures import HAZARDS, KINDS, OTHER, PREMISES, count_hazards
from anlan.areas.hazards.rules.kinds import hazard_kinds
from anlan.areas.hazards.rules.premises import premises_catalogue
from anlan.kernel.cases.models import Case
from anlan.kernel.cases.queries.figures import audit, releases
from anlan.kernel.cases.services.figures import release_counts

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
LATER = datetime(2026, 6, 1, tzinfo=UTC)


def test_each_class_and_kind_stands_in_one_group():
    classes = [code for group in PREMISES.values() for code in group]
    kinds = [code for group in KINDS.values() for code in group]
    assert sorted(classes) == sorted(premises_catalogue().classes)
    assert sorted([*kinds, OTHER]) == sorted(hazard_kinds())


def test_what_stands_beside_a_home_is_one_group_and_no_place_is_a_side():
    common = {one.code for one in premises_catalogue().classes.values() if one.common}
    assert set(PREMISES["common"]) == common
    assert [side.code for side in HAZARDS.dimensions] == ["premises", "kind"]


@pytest.mark.django_db(transaction=True)
def test_a_month_of_hazards_is_published_with_its_small_counts_withheld():
    scene.make_town()
    premises = scene.register()
    for number in range(12):
        case = open_one()
        kind = "wiring" if number < 9 else "lift"
        HazardFacts.objects.filter(case_id=case).update(kind=kind, premises=premises)
    Case.objects.filter(pk=case).update(result="no_hazard")  # the last one was none
    assert count_hazards(KEY, MARCH, APRIL) == {("care", "electric"): 9, ("care", "structure"): 2}
    assert count_hazards(KEY, APRIL, date(2026, 5, 1)) == {}
    release_counts(
        "hazards", "2026-03", town_key=KEY, actor=SUPERVISOR, at=LATER, recorded_at=LATER
    )
    (row,) = releases(KEY, subject="hazards")
    assert row.counts[("all", "all")] == 11
    assert all(count is None or count >= 5 for count in row.counts.values())
    assert row.counts[("care", "structure")] is None
    rows = audit(KEY)
    assert rows
    assert all(each.safe for each in rows)
