"""
Days that time alone, or a closure of its sender, made another of, and when a sender had the order after all:
written of many inbound at once.

What somebody says of an inbound goes through ``arriving.rescheduling``.
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from inventory.formulas.arrival_days import FIELDS
from inventory.ground.sql import bulk, schema
from inventory.ground.sql.columns import Table
from inventory.models import Inbound, Product
from inventory.signals import supply_changed

CLOSED, REDATED = "closed", "redated"
"""How the cause begins where its sender is closed on days that were counted, and where time alone made another day."""
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


@transaction.atomic
def redate(moves: Table, *, at: datetime) -> int:
    """
    Give inbound the days that time alone has made of the same word, and tell the queue.

    :param moves: of each its ``product_id`` and what ``write`` takes
    :returns: how many changed
    """
    Product.objects.lock(moves["product_id"].tolist())
    rows = write(moves)
    if rows:
        cause = f"{REDATED}:{rows[0][0]}:{rows[0][2]}"
        product_ids = {product_id for _, product_id, _ in rows}
        supply_changed.send(redate, product_ids=product_ids, cause=cause, by=None, at=at)
    return len(rows)


def sent_later(inbound_ids: Collection[int], *, at: datetime) -> int:
    """
    Note that what is on its way was asked for no sooner than now; the night dates it by that.

    What has begun to come, or has a confirmed day, stays: its sender knew of it before.

    :returns: how many were noted
    """
    rows = Inbound.objects.filter(pk__in=inbound_ids, received=0, is_confirmed=False, sent_at__lt=at)
    return rows.update(sent_at=at)


def asked(inbound_ids: Collection[int], *, on: date | None) -> int:
    """
    Note that senders were asked where these are: customers hear of it with the next news, so nobody is told now.

    :param on: None: it turned out that they were not
    :returns: how many were noted
    """
    return Inbound.objects.filter(pk__in=inbound_ids, outstanding__gt=0).update(asked_on=on)


def around_closures(moves: Table, *, also: Collection[int], cause: str, by: User | None, at: datetime) -> int:
    """
    Give inbound the days that follow since their sender is closed, or is not after all, and tell the queue once.

    Their products are locked by the caller.

    :param moves: as ``write`` takes them; without columns: none
    :param also: products of which the queue hears in any case: what is still to be asked for comes later
    :returns: how many changed
    """
    rows = write(moves) if moves and len(moves["id"]) else []
    product_ids = {product_id for _, product_id, _ in rows} | set(also)
    if product_ids:
        supply_changed.send(around_closures, product_ids=product_ids, cause=f"{CLOSED}:{cause}", by=by, at=at)
    return len(rows)
