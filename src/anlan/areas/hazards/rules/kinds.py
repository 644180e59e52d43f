"""The kinds of hazards: each is about a thing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from anlan.kernel.places.catalogue import Label, read_catalogue, read_label


@cache
def hazard_kinds() -> Mapping[str, Label]:
    """Give the shipped kinds in the order of their file."""
    raw = read_catalogue("hazards.toml")
    return {
        str(item["code"]): read_label(item.get("label"), where=f"Hazard {item['code']}")
        for item in raw["kinds"]
    }
