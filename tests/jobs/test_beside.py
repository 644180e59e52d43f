"""Background work beside the server goes on after a busy database, and ends when it is told to."""

from __future__ import annotations

import threading
from datetime import timedelta

from django.db import OperationalError

from anlan.jobs.beside import beside

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
