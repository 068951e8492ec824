"""What the night proposed a line from: filled by the database, so nothing is rewritten; 0 is weighed again."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0005_suppliers_have_a_currency")]

    operations = [
        migrations.AddField(
            "purchaseorderline",
            "ground",
            models.BigIntegerField(
                db_default=0, default=0, editable=False, help_text="What the night proposed it from, as a number."
            ),
        ),
    ]
