"""Background work beside the server goes on after a busy database, and ends when it is told to."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import OperationalError
from tests.services import hazard_round as scene

from anlan.jobs import (
    beside as running,
)
from anlan.jobs import (
    forget_positions,
    inspections,
    lapse_requests,
    seal_cases,
)
from anlan.jobs.beside import beside, by_the_fastest_clock
from anlan.kernel.places.models import Town

AT_ONCE = timedelta(milliseconds=1)


def test_a_busy_database_is_tried_again_the_next_time():
    done, calls = threading.Event(), []

    def once() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise OperationalError("database is locked")
        done.set()

    stop = beside(once, name="test", every=AT_ONCE, first_after=AT_ONCE)
    assert done.wait(10)
    stop.set()
    assert calls[:2] == [0, 1]


def test_a_fault_that_nobody_foresaw_ends_no_job():
    done, calls = threading.Event(), []

    def once() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise KeyError("a word of somebody")
        done.set()

    stop = beside(once, name="test", every=AT_ONCE, first_after=AT_ONCE)
    assert done.wait(10)
    stop.set()


def test_a_job_that_was_ended_does_nothing_more():
    calls = []
    stop = beside(lambda: calls.append(1), name="test", every=AT_ONCE, first_after=timedelta(9))
    stop.set()
    assert calls == []


@pytest.mark.parametrize(
    ("speed", "minutes"), [(1, 10), (0.5, 10), (30, 1 / 3), (600, 1 / 12), (None, 10)]
)
@pytest.mark.django_db
def test_what_is_due_by_a_towns_clock_is_looked_for_as_often_by_it(speed, minutes):
    """Every ten minutes, by a clock that runs 30 times as fast: every twenty seconds."""
    if speed is not None:
        scene.make_town()
        Town.objects.update(clock_speed=speed)
    assert by_the_fastest_clock(timedelta(minutes=10)) == timedelta(minutes=minutes)


@pytest.mark.django_db(transaction=True)
def test_a_job_keeps_the_pace_of_the_fastest_clock(monkeypatch):
    scene.make_town()
    Town.objects.update(clock_speed=3_600_000)
    monkeypatch.setattr(running, "SHORTEST", AT_ONCE)
    done, calls = threading.Event(), []

    def once() -> None:
        calls.append(1)
        if len(calls) == 3:
            done.set()

    hourly = timedelta(hours=1)
    stop = beside(once, name="test", every=hourly, first_after=AT_ONCE, towns_time=True)
    assert done.wait(30)
    stop.set()


@pytest.mark.parametrize("job", [forget_positions, inspections, lapse_requests, seal_cases])
def test_what_goes_by_the_towns_clock_keeps_to_it(job, monkeypatch):
    asked = {}
    monkeypatch.setattr(job, "beside", lambda _once, **more: asked.update(more))
    job.start()
    assert asked["towns_time"] is True
