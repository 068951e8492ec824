from collections import defaultdict
from typing import Any

from django.db import migrations, models
from django.db.models import Max, Min

BLOCK = 2_000
SILENT = ("shipped", "canceled", "substituted", "not_left", "parcel_lost", "exchanged", "corrected")
"""What left an order: where its mail gives no day, it says nothing of one."""


def tell(apps: Any, schema_editor: Any) -> None:
    """Say of the promises there are when mails that went told them; each block of lines commits by itself."""
    alias = schema_editor.connection.alias
    lines = apps.get_model("orders", "OrderLine").objects.using(alias)
    ends = lines.aggregate(first=Min("pk"), last=Max("pk"))
    if ends["first"] is None:
        return
    for first in range(ends["first"], ends["last"] + 1, BLOCK):
        _tell(apps, alias, first, first + BLOCK - 1)


def _tell(apps: Any, alias: str, first: int, last: int) -> None:
    promises = apps.get_model("orders", "Promise").objects.using(alias)
    lines = apps.get_model("orders", "OrderLine").objects.using(alias)
    facts = apps.get_model("orders", "NoticeLine").objects.using(alias)
    given = defaultdict(list)
    told: dict[int, Any] = {}
    columns = ("pk", "line_id", "promised_date", "at", "reason")
    for pk, line_id, day, at, reason in (
        promises.filter(line__gte=first, line__lte=last).order_by("pk").values_list(*columns)
    ):
        given[line_id].append((pk, day, at))
        if reason == "told before the order came here":
            told[pk] = at
    sent = facts.filter(line__gte=first, line__lte=last, notice__state="sent").exclude(kind="address").order_by("pk")
    columns = ("line_id", "kind", "told_waiting", "told_date", "promised_date", "is_superseded")
    for line_id, kind, waiting, day, promised, is_superseded, written_at, sent_at in sent.values_list(
        *columns, "notice__intent_at", "notice__sent_at"
    ):
        said = day if waiting is not None else promised
        if (waiting is None and is_superseded) or not (written_at and sent_at) or (kind in SILENT and not said):
            continue
        made = [pk for pk, own, at in given[line_id] if own == said and at <= written_at]
        if made:
            told[made[-1]] = min(sent_at, told.get(made[-1], sent_at))
    promises.bulk_update([promises.model(pk=pk, told_at=at) for pk, at in told.items()], ["told_at"], batch_size=BLOCK)
    believed = []
    for line_id, own in given.items():
        heard = [day for pk, day, _ in own if pk in told]
        if heard:
            believed.append(lines.model(pk=line_id, told_date=heard[-1], has_told_date=True))
    lines.bulk_update(believed, ["told_date", "has_told_date"], batch_size=BLOCK)


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("orders", "0037_how_long_carriers_take"),
    ]

    operations = [
        migrations.AddField("promise", "told_at", models.DateTimeField(blank=True, editable=False, null=True)),
        migrations.AddField("orderline", "told_date", models.DateField(blank=True, editable=False, null=True)),
        migrations.AddField(
            "orderline", "has_told_date", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.RunPython(tell, migrations.RunPython.noop),
    ]
