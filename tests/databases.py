"""Which database the tests run on, and how rows that nobody may delete are cleared between them.

`pytest` runs on SQLite (a file, since threads need a real one), `pytest --postgres` on a throw-away
PostgreSQL, and ANLAN_DATABASE_URL names one that stands already.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from tests.postgres import PostgresAbsent, throw_away_postgres

if TYPE_CHECKING:
    from django.test import TransactionTestCase

    from anlan.kernel.append_only import AppendOnly

__all__ = ["django_db_modify_db_settings"]


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    django_db_modify_db_settings_parallel_suffix: None,
) -> Iterator[None]:
    """Point Django at the database of this run, before the test database is made."""
    from django.test import TransactionTestCase

    from anlan.project.database import postgres_settings

    with contextlib.ExitStack() as stack:
        patched = stack.enter_context(pytest.MonkeyPatch.context())
        patched.setattr(TransactionTestCase, "_fixture_teardown", clear)
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


KEPT = frozenset({"django_migrations", "django_content_type", "auth_permission"})


def clear(case: TransactionTestCase) -> None:
    """Delete the rows that a test with real transactions left, in the tables that hold any.

    Django's own flush truncates every table, full or not, and then makes each model's content type
    and permissions anew, which takes longer than most tests. What migrations made is kept in KEPT.
    """
    from django.db import connections, transaction

    for name in case._databases_names(include_mirrors=False):
        connection = connections[name]
        quote = connection.ops.quote_name
        tables = sorted(set(connection.introspection.django_table_names()) - KEPT)
        look = (f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM {quote(one)})" for one in tables)
        with transaction.atomic(using=name), connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(look))
            full = [one for (one,) in cursor.fetchall()]
            with _unguarded(cursor):
                for one in full:
                    cursor.execute(f"DELETE FROM {quote(one)}")


@contextlib.contextmanager
def _unguarded(cursor: Any) -> Iterator[None]:
    """Let rows be deleted; a superuser of PostgreSQL needs no table altered for that."""
    from django.db import connection

    if connection.vendor == "postgresql":
        cursor.execute("SELECT current_setting('is_superuser')")
        if cursor.fetchone() == ("on",):
            cursor.execute("SET LOCAL session_replication_role = 'replica'")
            yield
            return
    guard(False)
    yield
    guard(True)


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


def guard(on: bool) -> None:
    """Set or lift the triggers of the append-only tables."""
    from django.db import connection

    with connection.cursor() as cursor:
        # as a migration has it: what runs the statements, and on which database
        editor = SimpleNamespace(connection=connection, execute=cursor.execute)
        for step in _steps():
            step.reverse_code(None, editor)
            if on:
                step.code(None, editor)


@contextlib.contextmanager
def unguarded() -> Iterator[None]:
    """Lift the triggers for what a test does inside."""
    guard(False)
    try:
        yield
    finally:
        guard(True)


@functools.cache
def _steps() -> tuple[AppendOnly, ...]:
    from anlan.kernel.append_only import guarding_steps

    return tuple(guarding_steps())
