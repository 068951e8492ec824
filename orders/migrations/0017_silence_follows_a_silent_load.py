from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0016_what_a_file_said_of_an_order"),
    ]

    operations = [
        migrations.AddField(
            model_name="unsettled",
            name="is_silent",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
