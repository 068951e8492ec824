"""The morning of the floor: sixty orders in two warehouses, 47 of which can leave, from Today to handed over."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
import zxingcpp
from django.contrib.auth.models import User
from PIL import Image

from backoffice.people import roles
from backoffice.tests import axe
from backoffice.tests.at_work import Worker, signs_in
from backoffice.tests.browser import HEIGHT, PHONE
from backoffice.tests.people import MONDAY
from inventory.models import Movement, MovementKind, Stock
from orders import books, fulfillment
from orders.fulfillment import Stop
from orders.mail import notices
from orders.models import (
    Batch,
    Notice,
    NoticeKind,
    NoticeLine,
    NoticeState,
    Order,
    Parcel,
    Return,
    Shipment,
    StopReason,
)
from orders.tests import make

pytestmark = pytest.mark.browser
MOST_CLICKS = 12
BERLIN, HAMBURG, STAY = 30, 17, 13
SHELF = "Back on the shelf, for the next in the queue"


@pytest.fixture
def floor(transactional_db, settings) -> Iterator[Order]:
    """47 orders that can leave, thirty of them in Berlin; 13 that stay. Gives one that has ten units."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        places = [make.warehouse("BER"), make.warehouse("HAM", rank=2)]
        lamp, mug, rug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1"), make.product("RUG-1")
        make.on_hand(lamp, 500, place=places[0])
        make.on_hand(mug, 500, place=places[1])
        Stock.objects.filter(product=lamp).update(bin="A-04-2")
        big = make.order((lamp, 10), place=places[0], reference="SO-1")
        for number in range(2, BERLIN + 1):
            make.order((lamp, 1), place=places[0], reference=f"SO-{number}")
        for number in range(HAMBURG):
            make.order((mug, 2), place=places[1], reference=f"HH-{number}")
        tomorrow = MONDAY.date() + timedelta(days=1)
        for number in range(STAY - 2):
            make.order((lamp, 1), place=places[0], wanted_date=tomorrow, reference=f"LATER-{number}")
        halted = make.order((lamp, 1), place=places[0], reference="HALT-1")
        owner = User.objects.create_user("kim")
        fulfillment.stop(halted.pk, Stop(StopReason.CUSTOMER, owner.pk), by=owner, at=MONDAY)
        make.order((rug, 1), place=places[0], reference="WAITS-1")
        yield big


def scan(morning, numbers: list[str]) -> None:
    """What a scanner types: a number and Enter, into the field that is ready for it."""
    for number in numbers:
        morning.page.keyboard.type(number)
        morning.page.keyboard.press("Enter")


def hands_over(morning, numbers: list[str]) -> None:
    scan(morning, numbers)
    morning.button("Hand over…")
    morning.button("Show what it does")
    morning.button("Do exactly this")


def test_47_orders_leave_in_twelve_clicks_and_two_parcels_are_one_mail(floor, open_window):
    morning, _ = signs_in(open_window, roles.OPERATIONS)
    page, window = morning.page, morning.window
    morning.clicks = 0

    morning.card("Shipping desk")
    assert window.title == "Shipping desk"
    assert "30 orders can leave now, 39 units." in page.locator(".in-words").inner_text()
    stay = window.table("Not in this batch, and why")
    assert sorted(row[0] for row in stay) == sorted([*(f"LATER-{n}" for n in range(11)), "HALT-1"])
    assert {row[2] for row in stay} == {"It is wanted on 3 March 2026.", "It is stopped: the customer asked."}
    window.look("desk")
    assert axe.faults(page) == []
    morning.button("Print the batch")
    morning.click("another parcel")
    page.get_by_label("LAMP-1, of 10").fill("4")
    morning.button("Make it")
    window.look("batch")
    hands_over(morning, [f"1Z{number:03}" for number in range(31)])
    morning.click("Shipping desk", within="#content")
    assert "17 orders can leave now, 34 units." in page.locator(".in-words").inner_text()
    morning.button("Print the batch")
    hands_over(morning, [f"2Z{number:03}" for number in range(17)])

    assert morning.clicks <= MOST_CLICKS
    assert Order.objects.filter(shipments__isnull=False).distinct().count() == BERLIN + HAMBURG
    assert sorted(Shipment.objects.values_list("tracking", flat=True)) == sorted(
        [*(f"1Z{n:03}" for n in range(31)), *(f"2Z{n:03}" for n in range(17))]
    )
    assert Notice.objects.filter(kind=NoticeKind.SHIPPED).count() == 47
    [told] = NoticeLine.objects.filter(order=floor, kind=NoticeKind.SHIPPED)
    own = list(Shipment.objects.filter(order=floor).order_by("pk").values_list("tracking", flat=True))
    assert told.detail == f"{own[0]}, {own[1]}"
    assert Batch.objects.filter(posted_at=None).count() == 0
    assert books.broken(at=MONDAY) == []


