"""Withholding small counts so that none can be worked out, and auditing that it can't."""

from anlan.engine.suppression.audit import Bounds, Sum, UnusableCounts, bounds_of
from anlan.engine.suppression.withholding import LEAST_SHOWN, Withheld, withhold

__all__ = [
    "LEAST_SHOWN",
    "Bounds",
    "Sum",
    "UnusableCounts",
    "Withheld",
    "bounds_of",
    "withhold",
]
