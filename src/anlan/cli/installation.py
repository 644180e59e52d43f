"""An installation's folder: Django set up on it, its tables made; safe when two start at once."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from anlan.cli.output import Output
from anlan.kernel.values import Actor, BadInput, Role

MIGRATION_LOCK = 0x616E6C61  # "anla": the advisory lock that PostgreSQL holds while tables are made


def prepare(data: str | None, *, out: Output, begins: bool = True) -> Path:
    """Set Django up on this installation and bring its tables up to date; gives the folder.

    Unless the command `begins` an installation, a named folder that is absent is a slip of the pen.
    """
    named = data or os.environ.get("ANLAN_DATA")
    folder = Path(named or ".data").expanduser().resolve()
    try:
        if not begins and not folder.exists():
            raise BadInput(
                f"There is no installation in {folder}: name its folder by --data or ANLAN_DATA "
                "(the demo's is .demo), or begin one with `anlan town create`."
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"The folder {folder} can't be used: {error.strerror}.") from error
    os.environ["ANLAN_DATA"] = str(folder)
    set_up()
    _bring_up_to_date(folder, out=out)
    return folder


def set_up() -> None:
    """Set Django up: areas register what they have. A command that reads no town needs no more."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "anlan.project.settings")
    import django

    django.setup()


def _bring_up_to_date(folder: Path, *, out: Output) -> None:
    from django.core.management import call_command
    from django.db import OperationalError, connection

    try:
        with _one_at_a_time(folder):
            if _unapplied(connection):
                out.progress("Making the tables", 0.0)
                call_command("migrate", interactive=False, verbosity=0)
                out.progress("Making the tables", 1.0)
    except OperationalError as error:
        raise BadInput(
            "The database can't be reached; check ANLAN_DATABASE_URL and that PostgreSQL runs."
            if connection.vendor == "postgresql"
            else f"The database in {folder} can't be opened; check that the folder may be written."
        ) from error


def _unapplied(connection) -> bool:
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold a file lock, and on PostgreSQL (which several machines may share) an advisory one."""
    from django.db import connection

    with (folder / "migrate.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def cli_actor() -> Actor:
    """Give the actor that the command line writes as: whoever holds the installation's folder."""
    return Actor(staff_ref="cli", roles=frozenset({Role.ADMINISTRATOR, Role.DUTY_OFFICER}))


def town_now(key: str) -> datetime:
    """Give the town's time now, by its own clock; raises BadInput where there is no such town."""
    from anlan.kernel.places import queries

    return queries.town(key).clock.at(datetime.now(UTC))


def stamp(key: str | None = None) -> dict[str, Any]:
    """Give who writes and when: `at` by the town's clock, or by ours where no town is named."""
    return {
        "actor": cli_actor(),
        "at": datetime.now(UTC) if key is None else town_now(key),
        "recorded_at": datetime.now(UTC),
    }
