"""Scenes that services make once and that are laid down again as the rows they left.

Leading a case to the state that a test is about takes longer than the test. The same scene, begun
in the same rows, leaves the same rows: they are kept, and whoever asks for it again is given them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import get_language
from tests.databases import KEPT

TABLES = {one._meta.db_table: one for one in apps.get_models(include_auto_created=True)}
Rows = dict[str, list[tuple[Any, ...]]]
Made = TypeVar("Made")
_scenes: dict[Hashable, tuple[Any, Rows]] = {}


def full_tables() -> list[str]:
    """Name the tables that hold any row: in a scene most hold none, and all are read often."""
    look = (f"SELECT '{one}' WHERE EXISTS (SELECT 1 FROM \"{one}\")" for one in TABLES)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(look))
        return sorted(one for (one,) in cursor.fetchall())


def all_rows() -> Rows:
    """Give all rows of the tables that hold any, without those that migrations made."""
    held = {}
    with connection.cursor() as cursor:
        for table in sorted(set(full_tables()) - KEPT):
            cursor.execute(f'SELECT * FROM "{table}" ORDER BY 1')
            held[table] = [tuple(map(_plain, row)) for row in cursor.fetchall()]
    return held


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def kept(what: Hashable, make: Callable[[], Made]) -> Made:
    """Make a scene, or lay down what it left when it was made from the same rows before.

    `what` says all that the scene depends on beside the rows there are and the language; what
    `make` gives is given again as a copy. A scene that changed or deleted a row is made each time.
    """
    before = all_rows()
    key = (what, get_language(), settings.ANLAN_KEYS.fingerprint, repr(before))
    if key in _scenes:
        made, rows = _scenes[key]
        _lay_down(rows)
        return copy.deepcopy(made)
    made = make()
    after = all_rows()
    if all(row in after.get(table, ()) for table, rows in before.items() for row in rows):
        new = {
            t: [one for one in rows if one not in before.get(t, ())] for t, rows in after.items()
        }
        _scenes[key] = copy.deepcopy(made), {t: rows for t, rows in new.items() if rows}
    return made


def _lay_down(scene: Rows) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table, rows in scene.items():
            row = f"({', '.join(['%s'] * len(rows[0]))})"
            cursor.execute(
                f'INSERT INTO "{table}" VALUES {", ".join([row] * len(rows))}',
                [value for row in rows for value in row],
            )