def test_the_morning_goes_on_a_parcel_comes_back_and_a_shelf_is_counted_on_a_phone(floor, open_window, mailoutbox):
    morning, who = signs_in(open_window, roles.OPERATIONS)
    morning.clicks = 0
    morning.card("Shipping desk")
    morning.button("Print the batch")
    morning.click("Pick list and slips")
    assert scanned(morning.page) == [f"BATCH-{Batch.objects.get().pk}", *(f"SO-{n}" for n in range(1, BERLIN + 1))]
    morning.back()
    morning.click("another parcel")
    morning.page.get_by_label("LAMP-1, of 10").fill("4")
    morning.button("Make it")
    hands_over(morning, [f"1Z{number:03}" for number in range(31)])
    morning.click("Shipping desk", within="#content")
    morning.button("Print the batch")
    hands_over(morning, [f"2Z{number:03}" for number in range(17)])
    assert morning.clicks == MOST_CLICKS + 1

    later = MONDAY + timedelta(minutes=30)
    with time_machine.travel(later, tick=False):
        assert notices.send_due(at=later) == {"sent": 48}
        told = Counter(address for mail in mailoutbox for address in mail.to)
        assert set(told.values()) == {1}
        [about] = [mail for mail in mailoutbox if mail.to == [floor.customer.email]]
        own = Shipment.objects.filter(order=floor).values_list("tracking", flat=True)
        assert [number in about.body for number in own] == [True, True]
        assert sum("Backordered" in mail.body or "WAITS-1" in mail.body for mail in mailoutbox) == 1

        morning.clicks = 0
        morning.look_up("1Z004")
        morning.click("1Z004", within="#content")
        morning.click("Return…")
        morning.page.get_by_label("What becomes of it").select_option(label=SHELF)
        morning.button("All of it")
        morning.button("Do exactly this")
        assert morning.clicks == 4
        back = Return.objects.get()
        assert (back.units, back.restocked, back.shipment_line.shipment.tracking) == (1, 1, "1Z004")

    with time_machine.travel(later + timedelta(hours=1), tick=False):
        phone = Worker(open_window(who, width=PHONE))
        phone.window.open("/admin/inventory/countsheet/")
        phone.click("Count some bins")
        phone.page.get_by_label("Warehouse").select_option(label="BER")
        phone.button("Make the sheet")
        phone.click("Count on a phone")
        assert phone.page.locator(".count-one .bin").inner_text() == "A-04-2"
        phone.page.get_by_label("Counted", exact=True).fill("460")
        phone.window.look("phone-count")
        phone.button("Save and next")
        phone.click("Post…")
        phone.button("Show what it does")
        phone.window.look("phone-post")
        phone.button("Do exactly this")
        assert phone.clicks == 7

    lamp, mug = (Stock.objects.get(product__sku=sku) for sku in ("LAMP-1", "MUG-1"))
    assert (lamp.on_hand, mug.on_hand) == (460, 500 - 34)
    assert Movement.objects.filter(kind=MovementKind.COUNT).values_list("quantity", flat=True).get() == -2
    assert Shipment.objects.count() == 48
    assert Notice.objects.filter(kind=NoticeKind.SHIPPED, state=NoticeState.SENT).count() == 47
    assert notices.send_due(at=later + timedelta(hours=4)) == {}
    assert books.broken(at=later + timedelta(hours=4)) == []


def scanned(page) -> list[str]:
    """What a scanner reads from the barcodes of a page, from top to bottom."""
    pictures = [Image.open(BytesIO(bars.screenshot())) for bars in page.locator("img.bars").all()]
    return [found.text for picture in pictures for found in zxingcpp.read_barcodes(picture.resize(doubled(picture)))]


def doubled(picture: Image.Image) -> tuple[int, int]:
    return picture.width * 3, picture.height * 3


def test_the_desk_fits_a_phone_and_faults_nobody(floor, open_window):
    morning, who = signs_in(open_window, roles.OPERATIONS)
    morning.card("Shipping desk")
    morning.button("Print the batch")
    batch = Batch.objects.get()
    first, second = Parcel.objects.order_by("pk")[:2]
    page, window = morning.page, morning.window
    page.get_by_label(f"Tracking of {first.order}", exact=True).fill("A1")
    page.get_by_label(f"Tracking of {second.order}", exact=True).fill("a 1")
    morning.button("Save")
    assert f"a 1 is also on {first.order}." in page.locator("table.parcels").inner_text()
    window.look("batch-refused")
    assert axe.faults(page) == []
    phone = open_window(who, width=PHONE)
    for name, path in (
        ("phone-desk", "/admin/shipping-desk/"),
        ("phone-batch", f"/admin/orders/batch/{batch.pk}/change/"),
        ("phone-papers", f"/admin/orders/batch/{batch.pk}/papers/"),
        ("phone-numbers", f"/admin/orders/batch/{batch.pk}/numbers/"),
    ):
        phone.page.set_viewport_size({"width": PHONE, "height": HEIGHT})  # axe has looked at other sizes
        phone.open(path)
        phone.look(name)
        assert axe.faults(phone.page) == [], name


def test_a_column_is_pasted_down_the_rows_and_a_slip_is_scanned(floor, open_window):
    morning, _ = signs_in(open_window, roles.OPERATIONS)
    page = morning.page
    morning.card("Shipping desk")
    morning.button("Print the batch")

    page.locator("#scan-order").fill("so-3")
    page.locator("#scan-order").press("Enter")
    assert page.evaluate("document.activeElement.dataset.tracking") == "SO-3"
    page.evaluate(
        """() => { const data = new DataTransfer(); data.setData("text", "A1\\r\\nA2\\r\\nA3\\r\\n");
        document.activeElement.dispatchEvent(new ClipboardEvent("paste", {clipboardData: data, bubbles: true})); }"""
    )
    morning.button("Save")

    given = dict(Parcel.objects.exclude(tracking="").values_list("order__reference", "tracking"))
    assert given == {"SO-3": "A1", "SO-4": "A2", "SO-5": "A3"}
