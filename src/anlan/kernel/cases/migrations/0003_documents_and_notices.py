"""Documents and the outbox as they are used; nothing was ever stored in the tables before."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_append_only"), ("sealing", "0003_handling")]

    operations = [
        migrations.DeleteModel("Document"),
        migrations.DeleteModel("Notice"),
        migrations.CreateModel(
            name='Document',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('space', models.CharField(blank=True, max_length=12)),
                ('kind', models.CharField(max_length=40)),
                ('media_type', models.CharField(max_length=40)),
                ('size_bytes', models.PositiveIntegerField()),
                ('stored_as', models.UUIDField(unique=True)),
                ('sealed_key', models.BinaryField(null=True)),
                ('name_text', models.UUIDField()),
                ('cipher_hash', models.CharField(max_length=64)),
                ('scan', models.CharField(max_length=12)),
                ('added_by', models.CharField(max_length=80)),
                ('added_at', models.DateTimeField()),
                ('removed_at', models.DateTimeField(blank=True, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='documents', to='cases.case')),
                ('case_key', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='documents', to='sealing.casekey')),
            ],
            options={
                'indexes': [models.Index(fields=['case', 'space'], name='cases_document_of_case')],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ident', models.UUIDField(unique=True)),
                ('party', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('channel', models.CharField(max_length=12)),
                ('template', models.CharField(max_length=40)),
                ('sealed', models.BinaryField(null=True)),
                ('state', models.CharField(choices=[('waiting', 'waiting'), ('sending', 'sending'), ('sent', 'sent'), ('given_up', 'given_up')], max_length=12)),
                ('outcome', models.CharField(blank=True, max_length=40)),
                ('attempts', models.PositiveSmallIntegerField(default=0)),
                ('next_at', models.DateTimeField()),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField()),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='cases.case')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'waiting')), fields=['channel', 'next_at'], name='cases_notice_waiting'), models.Index(condition=models.Q(('state', 'waiting')), fields=['expires_at'], name='cases_notice_expires'), models.Index(condition=models.Q(('state', 'sending')), fields=['leased_until'], name='cases_notice_sending')],
            },
        ),
    ]
