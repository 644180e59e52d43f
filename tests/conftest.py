"""Fixtures that every kind of test may use."""

from __future__ import annotations

import gc
import runpy
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests.databases import *  # noqa: F403

# By day the same examples each time, so that a change is judged by what it changed; how fast a busy
# machine draws them is no fault of what is tested.
settings.register_profile(
    "day",
    settings(),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("day")
# `pytest --hypothesis-profile nightly`: others than by day, and many more of them.
settings.register_profile(
    "nightly", max_examples=1_000, deadline=None, derandomize=False, print_blob=True
)
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data beside the project; tests skip with a sentence where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("The folder ../shared/data is absent, so there is no real data to test with.")
    return folder


@pytest.fixture(autouse=True)
def language_of_its_own() -> Iterator[None]:
    """Let no test leave its language to the next; the middleware leaves a page's behind."""
    yield
    if "django.utils.translation" in sys.modules:
        sys.modules["django.utils.translation"].deactivate()


def pytest_configure(config: pytest.Config) -> None:
    """Let no test run a kernel that was compiled from what is no longer there."""
    if not hasattr(config, "workerinput"):  # once, before there are workers
        runpy.run_path(str(ROOT / "tools/fresh_kernels.py"))["forget_stale"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let one run be on PostgreSQL."""
    parser.addoption(
        "--postgres", action="store_true", help="run on a throw-away PostgreSQL, not on SQLite"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL leave out what says nothing of the database: SQLite's run has it."""
    marked = [(one, mark) for one in items for mark in one.iter_markers("one_database")]
    for one, mark in marked:
        if not any(mark.args):
            raise pytest.UsageError(f"{one.nodeid}: one_database wants a sentence that says why")
    if config.getoption("--postgres"):
        out = {one: why for one, why in marked}
        config.hook.pytest_deselected(items=list(out))
        items[:] = [one for one in items if one not in out]


def pytest_collection_finish() -> None:
    """Let the collector look at what tests make, not over and over at all that was imported."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)
