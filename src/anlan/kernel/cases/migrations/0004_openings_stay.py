"""Triggers that refuse to change an opening, and to delete one before its case is erased.

It stands here, above the floor of the openings, since only cases know what is erased.
"""

from django.db import migrations

from anlan.kernel.append_only import Guarded, append_only

# "mediation:12" without its letters is the row's number: by it the case is found by its key.
NOT_ERASED = (
    "NOT EXISTS (SELECT 1 FROM cases_case"
    " WHERE id = CAST(ltrim(OLD.case_ref, 'abcdefghijklmnopqrstuvwxyz_:') AS bigint)"
    " AND type || ':' || id = OLD.case_ref AND erased_at IS NOT NULL)"
)


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_pace"), ("sealing", "0009_opening_version")]

    operations = [
        append_only(
            Guarded("sealing_opening", "sealing_opening", kept_while=NOT_ERASED),
            function="sealing_openings_are_append_only",
            sentence="openings are append-only",
        )
    ]
