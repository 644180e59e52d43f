"""Fixtures that every kind of test may use."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.databases import *  # noqa: F403

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; tests skip with a sentence where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The folder ../shared/data is absent, so there is no real data to test with.")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one run be on PostgreSQL."""
    parser.addoption(
        "--postgres", action="store_true", help="run on a throw-away PostgreSQL, not on SQLite"
    )
