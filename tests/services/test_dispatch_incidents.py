"""A call becomes an incident and ends; its words are sealed, its times are written by statuses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.services.dispatch_desk import (
    AT,
    CREW_E1,
    KEY,
    call,
    open_desk,
    send,
    stamp,
    tell,
)

from anlan.areas.dispatch import queries, services
from anlan.areas.dispatch.models import ArrivalFigure, Assignment, Incident, IncidentPlace
from anlan.kernel.ledger import queries as ledger
from anlan.kernel.sealing.models import SealedText
from anlan.kernel.values import BadInput, Forbidden, Refused

CANARY = "Mrs Silva, 木 door, third floor"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def desk(tmp_path):
    open_desk(tmp_path)


def test_place_and_type_are_enough():
    row = call()
    assert (row.number, row.state, row.priority, row.street) == (1, "received", 2, "Row 11")
    assert row.snap_m == pytest.approx(0, abs=1)


def test_numbers_rise_within_a_town():
    assert [call().number for _ in range(3)] == [1, 2, 3]


def test_words_and_caller_are_sealed_and_open_through_the_one_door():
    row = call(words=CANARY, caller_name="Silva", caller_number="+351 555", place_text="3rd floor")
    assert set(SealedText.objects.values_list("field", flat=True)) == {
        "words",
        "caller_name",
        "caller_number",
        "place_text",
    }
    assert all(CANARY.encode() not in bytes(one.cipher) for one in SealedText.objects.all())
    texts = services.open_incident_texts(row.id, purpose="live_incident", **stamp())
    assert {one.field: one.text for one in texts}["words"] == CANARY


def test_crew_opens_the_words_of_its_own_incident_only():
    own, other = call(words="own"), call(words="other")
    send(own, "E1")
    assert services.open_incident_texts(own.id, purpose="live_incident", **stamp(CREW_E1))
    with pytest.raises(Forbidden, match="not on this incident"):
        services.open_incident_texts(other.id, purpose="live_incident", **stamp(CREW_E1))


def test_same_client_key_takes_one_call_only():
    first, second = call(client_key="k"), call(client_key="k")
    assert first == second
    assert Incident.objects.count() == 1


def test_refused_call_leaves_nothing():
    before = ledger.last_id(KEY)
    for bad in (
        {"type": "assembly"},
        {"lon": 500.0},
        {"lon": 90.0},  # a slip: no street within 50 km
        {"lat": float("nan")},
        {"words": "x" * 5000},
    ):
        with pytest.raises(BadInput):
            services.create_incident(
                **(stamp() | {"type": "medical", "lon": 0.0, "lat": 0.0} | bad)
            )
    assert (Incident.objects.count(), ledger.last_id(KEY)) == (0, before)


def test_place_off_the_roads_is_taken_with_its_distance():
    row = services.create_incident(type="medical", lon=0.2, lat=0.2, **stamp())
    assert row.snap_m is not None
    assert row.snap_m > 10_000


def test_call_from_paper_keeps_its_own_time():
    earlier = AT - timedelta(minutes=20)
    assert call(received_at=earlier).received_at == earlier
    with pytest.raises(BadInput, match="later than now"):
        call(received_at=AT + timedelta(seconds=1))


def test_incident_follows_its_units():
    row = call()
    row = send(row, "E1", "E2", **stamp(seconds=50))
    assert (row.state, row.units) == ("dispatched", ("E1", "E2"))
    tell("E1", "en_route", seconds=100)
    tell("E2", "en_route", seconds=110)
    tell("E2", "on_scene", seconds=200)
    row = queries.incident(row.id, town_key=KEY)
    assert row.state == "working"
    assert row.first_dispatched_at == AT + timedelta(seconds=50)
    assert row.first_on_scene_at == AT + timedelta(seconds=200)
    times = Assignment.objects.get(unit__ident="E1")
    assert times.en_route_at == AT + timedelta(seconds=100)
    assert times.on_scene_at is None


def test_second_time_of_a_status_does_not_move_the_first():
    row = call()
    send(row, "E1")
    tell("E1", "en_route", seconds=60)
    tell("E1", "on_scene", seconds=120)
    tell("E1", "en_route", seconds=180)
    assert Assignment.objects.get().en_route_at == AT + timedelta(seconds=60)


def test_odd_order_warns_and_is_taken():
    send(call(), "E1")
    row = tell("E1", "on_scene", seconds=10)
    assert (row.status, row.warnings) == ("on_scene", ("odd_order",))
    assert tell("E1", "returning", seconds=20).warnings == ()


def test_status_that_needs_an_incident_is_refused_without_one():
    with pytest.raises(Refused, match=r"E1 is on no incident.*dispatch it first"):
        tell("E1", "on_scene")


def test_unit_that_leaves_before_arrival_puts_the_incident_back_into_the_queue():
    row = send(call(), "E1")
    tell("E1", "available", seconds=30)
    row = queries.incident(row.id, town_key=KEY)
    assert (row.state, row.units, row.warnings) == ("triaged", (), ("waits_again",))
    running = [timer for timer in row.timers if timer.stopped_at is None]
    assert running[0].code == "processing"
    assert running[0].started_at == AT + timedelta(seconds=30)


def test_arrival_leaves_figures_and_no_point():
    row = send(call(type="medical"), "M2")
    tell("M2", "en_route", seconds=60)
    tell("M2", "on_scene", seconds=200)
    figure = ArrivalFigure.objects.get()
    assert (figure.observed_s, figure.hour_band, figure.post_ref) == (140, 12, "fire 2")
    assert figure.free_flow_s > 0
    assert figure.cell == row.cell
    columns = {one.name for one in ArrivalFigure._meta.get_fields()}
    assert not columns & {"lon", "lat", "incident"}


def test_made_up_incident_teaches_nothing():
    send(call(made_up=True), "E1")
    tell("E1", "en_route", seconds=60)
    tell("E1", "on_scene", seconds=200)
    assert not ArrivalFigure.objects.exists()


def test_closing_frees_the_units_and_keeps_the_point_until_sealing():
    row = send(call(), "E1")
    row = services.close_incident(row.id, result_code="resolved", **stamp(seconds=500))
    assert (row.state, row.result_code, row.units) == ("closed", "resolved", ())
    assert queries.units_on_board(KEY, at=AT, idents=["E1"])[0].status == "available"
    assert IncidentPlace.objects.filter(incident_id=row.id).exists()


def test_closed_incident_opens_again_and_waits():
    row = services.close_incident(call().id, **stamp(seconds=10))
    row = services.reopen_incident(row.id, **stamp(seconds=20))
    assert (row.state, row.closed_at, row.result_code) == ("triaged", None, "")
    assert send(row, "E1", **stamp(seconds=30)).state == "dispatched"


def test_incident_without_its_point_does_not_open_again():
    row = services.close_incident(call().id, **stamp(seconds=10))
    IncidentPlace.objects.all().delete()
    with pytest.raises(Refused, match="sealed"):
        services.reopen_incident(row.id, **stamp(seconds=20))


def test_cancelling_recalls_until_a_crew_is_there():
    row = send(call(), "E1")
    assert services.cancel_incident(row.id, **stamp(seconds=5)).state == "cancelled"
    assert Assignment.objects.get().outcome == "recalled"
    row = send(call(), "E1", **stamp(seconds=10))
    tell("E1", "on_scene", seconds=20)
    with pytest.raises(Refused, match="being worked on: close it"):
        services.cancel_incident(row.id, **stamp(seconds=30))


def test_result_must_fit_the_ending():
    with pytest.raises(BadInput, match="no result here"):
        services.close_incident(call().id, result_code="called_off", **stamp())


def test_triage_brings_the_new_type_its_priority():
    row = services.triage_incident(call().id, type="structure_fire", **stamp())
    assert (row.state, row.type, row.priority) == ("triaged", "structure_fire", 1)


def test_triage_keeps_the_state_while_units_are_out():
    row = send(call(), "E1")
    row = services.triage_incident(row.id, priority=1, alarm_level=2, **stamp(seconds=5))
    assert (row.state, row.priority, row.alarm_level) == ("dispatched", 1, 2)


def test_every_step_stands_in_the_ledger_without_a_word_of_it():
    row = call(words=CANARY, caller_number="+351 555")
    services.add_note(row.id, text=CANARY, **stamp(seconds=5))
    send(row, "E1", **stamp(seconds=10))
    services.close_incident(row.id, **stamp(seconds=20))
    entries = ledger.entries_after(KEY, 0)
    actions = [one.action for one in entries if f"incident:{row.id}" in one.references]
    assert actions == [
        "incident.created",
        "incident.text_sealed",
        "incident.text_sealed",
        "incident.noted",
        "incident.dispatched",
        "incident.closed",
    ]
    assert not any("Silva" in str(one) or "+351 555" in str(one) for one in entries)


def test_incident_of_another_town_is_not_found():
    row = call()
    elsewhere = stamp() | {"town_key": "other"}
    with pytest.raises(Refused, match="no such incident"):
        services.close_incident(row.id, **elsewhere)


def test_crew_that_left_the_incident_opens_its_words_no_more():
    own = send(call(words=CANARY), "E1", "E2")
    assert services.open_incident_texts(own.id, purpose="live_incident", **stamp(CREW_E1))
    tell("E1", "available", seconds=10)
    with pytest.raises(Forbidden, match="not on this incident"):
        services.open_incident_texts(own.id, purpose="live_incident", **stamp(CREW_E1))


@pytest.mark.parametrize("status", ["transporting", "at_hospital"])
def test_closing_leaves_a_unit_with_someone_aboard_as_it_is(status):
    row = send(call(type="medical"), "M2", "E1")
    tell("M2", "on_scene", seconds=10)
    tell("M2", status, seconds=20)
    services.close_incident(row.id, **stamp(seconds=30))
    shown = {one.ident: one for one in queries.units_on_board(KEY, at=AT, idents=["M2", "E1"])}
    assert (shown["M2"].status, shown["M2"].incident) == (status, row.id)
    assert (shown["E1"].status, shown["E1"].incident) == ("available", None)
    with pytest.raises(Refused, match="M2 is already on incident 1"):
        send(call(type="structure_fire"), "M2")
    tell("M2", "available", seconds=90)
    assert Assignment.objects.get(unit__ident="M2").outcome == "completed"
    assert queries.incident(row.id, town_key=KEY).state == "closed"
    assert send(call(), "M2").units == ("M2",)


@pytest.mark.parametrize(
    "other",
    [{"words": "another caller"}, {"x": 2.5}, {"caller_number": "555"}, {"priority": 1}],
    ids=lambda one: next(iter(one)),
)
def test_another_call_under_a_used_key_is_refused_and_not_lost(other):
    first = call(words=CANARY, client_key="k")
    assert call(words=CANARY, client_key="k") == first
    with pytest.raises(Refused) as refused:
        call(**({"words": CANARY, "client_key": "k"} | other))
    assert refused.value.code == "client_key_reused"
    assert Incident.objects.count() == 1


def test_another_note_under_a_used_key_is_refused_and_not_lost():
    row = call()
    for _ in range(2):
        services.add_note(row.id, text=CANARY, client_key="k", **stamp())
    with pytest.raises(Refused) as refused:
        services.add_note(row.id, text="another note", client_key="k", **stamp())
    assert refused.value.code == "client_key_reused"
    assert SealedText.objects.count() == 1


def test_times_that_are_kept_do_not_give_the_place_away():
    row = send(call(x=1.317, y=1.0), "E2", "E3")
    for unit in ("E2", "E3"):
        tell(unit, "en_route", seconds=20)
        tell(unit, "on_scene", seconds=321)
    assert row.units == ("E2", "E3")
    for sent in Assignment.objects.all():
        assert (sent.travel_s, sent.free_flow_s) == (round(sent.travel_s), round(sent.free_flow_s))
    figures = list(ArrivalFigure.objects.values_list("free_flow_s", "observed_s"))
    assert len(figures) == 2
    assert all(seconds % 10 == 0 and seconds > 0 for one in figures for seconds in one)
