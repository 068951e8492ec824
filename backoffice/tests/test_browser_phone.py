"""With a phone in the hand: rows are cards, nothing is cut off or scrolls sideways, and pages stay short."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests.browser import PHONE, WIDE, Window, next_page
from backoffice.tests.people import MONDAY, in_days, person
from inventory.models import Product
from inventory.notebook import assignments, hanging, owners
from orders.tests import make
from suppliers.models import PurchaseOrder, PurchaseOrderLine
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser

LINES = 13
SCREEN = 844
"""The height of a phone of 390 pixels."""
LONG = "W" * 200


@pytest.fixture
def shop(transactional_db, settings) -> Iterator[None]:
    """Thirteen lamps that one supplier sells: each waited for, one with a name that nothing breaks, and drafted."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamps = [make.product(f"LAMP-{n:02}", name=f"Oak lamp {n} cm") for n in range(1, LINES)]
        lamps.append(make.product(LONG[:64], name=LONG))
        nordlys = buy.supplier()
        offers = [buy.offer(lamp, nordlys) for lamp in lamps]
        for number, lamp in enumerate(lamps, start=1):
            name = f"Customer {number}" if number < LINES else LONG
            reference = f"SO-{number}" if number < LINES else LONG[:80]
            make.order((lamp, 2), who=make.customer(name), reference=reference, at=MONDAY - timedelta(days=number))
        buy.draft(*((offer, 12) for offer in offers))
        make.coming(lamps[0], 10, on=in_days(10), reference="PO-77", is_confirmed=True)
        yield


CUT = """() => [...document.querySelectorAll("body *")].filter(each => {
    const box = each.getBoundingClientRect();
    if (!box.width || !box.height || !each.checkVisibility() || each.closest(".visually-hidden, .skip-to-content-link"))
        return false;
    return box.left < -.5 || box.right > innerWidth + .5;
}).map(each => each.outerHTML.slice(0, 80))"""
EDGES = "each => each.getBoundingClientRect().toJSON()"
ON_A_PAGE = ("#product_form", "#notes", ".object-tools li", ".object-tools li + li")
BARS = ".actions, .submit-row"
TWO_LINES = 104
"""Two buttons for a thumb, and what is around them, in pixels."""


def fits(phone: Window) -> None:
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert page.evaluate(CUT) == []
    for bar in page.locator(BARS).all():
        assert bar.evaluate("bar => bar.offsetHeight") <= TWO_LINES
        assert bar.evaluate("bar => bar.scrollWidth - bar.clientWidth") == 0


def by_card(phone: Window) -> list[str]:
    """What stands in the first row of a list, each under its name."""
    row = phone.page.locator("#result_list tbody tr").last
    assert row.evaluate("row => getComputedStyle(row).display") == "grid"
    labels: list[str] = row.locator("[data-label]:visible").evaluate_all(
        "cells => cells.map(cell => cell.dataset.label)"
    )
    return labels


@pytest.mark.parametrize(
    ("address", "labels"),
    [
        (
            "/admin/orders/backorder/",
            ["Product", "Waits", "Age", "Covered by", "Arrives", "Promised", "Risk", "Told", "Place"],
        ),
        (
            "/admin/orders/order/",
            ["Reference", "Customer", "Placed", "Units", "Here", "Waiting", "State", "Preferred warehouse", "Channel"],
        ),
        (
            "/admin/suppliers/purchaseorder/",
            ["Reference", "Supplier", "Warehouse", "State", "Units", "Outstanding", "Goods", "Proposed", "Sent"],
        ),
    ],
)
def test_rows_are_cards_and_nothing_is_cut_off(shop, open_window, address, labels):
    phone = open_window(person(roles.OPERATIONS), width=PHONE)
    phone.open(address)
    phone.page.locator("input.action-select").first.check()

    fits(phone)
    assert by_card(phone) == labels


def test_the_first_card_stands_in_the_first_screen_and_every_question_behind_one_button(shop, open_window):
    phone = open_window(person(roles.OPERATIONS), width=PHONE)
    phone.open("/admin/orders/backorder/")
    page = phone.page
    first = page.locator("#result_list tbody tr").first

    assert first.evaluate(EDGES)["top"] < SCREEN / 2
    assert page.locator(".filters select:visible").count() == 0

    page.locator(".chooser").tap()
    fits(phone)
    tabs = page.locator("#questions a").evaluate_all("all => all.map(each => each.getBoundingClientRect().height)")
    assert len(tabs) == 12
    assert min(tabs) >= 44
    with next_page(page):
        page.locator("#questions").get_by_role("link", name="No date").tap()
    assert page.locator(".chooser").inner_text().startswith("No date")

    page.locator(".filters .more summary").tap()
    fits(phone)
    assert page.locator(".filters select[name=age]:visible").count() == 1
    page.locator("select[name=age]").select_option("46")
    page.wait_for_url("**age=46**")
    assert page.locator(".filters select:visible").evaluate_all("all => all.map(each => each.name)") == ["age"]


