"""A new date for a whole purchase order in a real browser: looked at, done, and the mails as they were shown."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests.browser import PHONE
from backoffice.tests.people import MONDAY, in_days, person
from inventory.models import Inbound, Product
from orders.mail import notices
from orders.models import Notice, NoticeState
from orders.tests import make
from suppliers import purchasing
from suppliers.models import PurchaseOrder
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser


@pytest.fixture
def order(transactional_db, settings) -> Iterator[PurchaseOrder]:
    """Three products, confirmed for in ten days; Lena waits for two of them, Tom for one."""
    settings.MAIL = "live"
    with time_machine.travel(MONDAY, tick=True):
        roles.keep()
        things = [make.product(f"LAMP-{number}", name=f"Oak lamp {number}") for number in range(3)]
        bought = buy.sent(*((buy.offer(thing), 30) for thing in things))
        dates = {line.pk: in_days(10) for line in bought.lines.all()}
        purchasing.confirm(bought.pk, dates, by=None, at=MONDAY)
        make.order((things[0], 2), (things[1], 1), reference="SO-1", who=make.customer("Lena Ortiz"))
        make.order((things[2], 4), reference="SO-2", who=make.customer("Tom Baker"))
        notices.send_due(at=MONDAY + timedelta(hours=1))
        yield bought


def sent() -> list[tuple[str, str]]:
    told = Notice.objects.filter(state=NoticeState.SENT).select_related("customer").order_by("pk")
    return [(f"{each.customer.name}: {each.subject}", each.body_text.strip()) for each in told]


def days_of(order: PurchaseOrder) -> list[object]:
    return list(
        Inbound.objects.filter(purchase_line__purchase_order=order)
        .order_by("pk")
        .values_list("expected_date", flat=True)
    )


def test_a_buyer_moves_a_whole_purchase_order_and_the_mails_are_those_that_were_shown(order, open_window):
    window = open_window(person(roles.BUYER))
    before = sent()
    window.open(reverse("admin:suppliers_purchaseorder_change", args=[order.pk]))

    window.follow("New date for all of it…")
    window.page.get_by_label("Or a pasted column").fill("2026-04-11\nsoon")
    window.fill(What_the_sender_says="The ship is late")
    window.press("Show what it does")

    said = window.page.locator(".errorlist").all_inner_texts()
    assert "Row 2 (LAMP-1): “soon” is not a date" in said[0]
    assert "Row 3 (LAMP-2): there is no day." in said[0]
    window.look("new-dates-refused")

    window.page.get_by_label("Or a pasted column").fill("2026-04-11\n12.04.2026\n13 April 2026")
    window.press("Show what it does")

    assert window.page.locator(".in-words").inner_text() == (
        f"3 lines of {order} · Nordlys come on another day, from 30 days later to 32 days later."
    )
    assert [(row[0], row[2]) for row in window.table("Lines that move")] == [
        ("SO-1", "LAMP-0"),
        ("SO-1", "LAMP-1"),
        ("SO-2", "LAMP-2"),
    ]
    assert [row[0] for row in window.table("Mails that go out")] == ["Lena Ortiz", "Tom Baker"]
    folds = window.page.locator("details:has(pre)")
    shown = [(fold.locator("summary").inner_text(), fold.locator("pre").text_content().strip()) for fold in folds.all()]
    assert len(shown) == 2
    assert days_of(order) == [in_days(10)] * 3
    folds.first.evaluate("fold => fold.open = true")
    window.look("new-dates-preview")

    window.press("Do exactly this")

    assert window.told == [f"New dates for 3 lines of {order} · Nordlys. 2 mails go out."]
    assert days_of(order) == [in_days(40), in_days(41), in_days(42)]
    tomorrow = MONDAY + timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        notices.send_due(at=tomorrow)
    assert sent()[len(before) :] == shown


def test_service_moves_what_comes_with_an_inbound_on_a_phone(order, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE), width=PHONE)
    part = Inbound.objects.filter(purchase_line__purchase_order=order).earliest("pk")
    window.open(reverse("admin:inventory_inbound_change", args=[part.pk]))

    window.tap("New date for all of it…")
    window.page.get_by_label("Or so many days later").fill("5")
    window.fill(What_the_sender_says="They rang")
    window.press("Show what it does")
    window.look("new-dates-phone")
    window.press("Do exactly this")

    assert days_of(order) == [in_days(15)] * 3


def test_a_buyer_confirms_a_line_in_parts_and_sees_them_on_the_order_and_where_they_arrive(order, open_window):
    window = open_window(person(roles.BUYER))
    make.order((Product.objects.get(sku="LAMP-0"), 20), reference="SO-3", who=make.customer("Kim Adams"))
    notices.send_due(at=MONDAY + timedelta(hours=2))
    before = sent()
    window.open(reverse("admin:suppliers_purchaseorder_change", args=[order.pk]))

    window.follow("In parts…")
    for number, (units, day) in enumerate(((10, 10), (15, 24)), start=1):
        window.page.get_by_label(f"Units of part {number}").fill(str(units))
        window.page.get_by_label(f"Day of part {number}").fill(str(in_days(day)))
    window.press("Show what it does")

    [said] = window.page.locator(".errorlist").all_inner_texts()
    assert said.startswith("The parts are 25 units, and 30 outstanding: 5 are missing.")
    window.look("in-parts-refused")

    window.page.get_by_label("The rest is not confirmed").check()
    window.press("Show what it does")
    assert [row[0] for row in window.table("Lines that move")] == ["SO-3"]
    fold = window.page.locator("details:has(pre)")
    shown = [(fold.locator("summary").inner_text(), fold.locator("pre").text_content().strip())]
    window.look("in-parts-preview")
    window.press("Do exactly this")

    assert window.told == [f"Confirmed LAMP-0 of {order} · Nordlys in 3 parts. 1 mail goes out."]
    rows = window.table("3 lines in 5 parts, 900.00 of goods")
    parts = [f"LAMP-0 / part {number} of 3" for number in (1, 2, 3)]
    assert [row[0] for row in rows] == [*parts, "LAMP-1", "LAMP-2"]
    assert [row[2] for row in rows] == ["10", "15", "5", "30", "30"]
    window.look("in-parts-done")
    tomorrow = MONDAY + timedelta(days=1)
    with time_machine.travel(tomorrow, tick=False):
        notices.send_due(at=tomorrow)
    assert sent()[len(before) :] == shown
