"""A live shop gets causes: its lines stay as they are, and the first night looks back at what waits and what did."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders.models import BackorderCause, Channel, OrderLine
from orders.queue import again, causes

from . import make

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0046_the_restock_list")]


def newest():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    return [leaf for leaf in leaves if leaf[0] in ("inventory", "orders")]


@pytest.mark.django_db(transaction=True)
def test_what_waits_and_what_waited_is_looked_at_by_the_first_night(migrate):
    apps = migrate(BEFORE)
    get = lambda name: apps.get_model("orders", name).objects  # noqa: E731
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP")
    get("Channel").update_or_create(key="SHOP", defaults={"name": "shop"})
    ada = get("Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    old = make.MONDAY - timedelta(days=100)
    order = get("Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=old)
    waits, came = (
        get("OrderLine").create(
            order=order,
            position=position,
            product=lamp,
            quantity=5,
            queue_at=old,
            placed_at=old,
            changed_at=old,
            **more,
        )
        for position, more in enumerate(({}, {"canceled": 5}), start=1)
    )
    for line in (waits, came):
        get("LineEvent").create(line=line, kind="placed", units=5, at=old)
    get("LineEvent").create(line=came, kind="canceled", units=5, at=old + timedelta(days=4))
    lines = list(get("OrderLine").order_by("pk").values())

    migrate(newest())

    assert list(OrderLine.objects.order_by("pk").values()) == lines
    assert list(Channel.objects.values_list("tells_cause", flat=True)) == [False]
    assert not BackorderCause.objects.exists()
    assert causes.suggest_all(at=make.MONDAY) == {"looked_at": 2, "ended": 1}
    rows = BackorderCause.objects.order_by("pk").values_list("line", "began_on", "ended_on", "units", "cause")
    assert list(rows) == [
        (waits.pk, old.date(), None, 5, "plan"),
        (came.pk, old.date(), old.date() + timedelta(days=4), 5, "plan"),
    ]
    assert again.count(at=make.MONDAY) == {"again": 0, "written": 0}


@pytest.mark.django_db(transaction=True)
def test_what_waits_and_was_left_without_a_cause_is_looked_at_once_more(migrate):
    apps = migrate([("orders", "0051_what_was_told_in_parts")])
    get = lambda name: apps.get_model("orders", name).objects  # noqa: E731
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP")
    ada = get("Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    at = {"queue_at": make.MONDAY, "placed_at": make.MONDAY, "changed_at": make.MONDAY}
    order = get("Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=make.MONDAY)
    found = {
        "unknown": {},
        "known": {"suggested": "spike"},
        "said": {"confirmed": "count"},
        "over": {"ended_on": make.TODAY},
    }
    for position, fields in enumerate(found.values(), start=1):
        line = get("OrderLine").create(order=order, position=position, product=lamp, quantity=5, **at)
        get("BackorderCause").create(line=line, began_on=make.TODAY, units=5, suggested_on=make.TODAY, **fields)

    migrate(newest())

    looked = BackorderCause.objects.order_by("line__position").values_list("suggested_on", flat=True)
    assert dict(zip(found, looked, strict=True)) == {
        "unknown": None, "known": make.TODAY, "said": make.TODAY, "over": make.TODAY,
    }  # fmt: skip
