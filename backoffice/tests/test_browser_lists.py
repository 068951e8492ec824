"""A list in the browser: chips taken away, columns chosen, all selected, an empty list that leads on."""

import pytest

from backoffice.people import roles
from backoffice.tests import axe
from backoffice.tests.people import person
from orders.tests import make

pytestmark = pytest.mark.browser
STOCK = "/admin/inventory/stock/"


def test_a_list_is_narrowed_widened_and_cut_to_what_one_wants(open_window):
    for number in range(3):
        make.on_hand(make.product(f"LAMP-{number}", name="Oak lamp"), number + 1)
    window = open_window(person(roles.OPERATIONS))
    page = window.page

    window.open(f"{STOCK}?q=LAMP-1&on_hand__gte=2")
    assert page.locator(".narrowed li span").all_inner_texts() == ["Search: LAMP-1", "On hand: 2 or more"]
    window.follow("Remove Search: LAMP-1")
    assert page.locator(".narrowed li span").all_inner_texts() == ["On hand: 2 or more"]
    assert page.locator("#result_list tbody tr").count() == 2

    page.get_by_text("Columns…").click()
    assert axe.faults(page) == []
    for name in ("Name", "Warehouse", "Set aside", "Held", "Available", "Bin"):
        page.locator(".choose").get_by_label(name, exact=True).uncheck()
    window.press("Show these")
    assert page.locator("#result_list thead .text").all_inner_texts() == ["", "Product", "On hand"]
    assert page.url.endswith("?on_hand__gte=2&cols=item%2Chere")

    window.open(f"{STOCK}?q=VASE")
    assert page.locator(".empty").inner_text().startswith("Nothing matches “Search: VASE”: take it away above.")
    assert axe.faults(page) == []
    assert window.complaints == []


def test_columns_are_chosen_of_a_queue_that_nothing_narrows(open_window):
    make.line(make.product("LAMP", name="Oak lamp"), 2)
    window = open_window(person(roles.OPERATIONS))

    window.open("/admin/orders/backorder/")
    window.page.get_by_text("Columns…").click()
    for name in ("Age", "Covered by", "Arrives", "Promised", "Risk", "Told", "Turn · note", "Place", "Cause"):
        window.page.locator(".choose").get_by_label(name, exact=True).uncheck()
    window.press("Show these")

    heads = window.page.locator("#result_list thead th:visible").all_inner_texts()
    assert [head.strip() for head in heads] == ["", "Order · customer", "Product", "Waits"]
    assert window.page.url.endswith("?cols=order-customer%2Cproduct%2Cwaits")
    assert window.complaints == []
