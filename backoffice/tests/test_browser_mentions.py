"""Names after an @, by keys, by hand and by ear; keys of one letter that are turned off."""

from typing import TYPE_CHECKING

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse

from backoffice.people import own_keys, roles
from backoffice.tests import axe
from backoffice.tests.browser import LATER, PHONE, expect
from backoffice.tests.people import MONDAY, person
from inventory.models import Mention, Note
from orders.tests import make

if TYPE_CHECKING:
    from playwright.sync_api import Locator

pytestmark = pytest.mark.browser


AT_ONCE = """text => {
    document.execCommand("insertText", false, text);
    const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(enter);
}"""
"""Type on and press Enter, before anything can be asked."""


@pytest.fixture
def page_of_order(transactional_db, settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        User.objects.create_superuser("tlang", first_name="Tom", last_name="Lang")
        User.objects.create_superuser("tilo", first_name="Tilo", last_name="Lamb")
        line = make.line(make.product("LAMP-1"), 2, who=make.customer("Lena Ortiz"), reference="SO-1")
        yield reverse("admin:orders_order_change", args=[line.order_id])


def names(window) -> "Locator":
    """Who is offered; after an @ alone, it is everybody for a while."""
    found: Locator = window.page.locator(".names:not([hidden]) [role=option]")
    return found


def test_a_colleague_is_named_by_keys_and_is_told(page_of_order, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE))
    window.open(page_of_order)
    page, box = window.page, window.page.get_by_label("Write a note")
    box.focus()
    page.keyboard.type("Ask @t")

    expect(names(window)).to_have_text(["Tilo Lamb @tilo", "Tom Lang @tlang"])
    assert axe.faults(page) == []
    window.look("names")
    page.keyboard.press("ArrowDown")
    assert page.locator("[aria-selected=true]").inner_text() == "Tom Lang @tlang"
    assert box.get_attribute("aria-activedescendant") == page.locator("[aria-selected=true]").get_attribute("id")
    page.keyboard.press("Enter")
    page.keyboard.type("please")
    assert (box.input_value(), names(window).count()) == ("Ask @tlang please", 0)

    window.press("Write it down")
    assert (Note.objects.get().text, Mention.objects.get().person.username) == ("Ask @tlang please", "tlang")


def test_escape_closes_the_list_and_stays_in_the_box_and_enter_is_a_line_again(page_of_order, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE))
    window.open(page_of_order)
    page, box = window.page, window.page.get_by_label("Write a note")
    box.focus()
    page.keyboard.type("@ti")
    expect(names(window)).to_have_text(["Tilo Lamb @tilo"])
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))

    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    page.keyboard.type("x@ti")
    page.evaluate(LATER)

    assert (box.input_value(), names(window).count(), asked) == ("@ti\nx@ti", 0, [])


def test_enter_before_the_answer_names_whom_the_longer_piece_calls(page_of_order, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE))
    window.open(page_of_order)
    page, box = window.page, window.page.get_by_label("Write a note")
    box.focus()
    page.keyboard.insert_text("@t")
    expect(names(window)).to_have_text(["Tilo Lamb @tilo", "Tom Lang @tlang"])

    page.evaluate(AT_ONCE, "o")
    expect(box).to_have_value("@tlang ")

    page.keyboard.insert_text("@t")
    expect(names(window)).to_have_text(["Tilo Lamb @tilo", "Tom Lang @tlang"])
    page.evaluate(AT_ONCE, "en")
    expect(box).to_have_value("@tlang @ten\n")


def test_a_finger_names_somebody_too(page_of_order, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE), width=PHONE)
    window.open(page_of_order)
    box = window.page.get_by_label("Write a note")
    box.tap()
    window.page.keyboard.type("@lam")
    expect(names(window)).to_have_text(["Tilo Lamb @tilo"])
    window.look("names-phone")

    names(window).tap()

    assert box.input_value() == "@tilo "


def test_keys_of_one_letter_that_are_off_do_nothing_and_the_rest_works(page_of_order, open_window):
    sam = person(roles.CUSTOMER_SERVICE)
    own_keys.choose(sam, True)
    window = open_window(sam)
    page = window.page
    window.open("/admin/orders/backorder/")

    for key in ("j", "x", "o", "n", "/", "?", "g", "b"):
        page.keyboard.press(key, delay=60)
    page.evaluate(LATER)

    assert page.url.endswith("/admin/orders/backorder/")
    assert page.locator("tr.at, :checked.action-select, dialog[open], [aria-keyshortcuts]").count() == 0
    assert page.evaluate("document.activeElement === document.body")
    page.get_by_role("button", name="Keys").click()
    words = page.locator("#keys[open]").inner_text()
    assert "Keys of one letter are off, as you asked" in words
    assert axe.faults(page, looks=axe.BY_TURNS[0]) == []
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.locator("#jump[open]").wait_for()
    page.keyboard.press("Escape")
    window.open("/admin/own-time/")
    assert axe.faults(page, looks=axe.BY_TURNS[1]) == []
    window.look("own-settings")
