"""Triggers that refuse to change a case's event, and to delete one before its case is erased."""

from django.db import migrations

from anlan.kernel.append_only import Guarded, append_only

NOT_ERASED = "EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NULL)"


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        append_only(
            Guarded("cases_caseevent", "cases_event", kept_while=NOT_ERASED),
            function="cases_events_are_append_only",
            sentence="a case's events are append-only",
        )
    ]
