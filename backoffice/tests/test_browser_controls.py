"""What staff do to a line, in a real browser: look who is pushed back, then do it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from backoffice.people import roles
from backoffice.tests.people import MONDAY, in_days, person
from orders.models import OrderLine
from orders.tests import make

pytestmark = pytest.mark.browser

QUEUE = "/admin/orders/backorder/"


@pytest.fixture
def shop(transactional_db) -> Iterator[None]:
    """Four customers wait for two lamps each; six are on their way, and a lot later two more. Birch lamps are here."""
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamp = make.product("LAMP-1", name="Oak lamp", price=40)
        make.on_hand(make.product("LAMP-2", name="Birch lamp", price=45), 5)
        make.coming(lamp, 6, on=in_days(4), reference="PO-77", is_confirmed=True)
        make.coming(lamp, 2, on=in_days(20), reference="PO-78", is_confirmed=True)
        for number, name in enumerate(["Lena Ortiz", "Tom Baker", "Ada Moor", "Jonas Weber"], start=1):
            at = MONDAY - timedelta(days=9 - number)
            make.order((lamp, 2), who=make.customer(name), reference=f"SO-{number}", at=at)
        yield


@pytest.fixture
def window(shop, open_window):
    window = open_window(person(roles.OPERATIONS))
    window.open(QUEUE)
    return window


def test_who_is_pushed_back_is_seen_before_a_line_moves_up(window):
    window.follow("SO-4", exact=False)
    window.look("line-with-controls")
    window.follow("Move up…")
    window.look("move-up")
    window.fill(To_place="2", Reason="The hotel opens on Friday")
    window.press("Show what it does")

    assert window.table("Lines that move") == [
        [
            "SO-3", "Ada Moor", "LAMP-1", "–", "2", "9 Mar 2026 → 24 Mar 2026 / 15 days later",
            "9 Mar 2026 → 24 Mar 2026 / breaks", "PO-77 → PO-78",
        ],
        [
            "SO-4", "Jonas Weber", "LAMP-1", "–", "2", "24 Mar 2026 → 9 Mar 2026 / 15 days sooner",
            "24 Mar 2026 → 9 Mar 2026", "PO-78 → PO-77",
        ],
    ]  # fmt: skip
    assert window.table("Places in the queue") == [["SO-4", "LAMP-1", "4 → 2 of 4"]]
    says = " ".join(window.section("What this does").locator("p").first.inner_text().split())
    assert says == (
        "2 lines move · 1 line is pushed back, by 15 days at most · 1 line comes sooner · 2 promises change · "
        "1 promise breaks · 2 mails to 2 customers. Nothing is written yet."
    )
    assert places() == ["SO-1", "SO-2", "SO-3", "SO-4"]
    window.look("move-up-preview")

    window.press("Do exactly this")

    assert window.told == ["It has passed 2 lines. Undo…"]
    assert places() == ["SO-1", "SO-4", "SO-2", "SO-3"]
    assert "from place 4 to 2: The hotel opens on Friday" in window.section("History").inner_text()

    window.follow("Undo…")
    window.fill(Reason="It was Saturday")
    window.press("Show what it does")
    window.look("undo-preview")
    window.press("Do exactly this")

    assert window.told == ["Taken back for 1 line."]
    assert places() == ["SO-1", "SO-2", "SO-3", "SO-4"]


def test_units_are_replaced_by_another_product_from_the_page_of_the_order(window):
    order = OrderLine.objects.get(order__reference="SO-1").order
    window.open(f"/admin/orders/order/{order.pk}/change/")
    window.look("order-with-controls")
    window.follow("Substitute…")
    window.fill(Replace_by="lamp-2", Reason="The oak is sold out.")
    window.page.get_by_label("Replace: SO-1, LAMP-1").fill("1")
    window.press("Show what it does")
    window.look("substitute-preview")

    assert window.table("New lines") == [["SO-1", "Lena Ortiz", "LAMP-2", "1", "0", "here", "3 Mar 2026", "0.00", "–"]]

    window.press("Do exactly this")

    assert window.told == ["Replaced 1 unit."]
    lines = window.page.locator(".lines article")
    assert lines.locator("h3").all_inner_texts() == ["LAMP-1 Oak lamp", "LAMP-2 Birch lamp"]
    assert lines.locator(".counts b").all_inner_texts() == ["2 ordered", "1 ordered"]


def test_the_forms_of_all_controls_fit(window):
    first, second = OrderLine.objects.order_by("pk")[:2]
    for name in ("new_date", "release", "priority", "pin", "unpin", "quantity", "substitute", "offer", "cancel"):
        window.open(f"{QUEUE}{name}/?ids={first.pk},{second.pk}")
        window.look(f"control-{name}")


def places() -> list[str]:
    return list(OrderLine.objects.in_queue_order().values_list("order__reference", flat=True))
