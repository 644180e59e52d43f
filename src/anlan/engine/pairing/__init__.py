"""The cheapest pairing of rows with columns, for loops that are compiled."""

from __future__ import annotations

from anlan.engine.pairing.kernels import NO_PAIRING, pair_rows

__all__ = ["NO_PAIRING", "pair_rows"]
