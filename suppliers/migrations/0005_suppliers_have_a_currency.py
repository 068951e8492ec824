"""What a supplier is paid in, and what one of it is worth: filled by the database, so nothing is rewritten."""

from django.core.validators import RegexValidator
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0004_people_who_did_something_are_kept")]

    operations = [
        migrations.AddField(
            "supplier",
            "currency",
            models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="What its prices and orders are in, such as EUR. Empty: the shop's own.",
                max_length=3,
                validators=[RegexValidator("^[A-Z]{3}$", "Three capitals, such as EUR.")],
            ),
        ),
        migrations.AddField(
            "supplier",
            "rate",
            models.DecimalField(
                db_default=1,
                decimal_places=6,
                default=1,
                help_text="What one of its currency is worth in the shop's. Offers are compared at it.",
                max_digits=14,
            ),
        ),
        migrations.AddConstraint(
            "supplier",
            models.CheckConstraint(
                condition=Q(("rate__gt", 0)),
                name="supplier_rate_positive",
                violation_error_message="A rate is more than 0.",
            ),
        ),
    ]
