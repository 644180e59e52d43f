"""Triggers that refuse to change or delete a ledger entry, on both databases."""

from django.db import migrations

from anlan.kernel.append_only import Guarded, append_only


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]

    operations = [
        append_only(
            Guarded("ledger_ledgerentry", "ledger_entry"),
            function="ledger_is_append_only",
            sentence="the ledger is append-only",
        )
    ]
