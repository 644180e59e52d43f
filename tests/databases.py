"""Which database the tests run on, and how rows that nobody may delete are cleared between them.

`pytest` runs on SQLite (a file, since threads need a real one), `pytest --postgres` on a throw-away
PostgreSQL, and ANLAN_DATABASE_URL names one that stands already.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.postgres import PostgresAbsent, throw_away_postgres

__all__ = ["append_only_tables", "django_db_modify_db_settings"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Point Django at the database of this run, before the test database is made."""
    from anlan.project.database import postgres_settings

    with contextlib.ExitStack() as stack:
        if os.environ.get("ANLAN_DATABASE_URL"):
            pass  # the settings name it
        elif request.config.getoption("--postgres"):
            try:
                url = stack.enter_context(throw_away_postgres())
            except PostgresAbsent as absent:
                _absent(str(absent))
            _use({**postgres_settings(url), "TEST": {"NAME": "anlan_tests"}})
        else:
            file = tmp_path_factory.mktemp("database") / "anlan.sqlite3"
            _name_test_file(file)
        yield


@contextlib.contextmanager
def _cleared_by_rows() -> Iterator[None]:
    """Let Django clear tables by deleting rows: truncating makes new files for each, full or not.

    The throw-away server's user may switch triggers and foreign keys off for it.
    """
    from django.db.backends.postgresql.operations import DatabaseOperations

    def sql_flush(
        self: DatabaseOperations, style: object, tables: list[str], **_how: bool
    ) -> list[str]:
        rows = "; ".join(f"DELETE FROM {self.quote_name(table)}" for table in tables)
        role = "SET session_replication_role"
        return [f"{role} = replica; {rows}; {role} = DEFAULT"] if tables else []

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield


def _absent(sentence: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


def _use(settings: dict[str, Any]) -> None:
    from django.conf import settings as django_settings
    from django.db import connections

    django_settings.DATABASES["default"] = settings
    connections.settings = connections.configure_settings(django_settings.DATABASES)
    with contextlib.suppress(AttributeError):
        del connections["default"]


def _name_test_file(file: Path) -> None:
    from django.db import connections

    connections["default"].settings_dict["TEST"]["NAME"] = str(file)


@pytest.fixture(autouse=True)
def append_only_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let Django clear the ledger after a test with real transactions, and then guard it again."""
    marker = request.node.get_closest_marker("django_db")
    real = "transactional_db" in request.fixturenames or bool(
        marker and (marker.kwargs.get("transaction") or (marker.args and marker.args[0]))
    )
    if not real:
        yield
        return
    # Asked for here and not as a parameter, so that no other test makes a database.
    request.getfixturevalue("_django_db_helper")
    guard(True)
    yield
    guard(False)


def guard(on: bool) -> None:
    """Set or lift the triggers of the append-only tables."""
    import importlib

    from django.db import connection

    postgres = connection.vendor == "postgresql"
    statements: list[str] = []
    for floor, name in (
        ("ledger", "0002_append_only"),
        ("ledger", "0004_append_only_tree"),
        ("cases", "0002_append_only"),
    ):
        migration = importlib.import_module(f"anlan.kernel.{floor}.migrations.{name}")
        statements += migration.POSTGRESQL_UNDO if postgres else migration.SQLITE_UNDO
        if on:
            statements += migration.POSTGRESQL if postgres else migration.SQLITE
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
