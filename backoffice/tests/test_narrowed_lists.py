"""What a list is narrowed by stands above it as chips: in words, each a link to the same list without it."""

import html
import re
from itertools import combinations

import pytest
import time_machine
from django.contrib import admin
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.people.roles import BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import acts, people
from inventory.desk import base
from inventory.desk.careful import MOST_ASKED
from inventory.ground import folding
from inventory.models import Product, Warehouse
from inventory.notebook import owners, saved_views
from orders.tests import make

pytestmark = pytest.mark.django_db
ORDERS, QUEUE, STOCK = "/admin/orders/order/", "/admin/orders/backorder/", "/admin/inventory/stock/"
PRODUCTS = "/admin/inventory/product/"
CHIP = re.compile(
    r'<li><a href="([^"]*)" aria-label="([^"]*)"><span>([^<]*)</span> <i aria-hidden="true">×</i></a></li>'
)
CLEAR = re.compile(r'<a href="([^"]*)">Clear all</a>')


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(make.MONDAY, tick=False):
        yield
    cache.clear()


def chips(client, address):
    """The chips above a list, each with the address that it leads to; and where "Clear all" leads."""
    told = client.get(address)
    assert told.status_code == 200
    shown = told.content.decode()
    found = {}
    for url, name, words in CHIP.findall(shown):
        assert name == f"Remove {words}"
        found[html.unescape(words)] = html.unescape(url)
    return found, [html.unescape(url) for url in CLEAR.findall(shown)]


def test_each_filter_and_the_search_is_a_chip_that_takes_it_away_and_nothing_else():
    make.on_hand(make.product("LAMP-1"), 3)
    east = Warehouse.objects.create(code="EAST", name="East")
    client = people.browser(OPERATIONS)
    asked = f"q=LAMP&warehouse__id__exact={east.pk}&o=-1&cols=item%2Chere"

    assert chips(client, f"{STOCK}?{asked}&p=1") == (
        {
            "Search: LAMP": f"?cols=item%2Chere&o=-1&warehouse__id__exact={east.pk}",
            "Warehouse: EAST": "?cols=item%2Chere&o=-1&q=LAMP",
        },
        ["?cols=item%2Chere&o=-1"],
    )
    assert chips(client, f"{STOCK}?q=LAMP") == ({"Search: LAMP": "?p=1"}, [])
    assert chips(client, STOCK) == ({}, [])


def test_what_no_filter_of_a_list_asks_is_said_by_its_field_and_named_by_a_row():
    lamp = make.product("LAMP-1")
    make.on_hand(lamp, 3)
    client = people.browser(OPERATIONS)
    asked = f"/admin/inventory/movement/?product__id__exact={lamp.pk}&at__gte=2026-01-01T12:00Z&quantity__lte=9"

    found, _ = chips(client, asked)
    assert list(found) == ["Product: LAMP-1", "At: from 1 Jan 2026, 12:00", "Quantity: 9 or less"]
    nothing, _ = chips(client, f"{asked}&reason__icontains=x&kind__in=count,loss&by__isnull=1")
    assert list(nothing)[:1] + list(nothing)[3:] == [
        f"Product: no. {lamp.pk}", "Reason: has “x”", "Kind: Stock count or loss", "By: none",
    ]  # fmt: skip


def test_a_filter_whose_name_begins_another_leaves_the_other():
    make.line(make.product(), 2)
    client = people.browser(CUSTOMER_SERVICE)

    found, _ = chips(client, f"{ORDERS}?is=waiting&is_ship_complete__exact=1")
    shown = client.get(f"{ORDERS}?is=waiting&is_ship_complete__exact=1").content.decode()

    assert found == {"State: Waiting": "?is_ship_complete__exact=1", "Ship complete: Yes": "?is=waiting"}
    assert '<a href="?is_ship_complete__exact=1">All</a>' in shown  # of the filter itself, too


def test_the_queue_says_its_filters_and_keeps_its_tab_its_order_and_its_columns():
    make.line(make.product("LAMP-1"), 2)
    client = people.browser(CUSTOMER_SERVICE)
    rest = "cols=waits&sort=units&tab=waiting"

    found, clear = chips(
        client, f"{QUEUE}?{rest}&q=lamp&priority=raised&age=0-3&never_told=true&promised_after=2026-03-01&warehouse="
    )

    assert list(found) == [
        "Search: lamp", "Age: 0–3 days", "Promised: from 1 Mar 2026", "Priority: raised", "Never told: yes",
    ]  # fmt: skip
    assert found["Promised: from 1 Mar 2026"] == (
        "?age=0-3&cols=waits&never_told=true&priority=raised&q=lamp&sort=units&tab=waiting&warehouse="
    )
    assert clear == ["?cols=waits&sort=units&tab=waiting&warehouse="]


def test_what_the_queue_cannot_read_is_a_chip_too():
    client = people.browser(CUSTOMER_SERVICE)

    assert list(chips(client, f"{QUEUE}?age=never")[0]) == ["Age: never"]


