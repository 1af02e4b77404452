from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("segments", "0003_chosen_refreshes")]

    operations = [
        migrations.AddField(
            model_name="source",
            name="finds_key",
            field=models.BooleanField(default=True, editable=False),
        ),
    ]
