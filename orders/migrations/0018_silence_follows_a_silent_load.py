from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("orders", "0017_find_a_parcel_however_its_number_is_typed"),
    ]

    operations = [
        migrations.AddField(
            model_name="unsettled",
            name="is_silent",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
