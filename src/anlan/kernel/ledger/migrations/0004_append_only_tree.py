"""Triggers that refuse to change or delete leaves, nodes, heads and cosignatures.

Trap: Django alters a table on SQLite by making it anew, which drops its triggers without a word. A
migration that alters one of these tables must run these statements again; a test looks for them.
"""

from django.db import migrations

TABLES = ["ledgerleaf", "ledgernode", "ledgerhead", "ledgercosignature"]

SQLITE = [
    f"""
    CREATE TRIGGER ledger_{table}_no_{word.lower()} BEFORE {word} ON ledger_{table}
    BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END
    """
    for table in TABLES
    for word in ("UPDATE", "DELETE")
]
SQLITE_UNDO = [
    f"DROP TRIGGER IF EXISTS ledger_{table}_no_{word}"
    for table in TABLES
    for word in ("update", "delete")
]
POSTGRESQL = [
    """
    CREATE FUNCTION ledger_tree_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
    """,
    *[
        f"""
        CREATE TRIGGER ledger_{table}_no_change BEFORE UPDATE OR DELETE ON ledger_{table}
        FOR EACH ROW EXECUTE FUNCTION ledger_tree_is_append_only()
        """
        for table in TABLES
    ],
    *[
        f"""
        CREATE TRIGGER ledger_{table}_no_truncate BEFORE TRUNCATE ON ledger_{table}
        FOR EACH STATEMENT EXECUTE FUNCTION ledger_tree_is_append_only()
        """
        for table in TABLES
    ],
]
POSTGRESQL_UNDO = [
    *[
        f"DROP TRIGGER IF EXISTS ledger_{table}_no_{word} ON ledger_{table}"
        for table in TABLES
        for word in ("change", "truncate")
    ],
    "DROP FUNCTION IF EXISTS ledger_tree_is_append_only()",
]


def add(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_UNDO if postgresql else SQLITE_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_tree")]

    operations = [migrations.RunPython(add, remove)]
