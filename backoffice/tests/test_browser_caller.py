"""
A caller on the phone: whatever piece they name, the answer stands on one screen after two actions, read cheaply.

The actions: open the palette and type the piece; Enter. Counted are the pages that open, and the statements of the one
that answers.
"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db.backends.utils import CursorWrapper

from backoffice.people import roles
from backoffice.tests.browser import PHONE, next_page
from backoffice.tests.people import MONDAY, in_days, person
from orders import fulfillment
from orders.models import Order
from orders.tests import make

pytestmark = pytest.mark.browser
MOST = 15
"""Statements of the page that answers: 13, and at times how much one has not read, and of what kind."""
MOST_OF_PRODUCT = 16
"""The page of a product reads who waits for it and what each was promised, too."""
ANSWER = (
    "In your order SO-20418, of 6 × Oak drum lamp, 2 have shipped and 4 are still to come; we expect to ship "
    "them between March 12 and 17. You are second in line."
)


@pytest.fixture
def window(transactional_db, open_window) -> Iterator[Any]:
    """Customer service looks at Today. Lena has had two lamps of six, and waits behind Tom."""
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamp = make.product("LAMP-30", name="Oak drum lamp")
        lena = make.customer("Lena Müller-Ortiz", "lena@example.com")
        lena.phone = "+49 (151) 234-5678"
        lena.save()
        make.on_hand(lamp, 2)
        order = make.order((lamp, 6), reference="SO-20418", who=lena)
        label = fulfillment.Label("UPS", "1Z 999 AA1 0123 4567 84")
        place = make.warehouse()
        fulfillment.ship(
            [fulfillment.LineUnits(order.lines.get().pk, 2)],
            labels={(order.pk, place.pk): label},
            by=None,
            at=MONDAY,
        )
        make.coming(lamp, 20, on=in_days(9), safe=in_days(13), reference="PO-77")
        early = MONDAY - timedelta(days=2)
        make.order((lamp, 3), reference="SO-20001", who=make.customer("Tom Baker"), placed_at=early, keeps_age=True)
        window = open_window(person(roles.CUSTOMER_SERVICE))
        window.open("/admin/")
        ContentType.objects.get_for_models(*apps.get_models())  # a process reads them once
        yield window


@pytest.fixture
def statements(monkeypatch) -> list[str]:
    """The statements that any thread of the product sends."""
    sent: list[str] = []
    execute = CursorWrapper.execute

    def counted(self: Any, sql: str, params: Any = None) -> Any:
        sent.append(sql)
        return execute(self, sql, params)

    monkeypatch.setattr(CursorWrapper, "execute", counted)
    return sent


def asked(window: Any, piece: str, statements: list[str]) -> tuple[int, int]:
    """
    Open the palette, name a piece, and press Enter; give how many pages opened, and the statements of the last one.

    The piece comes as one, as if pasted: of keys with a pause between them each would be asked for, and be counted.
    """
    opened: list[str] = []
    window.page.on("request", lambda sent: opened.append(sent.url) if sent.is_navigation_request() else None)
    window.page.keyboard.press("Control+k")
    window.page.keyboard.insert_text(piece)
    window.page.locator("#jump-found li").first.wait_for()
    statements.clear()
    with next_page(window.page):
        window.page.keyboard.press("Enter")
    return len(opened), len(statements)


@pytest.mark.parametrize(
    "piece", ["ortiz", "2345678", "20418", "so-204", "na@exam", "1z999aa1"],
    ids=["surname", "phone", "piece-of-an-order", "any-case", "e-mail", "tracking"],
)  # fmt: skip
def test_whatever_piece_a_caller_names_the_answer_is_two_actions_away(window, statements, piece):
    pages, cost = asked(window, piece, statements)

    assert window.page.locator("#answer").inner_text() == ANSWER
    assert pages == 1
    assert 0 < cost <= MOST
    if piece == "ortiz":  # whatever was asked, it is the same page
        window.look("caller")


def test_a_word_of_the_product_leads_to_who_waits_for_it_and_what_to_say(window, statements):
    pages, cost = asked(window, "oak drum", statements)

    assert window.table("Who waits for it, in order") == [
        ["SO-20001", "Tom Baker", "3", "between March 12 and 17"],
        ["SO-20418", "Lena Müller-Ortiz", "4", "between March 12 and 17"],
    ]
    assert pages == 1
    assert 0 < cost <= MOST_OF_PRODUCT


def test_the_answer_is_copied_and_the_story_filtered(window):
    order = Order.objects.get(reference="SO-20418")
    window.open(f"/admin/orders/order/{order.pk}/change/")
    window.context.grant_permissions(["clipboard-read", "clipboard-write"])

    window.page.get_by_role("button", name="Copy the answer").click()
    window.page.get_by_role("button", name="Copied").wait_for()
    assert window.page.evaluate("navigator.clipboard.readText()") == ANSWER

    window.follow("Shipped", within=".story")
    assert "2 units from BER · UPS 1Z 999 AA1 0123 4567 84" in window.page.locator(".story li").inner_text()


def test_the_answer_fits_a_phone_with_hostile_names(window, open_window):
    order = make.order(
        (make.product("X" * 64, name="y" * 200), 2), reference="9" * 80, who=make.customer("Z" * 200, "")
    )
    phone = open_window(person(roles.OPERATIONS), width=PHONE)

    for address in (f"/admin/orders/order/{order.pk}/change/", f"/admin/orders/customer/{order.customer_id}/change/"):
        phone.open(address)
        phone.look(f"caller-phone-{address.split('/')[3]}")
