"""When a checklist was filled in, since when it was planned, and forms beside a colleague's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hazards', '0004_imminent'),
    ]

    operations = [
        migrations.AddField(
            model_name='inspection',
            name='beside',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='others', to='hazards.inspection'),
        ),
        migrations.AddField(
            model_name='inspection',
            name='filled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='inspection',
            name='planned_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
