"""A live shop gets refunds from now on: nothing is made of what was canceled before, and the next one is owed."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from orders import books, fulfillment
from orders.models import Channel, OrderLine, Refund

from . import make

pytestmark = pytest.mark.proof

BEFORE = [("orders", "0041_late_customers_hear_again")]


def newest():
    leaves = MigrationExecutor(connection).loader.graph.leaf_nodes()
    return [leaf for leaf in leaves if leaf[0] in ("inventory", "orders")]


@pytest.mark.django_db(transaction=True)
def test_old_cancellations_owe_nothing_and_the_next_one_does(migrate):
    apps = migrate(BEFORE)
    get = lambda name: apps.get_model("orders", name).objects  # noqa: E731
    place = apps.get_model("inventory", "Warehouse").objects.create(code="BER")
    lamp = apps.get_model("inventory", "Product").objects.create(sku="LAMP")
    ada = get("Customer").create(name="Ada", email="ada@shop.example", key="ADA@SHOP.EXAMPLE")
    order = get("Order").create(reference="SO-1", key="SO-1", customer=ada, warehouse=place, placed_at=make.MONDAY)
    line = get("OrderLine").create(
        order=order,
        position=1,
        product=lamp,
        quantity=5,
        canceled=2,
        unit_price=Decimal("12.50"),
        queue_at=make.MONDAY,
        placed_at=make.MONDAY,
        changed_at=make.MONDAY,
    )
    get("LineEvent").create(line=line, kind="canceled", units=2, cause=f"cancel:{line.pk}:2", at=make.MONDAY)

    migrate(newest())

    assert not Refund.objects.exists()
    Channel.objects.get_or_create(key="SHOP", defaults={"name": "shop"})
    now = make.MONDAY + timedelta(days=1)
    fulfillment.cancel([fulfillment.LineUnits(line.pk, 1)], reason="x", by=None, at=now)
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal("12.50")]
    assert OrderLine.objects.get().canceled == 3
    assert [check().broken for check in books.refunds.CHECKS] == [0, 0, 0, 0]
