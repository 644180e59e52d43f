"""Emergency numbers by country: with a source each, and none where none is known for certain."""

from __future__ import annotations

import pytest

from anlan.kernel.places.catalogue import read_catalogue
from anlan.kernel.places.emergency import emergency_numbers, parse_emergency_numbers
from anlan.kernel.values import BadInput


@pytest.mark.parametrize(
    ("country", "numbers"),
    [("CN", ["119", "120", "110"]), ("CL", ["132", "131", "133"]), ("DE", ["112"]), ("XX", [])],
)
def test_a_country_has_its_numbers_and_an_unknown_one_has_none(country, numbers):
    assert [one.number for one in emergency_numbers(country)] == numbers
    assert all(one.source for one in emergency_numbers(country))


@pytest.mark.parametrize(
    "fault", [{"source": ""}, {"fire": "call us"}, {"countries": ["CN", "CN"]}]
)
def test_numbers_without_a_source_or_digits_and_a_country_named_twice_are_refused(fault):
    raw = read_catalogue("emergency_numbers.toml")
    china = next(one for one in raw["numbers"] if "CN" in one["countries"])
    with pytest.raises(BadInput):
        parse_emergency_numbers(raw | {"numbers": [china | fault]})
