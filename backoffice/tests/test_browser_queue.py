"""The backorder queue as people use it all day: tabs, filters, keys, the palette, a batch, the export, the theme."""

import csv
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.db.models import QuerySet

from backoffice.people import roles
from backoffice.tests.browser import FASTEST_HAND, HEIGHT, PHONE, TYPED, expect, next_page, read
from backoffice.tests.people import MONDAY, in_days, person
from orders.models import NoticeLine, OrderLine, Promise
from orders.queue import ordering
from orders.tests import make

pytestmark = pytest.mark.browser

QUEUE = "/admin/orders/backorder/"


@pytest.fixture
def shop(transactional_db) -> Iterator[None]:
    """Three orders for lamps of which none is here, one of them coming; and one for a mug that nobody supplies."""
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamp, mug = make.product("LAMP-1", name="Oak lamp"), make.product("MUG-1", name="Clay mug")
        make.product("BOX/4-x/k")
        make.coming(lamp, 10, on=in_days(10), reference="PO-77", is_confirmed=True)
        for number, (thing, units, name) in enumerate(
            [(lamp, 4, "Lena Ortiz"), (lamp, 5, "Tom Baker"), (mug, 2, "=cmd()"), (lamp, 6, "Ada Moor")], start=1
        ):
            at = MONDAY - timedelta(days=9 - number)
            make.order((thing, units), who=make.customer(name), reference=f"SO-{number}", at=at)
        yield


@pytest.fixture
def window(shop, open_window):
    window = open_window(person(roles.CUSTOMER_SERVICE))
    window.open(QUEUE)
    return window


def orders(window) -> list[str]:
    """The orders that the list shows, in order."""
    return [row[1].partition(" / ")[0] for row in window.listed()]


def test_tabs_and_filters_narrow_the_list(window):
    tabs = [re.findall(r"(.+?)\s*(\d+)$", tab)[0] for tab in window.page.locator(".tabs a").all_inner_texts()]
    assert {label: int(count) for label, count in tabs} == {
        "All waiting": 4,
        "Needs a decision": 2,
        "Can ship now": 0,
        "Ready, promise due": 0,
        "Past promise": 0,
        "Promise at risk": 0,
        "Never told": 4,
        "No date": 2,
        "No supply": 2,
        "Over 30 days": 0,
        "Stopped": 0,
        "Unpaid": 0,
    }
    assert window.listed()[0][2:] == [
        "LAMP-1 / Oak lamp",
        "4",
        "8 d",
        "PO-77 · 4",
        "13 Mar / confirmed · Nordlys",
        "13 Mar kept",
        "1%",
        "",
        "queued",
        "",
        "1 / of 3",
    ]

    window.follow("No supply", within=".tabs", exact=False)
    assert orders(window) == ["SO-3", "SO-4"]
    window.follow("All waiting", within=".tabs", exact=False)
    window.page.locator("[data-search]").fill("LAMP")
    with next_page(window.page):
        window.page.keyboard.press("Enter")
    assert orders(window) == ["SO-1", "SO-2", "SO-4"]
    with next_page(window.page):  # the list follows the choice, without a button
        window.page.get_by_label("Order of the list").select_option("Most units first")
    assert orders(window) == ["SO-4", "SO-2", "SO-1"]
    window.follow("Remove Search: LAMP")
    assert orders(window) == ["SO-4", "SO-2", "SO-1", "SO-3"]
    with next_page(window.page):
        window.page.get_by_label("Order of the list").select_option("In queue order")
    assert orders(window) == ["SO-1", "SO-2", "SO-3", "SO-4"]


def test_the_keys_walk_the_list_select_and_reach_the_search(window):
    keys = window.page.keyboard
    for key in "jjxkx":
        keys.press(key, delay=HAND)

    assert [row[1] for row in read(window.page.locator("#result_list tr.at"))] == ["SO-1 / Lena Ortiz"]
    assert [row[1] for row in read(window.page.locator("#result_list tbody tr:has(:checked)"))] == [
        "SO-1 / Lena Ortiz",
        "SO-2 / Tom Baker",
    ]
    assert window.page.locator(".action-counter").inner_text() == "Selected: 2 of 4"
    assert window.page.locator("#selected-units").inner_text() == "· 9 units"

    keys.press("/", delay=HAND)
    keys.type("jx")  # in the search they are letters
    assert window.page.locator("[data-search]").input_value() == "jx"
    assert window.page.locator("#result_list tbody :checked").count() == 2


@pytest.mark.parametrize(
    ("text", "found", "title"),
    [("SO-2", "SO-2 / Order · Tom Baker · ", "SO-2"), ("lamp", "LAMP-1 / Product · Oak lamp · ", "LAMP-1")],
)
def test_the_palette_jumps_to_an_order_and_to_a_product(window, text, found, title):
    window.page.keyboard.press("Control+k")
    window.page.keyboard.type(text)
    hit = window.page.locator("#jump-found li")
    expect(hit).to_have_count(1)  # the answer to a piece may come first
    assert " / ".join(hit.inner_text().splitlines()).startswith(found)

    with next_page(window.page):
        window.page.keyboard.press("Enter")

    assert window.title == title


