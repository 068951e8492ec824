"""What people do twenty times a day, each from Today: what it takes in clicks, keys and screens, counted exactly."""

import csv
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.contrib.auth.models import User

from backoffice.people import roles
from backoffice.tests.at_work import at_today
from backoffice.tests.browser import PHONE
from backoffice.tests.people import MONDAY, in_days, person
from inventory.models import Assignment, Inbound, Mention, Note, SavedView
from inventory.notebook import assignments, hanging, notes, owners
from inventory.supply import bins, sheets
from orders.models import Order, Promise
from orders.tests import make
from suppliers.models import Delivery
from suppliers.tests import make as buy

pytestmark = pytest.mark.browser
DRAFTS = 22


@pytest.fixture
def shop(transactional_db, settings) -> Iterator[None]:
    """Three orders for lamps of which none is here."""
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    with time_machine.travel(MONDAY, tick=False):
        roles.keep()
        lamp = make.product("LAMP-1", name="Oak lamp")
        for number, name in enumerate(("Lena Ortiz", "Tom Baker", "Ada Moor"), start=1):
            at = MONDAY - timedelta(days=9 - number)
            make.order((lamp, number), who=make.customer(name), reference=f"SO-{number}", at=at)
        yield


@pytest.fixture
def sam(shop) -> User:
    return person(roles.CUSTOMER_SERVICE)


def test_a_note_on_an_order_that_names_a_colleague(sam, open_window):
    buyer = person(roles.BUYER)
    hand = at_today(open_window, sam)

    hand.look_up("SO-2")
    hand.clicks += 1
    hand.page.get_by_label("Write a note").click()
    hand.page.keyboard.type(f"Wants both at once, @{buyer.username}")
    hand.button("Write it down")

    assert Note.objects.get().text == "Wants both at once, @buyer"
    assert Mention.objects.get().person == buyer
    assert hand.count == {"clicks": 2, "pressed": 2, "screens": 2}


def test_a_line_of_the_queue_is_given_to_somebody_by_keys(sam, open_window):
    person(roles.BUYER)
    hand = at_today(open_window, sam)

    hand.go("g", "b")
    hand.go("j", "v")
    hand.page.get_by_label("To whom").select_option(label="Buyer")
    hand.button("Give")

    assert Assignment.objects.get().role.name == roles.BUYER
    assert hand.count == {"clicks": 1, "pressed": 4, "screens": 3}


def test_what_is_mine(sam, open_window):
    order = hanging.key(Order.objects.get(reference="SO-1"))
    assignments.assign([order], owners.person(sam), task="Call back", by=None, at=MONDAY)
    notes.write([order], f"@{sam.username} she called", by=person(roles.BUYER), at=MONDAY)
    hand = at_today(open_window, sam)

    hand.card("Mine")

    assert hand.window.title == "Inbox"
    assert hand.page.locator("#content").inner_text().count("SO-1") == 2
    assert hand.count == {"clicks": 1, "pressed": 0, "screens": 1}


def test_twenty_two_drafts_are_looked_through(shop, open_window):
    for number in range(DRAFTS):
        lamp = make.product(f"LAMP-{number:02}", name="Oak lamp")
        buy.draft((buy.offer(lamp, buy.supplier(f"Supplier {number:02}")), 12))
    hand = at_today(open_window, person(roles.BUYER))

    hand.card("Drafts to approve")
    seen = []
    for _ in range(DRAFTS):
        hand.go("j", "Enter")
        seen.append(hand.window.title)
        hand.back()

    assert len(set(seen)) == DRAFTS
    assert hand.count == {"clicks": 1, "pressed": 3 * DRAFTS, "screens": 1 + 2 * DRAFTS}


