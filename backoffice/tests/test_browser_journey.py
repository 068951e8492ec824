"""The main job, clicked through by the people whose job it is: from a proposal to the parcel and its mail."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.core import mail

from backoffice.people import roles
from backoffice.tests.people import MONDAY, in_days, person
from inventory.desk.tables import day
from inventory.models import Inbound, Stock
from orders.mail import notices
from orders.models import Notice, NoticeLine, Order, OrderLine, Shipment
from orders.tests import make
from orders.wording import links
from suppliers import purchasing
from suppliers.models import Delivery, PurchaseOrder, Slip
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser

LETTER = """Hello Lena Ortiz,

This has left our warehouse and is on its way to you.

Order SO-1

- Oak lamp (LAMP-1)
  All 5 are on their way.

Sent with DHL JD0001

How it stands, and what you can change: {url}

If something is not right when it arrives, just reply to this mail. \
Leave “order SO-1” in the subject, so that your answer finds its way.

Harbor & Pine
"""


class Shop:
    """Three lamps on the shelf, nine wanted by two customers, and twelve proposed to Nordlys."""

    def __init__(self) -> None:
        roles.keep()
        self.lamp = make.product("LAMP-1", name="Oak lamp")
        make.on_hand(self.lamp, 3)
        make.order((self.lamp, 5), who=make.customer("Lena Ortiz", "lena@example.com"), reference="SO-1")
        make.order((self.lamp, 4), who=make.customer("Tom Baker", "tom@example.com"), reference="SO-2")
        self.purchase = buy.draft((buy.offer(self.lamp), 12))

    def send(self) -> Inbound:
        """The purchase order is on its way, confirmed for in ten days, and both customers have read so."""
        purchasing.approve([self.purchase.pk], by=None, at=MONDAY)
        purchasing.send([self.purchase.pk], by=None, at=MONDAY)
        purchasing.confirm(self.purchase.pk, {buy.line(self.purchase).pk: in_days(10)}, by=None, at=MONDAY)
        notices.send_due(at=MONDAY + timedelta(hours=1))
        return self.inbound()

    def inbound(self) -> Inbound:
        return buy.expected(self.purchase)

    def lines(self) -> dict[str, tuple[int, int, int]]:
        """Units here, on their way, and shipped, of each order."""
        lines = OrderLine.objects.values_list("order__reference", "allocated", "pegged", "shipped")
        return {order: (here, coming, shipped) for order, here, coming, shipped in lines}

    def promised(self) -> dict[str, date | None]:
        return dict(OrderLine.objects.values_list("order__reference", "promised_date"))


def standing() -> list[tuple[str, str]]:
    """Whom the outbox tells what, once it has been drained; overtaken facts are told to nobody."""
    facts = NoticeLine.objects.filter(notice__state="queued", is_superseded=False)
    return sorted(facts.values_list("notice__customer__name", "kind"))


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(MONDAY, tick=False) as clock:
        yield clock


@pytest.fixture
def shop(transactional_db, clock) -> Shop:
    return Shop()


def test_a_buyer_approves_sends_and_confirms_a_proposal(shop, open_window):
    ines, reference = person(roles.BUYER), shop.purchase.reference
    ines.set_password("nine lamps")
    ines.save()
    window = open_window()
    window.open("/")
    window.look("log-in")
    window.fill(User_name=ines.username, Password="nine lamps")
    window.press("Log in")
    assert window.title == "Today"

    window.follow("Proposals", within="#sidebar", exact=False)
    assert [row[1:] for row in window.listed()] == [
        [reference, "Nordlys", "BER", "draft", "12", "–", "120.00", "2 Mar 2026, 09:00", "-"]
    ]
    window.follow(reference)
    window.follow("Approve…")
    window.press("Approve")
    assert window.told == [f"Approved {reference}."]
    order = PurchaseOrder.objects.get()
    assert (order.approved_at, order.approved_by, order.sent_at) == (MONDAY, ines, None)
    assert not Inbound.objects.exists()

    window.follow("Sent by hand…")
    window.press("Show what it does")
    assert [(row[0], row[-1]) for row in window.table("Lines that move")] == [
        ("SO-1", f"3 on hand, 2 not covered → 3 on hand, 2 {reference}"),
        ("SO-2", f"nothing → {reference}"),
    ]
    # what comes of it is not there yet, so that nothing leads to it
    assert window.section("Lines that move").get_by_role("link", name=reference).count() == 0
    window.press("Do exactly this")
    assert window.told == [f"Marked {reference} as sent. 2 mails go out."]
    inbound = shop.inbound()
    assert (inbound.reference, inbound.quantity, inbound.committed, inbound.expected_date) == (reference, 12, 6, None)
    assert shop.lines() == {"SO-1": (3, 2, 0), "SO-2": (0, 4, 0)}
    first = shop.promised()
    assert min(first.values()) > in_days(14)

    window.follow("Confirm dates…")
    window.page.get_by_label("Date of LAMP-1").fill(in_days(10).isoformat())
    window.press("Show what it does")
    window.press("Do exactly this")
    assert window.told == [f"Confirmed {reference}: 1 line has a new date. 2 mails go out."]
    inbound.refresh_from_db()
    assert (inbound.expected_date, inbound.first_date, inbound.is_confirmed) == (in_days(10), in_days(10), True)
    assert PurchaseOrder.objects.get().confirmed_at == MONDAY
    assert in_days(10) < shop.promised()["SO-1"] == shop.promised()["SO-2"] < first["SO-1"]
    assert standing() == [("Lena Ortiz", "backordered"), ("Tom Baker", "backordered")]
    window.look("journey-buyer")


def test_customer_service_moves_an_arrival_and_exactly_those_who_were_shown_are_told(shop, open_window):
    inbound = shop.send()
    before, mailed = shop.promised(), len(mail.outbox)
    sam = person(roles.CUSTOMER_SERVICE)
    window = open_window(sam)
    window.open("/")
    window.follow("Inbound", within="#sidebar")
    window.follow(inbound.reference)
    window.follow("New date…")
    window.fill(Arrives_on=in_days(20).isoformat(), What_the_sender_says="The ship is late")
    window.press("Show what it does")
    moves, mails = window.table("Lines that move"), window.table("Mails that go out")
    window.look("journey-new-date-preview")
    assert (shop.promised(), Slip.objects.count(), standing()) == (before, 0, [])

    window.press("Do exactly this")

    assert window.told == [f"LAMP-1 of {inbound} is expected on 22 Mar 2026. 2 mails go out."]
    after = shop.promised()
    assert in_days(20) < after["SO-1"] == after["SO-2"]
    moved = f"{day(before['SO-1'])} → {day(after['SO-1'])}"
    later = f"{moved} / {(after['SO-1'] - before['SO-1']).days} days later"
    assert moves == [
        ["SO-1", "Lena Ortiz", "LAMP-1", "–", "2", later, f"{moved} / breaks"],
        ["SO-2", "Tom Baker", "LAMP-1", "–", "4", later, f"{moved} / breaks"],
    ]
    assert mails == [
        ["Lena Ortiz", "lena@example.com", "at once", "New date", "SO-1 LAMP-1"],
        ["Tom Baker", "tom@example.com", "at once", "New date", "SO-2 LAMP-1"],
    ]
    slip = Slip.objects.get()
    assert (slip.was, slip.now, slip.reason, slip.by) == (in_days(10), in_days(20), "The ship is late", sam)
    assert standing() == [("Lena Ortiz", "new_date"), ("Tom Baker", "new_date")]

    due = Notice.objects.filter(state="queued").latest("due_at").due_at
    notices.send_due(at=due)
    sent = mail.outbox[mailed:]
    assert sorted(each.to[0] for each in sent) == ["lena@example.com", "tom@example.com"]
    window.follow("Notices", within="#sidebar")
    assert [row[1:6] for row in window.listed()[:2]] == [
        ["New date", "Tom Baker", "tom@example.com", "sent", "1"],
        ["New date", "Lena Ortiz", "lena@example.com", "sent", "1"],
    ]
    window.follow("New date")
    assert window.page.locator("pre.letter").text_content() == next(e.body for e in sent if e.to == ["tom@example.com"])
    assert "Until now, we said by March" in window.page.locator("pre.letter").inner_text()
    window.look("journey-letter")
    window.follow("Show it as the customer sees it")
    assert window.title == "A later date"
    assert "Oak lamp" in window.page.locator("body").inner_text()


def test_operations_receives_what_arrived_and_ships_it(shop, clock, open_window):
    reference = shop.send().reference
    clock.shift(timedelta(days=10))
    now = MONDAY + timedelta(days=10)
    robin = person(roles.OPERATIONS)
    window = open_window(robin)
    window.open("/")
    window.follow("Purchase orders", within="#sidebar")
    window.follow(reference)
    window.follow("Receive…")
    window.page.get_by_label("LAMP-1: units that arrived").fill("7")
    window.page.get_by_label("LAMP-1: units that are damaged").fill("2")
    window.press("Show what it does")
    before = shop.promised()
    here = "13 Mar 2026"
    assert day(before["SO-1"]) == here
    assert window.table("Lines that move") == [
        ["SO-1", "Lena Ortiz", "LAMP-1", "2", "0", "here", here, f"3 on hand, 2 {reference} → on hand"],
        [
            *("SO-2", "Tom Baker", "LAMP-1", "3", "1", day(before["SO-2"]), day(before["SO-2"])),
            f"{reference} → 3 on hand, 1 {reference}",
        ],
    ]
    assert window.table("Mails that go out") == [
        ["Lena Ortiz", "lena@example.com", "at once", "Restocked", "SO-1 LAMP-1"],
        ["Tom Baker", "tom@example.com", "at once", "Restocked", "SO-2 LAMP-1"],
    ]
    assert (shop.lines(), Delivery.objects.count()) == ({"SO-1": (3, 2, 0), "SO-2": (0, 4, 0)}, 0)
    window.look("journey-receive-preview")

    window.press("Do exactly this")

    told = f"Received 7 units (2 damaged) of {reference} from Nordlys. 2 mails go out. 2 orders can leave now."
    assert window.told == [told]
    delivery, stock = Delivery.objects.get(), Stock.objects.get()
    assert (delivery.quantity, delivery.damaged, delivery.received_at) == (7, 2, now)
    assert (stock.on_hand, stock.allocated) == (8, 8)
    assert shop.lines() == {"SO-1": (5, 0, 0), "SO-2": (3, 1, 0)}
    assert shop.promised() == {"SO-1": in_days(11), "SO-2": before["SO-2"]}
    assert standing() == [("Lena Ortiz", "restocked"), ("Tom Baker", "restocked")]

    window.follow("Orders", within="#sidebar")
    assert [row[1:8] for row in window.listed()] == [
        ["SO-2", "Tom Baker", "2 Mar 2026, 09:00", "4", "3", "1", "partly waiting"],
        ["SO-1", "Lena Ortiz", "2 Mar 2026, 09:00", "5", "5", "0", "ready to ship"],
    ]
    window.follow("SO-1")
    window.follow("Ship what is here…")
    assert window.table("What ships") == [["SO-1", "BER", "5 × LAMP-1 Oak lamp", "5", "0", ""]]
    window.fill(Carrier="DHL", Tracking_number="JD0001")
    window.press("Show what it does")
    assert window.page.locator(".in-words").inner_text() == "5 units leave in 1 parcel."
    mails = window.table("Mails that go out")
    assert mails == [["Lena Ortiz", "lena@example.com", "at once", "Shipped", "SO-1 LAMP-1"]]
    [shown] = window.page.locator(".letters pre").all_text_contents()
    assert Shipment.objects.count() == 0
    window.look("journey-ship-preview")
    window.press("Do exactly this")
    assert window.told == ["Shipped 5 units in 1 shipment. 1 mail goes out."]
    shipment = Shipment.objects.get()
    assert (shipment.order.reference, shipment.carrier, shipment.tracking) == ("SO-1", "DHL", "JD0001")
    assert (shipment.by, shipment.shipped_at) == (robin, now)
    assert shop.lines() == {"SO-1": (0, 0, 5), "SO-2": (3, 1, 0)}
    assert Stock.objects.get().on_hand == 3

    notices.send_due(at=now)
    window.follow("Notices", within="#sidebar")
    assert [row[1:5] for row in window.listed()[:3]] == [
        ["Shipped", "Lena Ortiz", "lena@example.com", "sent"],
        ["Restocked", "Tom Baker", "tom@example.com", "sent"],
        ["Restocked", "Lena Ortiz", "lena@example.com", "overtaken by newer news"],
    ]
    window.follow("Shipped")
    url = links.url(Order.objects.get(reference="SO-1"))
    assert window.page.locator("pre.letter").text_content() == LETTER.format(url=url) == shown
