import math
from datetime import timedelta
from decimal import Decimal

import pytest

from inventory.models import LeadTime, ReorderPolicy
from inventory.night import skus
from suppliers import purchasing, replenishment
from suppliers.models import PurchaseOrder, PurchaseOrderLine

from . import make

pytestmark = pytest.mark.django_db


def night(days=0):
    return replenishment.propose(on=make.after(days).date(), at=make.after(days))


def drafted():
    """Units in open drafts by supplier and SKU."""
    lines = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None, purchase_order__canceled_at=None)
    return {
        (line.purchase_order.supplier.name, line.product.sku): line.quantity
        for line in lines.select_related("purchase_order__supplier", "product")
    }


def test_a_product_at_its_reorder_point_is_ordered_up_to_its_level():
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.on_hand(lamp, 20)

    counts = night()

    assert drafted() == {("Nordlys", "LAMP"): 40}
    assert (counts["needs"], counts["lines"], counts["created"], counts["left_out"]) == (1, 1, 1, [])
    order = PurchaseOrder.objects.get()
    assert (order.warehouse, order.proposed_on, order.proposed_at) == (make.warehouse(), make.TODAY, make.MONDAY)


def test_a_product_above_its_reorder_point_is_not_ordered():
    lamp = make.product()
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.on_hand(lamp, 21)

    assert night()["needs"] == 0
    assert drafted() == {}


def test_a_line_says_why_in_a_sentence_and_keeps_the_numbers():
    lamp = make.product("LAMP")
    make.offer(lamp, minimum=48, pack=12)
    make.policy(lamp, 20, 60)
    make.owing(lamp, 5)
    make.on_hand(lamp, 2)

    night()

    line = PurchaseOrderLine.objects.get()
    assert line.reason == (
        "Position -3 is below the reorder point 20: 63 needed, 3 of them for customers who wait. "
        "72 from Nordlys at 10.00: it sells packs of 12; 9 more than needed, 0.9 weeks of extra cover."
    )
    assert line.parts == {
        "night": "2026-03-02",
        "position": -3,
        "reorder_point": 20,
        "batch": 40,
        "need": 63,
        "waiting": 3,
        "planned": 0,
        "extra": 9,
        "extra_weeks": 0.9,
        "not_asked": [],
    }


def test_running_it_twice_changes_nothing():
    lamp, chair = make.product(), make.product()
    make.offer(lamp)
    make.offer(chair, make.supplier("Birk"))
    make.policy(lamp, 20, 60)
    make.owing(chair, 4)
    night()
    before = list(PurchaseOrderLine.objects.order_by("pk").values())

    counts = night()

    assert (counts["created"], counts["updated"], counts["removed"]) == (0, 0, 0)
    assert list(PurchaseOrderLine.objects.order_by("pk").values()) == before
    assert PurchaseOrder.objects.count() == 2


@pytest.mark.parametrize("step", ["approved", "sent", "confirmed", "late"])
def test_what_is_on_order_already_is_not_ordered_again(step):
    lamp = make.product()
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.learned()
    night()
    order = PurchaseOrder.objects.get()
    purchasing.approve([order.pk], by=None, at=make.MONDAY)
    if step != "approved":
        purchasing.send([order.pk], by=None, at=make.MONDAY)
    if step in ("confirmed", "late"):
        purchasing.confirm(order.pk, {make.line(order).pk: make.after(10).date()}, by=None, at=make.after(1))
    if step == "late":
        late = make.after(300).date()
        purchasing.reschedule(make.line(order).pk, late, reason="Strike", by=None, at=make.after(2))

    counts = night(3)

    assert (counts["needs"], drafted()) == (0, {})


