"""
How likely the promises of whole products break, reckoned anew and stored; nothing else of their lines is touched.
"""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from inventory.ground.sql import bulk, schema
from inventory.models import Product
from orders.models import OrderLine

from . import chances, reading, supply

COLUMNS = schema.columns(OrderLine, "id", "chance_to_break", "is_at_risk")


def weigh(product_ids: Collection[int], *, at: datetime) -> int:
    """
    Store the chance to break of each line that waits for these products, in one transaction.

    :returns: how many lines have another one
    """
    with transaction.atomic():
        locked = Product.objects.lock(product_ids)
        waits = Q(product_id__in=bulk.among(locked), open__gt=0, backordered__gt=0, is_stopped=False)
        lines = reading.lines(waits & Q(promised_date__isnull=False))
        supplies = supply.read(locked, claimed=reading.claimed(lines))
        reckoned = [(line, *chances.stored(line, supplies, at=at)) for line in lines]
        rows = [
            (line.line_id, chance, is_at_risk)
            for line, chance, is_at_risk in reckoned
            if (chance, is_at_risk) != (line.chance, line.is_at_risk)
        ]
        assignments = "chance_to_break = staged.chance_to_break, is_at_risk = staged.is_at_risk"
        bulk.update(OrderLine._meta.db_table, COLUMNS, rows, assignments, "target.id = staged.id")
    return len(rows)
