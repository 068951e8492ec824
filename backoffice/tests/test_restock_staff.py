"""What staff see of restock lists: nothing while the shop keeps none and nobody is on one."""

import csv

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.people import roles
from inventory.desk.tables import day
from inventory.models import Product
from orders.models import Hold, RestockRequest
from orders.tests import make
from orders.tests.askers import asked, waiting

from . import people

pytestmark = pytest.mark.django_db
ENTRIES = ["Restock lists", "Restock requests", "Restock mails"]


def menu(browser):
    cache.clear()
    shown = browser.get("/admin/").context["navigation"]
    return [link.label for group in shown for link in group.links if link.label in ENTRIES]


@pytest.mark.parametrize(
    ("is_on", "is_asked", "entries"),
    [(False, False, []), (True, False, ENTRIES), (False, True, ENTRIES)],
)
def test_the_menu_leads_to_restock_lists_once_there_are_any(settings, is_on, is_asked, entries):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = is_on, "Quay 4"
    if is_asked:
        asked(make.product("LAMP"))

    assert menu(people.browser(roles.OPERATIONS)) == entries


@pytest.fixture
def lamp(settings):
    """Of ten that came, one person is offered two."""
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
    with time_machine.travel(make.MONDAY.replace(hour=12), tick=False):
        thing = make.product("LAMP")
        waiting(thing, 2, at=timezone.now())
        make.on_hand(thing, 10, at=timezone.now())
        yield thing


def test_the_end_of_an_offer_is_said_with_its_time_once(lamp):
    row = RestockRequest.objects.get()

    shown = people.browser(roles.OPERATIONS).get(f"/admin/orders/restockrequest/{row.pk}/change/").content.decode()

    until = day(Hold.objects.get().until_at)
    assert f">{until}<" in shown
    assert until.endswith(", 16:00")


def test_what_a_wave_would_do_is_said_of_somebody_alone(lamp):
    path, browser = f"/admin/orders/restocklist/{lamp.pk}/change/", people.browser(roles.OPERATIONS)
    alone = browser.get(path).content.decode()
    waiting(lamp, 1, at=timezone.now())

    both = browser.get(path).content.decode()

    assert "Nobody would be offered anything." in alone
    assert "would be kept for" not in alone
    assert '<p class="note">8 units on sale.' in alone
    assert "1 unit of 8 on sale would be kept for 1 person until 2 Mar 2026, 16:00." in both


def test_of_a_product_that_is_discontinued_the_list_says_that_hardly_anything_comes(lamp):
    words = "only of what comes back: it is discontinued, and nobody has told them"
    browser = people.browser(roles.OPERATIONS)
    waiting(lamp, 1, at=timezone.now())
    assert words not in browser.get("/admin/orders/restocklist/").content.decode()

    Product.objects.update(is_discontinued=True)

    assert words in browser.get("/admin/orders/restocklist/").content.decode()
    assert words in browser.get(f"/admin/orders/restocklist/{lamp.pk}/change/").content.decode()


def mails(browser, **asked):
    shown = browser.get("/admin/orders/restockletter/", asked)
    return " ".join(shown.content.decode().split())


def test_the_list_of_restock_mails_and_its_file_name_the_product_and_show_states_as_notices_do(lamp):
    lamp.name = "Oslo lamp"
    lamp.save()
    browser = people.browser(roles.OPERATIONS)

    text = mails(browser)
    answer = browser.get("/admin/export/orders_restockletter/csv/")
    rows = list(csv.DictReader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))

    assert f'<a href="/admin/inventory/product/{lamp.pk}/change/">LAMP</a>' in text
    assert "Oslo lamp" in text
    assert '<span class="chip blue">queued</span>' in text
    [offered] = [row for row in rows if row["About"] == "Offers units"]
    assert (offered["Product"], offered["Name"], offered["State"]) == ("LAMP", "Oslo lamp", "queued")


def test_a_list_of_many_restock_mails_asks_as_often_as_one_of_few(lamp):
    browser = people.browser(roles.OPERATIONS)
    counts = []

    for more in (1, 8):
        for _ in range(more):
            asked(make.product())
        mails(browser)
        with CaptureQueriesContext(connection) as found:
            mails(browser)
        counts.append(len(found))

    assert counts[0] == counts[1]