def test_last_nights_drafts_give_way_to_tonights():
    lamp, chair = make.product("LAMP"), make.product("CHAIR")
    make.offer(lamp)
    make.offer(chair)
    make.policy(lamp, 20, 60)
    make.policy(chair, 20, 60)
    night()
    assert drafted() == {("Nordlys", "LAMP"): 60, ("Nordlys", "CHAIR"): 60}

    make.on_hand(lamp, 30)
    make.on_hand(chair, 15)
    counts = night(1)

    assert (counts["created"], counts["updated"], counts["removed"]) == (0, 1, 1)
    assert drafted() == {("Nordlys", "CHAIR"): 45}
    assert PurchaseOrder.objects.get().proposed_on == make.after(1).date()


def test_what_somebody_canceled_before_it_was_sent_is_proposed_again_and_says_so_for_four_weeks():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    for thing in (lamp, mug):
        make.policy(thing, 20, 60)
        make.on_hand(thing, 20)
    make.offer(lamp)
    night()
    draft = PurchaseOrder.objects.get()
    purchasing.cancel(draft.pk, reason="Too many: we close", by=None, at=make.after(0))
    make.offer(mug)

    counts = [night(days)["updated"] for days in (1, 1, 2)]

    reasons = dict(PurchaseOrderLine.objects.exclude(purchase_order=draft).values_list("product__sku", "reason"))
    why = (
        "Position 20 has reached the reorder point: 40 needed. "
        "40 from Nordlys at 10.00: safely here in 23 days, needed in 14 days; nobody else can be sooner."
    )
    assert reasons == {
        "LAMP": f"{why} {draft}, with 40 of it, was canceled on 2 Mar 2026: “Too many: we close”.",
        "MUG": why,
    }
    assert counts == [0, 0, 0]
    assert drafted() == {("Nordlys", "LAMP"): 40, ("Nordlys", "MUG"): 40}

    purchasing.cancel(PurchaseOrder.objects.exclude(pk=draft.pk).get().pk, reason="No", by=None, at=make.after(3))
    night(31)
    assert [line.reason[-5:] for line in PurchaseOrder.objects.latest("pk").lines.all()] == ["“No”."] * 2
    purchasing.cancel(PurchaseOrder.objects.latest("pk").pk, reason="Never", by=None, at=make.after(3))
    night(32)
    assert [line.reason for line in PurchaseOrder.objects.latest("pk").lines.all()] == [why] * 2


def test_what_was_canceled_after_it_was_sent_is_no_word_against_it():
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.on_hand(lamp, 20)
    night()
    order = PurchaseOrder.objects.get()
    purchasing.approve([order.pk], by=None, at=make.after(0))
    purchasing.send([order.pk], by=None, at=make.after(0))
    purchasing.cancel(order.pk, reason="They cannot", by=None, at=make.after(0))

    night(1)

    assert "canceled" not in PurchaseOrder.objects.latest("pk").lines.get().reason


def test_customers_who_wait_are_bought_for_even_without_a_reorder_policy():
    lamp = make.needed(7)

    night()

    assert drafted() == {("Nordlys", lamp.product.sku): 7}
    line = PurchaseOrderLine.objects.get()
    assert line.reason.startswith("Position -7 is below the reorder point 0: 7 needed, all for customers who wait.")


def test_units_that_stock_or_inbound_covers_are_not_bought_for_those_who_wait():
    lamp = make.needed(7).product
    make.on_hand(lamp, 2)
    make.coming(lamp, 5, on=make.after(20).date())

    assert night()["needs"] == 0


def test_a_product_without_demand_is_ordered_for_nobody():
    lamp = make.product()
    make.offer(lamp)
    make.policy(lamp, 0, 0, weekly=0.0)

    assert night()["needs"] == 0


def test_a_frozen_reorder_point_counts_until_its_date():
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60, frozen_point=5, frozen_until=make.TODAY, frozen_reason="Sale ends")
    make.on_hand(lamp, 5)

    night()
    assert drafted() == {("Nordlys", "LAMP"): 40}
    assert PurchaseOrderLine.objects.get().reason.startswith("Position 5 has reached the frozen reorder point: 40")

    night(1)
    assert drafted() == {("Nordlys", "LAMP"): 55}


