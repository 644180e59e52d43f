"""A party who acts by its link is an actor too; the entry's triggers are set again on SQLite.

Django makes the altered table anew there, which drops its triggers.
"""

import django.core.validators
from django.db import migrations, models

from anlan.kernel.append_only import Guarded, guarded_again


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
        guarded_again(
            Guarded("ledger_ledgerentry", "ledger_entry"), sentence="the ledger is append-only"
        ),
    ]