def test_to_sort_the_queue_takes_no_filter_away():
    make.line(make.product("LAMP-1"), 2)
    shown = people.browser(CUSTOMER_SERVICE).get(f"{QUEUE}?past_promise=false&priority=").content.decode()

    assert '<a href="?past_promise=false&amp;priority=&amp;sort=units" title="Most units first">' in shown


def test_to_take_the_last_chip_away_shows_the_list_by_itself_and_not_the_view_it_opens_with():
    make.line(make.product("LAMP-1"), 2, reference="SO-1")
    client = people.browser(CUSTOMER_SERVICE)
    me = owners.person(people.User.objects.get(pk=client.session["_auth_user_id"]))
    saved_views.save("Mine", "orders_order", "q=SO-9", owner=me, is_default=True, by=None, at=make.MONDAY)

    opened = client.get(ORDERS)
    found, _ = chips(client, f"{ORDERS}{opened['Location']}")

    assert found == {"Search: SO-9": "?p=1"}
    assert ">SO-1<" in client.get(f"{ORDERS}{found['Search: SO-9']}").content.decode()


def test_tabs_are_no_chips_and_stay_when_all_are_cleared():
    client = people.browser(OPERATIONS)

    assert chips(client, "/admin/inventory/alert/?tab=mine&q=lamp&kind=") == ({"Search: lamp": "?kind=&tab=mine"}, [])


def test_hostile_words_are_said_and_cut_short():
    client = people.browser(OPERATIONS)

    found, _ = chips(client, f"{STOCK}?q=%3Cscript%3E{'x' * 200}")

    assert list(found) == [f"Search: <script>{'x' * 31}…"]


def test_no_chip_costs_a_statement():
    people.shop()
    client = people.browser(BUYER)
    page = "/admin/suppliers/offer/"
    lamp = Product.objects.get(sku="LAMP-1")
    client.get(page)

    def cost(asked):
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert client.get(f"{page}?{asked}").status_code == 200
        return len(made)

    assert cost(f"p=1&product__id__exact={lamp.pk}&is_active__exact=1&cols=item") == cost("p=1")


@pytest.mark.parametrize("is_too_long", [False, True])
def test_an_address_as_long_as_a_novel_is_refused_in_words(is_too_long):
    client = people.browser(OPERATIONS)
    asked = "cols=" + "x" * (MOST_ASKED - 5 + is_too_long)

    told = client.get(f"{STOCK}?{asked}&q=lamp")

    assert told.status_code == (400 if is_too_long else 200)
    assert ("This address asks more of a list than one can be asked: up to 4,000 signs." in told.content.decode()) == (
        is_too_long
    )


@pytest.mark.parametrize("asked", ["cols=" + "x" * 10_000, "product__sku__in=" + "A," * 5_000])
def test_ten_thousand_signs_are_refused_by_every_list(asked):
    boss = acts.boss("ines")

    for model in admin.site._registry:
        page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        assert boss.get(f"{page}?{asked}").status_code == 400


@pytest.mark.parametrize("page", [STOCK, QUEUE, ORDERS])
def test_of_a_search_of_ten_thousand_signs_the_links_say_what_is_read(page):
    told = acts.boss("ines").get(page, {"q": "x" * 10_000, "cols": "name"})

    assert told.status_code == 200
    assert told.content.decode().count("x" * folding.LONGEST) > 1
    assert re.findall(f'href="[?][^"]*x{{{folding.LONGEST + 1}}}', told.content.decode()) == []


@pytest.mark.parametrize("page", [3, 4, 99_999])
def test_a_list_that_got_shorter_shows_its_last_page(page, monkeypatch):
    monkeypatch.setattr(base.Desk, "list_per_page", 2)
    for number in range(1, 6):
        make.product(f"LAMP-{number}")

    told = people.browser(OPERATIONS).get(f"{PRODUCTS}?q=LAMP&p={page}")

    shown = told.context["cl"]
    assert (shown.page_num, [lamp.sku for lamp in shown.result_list]) == (3, ["LAMP-5"])


def test_a_page_before_the_first_is_none(monkeypatch):
    monkeypatch.setattr(base.Desk, "list_per_page", 2)
    for number in range(1, 4):
        make.product(f"LAMP-{number}")

    told = people.browser(OPERATIONS).get(f"{PRODUCTS}?q=LAMP&p=0")

    assert (told.status_code, "“q = LAMP, p = 0”" in told.content.decode()) == (400, True)


@pytest.mark.proof
def test_every_two_filters_of_a_list_narrow_it_together(admin_client):
    people.shop()
    refused, asked = [], 0
    for model in admin.site._registry:
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        page = admin_client.get(url, follow=True).content.decode()
        folds = re.findall(r'data-filter-title="[^"]+".*?</details>', page, re.DOTALL)
        found = [re.findall(r'<li><a href="\?([^"]+)"', fold) for fold in folds]
        for one, other in combinations([links[0] for links in found if links], 2):
            asked += 1
            query = html.unescape(f"{one}&{other}")
            refused += [f"{url}?{query}"] if admin_client.get(f"{url}?{query}").status_code != 200 else []

    assert (asked > 60, refused) == (True, [])
