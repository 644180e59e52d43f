"""The triggers that refuse to change or delete a table's rows, on both databases, for migrations.

Trap: Django alters a table on SQLite by making it anew, which drops its triggers without a word. A
migration that alters a guarded table ends with `guarded_again`; a test looks for the triggers. One
that alters a table which a guard's condition reads begins with `set_aside` and ends so, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import migrations


@dataclass(frozen=True, slots=True)
class Guarded:
    """A table whose rows stay; `name` begins its triggers' names.

    `kept_while` is SQL over OLD: a row may be deleted once it no longer holds. Without it never.
    """

    table: str
    name: str
    kept_while: str = ""


class AppendOnly(migrations.RunPython):
    """The step of a migration that guards tables, which it names."""

    guards: tuple[Guarded, ...] = ()


def guarding_steps() -> list[AppendOnly]:
    """Give every step of every migration that guards tables, in the order of their apps."""
    from django.db.migrations.loader import MigrationLoader

    found = sorted(MigrationLoader(None).disk_migrations.items())
    steps = [step for _name, one in found for step in one.operations]
    return [step for step in steps if isinstance(step, AppendOnly)]


def triggers_of(vendor: str, one: Guarded) -> tuple[str, str]:
    """Give the names of the two triggers that guard a table on one database."""
    words = ("change", "truncate") if vendor == "postgresql" else ("update", "delete")
    return (f"{one.name}_no_{words[0]}", f"{one.name}_no_{words[1]}")


def append_only(*tables: Guarded, function: str, sentence: str) -> AppendOnly:
    """Give the step of a migration that guards tables; `function` is PostgreSQL's, for all of them.

    `sentence` is what the database says when it refuses.
    """

    def add(_apps: Any, editor: Any) -> None:
        for statement in guarding(
            editor.connection.vendor, *tables, function=function, sentence=sentence
        ):
            editor.execute(statement)

    def remove(_apps: Any, editor: Any) -> None:
        for statement in releasing(editor.connection.vendor, *tables, function=function):
            editor.execute(statement)

    step = AppendOnly(add, remove)
    step.guards = tables
    return step


def guarded_again(*tables: Guarded, sentence: str) -> migrations.RunPython:
    """Give the step that ends a migration which alters guarded tables on SQLite."""

    def again(_apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            for statement in (
                *releasing("sqlite", *tables, function=""),
                *guarding("sqlite", *tables, function="", sentence=sentence),
            ):
                editor.execute(statement)

    return migrations.RunPython(again, migrations.RunPython.noop)


def set_aside(*tables: Guarded) -> migrations.RunPython:
    """Give the step that begins a migration which alters, on SQLite, what a condition reads.

    SQLite renames no table while a trigger asks for one that is not there.
    """

    def aside(_apps: Any, editor: Any) -> None:
        if editor.connection.vendor == "sqlite":
            for statement in releasing("sqlite", *tables, function=""):
                editor.execute(statement)

    return migrations.RunPython(aside, migrations.RunPython.noop)


def guarding(vendor: str, *tables: Guarded, function: str, sentence: str) -> list[str]:
    """Give the statements that guard tables of one database: "postgresql", else SQLite."""
    if len({each.kept_while for each in tables}) != 1:
        raise ValueError("Tables that share a function are kept on one condition.")
    said = sentence.replace("'", "''")
    if vendor == "postgresql":
        return [
            _function(tables[0], function, said),
            *(_postgresql(each, function, row=True) for each in tables),
            *(_postgresql(each, function, row=False) for each in tables),
        ]
    return [_sqlite(each, word, said) for each in tables for word in ("UPDATE", "DELETE")]


def releasing(vendor: str, *tables: Guarded, function: str) -> list[str]:
    """Give the statements that take the guard off again."""
    if vendor == "postgresql":
        return [
            *(
                f"DROP TRIGGER IF EXISTS {name} ON {each.table}"
                for each in tables
                for name in triggers_of(vendor, each)
            ),
            f"DROP FUNCTION IF EXISTS {function}()",
        ]
    return [
        f"DROP TRIGGER IF EXISTS {name}" for each in tables for name in triggers_of(vendor, each)
    ]


def _sqlite(one: Guarded, word: str, said: str) -> str:
    only = f"WHEN {one.kept_while} " if word == "DELETE" and one.kept_while else ""
    return (
        f"CREATE TRIGGER {one.name}_no_{word.lower()} BEFORE {word} ON {one.table} {only}"
        f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
    )


def _function(one: Guarded, function: str, said: str) -> str:
    """Give PostgreSQL's function; tables that share it are kept on one condition."""
    released = (
        f"IF TG_OP = 'DELETE' THEN IF NOT {one.kept_while} THEN RETURN OLD; END IF; END IF; "
        if one.kept_while
        else ""
    )
    return (
        f"CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN {released}RAISE EXCEPTION '{said}'; END $$"
    )


def _postgresql(one: Guarded, function: str, *, row: bool) -> str:
    name, when, each = (
        ("change", "UPDATE OR DELETE", "ROW") if row else ("truncate", "TRUNCATE", "STATEMENT")
    )
    return (
        f"CREATE TRIGGER {one.name}_no_{name} BEFORE {when} ON {one.table} "
        f"FOR EACH {each} EXECUTE FUNCTION {function}()"
    )
