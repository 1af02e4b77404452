"""Exports get schedules of their own; those that followed the refresh, or did not, still do so."""

from django.conf import settings
from django.db import migrations, models


def rename_in_trail(apps, schema_editor):
    """Let the audit trail go on knowing what became of the schedules of exports."""
    entries = apps.get_model("auditlog", "LogEntry").objects.filter(
        content_type__app_label="exports",
        content_type__model="export",
        changes__has_key="schedule",
    )
    for entry in entries.iterator():
        entry.changes["recurrence"] = entry.changes.pop("schedule")
        entry.save(update_fields=["changes"])


class Migration(migrations.Migration):

    dependencies = [
        ("exports", "0001_initial"),
        ("segments", "0002_sources_and_schedules"),
        ("auditlog", "0017_add_actor_email"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # The values are those of before; only the name and what else may be chosen are new.
        migrations.RenameField("export", "schedule", "recurrence"),
        migrations.RunPython(rename_in_trail, migrations.RunPython.noop),
        migrations.AddField(
            model_name='export',
            name='cron',
            field=models.CharField(blank=True, max_length=100, verbose_name='Cron expression'),
        ),
        migrations.AddField(
            model_name='export',
            name='due_at',
            field=models.DateTimeField(db_index=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name='export',
            name='every_hours',
            field=models.PositiveSmallIntegerField(default=6, verbose_name='Hours'),
        ),
        migrations.AddField(
            model_name='export',
            name='month_days',
            field=models.JSONField(default=list, verbose_name='Days of the month'),
        ),
        migrations.AddField(
            model_name='export',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=64, verbose_name='Time zone'),
        ),
        migrations.AddField(
            model_name='export',
            name='times',
            field=models.JSONField(default=list, verbose_name='Time'),
        ),
        migrations.AddField(
            model_name='export',
            name='weekdays',
            field=models.JSONField(default=list, verbose_name='Days'),
        ),
        migrations.AddField(
            model_name='run',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name='export',
            name='recurrence',
            field=models.CharField(choices=[('refresh', 'With each scheduled refresh'), ('hourly', 'Every N hours'), ('daily', 'Daily'), ('weekly', 'Weekly'), ('monthly', 'Monthly'), ('cron', 'Cron expression'), ('off', 'Off')], default='refresh', max_length=10, verbose_name='Recurrence'),
        ),
        migrations.AlterField(
            model_name='run',
            name='trigger',
            field=models.CharField(choices=[('refresh', 'Refresh'), ('schedule', 'Schedule'), ('on_demand', 'On demand')], max_length=20, verbose_name='Trigger'),
        ),
        migrations.AddConstraint(
            model_name='run',
            constraint=models.UniqueConstraint(fields=('export', 'due_at'), name='one_run_per_due_time'),
        ),
    ]
