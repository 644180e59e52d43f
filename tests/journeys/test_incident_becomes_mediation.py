"""An incident becomes a mediation when a party asks for it alone, and never out of violence."""

from __future__ import annotations

import pytest
from tests.services import dispatch_desk as dispatch
from tests.services.mediation_desk import intake

from anlan.areas.dispatch.rules import incident_catalogue
from anlan.journeys.incident_becomes_mediation import (
    check_incident,
    incident_becomes_mediation,
    mediable_types,
)
from anlan.kernel.cases import queries
from anlan.kernel.cases import services as cases
from anlan.kernel.cases.models import Case
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.sealing.models import SealedText
from anlan.kernel.values import Actor, Refused, Role

pytestmark = pytest.mark.django_db(transaction=True)
CLERK = Actor("staff:7", frozenset({Role.CLERK}))


@pytest.fixture(autouse=True)
def town(tmp_path):
    dispatch.open_desk(tmp_path)
    stamp = dispatch.stamp(dispatch.CLI)
    cases.create_office(ident="v-1", name="Village 1", tier="village", **stamp)


def become(type_code, actor=dispatch.DISPATCHER, **more):
    row = dispatch.call(type_code)
    given = {"asked_alone": True, **dispatch.stamp(actor)} | more
    return row, incident_becomes_mediation(row.id, intake(), **given)


def test_a_dispute_becomes_a_request_that_waits_for_the_partys_own_word():
    row, done = become("dispute")
    found = queries.case(done.case_id, town_key=dispatch.KEY, actor=dispatch.CLI)
    assert (found.state, found.answers["source"]) == ("asked", "incident")
    assert SealedText.objects.filter(field="incident").count() == 1
    # The link stands nowhere in clear: no entry names both.
    both = {f"incident:{row.id}", found.ref}
    assert not [e for e in LedgerEntry.objects.all() if both <= {e.subject, *e.about}]
    assert f"incident:{row.id}" not in str(Case.objects.values().get(pk=done.case_id))


@pytest.mark.parametrize(
    "code", sorted(code for code in incident_catalogue().types if code != "dispute")
)
def test_no_other_incident_becomes_one(code):
    with pytest.raises(Refused) as refused:
        become(code)
    expected = "violence_at_home" if code == "domestic_violence" else "no_dispute"
    assert refused.value.code == expected
    assert not Case.objects.exists()


def test_a_party_is_asked_alone_by_somebody_who_sees_the_incident():
    for more in ({"asked_alone": False}, {"actor": CLERK}):
        with pytest.raises(Refused):
            become("dispute", **more)
    assert not Case.objects.exists()


@pytest.mark.parametrize("role", sorted(Role))
def test_the_way_is_shown_to_those_alone_who_may_take_it_and_for_disputes_alone(role):
    actor = Actor("staff:1", frozenset({role}), shift_ref="shift:1")
    takes = role in {Role.DISPATCHER, Role.DUTY_OFFICER}
    assert mediable_types(actor) == (("dispute",) if takes else ())


def test_an_incident_of_another_kind_is_refused_before_anything_is_asked():
    for code in ("domestic_violence", "medical"):
        with pytest.raises(Refused):
            check_incident(dispatch.call(code).id, town_key=dispatch.KEY, actor=dispatch.DISPATCHER)
    check_incident(dispatch.call("dispute").id, town_key=dispatch.KEY, actor=dispatch.DISPATCHER)
