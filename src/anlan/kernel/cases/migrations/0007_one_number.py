"""A case has one number, its key: the one that counted by type named another case in its reference."""

from importlib import import_module

from django.db import migrations

from anlan.kernel.append_only import Guarded, guarded_again, set_aside

_EVENTS = import_module("anlan.kernel.cases.migrations.0002_append_only")
_OPENINGS = import_module("anlan.kernel.cases.migrations.0004_openings_stay")
EVENTS = Guarded("cases_caseevent", "cases_event", kept_while=_EVENTS.NOT_ERASED)
OPENINGS = Guarded("sealing_opening", "sealing_opening", kept_while=_OPENINGS.NOT_ERASED)


class Migration(migrations.Migration):
    dependencies = [("cases", "0006_counted_then")]

    operations = [
        set_aside(EVENTS, OPENINGS),
        migrations.RemoveConstraint(model_name="case", name="cases_number_once"),
        migrations.RemoveField(model_name="case", name="number"),
        guarded_again(EVENTS, sentence="a case's events are append-only"),
        guarded_again(OPENINGS, sentence="openings are append-only"),
    ]
