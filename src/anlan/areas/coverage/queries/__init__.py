"""Reads of coverage planning: frozen rows, worked out from the town's roads, posts and calls."""

from __future__ import annotations

from anlan.areas.coverage.queries.covering import coverage
from anlan.areas.coverage.queries.documents import coverage_document
from anlan.areas.coverage.queries.files import write_layers
from anlan.areas.coverage.queries.layers import geojson
from anlan.areas.coverage.queries.rows import Asked, Coverage

__all__ = ["Asked", "Coverage", "coverage", "coverage_document", "geojson", "write_layers"]
