"""The measured pattern of calls: when they come, of which types, how long crews take."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import numpy.typing as npt

SPELLS = ("turnout_medical", "turnout_other", "on_scene_medical", "on_scene_other", "at_hospital")


@dataclass(frozen=True, slots=True)
class CallPattern:
    """Figures measured on a log; weights have mean 1; spells are quantiles at `quantile_shares`."""

    source: str
    licence: str
    per_1000_people_a_day: float
    hour_weights: tuple[float, ...]
    weekday_weights: tuple[float, ...]
    types: Mapping[str, float]
    transport_share: float
    quantile_shares: tuple[float, ...]
    spells: Mapping[str, tuple[float, ...]]

    def spell_s(self, name: str, share: float) -> float:
        """Give the length of a spell in seconds at a share of its distribution, 0 to 1."""
        return float(np.interp(share, self.quantile_shares, self.spells[name]))

    def rate_per_hour(self, people: float) -> npt.NDArray[np.float64]:
        """Give calls an hour for each local hour of the week, f8[168], from Monday 00 on."""
        mean = people / 1000 * self.per_1000_people_a_day / 24
        return mean * np.outer(self.weekday_weights, self.hour_weights).ravel()


@cache
def call_pattern() -> CallPattern:
    """Give the shipped pattern (written by tools/measure_call_pattern.py)."""
    text = files("anlan.catalogue").joinpath("call_pattern.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    return CallPattern(
        source=data["source"],
        licence=data["licence"],
        per_1000_people_a_day=data["rate"]["per_1000_people_a_day"],
        hour_weights=tuple(data["rate"]["hour_weights"]),
        weekday_weights=tuple(data["rate"]["weekday_weights"]),
        types=dict(data["types"]),
        transport_share=data["transport_share"],
        quantile_shares=tuple(data["quantile_shares"]),
        spells={name: tuple(data["spells"][name]["s"]) for name in SPELLS},
    )
