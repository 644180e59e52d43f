"""The day that an inspection was planned for before it was moved."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hazards', '0006_called_off_until'),
    ]

    operations = [
        migrations.AddField(
            model_name='inspection',
            name='first_due_on',
            field=models.DateField(blank=True, null=True),
        ),
    ]
