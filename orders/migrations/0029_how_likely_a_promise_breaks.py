from typing import Any

from django.db import migrations, models
from django.db.models import F, Q

from inventory.ground.sql.concurrently import AddIndexConcurrently, RemoveIndexConcurrently

BLOCK = 2_000


def mark(apps: Any, schema_editor: Any) -> None:
    """
    Mark the lines that will more likely break than not, until the next night reckons the chance of each.

    Every line that was at risk stands in the index that goes; each block is found by it and commits by itself.
    """
    lines = apps.get_model("orders", "OrderLine").objects.using(schema_editor.connection.alias)
    was_at_risk = Q(safe_date__gt=F("promised_date")) | Q(safe_date__isnull=True)
    waits = lines.filter(was_at_risk, backordered__gt=0, is_stopped=False, promised_date__isnull=False)
    breaks = waits.filter(Q(likely_date__gt=F("promised_date")) | Q(safe_date__isnull=True), is_at_risk=False)
    found = list(breaks.order_by("pk").values_list("pk", flat=True))
    for first in range(0, len(found), BLOCK):
        lines.filter(pk__in=found[first : first + BLOCK]).update(is_at_risk=True)


class Migration(migrations.Migration):
    """The new index is there before the old one goes: no tab is slow in between."""

    atomic = False

    dependencies = [
        ("orders", "0028_stopped_lines_do_not_wait"),
    ]

    operations = [
        migrations.AddField("orderline", "chance_to_break", models.FloatField(blank=True, null=True)),
        migrations.AddField("orderline", "is_at_risk", models.BooleanField(db_default=False, default=False)),
        migrations.RunPython(mark, migrations.RunPython.noop),
        AddIndexConcurrently(
            model_name="orderline",
            index=models.Index(
                condition=models.Q(("backordered__gt", 0), ("is_stopped", False), ("is_at_risk", True)),
                fields=["pin_rank", "queue_at", "id"],
                include=("promised_date",),
                name="line_at_risk_by_chance",
            ),
        ),
        RemoveIndexConcurrently(model_name="orderline", name="line_promise_at_risk"),
    ]
