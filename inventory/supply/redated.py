"""
Days that time alone made another of, and when a sender had the order after all: the hand of
``inventory.supply.inbound`` that writes them, of many inbound at once.

What somebody says of an inbound goes through ``inbound.reschedule``.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from inventory.formulas.arrival_days import FIELDS
from inventory.ground.sql import bulk, schema
from inventory.ground.sql.columns import Table
from inventory.models import Inbound

DATES = ("likely_date", "safe_date", *FIELDS)
_TABLE = Inbound._meta.db_table
_STAGED = schema.columns(Inbound, "id", "revision", *DATES)
_WRITE = f"""
UPDATE {_TABLE} SET {", ".join(f"{name} = staged.{name}" for name in DATES)}, revision = {_TABLE}.revision + 1
FROM {{staged}} WHERE {_TABLE}.id = staged.id AND {_TABLE}.revision = staged.revision AND {_TABLE}.outstanding > 0
RETURNING {_TABLE}.id, {_TABLE}.product_id, {_TABLE}.revision
"""


def write(moves: Table) -> list[tuple[Any, ...]]:
    """
    Give inbound these dates; one that came, or was given others, since it was read stays as it is.

    :param moves: ``id``, the ``revision`` they were read at, and the ``DATES``
    :returns: of each that changed the key, the product and the revision it has now, by key
    """
    source, params = bulk.staged(_STAGED, list(zip(*(moves[name].tolist() for name in _STAGED), strict=True)))
    return sorted(bulk.fetch(_WRITE.format(staged=source), params))


def sent_later(inbound_ids: Collection[int], *, at: datetime) -> int:
    """
    Note that what is on its way was asked for no sooner than now; the night dates it by that.

    What has begun to come, or has a confirmed day, stays: its sender knew of it before.

    :returns: how many were noted
    """
    rows = Inbound.objects.filter(pk__in=inbound_ids, received=0, is_confirmed=False, sent_at__lt=at)
    return rows.update(sent_at=at)
