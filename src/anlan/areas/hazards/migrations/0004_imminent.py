"""That somebody could be hurt at any moment stands beside the hazard, so that it can be listed."""

from django.db import migrations, models


def take_over(apps, schema_editor):
    """Take over what the open cases say already."""
    facts = apps.get_model("hazards", "HazardFacts").objects
    facts.filter(
        case__ended_at__isnull=True, verified_at__isnull=True, case__answers__imminent=True
    ).update(imminent=True)


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0003_pace"),
        ("hazards", "0003_failures_opened"),
    ]

    operations = [
        migrations.AddField(
            model_name="hazardfacts",
            name="imminent",
            field=models.BooleanField(default=False),
        ),
        migrations.AddIndex(
            model_name="hazardfacts",
            index=models.Index(
                condition=models.Q(("imminent", True)), fields=["case"], name="hazard_imminent"
            ),
        ),
        migrations.RunPython(take_over, migrations.RunPython.noop),
    ]