def test_what_is_more_than_a_line_can_say_is_proposed_as_far_as_one_can_and_breaks_no_night():
    """PostgreSQL refused the line, and no proposal of that night was written."""
    lamp, vase = make.product("LAMP"), make.product("VASE")
    make.offer(lamp, pack=10)
    make.offer(vase, minimum=2**31 - 1, pack=2)
    make.policy(lamp, 20, 60)
    make.policy(vase, 20, 60)
    ReorderPolicy.objects.filter(product=lamp).update(
        frozen_point=2**31 - 1, frozen_until=make.after(10).date(), frozen_reason="mistyped"
    )

    counts = night()

    assert drafted() == {("Nordlys", "LAMP"): 2_147_483_640}
    assert counts["left_out"] == [
        "LAMP in BER: 2147483687 needed, 47 of them nobody can deliver for now.",
        (
            "VASE in BER: 60 needed, but Nordlys cannot be asked: it can deliver 2147483646 in whole packs,"
            " and its minimum is 2147483647."
        ),
    ]


def test_what_comes_later_anyway_makes_the_order_smaller():
    """14 days of lead time, 1 of approval, 7 of review: the 30 confirmed for day 40 are not in the position yet."""
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.learned()
    make.on_hand(lamp, 20)
    make.coming(lamp, 30, on=make.after(40).date(), is_confirmed=True)

    night()

    assert drafted() == {("Nordlys", "LAMP"): 10}
    assert "30 that come later anyway are taken off" in PurchaseOrderLine.objects.get().reason


def test_what_comes_on_the_last_day_that_counts_is_not_ordered_again_for_a_hair_of_a_day():
    """22 days less what arithmetic lost: on that day it was neither in the position nor among what comes later."""
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.learned()
    LeadTime.objects.update(mean_days=math.nextafter(15.0, 0), review_days=math.nextafter(7.0, 0))
    make.on_hand(lamp, 20)
    make.coming(lamp, 30, on=make.after(22).date(), is_confirmed=True)

    assert night()["needs"] == 0
    assert drafted() == {}


def test_a_supplier_that_cannot_be_asked_is_made_up_for_by_another():
    lamp = make.product("LAMP")
    make.offer(lamp, make.supplier("Nordlys", is_on_hold=True), prices=((1, "1"),))
    closed = make.supplier("Birk")
    make.offer(lamp, closed, prices=((1, "2"),))
    make.closed(closed, make.TODAY, make.TODAY + timedelta(days=3))
    make.offer(lamp, make.supplier("Dear"), prices=((1, "20"),))
    make.policy(lamp, 20, 60)

    night()

    assert drafted() == {("Dear", "LAMP"): 60}
    assert PurchaseOrderLine.objects.get().parts["not_asked"] == [
        "Nordlys: on hold",
        "Birk: closed until 5 March 2026",
    ]


def test_what_one_supplier_cannot_deliver_is_asked_of_the_next():
    lamp = make.product("LAMP")
    make.offer(lamp, make.supplier("Cheap"), prices=((1, "5"),), capacity=25, pack=10)
    make.offer(lamp, make.supplier("Dear"), prices=((1, "9"),))
    make.policy(lamp, 20, 60)

    night()

    assert drafted() == {("Cheap", "LAMP"): 20, ("Dear", "LAMP"): 40}


def test_prices_are_those_of_the_tier():
    lamp = make.product("LAMP")
    make.offer(lamp, prices=((1, "10"), (60, "5")))
    make.policy(lamp, 20, 55)
    night()

    line = PurchaseOrderLine.objects.get()
    assert (line.quantity, line.unit_price) == (60, Decimal("5"))


