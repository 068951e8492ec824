"""What is approved and not sent, or lies in a draft, and when it stops counting."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.ground.sql import bulk
from suppliers import purchasing, replenishment, unsent
from suppliers.models import Offer, PurchaseOrder, PurchaseOrderLine, Supplier

from . import make

pytestmark = pytest.mark.django_db
LINES = PurchaseOrderLine._meta.db_table
INSTANT = timedelta(microseconds=1)


@pytest.fixture
def lamp():
    """Nine lamps are wanted; Nordlys is asked within two days of an approval, and Birk is dearer."""
    thing = make.product("LAMP")
    make.owing(thing, 9)
    make.offer(thing, make.supplier("Birk"), prices=((1, "20"),))
    return make.offer(thing, make.supplier("Nordlys", approval_days=2))


def night(at):
    replenishment.propose(on=at.date(), at=at)
    proposed = PurchaseOrderLine.objects.filter(purchase_order__approved_at=None, is_touched=False)
    return dict(proposed.values_list("purchase_order__supplier__name", "quantity"))


def cannot_be_asked(how):
    match how:
        case "on hold":
            Supplier.objects.filter(name="Nordlys").update(is_on_hold=True)
        case "closed":
            make.closed(make.supplier("Nordlys"), make.TODAY, make.TODAY + timedelta(days=90))
        case "offer inactive":
            Offer.objects.filter(supplier__name="Nordlys").update(is_active=False)
        case "offer deleted":
            Offer.objects.filter(supplier__name="Nordlys").delete()


WAYS = ["on hold", "closed", "offer inactive", "offer deleted"]


@pytest.mark.parametrize("how", WAYS)
def test_approved_units_count_up_to_the_approval_time_and_no_longer_if_the_supplier_cannot_be_asked(lamp, how):
    make.approved((lamp, 9))
    cannot_be_asked(how)

    assert night(make.after(2)) == {}
    assert night(make.after(2) + INSTANT) == {"Birk": 9}


def test_approved_units_count_for_ever_while_the_supplier_can_be_asked(lamp):
    make.approved((lamp, 9))

    assert night(make.after(300)) == {}


def test_units_whose_supplier_can_be_asked_again_count_again(lamp):
    make.approved((lamp, 9))
    cannot_be_asked("on hold")
    assert night(make.after(5)) == {"Birk": 9}

    Supplier.objects.update(is_on_hold=False)

    assert night(make.after(6)) == {}


def test_sent_units_count_whatever_becomes_of_the_supplier(lamp):
    make.sent((lamp, 9))
    cannot_be_asked("on hold")

    assert night(make.after(300)) == {}


@pytest.mark.parametrize("how", ["on hold", "closed"])
def test_a_draft_by_hand_counts_for_a_week_after_it_was_touched_if_the_supplier_cannot_be_asked(lamp, how):
    order = make.draft((lamp, 8), by=make.buyer(), at=make.after(-3))
    purchasing.edit_line(make.line(order).pk, quantity=9, by=make.buyer(), at=make.MONDAY)
    cannot_be_asked(how)

    assert night(make.after(7) - INSTANT) == {}
    assert night(make.after(7)) == {"Birk": 9}


def test_a_draft_by_hand_counts_for_ever_while_its_supplier_can_be_asked(lamp):
    make.draft((lamp, 9), by=make.buyer())

    assert night(make.after(300)) == {}


def listed(which):
    return list(PurchaseOrder.objects.filter(which).order_by("pk"))


def test_not_sent_in_time_is_what_the_supplier_should_have_had_by_now(lamp):
    own = PurchaseOrder.objects.get(pk=make.approved((lamp, 9)).pk)
    other = make.approved((make.offer(make.product(), make.supplier("Kaiko", approval_days=0)), 1))
    make.sent((make.offer(make.product(), make.supplier("Loom", approval_days=0)), 1))
    make.draft((make.offer(make.product(), make.supplier("Moss", approval_days=0)), 1))

    assert listed(unsent.not_sent_in_time(at=make.MONDAY)) == []
    assert listed(unsent.not_sent_in_time(at=make.after(2))) == [other]
    assert listed(unsent.not_sent_in_time(at=make.after(2) + INSTANT)) == [own, other]
    assert [unsent.waits_too_long(own, at=at) for at in (make.after(2), make.after(2) + INSTANT)] == [False, True]


def test_a_hand_on_a_draft_starts_its_week_anew(lamp):
    order = make.draft((lamp, 9), at=make.MONDAY)
    other = make.offer(make.product(), make.supplier("Nordlys"))

    assert listed(unsent.untouched(at=make.after(7) - INSTANT)) == []
    assert listed(unsent.untouched(at=make.after(7))) == [order]

    make.draft((other, 1), by=make.buyer(), at=make.after(5))
    assert listed(unsent.untouched(at=make.after(7))) == []
    assert listed(unsent.untouched(at=make.after(12))) == [order]

    purchasing.remove_line(make.line(order, other.product).pk, at=make.after(6))
    assert listed(unsent.untouched(at=make.after(12))) == []
    assert listed(unsent.untouched(at=make.after(13))) == [order]


def test_an_order_that_waits_too_long_says_so_and_whether_it_still_counts(lamp):
    order = make.approved((lamp, 9))

    def words(days):
        order.refresh_from_db()
        return unsent.words(order, on=make.after(days).date(), at=make.after(days))

    assert words(2) == ""
    assert words(3) == "Approved and not sent within 2 days, as is agreed for Nordlys."
    Supplier.objects.filter(name="Nordlys").update(is_on_hold=True, hold_reason="unpaid")
    order = PurchaseOrder.objects.get(pk=order.pk)
    assert words(3) == (
        "Approved and not sent within 2 days, as is agreed for Nordlys."
        " Nordlys is on hold: unpaid: its units do not count as on order."
    )
    Supplier.objects.update(is_on_hold=False)
    order = PurchaseOrder.objects.get(pk=order.pk)
    purchasing.send([order.pk], by=None, at=make.after(3))
    assert words(4) == ""


def test_an_order_that_others_stood_in_for_is_not_sent_without_a_word(lamp):
    order = make.approved((lamp, 9))
    cannot_be_asked("on hold")
    night(make.after(3))
    other = PurchaseOrder.objects.get(approved_at=None)
    purchasing.approve([other.pk], by=None, at=make.after(3))
    Supplier.objects.update(is_on_hold=False)

    told = f"9 LAMP were ordered from Birk ({other}) since {order} was approved. Nothing was marked as sent."
    with pytest.raises(purchasing.OrderedElsewhere, match=f"^{re.escape(told)}$"):
        purchasing.send([order.pk], by=None, at=make.after(4))
    order = PurchaseOrder.objects.get(pk=order.pk)
    assert order.sent_at is None

    purchasing.send([order.pk], all_the_same=True, by=None, at=make.after(4))
    order.refresh_from_db()
    assert order.sent_at == make.after(4)


def test_an_order_sent_in_time_is_sent_without_a_question(lamp):
    order = make.approved((lamp, 9))
    make.approved((Offer.objects.get(supplier__name="Birk"), 5), at=make.after(1))

    purchasing.send([order.pk], by=None, at=make.after(2))

    order.refresh_from_db()
    assert order.sent_at == make.after(2)


def test_the_page_asks_before_it_marks_such_an_order_as_sent(admin_client, lamp):
    order = make.approved((lamp, 9))
    make.approved((Offer.objects.get(supplier__name="Birk"), 5), at=make.after(1))
    url = f"/admin/suppliers/purchaseorder/by_hand/?ids={order.pk}"

    with time_machine.travel(make.after(3), tick=False):
        asked = admin_client.post(url)
        order.refresh_from_db()
        assert order.sent_at is None
        admin_client.agree(url, {"all_the_same": "on"})

    assert "5 LAMP were ordered from Birk" in asked.content.decode()
    order.refresh_from_db()
    assert order.sent_at == make.after(3)


@pytest.mark.embedded  # PostgreSQL reads a small table whole
def test_what_is_unsent_is_found_without_looking_at_every_line_there_ever_was(lamp):
    make.approved((lamp, 5))
    make.draft((lamp, 7), by=make.buyer())

    with CaptureQueriesContext(connection) as seen:
        found = unsent.of(on=make.TODAY, at=make.MONDAY)

    sku = (lamp.product_id, make.warehouse().pk)
    assert (found.approved, found.by_hand) == ({sku: 5}, {sku: {lamp.pk: 7}})
    (query,) = (each["sql"] for each in seen.captured_queries if f'FROM "{LINES}"' in each["sql"])
    plan = " · ".join(step[-1] for step in bulk.fetch(f"EXPLAIN QUERY PLAN {query}", None))
    assert f"SEARCH {LINES} USING INDEX purchase_line_touched (purchase_order_id=?)" in plan
    assert f"SCAN {LINES}" not in plan
