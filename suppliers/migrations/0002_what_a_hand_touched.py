"""A person's line of a draft stands beside the night's line of the same product; orders know when they were touched."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("suppliers", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            "purchaseorder",
            {
                "ordering": ["-pk"],
                "permissions": [("approve_purchaseorder", "Can approve a purchase order and mark it as sent")],
            },
        ),
        migrations.AddField(
            "purchaseorder",
            "touched_at",
            models.DateTimeField(blank=True, help_text="When a person last changed the draft.", null=True),
        ),
        migrations.AddField(
            "purchaseorderline",
            "is_touched",
            models.BooleanField(db_default=False, default=False, help_text="A person wrote or changed it."),
        ),
        migrations.AddIndex(
            "purchaseorder",
            models.Index(
                condition=Q(("approved_at__isnull", False), ("canceled_at__isnull", True), ("sent_at__isnull", True)),
                fields=["approved_at"],
                name="purchase_unsent",
            ),
        ),
    ]
