"""Reads of coverage planning: frozen rows, worked out from the town's roads, posts and calls."""

from __future__ import annotations

from anlan.areas.coverage.queries.covering import coverage
from anlan.areas.coverage.queries.documents import coverage_document
from anlan.areas.coverage.queries.files import write_layers
from anlan.areas.coverage.queries.layers import geojson
from anlan.areas.coverage.queries.rows import Asked, Coverage
from anlan.areas.coverage.queries.siting import SitingAnswer, site, warm_siting
from anlan.areas.coverage.queries.siting_documents import siting_document, siting_layers

__all__ = [
    "Asked",
    "Coverage",
    "SitingAnswer",
    "coverage",
    "coverage_document",
    "geojson",
    "site",
    "siting_document",
    "siting_layers",
    "warm_siting",
    "write_layers",
]