HAND = 50
"""Milliseconds that a hand takes from key to key, at least; a scanner takes a few."""


@pytest.mark.parametrize(
    ("code", "between", "title"),
    [("LAMP-1", 5, "LAMP-1"), ("lamp-1", FASTEST_HAND - 1, "LAMP-1"), ("BOX/4-x/k", 5, "BOX/4-x/k")],
)
def test_a_scanned_code_leads_to_what_is_called_so(window, code, between, title):
    with next_page(window.page):
        window.page.evaluate(TYPED, [[*code, "Enter"], between])

    assert window.title == title


def test_keys_as_slow_as_a_hand_are_no_code(window):
    window.page.evaluate(TYPED, [[*"LAMP-1", "Enter"], FASTEST_HAND])

    assert window.page.locator("#jump[open]").count() == 0
    assert window.page.url.endswith(QUEUE)


def test_a_scanned_code_that_nothing_holds_says_where_else_to_look(window):
    window.page.evaluate(TYPED, [[*"4006381333931", "Enter"], 5])

    window.page.locator("#jump-none", has_text="Nothing holds that. Try a shorter piece").wait_for()

    window.page.keyboard.type("MUG-1")  # it stands in place of the first
    with next_page(window.page):
        window.page.keyboard.press("Enter")
    assert window.title == "MUG-1"


def test_a_code_that_is_scanned_into_the_box_of_a_list_narrows_it(window):
    window.page.locator("[data-search]").focus()
    window.page.keyboard.type("mug-1")
    with next_page(window.page):
        window.page.keyboard.press("Enter")

    assert orders(window) == ["SO-3"]


def test_escape_closes_what_is_open_and_gives_the_focus_back(window):
    menu = window.page.locator(".filters .more")
    menu.locator("summary").click()
    window.page.locator("#f-sku").press("Escape")
    assert menu.get_attribute("open") is None
    assert menu.locator("summary").evaluate("summary => summary === document.activeElement")

    window.page.keyboard.press("Control+k")
    window.page.keyboard.press("Escape")
    assert window.page.locator("#jump[open]").count() == 0


def test_enter_before_the_answer_goes_where_it_leads(window):
    window.page.keyboard.press("Control+k")
    window.page.locator("#jump-text").fill("lamp-1")

    with next_page(window.page):
        window.page.keyboard.press("Enter")

    assert window.title == "LAMP-1"


def test_the_slash_opens_the_palette_where_there_is_no_list(window):
    window.page.goto(window.page.url.partition("/admin/")[0] + "/admin/")
    window.page.keyboard.press("/")

    window.page.locator("#jump[open] #jump-text").wait_for()


def test_a_new_date_for_selected_lines_is_previewed_and_then_given(window):
    window.page.get_by_label("Select SO-3, MUG-1").check()
    window.page.get_by_label("Select SO-4, LAMP-1").check()
    window.press("New date…")
    window.fill(New_date=in_days(30).isoformat())
    window.page.get_by_label("Reason:", exact=True).fill("Asked by phone")
    window.press("Show what it does")
    assert [row[3:] for row in window.table("Mails that go out")] == [
        ["Backordered", "SO-3 MUG-1"],
        ["Backordered", "SO-4 LAMP-1"],
    ]
    assert [(row[0], row[6]) for row in window.table("Lines that move")] == [
        ("SO-3", "no date → 1 Apr 2026"),
        ("SO-4", "no date → 1 Apr 2026"),
    ]
    assert window.table("Selected lines") == [
        ["SO-3 / =cmd()", "MUG-1 / Clay mug", "2 of 2", "no date", "no date", "1 of 1"],
        ["SO-4 / Ada Moor", "LAMP-1 / Oak lamp", "6 of 6", "no date", "no date", "3 of 3"],
    ]
    assert not Promise.objects.filter(basis="typed").exists()
    window.look("queue-new-date-preview")

    window.press("Do exactly this")

    assert window.told == ["2 lines have a new date. Undo…"]
    assert list(promised()) == [
        ("SO-1", in_days(11), False),
        ("SO-2", in_days(11), False),
        ("SO-3", in_days(30), True),
        ("SO-4", in_days(30), True),
    ]
    typed = Promise.objects.filter(basis="typed").order_by("line").values_list("line__order__reference", "reason")
    assert list(typed) == [("SO-3", "Asked by phone"), ("SO-4", "Asked by phone")]
    told = NoticeLine.objects.filter(event__startswith="typed", is_superseded=False).order_by("line")
    assert list(told.values_list("order__reference", "promised_date")) == [("SO-3", in_days(30)), ("SO-4", in_days(30))]


