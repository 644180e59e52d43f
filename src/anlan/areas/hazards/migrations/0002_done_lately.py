"""Lists what was inspected lately by an index; a register may hold many thousands."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("hazards", "0001_initial")]

    operations = [
        migrations.AddIndex(
            model_name="inspection",
            index=models.Index(
                condition=models.Q(("done_at__isnull", False)),
                fields=["-done_at", "-id"],
                name="inspection_done_lately",
            ),
        ),
    ]
