"""Nothing is cut off, covered or broken in the middle of a word where there are names as people have them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests.browser import PHONE, Window
from backoffice.tests.people import MONDAY, in_days, person
from backoffice.watching import alerts
from inventory.models import Alert
from inventory.notebook import assignments, hanging, owners
from orders.models import Notice, NoticeState, OrderLine
from orders.tests import make
from suppliers import purchasing
from suppliers.models import PurchaseOrder, PurchaseOrderLine
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser

BROKEN = """cells => cells.flatMap(cell => {
    const found = [], texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    for (let text = texts.nextNode(); text; text = texts.nextNode())
        for (const word of text.data.matchAll(/[^\\s–-]+/g)) {
            const part = document.createRange();
            part.setStart(text, word.index);
            part.setEnd(text, word.index + word[0].length);
            const boxes = [...part.getClientRects()], edge = cell.getBoundingClientRect().right;
            if (new Set(boxes.map(box => box.top)).size > 1 || boxes.some(box => box.right > edge)) found.push(word[0]);
        }
    return found;
})"""
"""The words of cells that go on in a next line, or beyond their cell; a hyphen is a place to break."""
COVERED = """heading => {
    const range = document.createRange();
    range.selectNodeContents(heading);
    const over = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
    const buttons = [...document.querySelectorAll(".object-tools a")];
    return buttons.filter(button =>
        [...range.getClientRects()].some(line => over(line, button.getBoundingClientRect()))
    ).map(button => button.innerText);
}"""
WIDER = "all => all.filter(each => each.scrollWidth > each.clientWidth).map(each => each.value ?? each.ariaLabel)"


@pytest.fixture
def shop(transactional_db, settings) -> Iterator[None]:
    """Lines of every kind that the queue has words for, a draft, and an order that was sent."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        mug = make.product("MUG-RDG-FOG", name="Ridge mug, fog")
        stand = make.product("BIN-UMB-ASH", name="Umbrella stand, ash")
        kiln = buy.supplier("Old Mill Kiln")
        offer = buy.offer(mug, kiln)
        sent = buy.sent((offer, 10), (buy.offer(stand, kiln), 3))
        purchasing.confirm(sent.pk, {buy.line(sent, mug).pk: in_days(10)}, by=None, at=MONDAY)
        waiting = [(mug, "Hector Whitlock"), (mug, "Grace Quist"), (stand, "Sofia Eriksen")]
        for number, (thing, name) in enumerate(waiting):
            at = MONDAY - timedelta(days=53 - number)
            make.order((thing, 4), who=make.customer(name), reference=f"HP-{7340 + number}", at=at)
        OrderLine.objects.filter(order__reference="HP-7340").update(
            pin_rank=1, chance_to_break=0.5, first_promised_date=in_days(-3)
        )
        OrderLine.objects.filter(order__reference="HP-7341").update(quantity=5, shipped=1)
        Notice.objects.filter(customer__name="Grace Quist").update(state=NoticeState.DEAD, error="550 unknown")
        turn = [hanging.key(OrderLine.objects.get(order__reference="HP-7342"))]
        assignments.assign(turn, owners.role(Group.objects.get(name=roles.BUYER)), task="Ask", by=None, at=MONDAY)
        buy.draft((offer, 144), at=MONDAY - timedelta(days=9))
        alerts.look(at=MONDAY)
        yield


def draft() -> str:
    return reverse("admin:suppliers_purchaseorder_change", args=[PurchaseOrder.objects.get(sent_at=None).pk])


def broken(window: Window, cells: str) -> list[str]:
    words: list[str] = window.page.locator(cells).evaluate_all(BROKEN)
    return words


def test_no_word_of_the_queue_is_broken_at_a_desk(shop, open_window):
    window = open_window(person(roles.OPERATIONS))
    window.open("/admin/orders/backorder/")

    said = " ".join(" ".join(row) for row in window.listed())
    wanted = (
        "pinned 1",
        "not delivered",
        "no supply · 1",
        "first 27 Feb",
        "confirmed",
        "Buyer",
        "no date",
        "1 shipped",
    )
    assert [words for words in wanted if words not in said] == []
    assert broken(window, "#result_list :is(th, td)") == []


def test_no_number_and_no_name_of_a_draft_is_broken_at_a_desk(shop, open_window):
    window = open_window(person(roles.BUYER))
    window.open(draft())

    assert broken(window, ".tabular tr.has_original td:is(.field-item, .field-name, .field-value)") == []
    assert window.page.locator(".tabular .field-value p").first.inner_text() == "1,440.00"


def test_no_price_is_broken_for_who_may_only_look_and_no_word_of_what_became_of_a_mail(shop, open_window):
    PurchaseOrderLine.objects.update(unit_price="112.14")
    window = open_window(person(roles.AUDITOR))
    window.open(draft())

    assert window.page.locator(".tabular .field-unit_price p").first.inner_text() == "112.1400"
    assert broken(window, ".tabular tr.has_original td.field-unit_price") == []

    window.open("/admin/orders/notice/")
    assert {"queued", "could not be delivered"} <= set(window.page.locator("#result_list .chip").all_inner_texts())
    assert broken(window, "#result_list :is(.field-about, .field-state_shown)") == []


def test_the_price_of_a_draft_is_whole_on_a_phone(shop, open_window):
    PurchaseOrderLine.objects.update(unit_price="112.14")
    window = open_window(person(roles.BUYER), width=PHONE)
    window.open(draft())

    assert window.page.locator(".field-unit_price input").first.input_value() == "112.1400"
    assert window.page.locator(".tabular tr.has_original input[type=number]").evaluate_all(WIDER) == []


def test_lines_that_were_sent_are_cards_on_a_phone(shop, open_window):
    window = open_window(person(roles.OPERATIONS), width=PHONE)
    sent = PurchaseOrder.objects.exclude(sent_at=None).get()
    window.open(reverse("admin:suppliers_purchaseorder_change", args=[sent.pk]))

    assert window.page.locator(".sheet .scroll").evaluate_all(WIDER) == []
    assert broken(window, ".sheet td") == []
    row = window.page.locator(".sheet tbody tr").first
    assert row.evaluate("row => getComputedStyle(row).display") == "grid"
    assert row.locator("td").nth(4).evaluate("cell => getComputedStyle(cell, '::before').content") == '"Outstanding"'


def test_the_buttons_of_an_order_that_was_sent_do_not_cover_its_number(shop, open_window):
    window = open_window(person(roles.BUYER))
    sent = PurchaseOrder.objects.exclude(sent_at=None).get()
    window.open(reverse("admin:suppliers_purchaseorder_change", args=[sent.pk]))

    assert window.title == sent.reference
    assert window.page.locator(".object-tools a").count() == 7
    assert window.page.locator("h1").evaluate(COVERED) == []


def test_the_buttons_of_an_alert_do_not_cover_what_it_says(shop, open_window):
    window = open_window(person(roles.BUYER))
    window.open(reverse("admin:inventory_alert_change", args=[Alert.objects.get(kind="untouched").pk]))

    order = PurchaseOrder.objects.get(sent_at=None)
    assert window.title == f"Nobody has touched the draft {order} to Old Mill Kiln since 21 Feb 2026."
    assert window.page.locator("h1").evaluate(COVERED) == []
    assert window.page.locator(".object-tools a").first.inner_text() == "Approve…"
