"""Counting on a phone, one product after the other; and a transfer that says what is there while it is typed."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import time_machine

from backoffice.people import roles
from backoffice.tests.browser import PHONE, expect
from backoffice.tests.people import MONDAY, person
from inventory.models import CountSheet
from inventory.supply import bins, sheets
from orders.tests import make

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.browser


@pytest.fixture
def sheet(transactional_db) -> Iterator[CountSheet]:
    """Two products in two bins."""
    with time_machine.travel(MONDAY, tick=True):
        roles.keep()
        rows = [
            make.on_hand(make.product(sku, name=name), 8) for sku, name in (("LAMP-1", "Oak lamp"), ("MUG-1", "Mug"))
        ]
        places = zip(rows, ("A-2", "A-10"), strict=True)
        bins.put({(row.product_id, row.warehouse_id): text for row, text in places})
        yield sheets.open_sheets(sheets.Wanted(rows[0].warehouse_id), by=None, at=MONDAY - timedelta(hours=1))[0]


def test_a_sheet_is_counted_on_a_phone_one_product_after_the_other(sheet, open_window):
    window = open_window(person(roles.OPERATIONS), width=PHONE)
    window.open(f"/admin/inventory/countsheet/{sheet.pk}/walk/")

    seen = []
    for units in ("7", "8"):
        seen.append(window.page.locator(".count-one .bin").inner_text())
        field = window.page.get_by_label("Counted", exact=True)
        assert field.bounding_box()["height"] >= 44
        assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        field.fill(units)
        window.press("Save and next")

    assert seen == ["A-2", "A-10"]
    assert list(sheet.lines.values_list("product__sku", "counted")) == [("LAMP-1", 7), ("MUG-1", 8)]
    assert f"/admin/inventory/countsheet/{sheet.pk}/change/" in window.page.url


def test_a_transfer_says_what_is_available_while_it_is_typed(sheet, open_window):
    make.warehouse("HAM", rank=2)
    window = open_window(person(roles.OPERATIONS))
    window.open("/admin/inventory/transfer/add/")

    window.page.get_by_label("From").select_option(label=str(make.warehouse()))
    window.page.locator("[name=lines-0-sku]").fill("lamp-1")
    window.page.locator("[name=lines-0-units]").fill("9")
    window.page.locator("[name=lines-1-sku]").fill("NOPE")
    window.page.locator("[name=lines-1-units]").fill("1")
    window.page.locator(".available.short", has_text="8 available").wait_for()
    window.page.locator(".available.short", has_text="no such product").wait_for()
    window.page.locator("[name=lines-0-units]").fill("8")

    window.page.locator(".available:not(.short)", has_text="8 available").wait_for()


def test_units_of_another_product_are_not_said_until_there_is_an_answer(sheet, open_window):
    make.on_hand(make.product("VASE-1"), 3)
    make.warehouse("HAM", rank=2)
    window = open_window(person(roles.OPERATIONS))
    window.open("/admin/inventory/transfer/add/")
    sku, said = window.page.locator("[name=lines-0-sku]"), window.page.locator(".available").first
    window.page.get_by_label("From").select_option(label=str(make.warehouse()))
    sku.fill("LAMP-1")
    sku.blur()
    expect(said).to_have_text("8 available")

    held: list[Route] = []
    window.page.route("**/*sku=VASE-1*", lambda route: held.append(route))  # noqa: PLW0108 -- Playwright marks it
    with window.page.expect_request("**/*sku=VASE-1*"):
        sku.fill("VASE-1")
        sku.blur()
    meanwhile = said.inner_text()
    held[0].continue_()

    assert meanwhile == ""
    expect(said).to_have_text("3 available")
