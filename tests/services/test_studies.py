"""Studies asked for on the page: who may, one at a time, stopped, lost with their process, kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from tests.services.what_if_town import AT, log_days, street_town

from anlan.areas.coverage import services
from anlan.areas.coverage.models import Study, StudyState
from anlan.areas.coverage.queries.studies import asked as studies
from anlan.areas.coverage.rules.studies import AskedStudy
from anlan.jobs import run_studies
from anlan.kernel.ledger.models import LedgerEntry
from anlan.kernel.places.models import LoggedCall, LoggedResponse, Post, Unit
from anlan.kernel.values import Actor, BadInput, Forbidden, LonLat, Refused, Role

PLANNER = Actor("staff:7", frozenset({Role.PLANNER}))


@pytest.fixture
def town(transactional_db, settings, tmp_path):
    """The street with its log."""
    settings.ANLAN_DATA = tmp_path
    translation.activate("en")
    town = street_town(tmp_path)
    log_days(town)
    return town


def stamp(actor: Actor = PLANNER) -> dict:
    return {"town_key": "line", "actor": actor, "at": AT, "recorded_at": AT}


def closing() -> AskedStudy:
    return AskedStudy(
        close=(Post.objects.get(ident="2").pk,), remove=(Unit.objects.get(ident="E2").pk,)
    )


def ask(choice: AskedStudy | None = None) -> int:
    return services.ask_study(choice or closing(), **stamp())


def test_a_study_runs_to_its_end_and_keeps_its_report(town):
    number = ask()
    assert run_studies.run_one(number)
    row = studies.study_row(number, "line")
    assert (row.state, row.share, row.fault_code) == ("done", 1.0, "")
    assert row.title == "Station 2 closes. E2 is taken away."
    document = studies.report_of(number, "line")
    assert document["paired"]["later"]["value"] > 0
    assert run_studies.run_one(number) is False


def test_a_new_post_and_a_move_become_a_scenario(town):
    unit, post = Unit.objects.get(ident="E2"), Post.objects.get(ident="1")
    number = ask(
        AskedStudy(move_unit=unit.pk, move_to=post.pk, new_at=LonLat(0.012, 0.0), new_kind="engine")
    )
    key, (base, changed), replications, seed = studies.scenarios_asked(number)
    assert (key, replications, seed) == ("line", services.REPLICATIONS, services.SEED)
    assert base.posts.add == ()
    assert changed.units.move == {"E2": "fire 1"}
    assert changed.posts.add[0].at == LonLat(0.012, 0.0)
    assert changed.units.add[0].post == changed.posts.add[0].post == "fire new-1"


@pytest.mark.parametrize("role", sorted(Role))
def test_only_those_who_plan_may_ask_and_stop(town, role):
    actor = Actor("staff:8", frozenset({role}))
    if role not in {Role.PLANNER, Role.DUTY_OFFICER, Role.SUPERVISOR, Role.ADMINISTRATOR}:
        with pytest.raises(Forbidden):
            services.ask_study(closing(), **stamp(actor))
        with pytest.raises(Forbidden):
            services.stop_study(1, **stamp(actor))
    else:
        number = services.ask_study(closing(), **stamp(actor))
        services.stop_study(number, **stamp(actor))


@pytest.mark.parametrize(
    ("choice", "sentence"),
    [
        (AskedStudy(), "Change something"),
        (AskedStudy(close=(10**9,)), "no such post or unit"),
        (AskedStudy(move_unit=1), "choose both the unit and the post"),
        (AskedStudy(new_kind="engine"), "needs both a place and the kind"),
        (AskedStudy(dispatch="nearest"), "none of the choices"),
    ],
)
def test_what_cannot_be_asked_is_said_and_nothing_is_kept(town, choice, sentence):
    with pytest.raises(BadInput, match=sentence):
        ask(choice)
    assert not Study.objects.exists()


def test_the_ledger_says_who_asked_and_who_stopped_and_no_choice(town):
    number = ask()
    services.stop_study(number, **stamp())
    entries = LedgerEntry.objects.filter(subject=f"study:{number}").order_by("pk")
    assert [(one.action, one.actor_ref) for one in entries] == [
        ("study.asked", "staff:7"),
        ("study.stopped", "staff:7"),
    ]


def test_a_waiting_study_stops_at_once_and_cannot_be_taken_up(town):
    number = ask()
    services.stop_study(number, **stamp())
    assert studies.study_row(number, "line").state == "stopped"
    assert not run_studies.run_one(number)
    with pytest.raises(Refused, match="over already"):
        services.stop_study(number, **stamp())


def test_five_wait_and_the_sixth_is_refused(town):
    for _ in range(5):
        ask()
    with pytest.raises(Refused, match="Five studies are waiting"):
        ask()


def test_two_processes_do_not_take_up_one_study(town):
    number = ask()
    assert services.take_up(number, now=AT)
    assert not services.take_up(number, now=AT)


def test_a_running_study_hears_the_stop_at_its_next_beat(town):
    number = ask()
    services.take_up(number, now=AT)
    assert services.beat(number, share=0.1, now=AT) is False
    services.stop_study(number, **stamp())
    assert services.beat(number, share=0.2, now=AT) is True


def test_a_study_stopped_while_it_runs_is_stopped(town, monkeypatch):
    monkeypatch.setattr(run_studies, "BEAT_EVERY_S", 0.0)
    number = ask()
    take_up = services.take_up

    def taken_and_stopped(study_id, *, now):
        taken = take_up(study_id, now=now)
        services.stop_study(study_id, **stamp())
        return taken

    monkeypatch.setattr(services, "take_up", taken_and_stopped)
    run_studies.run_one(number)
    row = studies.study_row(number, "line")
    assert (row.state, row.fault_code) == ("stopped", "nothing_done")
    assert studies.report_of(number, "line") is None


def test_a_study_without_a_sign_of_life_is_lost(town):
    number = ask()
    services.take_up(number, now=AT)
    assert services.give_up_lost(now=AT + timedelta(seconds=60)) == 0
    assert services.give_up_lost(now=AT + timedelta(seconds=400)) == 1
    row = studies.study_row(number, "line")
    assert (row.state, row.fault_code) == ("failed", "lost")


def test_a_killed_process_is_noticed_at_the_next_look(town):
    number = ask()
    services.take_up(number, now=datetime.now(UTC))
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    running = run_studies.Running(number, process)
    assert run_studies.look_once(running) is running
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert run_studies.look_once(running) is None
    assert studies.study_row(number, "line").fault_code == "lost"


def test_a_study_that_no_longer_fits_fails_with_a_reason(town):
    number = ask()
    Unit.objects.filter(ident="E2").update(ident="E3")
    Study.objects.filter(pk=number).update(scenario=studies_without_post(number))
    run_studies.run_one(number)
    assert studies.study_row(number, "line").fault_code == "gone"


def test_a_study_of_a_town_whose_log_is_gone_says_so(town):
    number = ask()
    LoggedResponse.objects.all().delete()
    LoggedCall.objects.all().delete()
    run_studies.run_one(number)
    assert studies.study_row(number, "line").fault_code == "no_log"


def test_a_study_whose_choices_leave_no_unit_says_that_they_contradict(town):
    number = ask()
    units = list(Unit.objects.values_list("pk", flat=True))
    one = Study.objects.get(pk=number)
    Study.objects.filter(pk=number).update(scenario=one.scenario | {"remove": units})
    run_studies.run_one(number)
    assert studies.study_row(number, "line").fault_code == "choices"


def studies_without_post(number: int) -> dict:
    kept = Study.objects.get(pk=number).scenario
    return kept | {"close": [10**9]}


def test_the_oldest_waiting_study_comes_first(town):
    first, second = ask(), ask()
    assert studies.waiting() == (first, second)
    assert studies.study_row(first, "line").state == StudyState.QUEUED
    assert time.monotonic() > 0
