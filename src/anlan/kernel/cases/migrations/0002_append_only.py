"""Triggers that refuse to change a case's event, and to delete one before its case is erased.

Trap: Django alters a table on SQLite by making it anew, which drops its triggers without a word. A
migration that alters CaseEvent must run these statements again; a test looks for the triggers.
"""

from django.db import migrations

SQLITE = [
    """
    CREATE TRIGGER cases_event_no_update BEFORE UPDATE ON cases_caseevent
    BEGIN SELECT RAISE(ABORT, 'a case''s events are append-only'); END
    """,
    """
    CREATE TRIGGER cases_event_no_delete BEFORE DELETE ON cases_caseevent
    WHEN EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NULL)
    BEGIN SELECT RAISE(ABORT, 'a case''s events are append-only'); END
    """,
]
SQLITE_UNDO = [
    "DROP TRIGGER IF EXISTS cases_event_no_update",
    "DROP TRIGGER IF EXISTS cases_event_no_delete",
]
POSTGRESQL = [
    """
    CREATE FUNCTION cases_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'DELETE' THEN
            IF NOT EXISTS (
                SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NULL
            ) THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION 'a case''s events are append-only';
    END $$
    """,
    """
    CREATE TRIGGER cases_event_no_change BEFORE UPDATE OR DELETE ON cases_caseevent
    FOR EACH ROW EXECUTE FUNCTION cases_events_are_append_only()
    """,
    """
    CREATE TRIGGER cases_event_no_truncate BEFORE TRUNCATE ON cases_caseevent
    FOR EACH STATEMENT EXECUTE FUNCTION cases_events_are_append_only()
    """,
]
POSTGRESQL_UNDO = [
    "DROP TRIGGER IF EXISTS cases_event_no_change ON cases_caseevent",
    "DROP TRIGGER IF EXISTS cases_event_no_truncate ON cases_caseevent",
    "DROP FUNCTION IF EXISTS cases_events_are_append_only()",
]


def add(apps, schema_editor):
    for statement in POSTGRESQL if schema_editor.connection.vendor == "postgresql" else SQLITE:
        schema_editor.execute(statement)


def remove(apps, schema_editor):
    postgresql = schema_editor.connection.vendor == "postgresql"
    for statement in POSTGRESQL_UNDO if postgresql else SQLITE_UNDO:
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
