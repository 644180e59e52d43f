"""What maxspeed and duration tags mean."""

from __future__ import annotations

import pytest

from anlan.engine.roads.speeds import class_speed_kmh, duration_s, limit_kmh, travel_speed_kmh


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("50", 50),
        ("50 km/h", 50),
        ("30 mph", 48.28),
        ("30mph", 48.28),
        ("5 knots", 9.26),
        ("50;30", 30),
        ("80|60", 60),
        ("walk", 7),
        ("CN:urban", 50),
        ("CN:rural", 70),
        ("DE:rural", 100),
        ("DE:urban", 50),
        ("DE:zone:30", 30),
        ("DE:zone30", 30),
        ("GB:nsl_single", 96.6),
        ("RU:urban", 60),
        ("XX:urban", 50),
        ("BE-VLG:urban", 50),
    ],
)
def test_limits(text, kmh):
    assert limit_kmh(text) == pytest.approx(kmh, abs=0.01)


@pytest.mark.parametrize("text", ["", "signals", "variable", "0", "fast", "50 furlongs", "CN:moon"])
def test_what_says_nothing_is_no_limit(text):
    assert limit_kmh(text) is None


def test_no_limit_drives_at_the_fastest_speed():
    assert travel_speed_kmh(limit_kmh("none")) == pytest.approx(130)


def test_a_limit_is_not_held_from_end_to_end():
    assert travel_speed_kmh(50) == 45
    assert travel_speed_kmh(1) == 5


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20", 1200),
        ("0:20", 1200),
        ("1:05", 3900),
        ("0:20:30", 1230),
        ("PT20M", 1200),
        ("PT1H", 3600),
    ],
)
def test_durations(text, seconds):
    assert duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0", "PT", "-5"])
def test_what_is_no_duration(text):
    assert duration_s(text) is None


def test_class_defaults_depend_on_the_country():
    assert class_speed_kmh("primary") == 65
    assert class_speed_kmh("primary", country="cn") == 50
    assert class_speed_kmh("residential", country="CN") == class_speed_kmh("residential")
    assert class_speed_kmh("lane of its own") == class_speed_kmh("road")
