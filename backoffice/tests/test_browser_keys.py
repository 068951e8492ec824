"""The keys: told by the question mark, the same in every list, silent where somebody types; triage without a mouse."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib import admin
from django.urls import reverse

from backoffice.finding.navigation import GROUPS
from backoffice.people import roles
from backoffice.templatetags import letters
from backoffice.tests.browser import FASTEST_HAND, LATER, TYPED, next_page, read
from backoffice.tests.people import MONDAY, in_days, person
from orders.models import OrderLine, Promise
from orders.tests import make

QUEUE = "/admin/orders/backorder/"
HAND = 60
"""Milliseconds that a hand takes from key to key, at least."""


@pytest.fixture
def shop(transactional_db, settings) -> Iterator[None]:
    """Three orders for lamps of which none is here or coming."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamp = make.product("LAMP-1", name="Oak lamp")
        for number, name in enumerate(("Lena Ortiz", "Tom Baker", "Ada Moor"), start=1):
            at = MONDAY - timedelta(days=9 - number)
            make.order((lamp, number), who=make.customer(name), reference=f"SO-{number}", at=at)
        yield


@pytest.fixture
def window(shop, open_window):
    return open_window(person(roles.CUSTOMER_SERVICE))


class Keyboard:
    """A hand on the keys, which counts how often it presses."""

    def __init__(self, window) -> None:
        self.window = window
        self.pressed = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.window.page.keyboard.press(key, delay=HAND)
            self.pressed += 1

    def go(self, *keys: str) -> None:
        """Press keys, the last of which leads to another page."""
        self.press(*keys[:-1])
        with next_page(self.window.page):
            self.press(keys[-1])


def told(window, name: str) -> dict[str, str]:
    """Read a list of the dialog: what stands beside each key."""
    return dict(
        window.page.locator(f"#{name}").evaluate(
            "list => [...list.querySelectorAll('dt')].map(key => [key.innerText, key.nextElementSibling.innerText])"
        )
    )


@pytest.mark.browser
def test_the_question_mark_tells_every_key_of_the_page(window):
    window.open(QUEUE)
    window.page.keyboard.press("?")
    window.page.locator("#keys[open]").wait_for()

    assert told(window, "keys-here") == {
        "n": "New date…",
        "l": "Let the date go…",
        "q": "Change quantity…",
        "b": "Substitute…",
        "c": "Cancel…",
        "w": "Note…",
        "v": "Give to…",
        "e": "Export",
    }
    assert told(window, "keys-go") == {
        "i": "Inbox",
        "t": "Today",
        "a": "Alerts",
        "w": "Working list",
        "b": "Backorders",
        "o": "Orders",
        "c": "Customers",
        "n": "Notices",
        "l": "Calls to make",
        "r": "Products",
        "s": "Stock",
        "e": "Inbound",
    }
    window.look("keys")
    Keyboard(window).press("j", "n")
    window.page.evaluate(LATER)
    window.page.keyboard.press("Escape")
    assert window.page.locator("#keys[open], #result_list tr.at").count() == 0
    assert window.page.url.endswith(QUEUE)


@pytest.mark.browser
def test_a_new_date_is_given_without_a_mouse(window):
    window.open("/admin/")
    hand = Keyboard(window)

    hand.go("g", "b")
    assert window.title == "Backorders"
    hand.go("j", "j", "n")
    assert window.title == "New date: SO-2 · LAMP-1"
    day = in_days(30)
    hand.press(*f"{day:%m%d%Y}", "Tab", "Tab")  # Chromium stops at its calendar in between
    hand.press(*"Rang")
    hand.go("Enter")
    assert [row[0] for row in window.table("Selected lines")] == ["SO-2 / Tom Baker"]
    assert not Promise.objects.filter(basis="typed").exists()
    hand.go("y")

    assert window.told == ["1 line has a new date. Undo…"]
    typed = Promise.objects.filter(basis="typed").values_list("line__order__reference", "promised_date", "reason")
    assert list(typed) == [("SO-2", day, "Rang")]
    assert hand.pressed == 21


