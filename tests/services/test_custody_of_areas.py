"""Every area's cases: sealed away whole, erased without a row left, followed by a link."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db.models import ForeignObjectRel
from django.test import Client
from tests.services import custody as holders
from tests.services import hazard_round as round_
from tests.services import mediation_desk as desk

from anlan.areas.hazards.models import Failure
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.sealing.models import CaseKey, KeyWrap, SealedText

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def list_of_erasures(settings, tmp_path):
    settings.ANLAN_ERASURES_FILE = tmp_path / "keys" / "erasures.jsonl"


def rows_on(case_id: int) -> dict[str, int]:
    """Count what hangs on a case, in whichever table."""
    found = {}
    for relation in Case._meta.get_fields(include_hidden=True):
        if isinstance(relation, ForeignObjectRel):
            rows = relation.related_model._base_manager.filter(**{relation.field.name: case_id})
            if rows.exists():
                found[relation.related_model._meta.label] = rows.count()
    return found


def erase(case_id: int, key: str, at) -> None:
    by = {"actor": holders.SEALER, "at": at, "recorded_at": at, "town_key": key}
    holders.make_due(case_id, at)
    cases.erase_case(case_id, reason="kept_long_enough", **by)


def test_a_mediation_with_talks_and_an_agreement_leaves_nothing_but_its_tombstone():
    made = desk.make_desk()
    one = desk.walk(made, "agreed")
    assert {"mediation.Agreement", "mediation.Talk", "cases.Party"} <= rows_on(one).keys()
    erase(one, desk.KEY, made.at)
    assert rows_on(one) == {}
    assert not SealedText.objects.filter(key__case_ref__startswith=f"mediation:{one}").exists()
    assert not CaseKey.objects.filter(case_ref__startswith=f"mediation:{one}").exists()


def test_an_erased_hazard_lets_go_of_the_things_that_it_was_about():
    round_.make_town()
    round_.register()
    (one,) = round_.inspect(exits="blocked")
    assert Failure.objects.get().case_id == one
    erase(one, round_.KEY, round_.AT + timedelta(days=1))
    assert rows_on(one) == {}
    assert Failure.objects.get().case_id is None, "what was found at the premises stays"


def test_a_closed_mediation_is_sealed_and_each_side_reads_its_own_words_alone():
    made = desk.make_desk()
    holders.set_custodians(desk.KEY)
    one = desk.walk(made, "mediating")
    tokens = {
        number: cases.make_link(one, party=number, **made.stamp("mediator")) for number in (1, 2)
    }
    made.do(one, "withdraw", party=2)
    Case.objects.filter(pk=one).update(seal_at=made.at, ended_at=made.at)
    by = {"actor": holders.SEALER, "at": made.at, "recorded_at": made.at, "town_key": desk.KEY}
    cases.seal_case(one, **by)
    assert not CaseKey.objects.exclude(wrapped=None).exists()
    assert KeyWrap.objects.filter(holder__startswith="link:").count() >= 3
    pages = {
        number: Client().post(f"/follow/{token}/words").content.decode()
        for number, token in tokens.items()
    }
    assert "金丝雀 Silva" in pages[1]
    assert "金丝雀 Costa" not in pages[1]
    assert "金丝雀 Costa" in pages[2]
    assert "13800000000" not in pages[2]
