"""A party who acts by its link is an actor too; the entry's triggers are set again on SQLite.

Django makes the altered table anew there, which drops its triggers.
"""

from importlib import import_module

import django.core.validators
from django.db import migrations, models


entry_triggers = import_module("anlan.kernel.ledger.migrations.0002_append_only")


def set_again(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for statement in entry_triggers.SQLITE_UNDO + entry_triggers.SQLITE:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0004_append_only_tree'),
    ]

    operations = [
        migrations.AlterField(
            model_name='clientwrite',
            name='actor_ref',
            field=models.CharField(max_length=80, validators=[django.core.validators.RegexValidator('^(staff:[0-9]+|link:[0-9]+|job:[a-z0-9_-]+|token:[a-z0-9_-]+|cli)$')]),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='actor_ref',
            field=models.CharField(max_length=80, validators=[django.core.validators.RegexValidator('^(staff:[0-9]+|link:[0-9]+|job:[a-z0-9_-]+|token:[a-z0-9_-]+|cli)$')]),
        ),
        migrations.AlterField(
            model_name='ledgerentry',
            name='actor_role',
            field=models.CharField(blank=True, max_length=160, validators=[django.core.validators.RegexValidator('^[a-z_+]{0,160}$')]),
        ),
        migrations.RunPython(set_again, migrations.RunPython.noop),
    ]
