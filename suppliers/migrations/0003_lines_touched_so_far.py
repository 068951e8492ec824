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
        drafts = Order.objects.filter(approved_at=None, canceled_at=None)
        drafts = drafts.filter(pk__in={row["purchase_order"] for row in touched}).in_bulk()
        for row in touched:
            if row["purchase_order"] in drafts:
                _touch(drafts[row["purchase_order"]], row, Line)
        last = block[-1]["pk"]


def _touch(draft: Any, row: dict[str, Any], lines: Any) -> None:
    """What was typed and what is the offer's was not told apart so far: the price stands, as everything typed does."""
    lines.objects.filter(pk=row["pk"]).update(parts={**row["parts"], "typed_price": True})
    edited = row["parts"].get("edited_at")
    at = datetime.fromisoformat(edited) if edited else draft.proposed_at
    if draft.touched_at is None or draft.touched_at < at:
        draft.touched_at = at
        draft.save(update_fields=["touched_at"])


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
