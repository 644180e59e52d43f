"""Daily hours are half-open and may pass midnight; a town's country comes from its zone."""

from __future__ import annotations

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anlan.kernel.places.queries.units import covers
from anlan.kernel.places.services.town import country_of_zone

minutes = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@pytest.mark.parametrize(
    ("on", "off", "clock", "expected"),
    [
        ("08:00", "20:00", "08:00", True),
        ("08:00", "20:00", "19:59", True),
        ("08:00", "20:00", "20:00", False),
        ("20:00", "08:00", "23:30", True),
        ("20:00", "08:00", "07:59", True),
        ("20:00", "08:00", "08:00", False),
        ("20:00", "08:00", "12:00", False),
    ],
)
def test_hours_are_half_open_and_pass_midnight(on, off, clock, expected):
    hours = [time.fromisoformat(one) for one in (on, off, clock)]
    assert covers(*hours) is expected


@given(minutes, minutes, minutes)
def test_two_turns_that_meet_cover_the_day_once(on, off, clock):
    if on == off:
        assert covers(on, off, clock)
    else:
        assert covers(on, off, clock) is not covers(off, on, clock)


@pytest.mark.parametrize(
    ("zone", "country"),
    [
        ("America/Los_Angeles", "US"),
        ("Europe/Lisbon", "PT"),
        ("Asia/Shanghai", "CN"),
        ("Asia/Urumqi", "CN"),
        ("Asia/Chongqing", "CN"),
        ("America/Santiago", "CL"),
        ("UTC", ""),
    ],
)
def test_country_of_a_zone(zone, country):
    assert country_of_zone(zone) == country
