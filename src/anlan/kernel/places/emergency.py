"""Which numbers one calls in an emergency, by a town's country. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from anlan.kernel.places.catalogue import Label, read_catalogue, read_label
from anlan.kernel.values import BadInput

_NUMBER = re.compile(r"^[0-9]{2,6}$")


@dataclass(frozen=True, slots=True)
class EmergencyNumber:
    """A number to call, for what, and where it is laid down."""

    number: str
    label: Label
    source: str


def parse_emergency_numbers(raw: Mapping[str, Any]) -> Mapping[str, tuple[EmergencyNumber, ...]]:
    """Check and freeze the numbers by country; one without a source fails."""
    labels = {code: read_label(one, where=f"Number {code}") for code, one in raw["labels"].items()}
    found: dict[str, tuple[EmergencyNumber, ...]] = {}
    for row in raw["numbers"]:
        said = {code: str(row[code]) for code in labels if code in row}
        source = str(row.get("source", ""))
        if not source or not said or not all(map(_NUMBER.match, said.values())):
            raise BadInput(f"Emergency numbers of {row['countries']} need digits and a source.")
        for country in row["countries"]:
            if country in found:
                raise BadInput(f"Emergency numbers of {country} stand twice.")
            found[country] = tuple(
                EmergencyNumber(number, labels[code], source) for code, number in said.items()
            )
    return found


@cache
def _shipped() -> Mapping[str, tuple[EmergencyNumber, ...]]:
    return parse_emergency_numbers(read_catalogue("emergency_numbers.toml"))


def emergency_numbers(country: str) -> tuple[EmergencyNumber, ...]:
    """Give the numbers of a country by its code ("CL"); none where none is known for certain."""
    return _shipped().get(country, ())
