"""Where posts should stand."""

from __future__ import annotations

from anlan.engine.siting.p_median import Siting, UnusableSiting, solve_p_median

__all__ = ["Siting", "UnusableSiting", "solve_p_median"]
