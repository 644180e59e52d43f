"""Whether a second person has read what it agrees to: as all of it stands, by no clock."""

from __future__ import annotations

import pytest
from tests.services import small_case as small
from tests.services.small_case import HANDLER, SUPERVISOR, do, open_small, stamp

from anlan.kernel.cases import services as cases
from anlan.kernel.cases.queries import has_read
from anlan.kernel.sealing.rules import Purpose

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def town():
    with small.small_case_type():
        small.make_town()
        yield


def read(case_id, *, days=0.0, actor=SUPERVISOR, **more):
    return cases.open_words(case_id, purpose=Purpose.REVIEW, **more, **stamp(actor, days=days))


def test_what_was_begun_before_somebody_read_and_committed_after_was_not_read():
    one = open_small()
    do(one, "note", texts={"words": "first"})
    do(one, "drop")
    read(one, days=1)
    assert has_read(one, SUPERVISOR)
    do(one, "note", texts={"words": "else"}, days=0.5)  # asked for before the reading
    assert not has_read(one, SUPERVISOR)
    read(one, days=1)
    assert has_read(one, SUPERVISOR)


def test_another_part_and_another_reader_are_no_reading():
    one = open_small()
    do(one, "hear", texts={"own_words": "own"}, party=1)
    read(one, only=["p1"])
    assert not has_read(one, SUPERVISOR)
    read(one)
    assert has_read(one, SUPERVISOR)
    assert not has_read(one, HANDLER)