def test_what_can_be_done_opens_over_the_bar(shop, open_window):
    phone = open_window(person(roles.OPERATIONS), width=PHONE)
    phone.open("/admin/orders/backorder/")
    bar = phone.page.locator(".actions button:visible")
    assert bar.all_inner_texts() == ["New date…", "More…"]
    phone.page.locator("input.action-select").last.check()

    phone.page.get_by_role("button", name="More…").tap()
    choices = phone.page.locator("#more-actions button:visible")
    assert choices.all_inner_texts() == [
        "Let the date go…",
        "Priority…",
        "Move up…",
        "Pin…",
        "Unpin…",
        "Change quantity…",
        "Substitute…",
        "Offer another product…",
        "Cancel…",
        "Cause…",
        "Note…",
        "Give to…",
        "Export",
    ]
    boxes = choices.evaluate_all(
        "all => all.map(each => each.getBoundingClientRect()).map(box => [box.left, box.right, box.height])"
    )
    assert all(left >= 0 and right <= PHONE and height >= 44 for left, right, height in boxes)
    phone.press("Priority…")

    assert [row[0] for row in phone.table("Selected lines")] == ["SO-1 / Customer 1"]


def test_a_draft_of_thirteen_lines_is_under_four_screens_tall(shop, open_window):
    phone = open_window(person(roles.BUYER), width=PHONE)
    phone.open(reverse("admin:suppliers_purchaseorder_change", args=[PurchaseOrder.objects.get().pk]))

    fits(phone)
    rows = phone.page.locator(".tabular tr.has_original")
    assert rows.count() == LINES
    assert phone.page.evaluate("document.documentElement.scrollHeight") < 4 * SCREEN
    quantity = rows.first.locator(".field-quantity")
    assert quantity.get_attribute("data-label") == "Quantity"
    quantity.locator("input").fill("24")
    phone.press("Save and continue editing")

    assert list(PurchaseOrderLine.objects.order_by("pk").values_list("quantity", flat=True)) == [24] + [12] * 12


def test_a_draft_says_why_each_line_is_bought_below_what_can_be_changed(shop, open_window):
    PurchaseOrderLine.objects.update(reason="Position 7 has reached the reorder point: 2 needed.")

    phone = open_window(person(roles.BUYER), width=PHONE)
    phone.open(reverse("admin:suppliers_purchaseorder_change", args=[PurchaseOrder.objects.get().pk]))

    row = phone.page.locator(".tabular tr.has_original").first
    why = row.locator(".field-why")
    assert why.inner_text().strip() == "Position 7 has reached the reorder point: 2 needed."
    assert why.evaluate(EDGES)["top"] >= row.locator("td.delete").evaluate(EDGES)["bottom"]
    fits(phone)


def test_at_a_desk_every_action_stands_in_the_bar(shop, open_window):
    window = open_window(person(roles.OPERATIONS))
    window.open("/admin/suppliers/purchaseorder/")

    assert window.page.locator(".actions button:visible").all_inner_texts() == ["Note…", "Give to…"]


@pytest.mark.parametrize(("width", "below", "between"), [(PHONE, 31, 6), (WIDE, 36, 5)])
def test_the_notes_of_a_page_stand_below_it_and_its_buttons_above(shop, open_window, width, below, between):
    lamp = Product.objects.get(sku="LAMP-01")
    boss = person(roles.OPERATIONS)
    assignments.assign([hanging.key(lamp)], owners.person(boss), task=LONG, by=None, at=MONDAY)
    window = open_window(boss, width=width)

    window.open(reverse("admin:inventory_product_change", args=[lamp.pk]))

    page = window.page
    form, notes, first, second = (page.locator(each).first.evaluate(EDGES) for each in ON_A_PAGE)
    assert notes["top"] - form["bottom"] == below
    assert second["left"] - first["right"] == between
    assert page.evaluate("document.documentElement.scrollWidth") == width
