"""Units are sent: all or none, never one unit twice, the graver incident first."""

from __future__ import annotations

import threading

import pytest
from django.db import IntegrityError, connections, transaction
from tests.services.dispatch_desk import (
    AT,
    DISPATCHER,
    KEY,
    OFFICER,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.dispatch import queries, services
from anlan.areas.dispatch.models import Assignment
from anlan.gateways.paging.client import Outbox
from anlan.gateways.paging.fake import FakePaging, HangingPaging
from anlan.kernel.values import BadInput, Refused


@pytest.fixture
def desk(tmp_path, db):
    open_desk(tmp_path)


def on(unit):
    return queries.units_on_board(KEY, at=AT, idents=[unit])[0]


def test_unit_on_another_incident_is_refused_by_its_number(desk):
    send(call(), "E1")
    with pytest.raises(Refused, match="E1 is already on incident 1") as refused:
        send(call(), "E1")
    assert refused.value.code == "unit_busy"


def test_one_busy_unit_refuses_the_whole_dispatch(desk):
    send(call(), "E1")
    second = call()
    with pytest.raises(Refused):
        send(second, "E2", "E1")
    assert queries.incident(second.id, town_key=KEY).state == "received"
    assert on("E2").status == "available"


def test_unit_on_scene_is_not_diverted_even_to_a_graver_incident(desk):
    send(call(), "E1")
    tell("E1", "on_scene")
    with pytest.raises(Refused, match="on scene"):
        send(call(type="structure_fire"), "E1")


def test_unit_on_its_way_is_diverted_to_a_graver_incident_and_the_first_waits_again(desk):
    lesser = send(call(type="public_assist"), "E1")
    graver = send(call(type="structure_fire"), "E1", **stamp(seconds=30))
    assert graver.units == ("E1",)
    waiting = queries.incident(lesser.id, town_key=KEY)
    assert (waiting.state, waiting.units, waiting.warnings) == ("triaged", (), ("waits_again",))
    assert on("E1").incident == graver.id
    assert Assignment.objects.get(incident_id=lesser.id).outcome == "diverted"


def test_equally_grave_incident_diverts_nobody(desk):
    send(call(type="vehicle_fire"), "E1")
    with pytest.raises(Refused, match="graver"):
        send(call(type="outside_fire"), "E1")


def test_incident_with_another_crew_on_the_way_keeps_its_state_when_one_is_diverted(desk):
    lesser = send(call(type="public_assist"), "E1", "E2")
    send(call(type="structure_fire"), "E1", **stamp(seconds=30))
    row = queries.incident(lesser.id, town_key=KEY)
    assert (row.state, row.units) == ("dispatched", ("E2",))


def test_unit_off_duty_or_out_of_service_is_refused(desk):
    with pytest.raises(Refused, match="N3 is off duty"):
        send(call(type="medical"), "N3")
    tell("E1", "out_of_service")
    with pytest.raises(Refused, match="E1 is out of service"):
        send(call(), "E1")


@pytest.mark.parametrize(
    ("actor", "reason", "goes"),
    [(OFFICER, "crew_request", True), (OFFICER, "", False), (DISPATCHER, "crew_request", False)],
)
def test_duty_officer_with_a_reason_sends_a_unit_that_is_off_duty(desk, actor, reason, goes):
    row = call(type="medical")
    if goes:
        assert send(row, "N3", actor=actor, reason_code=reason).units == ("N3",)
        assert on("N3").status == "dispatched"
        return
    with pytest.raises(Refused, match="N3 is off duty"):
        send(row, "N3", actor=actor, reason_code=reason)


@pytest.mark.parametrize(
    ("actor", "reason", "goes"),
    [(OFFICER, "crew_closer", True), (OFFICER, "", False), (DISPATCHER, "crew_closer", False)],
)
def test_duty_officer_with_a_reason_diverts_from_an_incident_as_grave(desk, actor, reason, goes):
    first, second = send(call(type="vehicle_fire"), "E1"), call(type="outside_fire")
    if goes:
        assert send(second, "E1", actor=actor, reason_code=reason).units == ("E1",)
        assert queries.incident(first.id, town_key=KEY).warnings == ("waits_again",)
        return
    with pytest.raises(Refused, match="graver"):
        send(second, "E1", actor=actor, reason_code=reason)


def test_nobodys_word_sends_a_unit_that_is_out_of_service_or_at_a_scene(desk):
    word = {"actor": OFFICER, "reason_code": "other_reason"}
    tell("E1", "out_of_service")
    send(call(), "E2")
    tell("E2", "on_scene")
    for unit, why in (("E1", "out of service"), ("E2", "on scene")):
        with pytest.raises(Refused, match=why):
            send(call(type="structure_fire"), unit, **word)


def test_unit_sent_to_the_incident_that_it_is_on_is_refused_whoever_asks(desk):
    row = send(call(), "E1")
    with pytest.raises(Refused, match="E1 is already on incident 1"):
        send(row, "E1", actor=OFFICER, reason_code="other_reason")


def test_unknown_unit_is_named(desk):
    with pytest.raises(Refused, match="no unit E99"):
        send(call(), "E99")
    with pytest.raises(BadInput, match="at least one"):
        send(call())


def test_units_can_be_added_while_the_incident_is_worked_on(desk):
    row = send(call(), "E1")
    tell("E1", "on_scene", seconds=10)
    row = send(row, "E2", **stamp(seconds=20))
    assert (row.state, row.units) == ("working", ("E1", "E2"))


def test_nobody_is_sent_to_a_closed_incident(desk):
    row = services.close_incident(call().id, **stamp())
    with pytest.raises(Refused, match="this one is closed"):
        send(row, "E1")


def test_same_key_sends_once(desk):
    row = call()
    first = send(row, "E1", client_key="k")
    assert send(row, "E1", client_key="k") == first
    assert Assignment.objects.count() == 1


def test_same_key_for_other_units_is_refused(desk):
    row = call()
    send(row, "E1", client_key="k")
    with pytest.raises(Refused) as refused:
        send(row, "E2", client_key="k")
    assert refused.value.code == "client_key_reused"


def test_eta_is_the_travel_time_by_road(desk):
    send(call(x=4.0, y=1.0), "E1")
    eta_at = on("E1").eta_at
    assert eta_at is not None
    assert (eta_at - AT).total_seconds() == pytest.approx(3 * 444.8 / (40 / 3.6), rel=0.05)


def test_database_alone_refuses_a_second_open_assignment(desk):
    row = send(call(), "E1")
    held = Assignment.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Assignment.objects.create(incident_id=row.id, unit_id=held.unit_id, dispatched_at=AT)


def test_followed_recommendation_is_marked(desk):
    row = call()
    plan = queries.recommend_for(row.id, town_key=KEY, at=AT).plans[0]
    send(row, *[one.unit for one in plan.units])
    other = call(x=8.0, y=7.0)
    queries.recommend_for(other.id, town_key=KEY, at=AT)
    send(other, "E2")
    sent = Assignment.objects.order_by("pk").values_list("unit__ident", "recommended", "rank")
    assert list(sent) == [("E1", True, 1), ("E2", True, 2)]


@pytest.mark.django_db(transaction=True)
def test_fifty_dispatchers_race_for_one_unit_and_one_wins(tmp_path):
    open_desk(tmp_path)
    calls = [call() for _ in range(50)]
    gate = threading.Barrier(50)
    won, refused, odd = [], [], []

    def race(row):
        try:
            gate.wait(timeout=60)
            won.append(send(row, "E1"))
        except Refused as no:
            refused.append(no)
        except Exception as fault:  # noqa: BLE001 - whatever else happens must fail the test
            odd.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=race, args=(row,)) for row in calls]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert odd == []
    assert (len(won), len(refused)) == (1, 49)
    sentence = f"E1 is already on incident {won[0].number}"
    assert all(sentence in no.sentence and no.code == "unit_busy" for no in refused)
    assert Assignment.objects.filter(cleared_at__isnull=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_concurrent_calls_are_all_there_with_distinct_numbers(tmp_path):
    open_desk(tmp_path)
    rows, odd = [], []

    def take():
        try:
            rows.extend(call() for _ in range(5))
        except Exception as fault:  # noqa: BLE001 - whatever else happens must fail the test
            odd.append(fault)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert odd == []
    assert sorted(row.number for row in rows) == list(range(1, 41))


@pytest.fixture
def pager(monkeypatch, settings):
    settings.ANLAN_PAGING_URL = "http://pager.invalid/page"

    made = []

    def use(fake):
        made.append((Outbox(send=fake), fake))
        monkeypatch.setattr("anlan.gateways.paging.client._outbox", made[-1][0])
        return made[-1][0]

    yield use
    for outbox, fake in made:  # no thread outlives its test
        if isinstance(fake, HangingPaging):
            fake.let_go.set()
        outbox.close()


@pytest.mark.django_db(transaction=True)
def test_crews_are_called_out_after_the_commit_without_a_word_of_the_call(tmp_path, pager):
    open_desk(tmp_path)
    fake = FakePaging()
    outbox = pager(fake)
    row = call(words="a secret")
    send(row, "E1", "T1")
    with pytest.raises(Refused):
        send(call(), "E1")
    outbox.drain()
    assert sorted(page.unit for page in fake.sent) == ["E1", "T1"]
    assert {page.incident for page in fake.sent} == {f"incident:{row.id}"}
    assert "secret" not in str(fake.sent)


@pytest.mark.django_db(transaction=True)
def test_dispatch_that_fails_at_its_very_end_calls_nobody_out(tmp_path, pager, monkeypatch):
    open_desk(tmp_path)
    fake = FakePaging()
    outbox = pager(fake)
    row = call()
    monkeypatch.setattr("anlan.kernel.ledger.services.writing._close", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        send(row, "E1")
    outbox.drain()
    assert fake.sent == []
    assert not Assignment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_hanging_gateway_holds_up_no_dispatch(tmp_path, pager):
    open_desk(tmp_path)
    hanging = HangingPaging()
    pager(hanging)
    for unit in ("E1", "E2", "E3", "T1", "M2"):
        assert send(call(), unit).state == "dispatched"
    assert hanging.sent == [], "the pager never answered, and every dispatch came back"


def test_streets_are_asked_before_the_towns_lock_is_taken(desk, monkeypatch):
    from anlan.areas.dispatch.services import incidents, sending
    from anlan.kernel.ledger.services import is_writing

    asked = []

    def watched(query):
        def asking(*args, **kwargs):
            asked.append(is_writing())
            return query(*args, **kwargs)

        return asking

    monkeypatch.setattr(sending.places, "network", watched(sending.places.network))
    monkeypatch.setattr(incidents.places, "network_of", watched(incidents.places.network_of))
    send(call(), "E1")
    assert len(asked) >= 2
    assert not any(asked)