def test_what_cannot_be_bought_is_listed_with_its_reason():
    make.warehouse("BER")
    for number, sku in enumerate(("DISCONTINUED", "UNSUPPLIED", "HELD", "UNPRICED", "CAPPED"), 1):
        thing = make.product(sku, is_discontinued=sku == "DISCONTINUED")
        make.owing(thing, number)
        if sku == "HELD":
            make.offer(thing, make.supplier("Nordlys", is_on_hold=True, hold_reason="unpaid"))
        if sku == "UNPRICED":
            make.offer(thing, make.supplier("Birk"), prices=())
        if sku == "CAPPED":
            make.offer(thing, make.supplier("Small"), capacity=2)

    counts = night()

    assert counts["left_out"] == [
        "DISCONTINUED in BER: 1 needed, but it is discontinued.",
        "UNSUPPLIED in BER: 2 needed, but nobody offers it.",
        "HELD in BER: 3 needed, but Nordlys is on hold: unpaid.",
        "UNPRICED in BER: 4 needed, but Birk cannot be asked: no price is known.",
        "CAPPED in BER: 5 needed, 3 of them nobody can deliver for now.",
    ]
    assert (counts["discontinued"], counts["no_offer"], counts["short"]) == (1, 3, 1)
    assert drafted() == {("Small", "CAPPED"): 2}


def test_a_closed_warehouse_is_not_bought_for():
    lamp = make.product("LAMP")
    make.offer(lamp)
    old = make.warehouse("OLD", is_open=False)
    make.policy(lamp, 20, 60, place=old)
    make.owing(lamp, 3, place=old)

    assert night()["left_out"] == ["LAMP in OLD: 3 needed, but the warehouse is closed."]
    assert drafted() == {}


def test_another_warehouse_with_units_to_spare_is_named():
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.policy(lamp, 5, 30, place=make.warehouse("OSL"))
    make.on_hand(lamp, 40, place=make.warehouse("OSL"))

    night()

    assert "OSL has 35 to spare: a transfer may be sooner." in PurchaseOrderLine.objects.get().reason


def test_two_warehouses_have_two_drafts():
    lamp = make.product()
    make.offer(lamp)
    make.policy(lamp, 20, 60)
    make.policy(lamp, 5, 30, place=make.warehouse("OSL"))

    night()

    orders = PurchaseOrder.objects.order_by("warehouse__code")
    assert [(order.warehouse.code, order.lines.get().quantity) for order in orders] == [("BER", 60), ("OSL", 30)]


def test_the_queries_do_not_grow_with_the_products(django_assert_max_num_queries):
    for _ in range(40):
        lamp = make.product()
        make.offer(lamp)
        make.policy(lamp, 20, 60)
    make.learned()

    with django_assert_max_num_queries(36):
        night()
    assert ReorderPolicy.objects.count() == PurchaseOrderLine.objects.count() == 40


@pytest.mark.parametrize("block", [1, 2, 5, 6])
def test_a_night_renews_its_claim_after_every_block_of_skus(block, monkeypatch):
    monkeypatch.setattr(skus, "BLOCK", block)
    for number in range(5):
        lamp = make.product(f"LAMP-{number}")
        make.offer(lamp)
        make.policy(lamp, 20, 60)
    told = []

    replenishment.propose(on=make.TODAY, at=make.MONDAY, block_done=lambda: told.append("renewed"))

    assert len(told) == -(-5 // block)
    assert len(drafted()) == 5


@pytest.mark.parametrize(("up_to", "is_asked"), [(1_043, False), (1_044, True)])
def test_a_level_of_more_than_two_years_asks_whether_to_stock_it_at_all(up_to, is_asked):
    lamp = make.product("LAMP")
    make.offer(lamp)
    make.policy(lamp, 20, up_to, weekly=10)

    night()

    question = "Its level is more than two years of its demand: buy to order?"
    assert (question in PurchaseOrderLine.objects.get().reason) is is_asked
