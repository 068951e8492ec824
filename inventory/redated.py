"""
Days that time alone made another of: the hand of ``inventory.inbound`` that writes them, of many inbound at once.

What somebody says of an inbound goes through ``inbound.reschedule``.
"""

from datetime import datetime

from django.db import transaction

from . import bulk
from .arrival_days import FIELDS
from .columns import Table
from .inbound import REDATED, TABLE
from .models import Product
from .signals import supply_changed

DATES = ("likely_date", "safe_date", *FIELDS)
_STAGED = {"id": "bigint", "revision": "integer", **dict.fromkeys(DATES, "date")}
_WRITE = f"""
UPDATE {TABLE} SET {", ".join(f"{name} = staged.{name}" for name in DATES)}, revision = {TABLE}.revision + 1
FROM {{staged}} WHERE {TABLE}.id = staged.id AND {TABLE}.revision = staged.revision AND {TABLE}.outstanding > 0
RETURNING {TABLE}.id, {TABLE}.product_id, {TABLE}.revision
"""


@transaction.atomic
def write(moves: Table, *, at: datetime) -> int:
    """
    Give inbound these dates and tell the queue; one that came, or was given others, since it was read stays as it is.

    :param moves: ``id``, ``product_id``, the ``revision`` they were read at, and the ``DATES``
    :returns: how many changed
    """
    Product.objects.lock(moves["product_id"].tolist())
    source, params = bulk.staged(_STAGED, list(zip(*(moves[name].tolist() for name in _STAGED), strict=True)))
    rows = bulk.fetch(_WRITE.format(staged=source), params)
    if rows:
        first, _, revision = min(rows)
        product_ids = {product_id for _, product_id, _ in rows}
        supply_changed.send(write, product_ids=product_ids, cause=f"{REDATED}:{first}:{revision}", by=None, at=at)
    return len(rows)