@pytest.mark.browser
def test_all_of_triage_is_done_without_a_mouse(window):
    """A tab, a search, three rows of which two are meant, what it would do, doing it, and taking it back."""
    window.open("/admin/")
    window.page.evaluate("document.addEventListener('pointerdown', () => { throw new Error('a mouse') })")
    hand = Keyboard(window)

    hand.go("g", "b")
    hand.go("]")
    assert "tab=decide" in window.page.url
    hand.go("[")
    hand.press("/", *"LAMP")
    hand.go("Enter")
    assert "q=LAMP" in window.page.url
    hand.press("j", "x", "j", "j", "x", "k", "x", "x")
    assert window.page.locator(".action-counter").inner_text() == "Selected: 2 of 3"
    hand.go("n")
    assert [row[0] for row in window.table("Selected lines")] == ["SO-1 / Lena Ortiz", "SO-3 / Ada Moor"]
    hand.press(*f"{in_days(30):%m%d%Y}", "Tab", "Tab", *"Rang")
    hand.go("Enter")
    assert not Promise.objects.filter(basis="typed").exists()
    hand.go("y")
    assert window.told == ["2 lines have a new date. Undo…"]
    assert Promise.objects.filter(basis="typed").count() == 2

    hand.go("z")
    hand.press(*"Oops")
    hand.go("Enter")
    assert Promise.objects.filter(basis="typed").count() == 2
    hand.go("y")

    dates = OrderLine.objects.order_by("pk").values_list("promised_date", "is_promise_pinned")
    assert list(dates) == [(None, False)] * 3
    hand.go("j", "Enter")
    assert window.title == "Lena Ortiz · SO-1"


@pytest.mark.browser
def test_letters_mean_the_selected_rows_and_enter_opens_the_row(window):
    window.open(QUEUE)
    hand = Keyboard(window)

    hand.go("j", "x", "j", "x", "j", "c")
    assert [row[0] for row in window.table("Selected lines")] == ["SO-1 / Lena Ortiz", "SO-2 / Tom Baker"]

    window.open(QUEUE)
    hand.go("j", "j", "j", "k", "Enter")
    assert window.title == "Tom Baker · SO-2"


@pytest.mark.browser
@pytest.mark.parametrize("address", ["/admin/orders/order/", "/admin/orders/customer/", "/admin/inventory/product/"])
def test_every_list_is_walked_and_opened_by_keys(window, address):
    window.open(address)
    first = window.page.locator("#result_list tbody tr").first
    leads = first.locator("a[href]").first.get_attribute("href")
    hand = Keyboard(window)

    hand.press("j")
    assert read(window.page.locator("#result_list tr.at")) == window.listed()[:1]
    hand.go("Enter")

    assert window.page.url.endswith(str(leads))


@pytest.mark.browser
def test_keys_are_letters_where_somebody_types(window):
    window.open(QUEUE)
    hand = Keyboard(window)
    hand.press("j", "/", "g", "b", "n", "?", "x", "j")

    window.page.evaluate(LATER)
    assert window.page.locator("[data-search]").input_value() == "gbn?xj"
    assert window.page.url.endswith(QUEUE)
    assert window.page.locator("#result_list :checked, #keys[open]").count() == 0
    hand.press("Escape")
    hand.go("g", "o")
    assert window.title == "Orders"


@pytest.mark.browser
def test_a_letter_counts_though_a_busy_page_hears_it_with_the_next(window):
    window.open(QUEUE)

    with next_page(window.page):
        window.page.evaluate(TYPED, [["j", "n", "Shift"], FASTEST_HAND])
    assert window.title == "New date: SO-1 · LAMP-1"

    window.open(QUEUE)
    window.page.evaluate(TYPED, [["j", "n", "Shift"], FASTEST_HAND - 1])
    window.page.evaluate(LATER)
    assert window.page.url.endswith(QUEUE)


@pytest.mark.browser
def test_a_letter_after_g_goes_and_does_nothing_else(window):
    window.open(QUEUE)
    hand = Keyboard(window)
    hand.press("j")
    hand.go("g", "n")
    assert window.title == "Notices"
    hand.go("g", "i")
    assert window.title == "Inbox"
    hand.go("g", "t")
    assert window.title == "Today"


def test_no_two_things_of_a_list_have_one_letter_and_none_is_the_lists_own():
    twice = {}
    for model, desk in admin.site._registry.items():
        named = [*(name for _, name, _ in desk._get_base_actions()), "note", "give", "ship"]
        named += [operation.name for operation in getattr(desk, "operations", None) or ()]
        keys = [letters.key(name) for name in dict.fromkeys(named) if name != "ship" or model.__name__ == "Backorder"]
        keys = [key for key in keys if key]
        if again := sorted({key for key in keys if keys.count(key) > 1 or key in "gjkoxyz/?[]"}):
            twice[model._meta.label] = again

    assert twice == {}


def test_an_action_has_the_same_letter_in_a_list_and_on_a_page():
    assert letters.key("new_date") == letters.key(reverse("admin:orders_backorder_new_date") + "?ids=1") == "n"
    assert letters.key("nothing_of_ours") == ""


def test_no_two_places_have_one_letter():
    keys = [entry.key for _, _, entries in GROUPS for entry in entries if entry.key] + ["t", "i"]

    assert sorted(keys) == sorted(set(keys))
