"""From ANLAN_DATABASE_URL to Django's database settings. Standard library only."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from anlan.kernel.values import BadInput

LOCK_TIMEOUT_S = 20

# synchronous=FULL: what was acknowledged survives a cut of power. secure_delete: a destroyed wrap
# is overwritten in its page. recursive_triggers: REPLACE cannot slip past the ledger's trigger.
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; "
    "PRAGMA recursive_triggers=ON; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY"
)

# Compiling a plan takes 100 ms, longer than our queries; and an index is no farther than a table
# in memory or on a disk without arms, which the planner's own figures don't assume.
POSTGRES_PLANNER = "-c jit=off -c random_page_cost=1.1"


def database_settings(url: str, *, data: Path) -> dict[str, Any]:
    """Give Django's settings for the named PostgreSQL, or for SQLite in the data folder."""
    if not url:
        return sqlite_settings(data / "anlan.sqlite3")
    return postgres_settings(url)


def sqlite_settings(path: Path) -> dict[str, Any]:
    """Give the settings of the embedded database."""
    return {
        "ENGINE": "anlan.project.sqlite",
        "NAME": str(path),
        "CONN_MAX_AGE": None,  # a connection per thread stays open: opening costs more than a write
        "OPTIONS": {
            "timeout": LOCK_TIMEOUT_S,
            "transaction_mode": "IMMEDIATE",
            "init_command": SQLITE_PRAGMAS,
        },
    }


def postgres_settings(url: str) -> dict[str, Any]:
    """Give the settings for postgresql://USER:PASSWORD@HOST:PORT/NAME (or ?host=/socket/folder)."""
    unlike = BadInput(
        "ANLAN_DATABASE_URL must look like postgresql://USER:PASSWORD@HOST:5432/NAME."
    )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:  # a port that is no number, a bracket without its twin
        raise unlike from error
    name = unquote(parts.path.lstrip("/"))
    if parts.scheme not in {"postgresql", "postgres"} or not name:
        raise unlike
    query = dict(parse_qsl(parts.query))
    host = query.pop("host", "") or parts.hostname or ""
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": f"-c lock_timeout={LOCK_TIMEOUT_S}s {POSTGRES_PLANNER}", **query},
    }
