"""What failed keeps that its case was opened, so that a case that was erased isn't opened again."""

from datetime import timedelta

from django.db import migrations, models
from django.db.models import Q
from django.utils import timezone


def mark_opened(apps, schema_editor):
    """Take what has a case, or had one: what is left of more than a day ago was erased since."""
    failures = apps.get_model("hazards", "Failure").objects
    long_ago = timezone.now() - timedelta(days=1)
    failures.filter(Q(case__isnull=False) | Q(inspection__done_at__lt=long_ago)).update(opened=True)


class Migration(migrations.Migration):
    dependencies = [("hazards", "0002_done_lately")]

    operations = [
        migrations.AddField(
            model_name="failure",
            name="opened",
            field=models.BooleanField(default=False),
        ),
        migrations.RunPython(mark_opened, migrations.RunPython.noop),
    ]
