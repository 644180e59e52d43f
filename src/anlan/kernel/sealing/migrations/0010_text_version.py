from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('sealing', '0009_opening_version'),
    ]

    operations = [
        migrations.AddField(
            model_name='sealedtext',
            name='version',
            field=models.PositiveIntegerField(help_text="the case's from which on it stands; empty where its area counts none", null=True),
        ),
    ]
