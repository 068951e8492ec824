"""Whatever changes supply is one piece of news: one use case, one signal, and one true mail for each customer."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail

from inventory.formulas.calendars.working_days import Closed
from inventory.models import Inbound, MovementKind
from inventory.resources.inbound import RESOURCE as INBOUND_FILE
from inventory.resources.stock import RESOURCE as STOCK_FILE
from inventory.signals import supply_changed
from inventory.supply import calendars, counts, inbound, stock, transfers
from inventory.supply.arriving import rescheduling
from inventory.tests import files
from orders.mail import notices
from orders.models import OrderLine
from orders.tests import make
from suppliers import purchasing, splitting
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db
BY: dict[str, Any] = {"by": None, "at": make.MONDAY}
FRIDAY = make.TODAY + timedelta(days=4)


class Shop:
    """Two products that a customer each waits for, in two warehouses, ordered and on the road."""

    def __init__(self, folder):
        self.folder = folder
        self.lamp, self.mug = make.product("LAMP"), make.product("MUG")
        self.here, self.there = make.warehouse("BER"), make.warehouse("HAM", rank=2)
        self.order = buy.sent((buy.offer(self.lamp), 10), (buy.offer(self.mug), 10))
        self.late = [make.coming(self.lamp, 20, on=FRIDAY), make.coming(self.lamp, 5, on=FRIDAY)]
        for thing in (self.lamp, self.mug):
            make.on_hand(thing, 40, place=self.there)
        self.draft = buy.approved((buy.offer(make.product(), buy.supplier("Birk")), 3))
        draft = transfers.TransferDraft(self.there.pk, self.here.pk, {self.lamp.pk: 20}, FRIDAY)
        self.transfer = transfers.send(draft, **BY)

    def line(self, thing):
        return buy.line(self.order, thing).pk

    @property
    def sent(self):
        return Inbound.objects.get(transfer_line__transfer=self.transfer)

    def bought(self, lamps, mugs=(0, 0), **how):
        arrived = {self.line(self.lamp): lamps, self.line(self.mug): mugs}
        purchasing.receive(self.order.pk, arrived, **how, **BY)

    def arrived(self, *receipts, **how):
        inbound.receive([inbound.Receipt(row.pk, *counted) for row, *counted in receipts], **how, **BY)

    def again(self):
        """The order is complete, with 3 broken."""
        purchasing.receive(self.order.pk, {self.line(self.lamp): (10, 3)}, **BY)

    def counted(self, *found):
        places = [(thing, place) for thing in (self.lamp, self.mug) for place in (self.here, self.there)]
        entries = [counts.Count(thing.pk, place.pk, units) for (thing, place), units in zip(places, found, strict=True)]
        counts.count(entries, **BY)

    def posted(self, units, kind):
        stock.adjust([stock.Post(each.pk, self.there.pk, units, kind) for each in (self.lamp, self.mug)], **BY)

    def file(self, resource, text):
        plan = files.look(files.text(self.folder, text), resource)
        assert not plan.problems
        resource.apply(plan, **BY)


ACTS = {
    "a purchase order of several lines": lambda shop: shop.bought((4, 0), (3, 0)),
    "a surplus within the tolerance": lambda shop: shop.bought((11, 0), (11, 0)),
    "a surplus somebody was asked about": lambda shop: shop.bought((15, 0), (2, 0), takes_surplus=True),
    "a surplus with damage": lambda shop: shop.bought((11, 2)),
    "a delivery that is damaged whole": lambda shop: shop.bought((5, 5)),
    "several inbound of one product": lambda shop: shop.arrived((shop.late[0], 20), (shop.late[1], 6)),
    "a plain inbound that brings more": lambda shop: shop.arrived((shop.late[0], 21, 1)),
    "a transfer that brings more": lambda shop: shop.arrived((shop.sent, 21)),
    "counts of several places": lambda shop: shop.counted(7, 30, 4, 41),
    "damage of several products": lambda shop: shop.posted(-2, MovementKind.DAMAGE),
    "returns of several products": lambda shop: shop.posted(2, MovementKind.RETURN),
    "what is expected": lambda shop: inbound.expect(
        [inbound.Expectation(each.pk, shop.here.pk, 5, "PO-9", "Nordlys") for each in (shop.lamp, shop.mug)], **BY
    ),
    "new dates": lambda shop: rescheduling.reschedule(
        [rescheduling.DateChange(row.pk, FRIDAY + timedelta(30), None, None) for row in shop.late], **BY
    ),
    "units that will not come": lambda shop: inbound.cancel([inbound.Cancellation(row.pk) for row in shop.late], **BY),
    "a transfer": lambda shop: transfers.send(
        transfers.TransferDraft(shop.there.pk, shop.here.pk, {shop.lamp.pk: 3, shop.mug.pk: 3}, FRIDAY), **BY
    ),
    "a purchase order that is sent": lambda shop: purchasing.send([shop.draft.pk], **BY),
    "dates that a supplier confirms": lambda shop: purchasing.confirm(
        shop.order.pk, {shop.line(shop.lamp): FRIDAY, shop.line(shop.mug): FRIDAY}, **BY
    ),
    "a line that slips": lambda shop: purchasing.reschedule(shop.line(shop.lamp), FRIDAY, reason="Strike", **BY),
    "lines of an order that slip together": lambda shop: purchasing.reschedule_lines(
        shop.order.pk, {shop.line(shop.lamp): FRIDAY, shop.line(shop.mug): FRIDAY}, reason="Strike", **BY
    ),
    "a line that is confirmed in parts": lambda shop: splitting.split(
        shop.line(shop.lamp), [splitting.ConfirmedPart(4, FRIDAY), splitting.ConfirmedPart(6, None)], **BY
    ),
    "a purchase order that is canceled": lambda shop: purchasing.cancel(shop.order.pk, reason="Sold out", **BY),
    "a stock file with new and known places": lambda shop: shop.file(
        STOCK_FILE, "sku,warehouse,quantity\nLAMP,BER,6\nLAMP,HAM,19\nMUG,BER,3\nMUG,HAM,41\n"
    ),
    "an inbound file with new and known references": lambda shop: shop.file(
        INBOUND_FILE,
        "reference,sku,warehouse,quantity,sender,expected_date\n"
        f"{shop.late[0].reference},LAMP,BER,20,Nordlys,2026-04-20\nPO-77,MUG,BER,8,Nordlys,2026-04-21\n",
    ),
}


@pytest.fixture
def signals():
    """The senders of each ``supply_changed``, and its products."""
    sent = []

    def listen(sender, product_ids, **kwargs):
        sent.append(product_ids)

    supply_changed.connect(listen, weak=False)
    yield sent
    supply_changed.disconnect(listen)


@pytest.mark.parametrize("act", ACTS)
def test_what_changes_supply_sends_one_signal(act, signals, tmp_path):
    shop = Shop(tmp_path)
    signals.clear()

    ACTS[act](shop)

    assert len(signals) == 1


def test_other_working_days_send_one_signal_for_each_block_of_what_is_owed_and_for_nothing_else(
    signals, tmp_path, monkeypatch
):
    monkeypatch.setattr(calendars, "MOST_PRODUCTS", 2)
    shop = Shop(tmp_path)
    cup, pot, tin, jug = (make.product(sku) for sku in ("CUP", "POT", "TIN", "JUG"))
    make.order((cup, 2), (pot, 2), (tin, 2))
    make.order((jug, 2), place=shop.there)
    signals.clear()

    calendars.close(shop.here.pk, Closed(FRIDAY, FRIDAY), **BY)

    assert signals == [{cup.pk, pot.pk}, {tin.pk}]


def test_what_comes_after_a_line_is_complete_sends_one_signal_too(signals, tmp_path):
    shop = Shop(tmp_path)
    shop.again()
    signals.clear()

    shop.bought((4, 0))

    assert len(signals) == 1


def test_a_count_that_finds_nothing_sends_none(signals):
    lamp = make.product()
    make.counted(lamp, 3)
    signals.clear()

    make.counted(lamp, 3)

    assert signals == []


def test_of_ten_ordered_twelve_come_and_the_customer_of_twelve_gets_one_true_mail(signals):
    lamp = make.product("LAMP", name="Oslo lamp")
    order = buy.sent((buy.offer(lamp), 10))
    make.order((lamp, 12), who=make.customer("Ada", "ada@shop.example"))
    notices.send_due(at=make.MONDAY)
    mail.outbox.clear()
    signals.clear()

    purchasing.receive(order.pk, {buy.line(order).pk: (12, 0)}, takes_surplus=True, **BY)
    notices.send_due(at=make.MONDAY)

    assert len(signals) == 1
    assert [sent.subject.partition(":")[0] for sent in mail.outbox] == ["Arrived at our warehouse"]
    assert "  All 12 are here and set aside for you." in mail.outbox[0].body
    assert OrderLine.objects.get().allocated == 12