def test_a_view_is_kept_for_all_of_a_role_and_a_colleague_opens_it(sam, open_window):
    colleague = User.objects.create_user("ana", is_staff=True)
    colleague.groups.add(sam.groups.get())
    hand = at_today(open_window, sam)

    hand.go("g", "b")
    hand.click("No supply", within="#questions", exact=False)
    hand.click("Keep this view…")
    hand.fill(Name="To buy")
    hand.page.get_by_label("For whom").select_option(label="All of Customer service")
    hand.button("Keep it")
    assert SavedView.objects.get().role == sam.groups.get()
    assert hand.count == {"clicks": 3, "pressed": 2, "screens": 4}

    other = at_today(open_window, colleague)
    other.go("g", "b")
    other.click("To buy", within="#kept-views", exact=False)
    assert [row[1] for row in other.window.listed()] == ["SO-1 / Lena Ortiz", "SO-2 / Tom Baker", "SO-3 / Ada Moor"]
    assert other.count == {"clicks": 1, "pressed": 2, "screens": 2}


def test_a_narrowed_list_is_exported(sam, open_window):
    hand = at_today(open_window, sam)

    hand.go(
        "g",
        "o",
    )
    hand.press("/")
    hand.page.keyboard.type("Baker")
    hand.go("Enter")
    hand.clicks += 2
    hand.page.locator("summary", has_text="Export").click()
    with hand.page.expect_download() as got:
        hand.page.get_by_role("link", name="This list as CSV").click()

    rows = list(csv.DictReader(Path(got.value.path()).read_text("utf-8-sig").splitlines()))
    assert [row["Reference"] for row in rows] == ["SO-2"]
    assert hand.count == {"clicks": 2, "pressed": 4, "screens": 3}


def test_two_lines_are_triaged_without_a_mouse(sam, open_window):
    hand = at_today(open_window, sam)
    hand.page.evaluate("document.addEventListener('pointerdown', () => { throw new Error('a mouse') })")

    hand.go("g", "b")
    hand.go("j", "x", "j", "x", "n")
    hand.page.keyboard.type(f"{in_days(30):%m%d%Y}")
    hand.press("Tab", "Tab")
    hand.page.keyboard.type("Rang")
    hand.go("Enter")
    hand.go("y")

    assert hand.window.told == ["2 lines have a new date. Undo…"]
    assert Promise.objects.filter(basis="typed", promised_date=in_days(30)).count() == 2
    assert hand.count == {"clicks": 0, "pressed": 11, "screens": 4}


def test_a_purchase_order_is_received_on_a_phone(shop, open_window):
    sent = buy.sent((buy.offer(make.product("MUG-1")), 12))
    Inbound.objects.update(expected_date=in_days(0), likely_date=in_days(0), safe_date=in_days(0))
    hand = at_today(open_window, person(roles.OPERATIONS), width=PHONE)

    hand.card("Receipts expected")
    hand.click(sent.reference)
    hand.click("Receive…")
    hand.button("Everything arrived")
    hand.button("Do exactly this")

    assert Delivery.objects.get().quantity == 12
    assert hand.page.evaluate("document.documentElement.scrollWidth") == PHONE
    assert hand.count == {"clicks": 5, "pressed": 0, "screens": 5}


def test_a_sheet_of_three_bins_is_counted_on_a_phone(shop, open_window):
    rows = [make.on_hand(make.product(f"MUG-{number}", name="Mug"), 8) for number in range(3)]
    places = zip(rows, ("A-1", "A-2", "A-10"), strict=True)
    bins.put({(row.product_id, row.warehouse_id): text for row, text in places})
    [sheet] = sheets.open_sheets(sheets.Wanted(rows[0].warehouse_id), by=None, at=MONDAY - timedelta(hours=1))
    hand = at_today(open_window, person(roles.OPERATIONS), width=PHONE)

    hand.clicks += 1
    hand.page.get_by_role("button", name="Menu").click()
    hand.click("Count sheets", within="#sidebar")
    hand.click(str(sheet))
    hand.click("Count on a phone")
    for units in ("8", "7", "8"):
        hand.page.get_by_label("Counted", exact=True).fill(units)
        hand.button("Save and next")

    assert list(sheet.lines.order_by("product__sku").values_list("counted", flat=True)) == [8, 7, 8]
    assert hand.count == {"clicks": 7, "pressed": 0, "screens": 6}
