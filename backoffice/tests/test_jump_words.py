"""What the palette says of a hit is so, whatever became of it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils.html import strip_tags

from backoffice.tests.test_dashboard import everyone
from backoffice.tests.test_jump import hits
from inventory.supply import inbound as arrivals
from orders import fulfillment
from orders.fulfillment.afterwards import parcels
from orders.models import Order, OrderStop, Shipment
from orders.tests import make
from suppliers import shortening
from suppliers.tests import make as buying

__all__ = ["everyone"]

pytestmark = pytest.mark.django_db


def details(client, text):
    return {hit["label"]: hit["detail"] for hit in hits(client, text)}


def test_an_order_of_which_a_part_has_no_day_is_not_said_to_be_promised(everyone):
    lamp, mug = make.product("LAMP-30"), make.product("MUG-1")
    make.coming(lamp, 2, on=make.TODAY + timedelta(days=9))
    make.order((lamp, 2), (mug, 3), reference="SO-88")

    assert details(everyone, "SO-88") == {
        "SO-88": "Lena Ortiz · 5 waiting, 2 promised by 12 Mar 2026, 3 without a date"
    }


def test_what_is_out_of_the_queue_is_said_to_be_so_and_not_to_be_here(everyone):
    mug, boss = make.product("MUG-1"), User.objects.get()
    sue = make.customer("Sue Stone", "sue@example.com")
    order = make.order((mug, 3), who=sue, reference="SO-88")
    fulfillment.stop(order.pk, fulfillment.Stop("fraud", boss.pk), by=boss, at=make.MONDAY)

    assert details(everyone, "SO-88") == {"SO-88": "Sue Stone · stopped"}
    assert details(everyone, "sue stone") == {"Sue Stone": "sue@example.com · stopped"}

    Order.objects.filter(pk=order.pk).update(is_unpaid=True)
    OrderStop.objects.update(ended_at=make.MONDAY)
    assert details(everyone, "SO-88") == {"SO-88": "Sue Stone · not paid in time"}

    Order.objects.filter(pk=order.pk).update(is_unpaid=False)
    assert details(everyone, "SO-88") == {"SO-88": "Sue Stone · paid late"}

    Order.objects.filter(pk=order.pk).update(is_unpaid=True)
    order.lines.update(is_stopped=False)
    assert details(everyone, "SO-88") == {"SO-88": "Sue Stone · unpaid, 3 waiting, no date"}


def test_what_never_came_or_never_left_is_not_said_to_have_done_so(everyone):
    mug = make.product("MUG-1")
    inbound = make.coming(mug, 5, on=None, reference="IN-99")
    arrivals.cancel([arrivals.Cancellation(inbound.pk, 5)], by=None, at=make.MONDAY)
    make.on_hand(mug, 1)
    line = make.order((mug, 1), reference="SO-99").lines.get()
    wanted = [fulfillment.LineUnits(line.pk, 1)]
    [shipment] = fulfillment.ship(wanted, carrier="DHL", tracking="TRACK-99", by=None, at=make.MONDAY)
    rows = {row.pk: 1 for row in shipment.lines.all()}
    assert details(everyone, "TRACK-99") == {"TRACK-99": "SO-99 · left on 2 Mar 2026"}

    parcels.reverse(shipment.pk, rows, reason="It stands here", by=None, at=make.MONDAY)

    assert details(everyone, "TRACK-99") == {"TRACK-99": "SO-99 · never left"}
    Shipment.objects.update(arrives_by=make.TODAY)
    story = everyone.get(f"/admin/orders/order/{shipment.order_id}/change/", {"show": "shipped"}).context_data["story"]
    assert [(strip_tags(each.what), each.detail) for each in story] == [("never left BER · DHL TRACK-99", "")]
    assert details(everyone, "IN-99") == {"IN-99": "MUG-1 · canceled"}
    listed = everyone.get("/admin/inventory/inbound/").content.decode()
    assert (listed.count(">canceled<"), listed.count(">complete<")) == (1, 0)


def test_sums_that_no_single_row_could_hold_are_said_all_the_same(everyone):
    screw = buying.offer(make.product("SCREW-1"))
    for _ in range(2):
        buying.sent((screw, 2_000_000_000))

    assert [hit["detail"] for hit in hits(everyone, "nordlys") if hit["kind"] == "Supplier"] == [
        "NORDLYS · 4,000,000,000 to come"
    ]


def test_a_line_of_which_nothing_comes_is_not_complete(everyone):
    screw, nail = (buying.offer(make.product(sku)) for sku in ("SCREW-1", "NAIL-1"))
    order = buying.sent((screw, 10), (nail, 10))
    line = order.lines.get(product=screw.product)
    shortening.shorten(order.pk, {line.pk: 10}, reason="No more made", by=User.objects.get(), at=make.MONDAY)

    page = everyone.get(f"/admin/suppliers/purchaseorder/{order.pk}/change/").content.decode()

    assert (page.count(">canceled</a>"), page.count(">complete</a>")) == (1, 0)
