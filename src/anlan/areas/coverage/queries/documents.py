"""Coverage as one plain document: what the API answers and `anlan coverage --json` prints."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from anlan.areas.coverage.queries.layers import about
from anlan.areas.coverage.queries.rows import Coverage


def coverage_document(found: Coverage, *, gaps: int | None = None) -> dict[str, Any]:
    """Give the figures without the shapes; `gaps` limits the list, whose full length is told."""
    return {
        **about(found),
        "hours": [asdict(one) for one in found.hours],
        "speed_hours": [asdict(one) for one in found.speeds.hours],
        "posts": [asdict(one) for one in found.posts],
        "gap_count": len(found.gaps),
        "gaps": [asdict(one) for one in found.gaps[:gaps]],
    }
