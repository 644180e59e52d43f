from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("mediation", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="session",
            name="party",
            field=models.PositiveSmallIntegerField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="session",
            name="link_text",
            field=models.CharField(blank=True, max_length=40),
        ),
    ]
