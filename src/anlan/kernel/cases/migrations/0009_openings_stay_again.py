"""Guards the openings again: that they say which authority asked made their table anew on SQLite."""

from importlib import import_module

from django.db import migrations

from anlan.kernel.append_only import Guarded, guarded_again

_OPENINGS = import_module("anlan.kernel.cases.migrations.0004_openings_stay")
OPENINGS = Guarded("sealing_opening", "sealing_opening", kept_while=_OPENINGS.NOT_ERASED)


class Migration(migrations.Migration):
    dependencies = [("cases", "0008_office_telephone"), ("sealing", "0011_asked_by_authority")]

    operations = [guarded_again(OPENINGS, sentence="openings are append-only")]
