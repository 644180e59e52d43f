"""Triggers that refuse to change or delete leaves, nodes, heads and cosignatures."""

from django.db import migrations

from anlan.kernel.append_only import Guarded, append_only

TABLES = ["ledgerleaf", "ledgernode", "ledgerhead", "ledgercosignature"]


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_tree")]

    operations = [
        append_only(
            *(Guarded(f"ledger_{table}", f"ledger_{table}") for table in TABLES),
            function="ledger_tree_is_append_only",
            sentence="the ledger is append-only",
        )
    ]
