"""Until when an inspection was called off."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('hazards', '0005_filled_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='inspection',
            name='called_off_until',
            field=models.DateField(blank=True, null=True),
        ),
    ]
