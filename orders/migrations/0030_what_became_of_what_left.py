from django.db import migrations, models

COUNTERS = ("reversed", "lost", "found", "returned", "exchanged")


class Migration(migrations.Migration):
    """Columns with a constant default rewrite no row."""

    dependencies = [("orders", "0029_how_likely_a_promise_breaks")]

    operations = [
        migrations.AddField(
            model_name="shipmentline", name=name, field=models.IntegerField(db_default=0, default=0)
        )
        for name in COUNTERS
    ]
