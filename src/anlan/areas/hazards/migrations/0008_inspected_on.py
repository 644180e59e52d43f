"""Premises keep the day of their last inspection, and what was called off until a day is indexed."""

from zoneinfo import ZoneInfo

from django.db import migrations, models
from django.db.models import Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate


def fill(apps, schema_editor):
    """Take the days over from the inspections that are there."""
    made = (
        apps.get_model("hazards", "Inspection")
        .objects.filter(Q(done_at__isnull=False) | Q(called_off_for="moved"))
        .filter(premises=OuterRef("pk"))
        .order_by()
        .values("premises")
        .annotate(last=Max(Coalesce("filled_at", "done_at", "called_off_at")))
    )
    for town in apps.get_model("places", "Town").objects.all():
        day = made.values_list(TruncDate("last", tzinfo=ZoneInfo(town.zone)))
        premises = apps.get_model("hazards", "Premises").objects.filter(town=town)
        premises.update(inspected_on=Subquery(day))


class Migration(migrations.Migration):
    dependencies = [
        ("hazards", "0007_first_due_on"),
        ("places", "0004_town_part"),
    ]

    operations = [
        migrations.AddField(
            model_name="premises",
            name="inspected_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddIndex(
            model_name="inspection",
            index=models.Index(
                condition=models.Q(("called_off_until__isnull", False)),
                fields=["premises", "called_off_until"],
                name="inspection_held",
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