def promised() -> QuerySet:
    return OrderLine.objects.order_by("pk").values_list("order__reference", "promised_date", "is_promise_pinned")


def test_the_export_gives_the_list_with_dangerous_cells_disarmed(window):
    window.page.locator("summary", has_text="Export").click()
    with window.page.expect_download() as download:
        window.page.get_by_role("link", name="This list as CSV").click()

    assert download.value.suggested_filename == "backorders.csv"
    rows = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert [
        (row["Order"], row["Customer"], row["SKU"], row["Waits"], row["No supply"], row["Promised"]) for row in rows
    ] == [
        ("SO-1", "Lena Ortiz", "LAMP-1", "4", "0", "2026-03-13"),
        ("SO-2", "Tom Baker", "LAMP-1", "5", "0", "2026-03-13"),
        ("SO-3", "'=cmd()", "MUG-1", "2", "2", ""),
        ("SO-4", "Ada Moor", "LAMP-1", "6", "5", ""),
    ]


BROKEN = """chips => chips.flatMap(chip => {
    const text = document.createTreeWalker(chip, NodeFilter.SHOW_TEXT).nextNode(), range = document.createRange();
    return [...text.data.matchAll(/\\S+/g)].filter(word => {
        range.setStart(text, word.index);
        range.setEnd(text, word.index + word[0].length);
        return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
    }).map(word => word[0]);
})"""
"""The words in these chips that stand on two lines."""


def test_no_word_of_a_chip_is_broken(shop, open_window):
    first, second = OrderLine.objects.filter(product__sku="LAMP-1").order_by("pk")[:2]
    ordering.pin(first.pk, 1, reason="Asked for", by=None, at=MONDAY)
    ordering.set_priority([second.pk], 2, reason="Asked for", by=None, at=MONDAY)
    window = open_window(person(roles.CUSTOMER_SERVICE))
    window.open(QUEUE)

    chips = window.page.locator(".queue .place .chip")
    assert sorted(set(chips.all_inner_texts())) == ["pinned 1", "priority 2"]
    assert window.page.locator(".queue td .chip").evaluate_all(BROKEN) == []


def test_on_a_phone_each_line_is_a_card_and_what_can_be_done_is_under_the_thumb(shop, open_window):
    phone = open_window(person(roles.OPERATIONS), width=PHONE)
    phone.open(QUEUE)
    page = phone.page

    boxes = page.locator("#result_list tbody td:visible").evaluate_all(
        "cells => cells.map(cell => cell.getBoundingClientRect()).map(box => [box.left, box.right])"
    )
    assert all(0 <= left < right <= PHONE for left, right in boxes)
    said = (
        page.locator("#result_list tbody tr")
        .first.locator("[data-label]:visible")
        .evaluate_all("cells => cells.map(cell => cell.dataset.label + ': ' + cell.innerText.split('\\n').join(' / '))")
    )
    assert said == [
        "Product: LAMP-1 / Oak lamp",
        "Waits: 4",
        "Age: 8 d",
        "Covered by: PO-77 · 4",
        "Arrives: 13 Mar / confirmed · Nordlys",
        "Promised: 13 Mar kept",
        "Risk: 1%",
        "Told: queued",
        "Place: 1 of 3",
    ]
    card = page.locator("#result_list").bounding_box()
    box = page.get_by_label("Select SO-3, MUG-1").bounding_box()
    assert box["x"] + box["width"] < card["x"] + card["width"] - 10
    page.locator(".filters .more summary").tap()
    menu = page.locator(".filters .more > div").bounding_box()
    assert 0 <= menu["x"] < menu["x"] + menu["width"] <= PHONE
    page.locator(".filters .more summary").tap()
    page.get_by_label("Select SO-3, MUG-1").tap()
    button = page.get_by_role("button", name="New date…").bounding_box()
    assert button["height"] >= 44
    assert button["y"] + button["height"] <= HEIGHT
    phone.look("queue-phone")
    with next_page(page):
        page.get_by_role("button", name="New date…").tap()
    phone.fill(New_date=in_days(30).isoformat())
    page.get_by_label("Reason:", exact=True).fill("Asked by phone")
    phone.press("Show what it does")
    phone.look("queue-phone-new-date-preview")
    assert (
        page.locator(".module").evaluate_all("all => all.filter(panel => panel.scrollWidth > panel.clientWidth).length")
        == 0
    )


def test_the_theme_toggle_is_remembered(window):
    def look() -> tuple[str, str]:
        theme = window.page.evaluate("document.documentElement.dataset.theme")
        return theme, window.page.evaluate("getComputedStyle(document.body).backgroundColor")

    light, dark = "rgb(245, 247, 250)", "rgb(11, 16, 32)"
    assert look() == ("auto", light)
    window.page.locator("#user-tools .theme-toggle").click()
    assert look() == ("dark", dark)
    window.open("/admin/")
    assert look() == ("dark", dark)
    window.page.locator("#user-tools .theme-toggle").click()
    assert look() == ("light", light)
