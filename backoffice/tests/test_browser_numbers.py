"""Numbers pasted into the table of a batch, and what was typed when somebody goes elsewhere."""

from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.tests.browser import WIDE, Window, next_page
from orders import shipping
from orders.models import Parcel
from orders.tests import make
from orders.tests.make import MONDAY

pytestmark = pytest.mark.browser


@pytest.fixture
def desk(transactional_db, settings, open_window) -> Iterator[Window]:
    """The page of a batch of three parcels."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        boss = User.objects.create_superuser("boss")
        lamp = make.product()
        make.on_hand(lamp, 6)
        orders = [make.order((lamp, 2), reference=f"SO-{number}") for number in (1, 2, 3)]
        batch, _ = shipping.make(make.warehouse().pk, [order.pk for order in orders], by=boss, at=MONDAY)
        window = open_window(boss, width=WIDE)
        window.open(reverse("admin:orders_batch_change", args=[batch.pk]))
        yield window


PASTE = """([field, text]) => {
    const data = new DataTransfer();
    data.setData("text", text);
    field.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


def pasted(window: Window, order: str, text: str) -> list[str]:
    field = window.page.locator(f'input[data-tracking="{order}"]').element_handle()
    window.page.evaluate(PASTE, [field, text])
    return typed(window)


def typed(window: Window) -> list[str]:
    fields = window.page.locator("input[data-tracking]").all()
    return [field.input_value() for field in fields]


def numbers() -> list[str]:
    return [each.tracking for each in Parcel.objects.order_by("order_id", "pk")]


def test_what_is_pasted_or_typed_into_the_table_is_filled_in_or_said_and_never_left_behind(desk):
    page = desk.page

    assert pasted(desk, "SO-1", "Tracking number\r\nA1\r\n\r\nA3\r\n") == ["A1", "", "A3"]
    assert pasted(desk, "SO-2", "B2\nB3\nB4\n") == ["A1", "", "A3"]
    assert page.locator("#pasted").inner_text() == (
        "More numbers were pasted than parcels follow here. Nothing was filled in."
    )
    assert pasted(desk, "SO-1", "SO-1\tC1\nSO-2\tC2") == ["A1", "", "A3"]
    assert page.locator("#pasted").inner_text().startswith("Two columns are read")
    assert pasted(desk, "SO-2", "B2\nB3") == ["A1", "B2", "B3"]
    assert page.locator("#pasted").is_hidden()

    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    with page.expect_event("dialog"):
        page.get_by_role("link", name="another parcel").first.click()
    assert asked == ["beforeunload"]
    assert typed(desk) == ["A1", "B2", "B3"]

    desk.press("Paste a column, or a carrier’s file…")
    assert desk.title.startswith("Tracking numbers of")
    assert numbers() == ["A1", "B2", "B3"]

    page.go_back()
    page.get_by_label("Carrier of SO-1").fill("UPS")
    with next_page(page):
        page.get_by_label("Carrier of SO-1").press("Enter")
    assert desk.told == ["Saved 1 parcel."]

    page.locator("#scan-order").fill("SO-9")
    page.locator("#scan-order").press("Enter")
    assert page.locator("#pasted").inner_text() == "No parcel to leave is of this order: SO-9"
