"""
What a person wrote so far becomes a column, by block; then a draft may hold a person's line beside the night's.

Not one transaction: a block commits by itself, and one that broke off is simply run again.
"""

from datetime import datetime
from typing import Any

from django.db import migrations, models
from django.db.models import Q

BLOCK = 1_000


def mark(apps: Any, schema_editor: Any) -> None:
    """Mark the lines whose figures name a person, and give drafts the time of the last change that was kept."""
    Order, Line = (apps.get_model("suppliers", name) for name in ("PurchaseOrder", "PurchaseOrderLine"))
    last = 0
    while block := list(Line.objects.filter(pk__gt=last).order_by("pk").values("pk", "purchase_order", "parts")[:BLOCK]):
        touched = [row for row in block if "touched_by" in row["parts"]]
        Line.objects.filter(pk__in=[row["pk"] for row in touched]).update(is_touched=True)
        for row in touched:
            at = row["parts"].get("edited_at")
            if at:
                draft = Order.objects.filter(pk=row["purchase_order"], approved_at=None, canceled_at=None)
                at = datetime.fromisoformat(at)
                draft.filter(Q(touched_at=None) | Q(touched_at__lt=at)).update(touched_at=at)
        last = block[-1]["pk"]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("suppliers", "0002_what_a_hand_touched")]

    operations = [
        migrations.RunPython(mark, migrations.RunPython.noop),
        migrations.RemoveConstraint("purchaseorderline", "purchase_line_one_per_product"),
        migrations.AddConstraint(
            "purchaseorderline",
            models.UniqueConstraint(
                condition=Q(("is_touched", False)),
                fields=("purchase_order", "product"),
                name="purchase_line_one_proposal_per_product",
            ),
        ),
    ]
