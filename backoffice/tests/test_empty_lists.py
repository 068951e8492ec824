"""An empty list says what to do: what fills it where nothing is there yet; what to take away where nothing matches."""

import html
import re

import pytest
import time_machine
from django.contrib import admin
from django.core.cache import cache
from django.urls import resolve, reverse

from backoffice.finding import emptiness
from backoffice.people.roles import AUDITOR, BUYER, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import acts, people
from inventory.desk.lists import views
from inventory.models import ServiceTarget, Warehouse
from orders.tests import make

pytestmark = pytest.mark.django_db
ORDERS, QUEUE = "/admin/orders/order/", "/admin/orders/backorder/"
NEVER_EMPTY = {"auth.user", "auth.group", "inventory.servicetarget"}
"""Who looks is one of them, and a migration makes the others."""
OF_TABS = {"inventory.alert", "orders.backorder"}
"""Each of their tabs has words of its own."""


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(make.MONDAY, tick=False):
        yield
    cache.clear()


def told(client, address):
    """What an empty list says, and its links: where each leads."""
    shown = client.get(address).content.decode()
    [words] = re.findall(r'<div class="empty">(.*?)</div>', shown, re.DOTALL)
    links = re.findall(r'<a (?:class="button" )?href="([^"]*)">(.*?)</a>', words)
    said = " ".join(html.unescape(re.sub(r"<a class=\"button\".*?</a>|<[^>]+>", "", words)).split())
    return said, {label: html.unescape(url) for url, label in links}


def test_every_list_has_words_and_no_words_are_of_no_list():
    assert set(emptiness.LISTS) == {model._meta.label_lower for model in admin.site._registry}


@pytest.mark.parametrize("label", sorted(set(emptiness.LISTS) - NEVER_EMPTY - OF_TABS))
def test_a_list_of_nothing_says_what_fills_it_and_leads_there(label):
    Warehouse.objects.all().delete()
    boss = acts.boss("ines")
    empty = emptiness.LISTS[label]
    [model] = [model for model in admin.site._registry if model._meta.label_lower == label]

    said, links = told(boss, reverse(f"admin:{views.list_name(model)}_changelist"))

    expected = (
        "Nobody is waiting. Every open line has its units set aside." if label == "orders.backorder" else empty.words
    )
    assert said == expected
    assert [resolve(url).url_name for url in links.values()] == (
        [] if label == "orders.backorder" else list(empty.ways)
    )
    assert all(boss.get(url).status_code == 200 for url in links.values())


def test_the_few_that_are_never_empty_have_words_too(monkeypatch):
    ServiceTarget.objects.all().delete()

    said, _ = told(acts.boss("ines"), "/admin/inventory/servicetarget/")

    assert said == emptiness.LISTS["inventory.servicetarget"].words


def test_nobody_is_led_where_they_may_not_go():
    assert told(people.browser(AUDITOR), ORDERS)[1] == {}
    assert list(told(people.browser(OPERATIONS), ORDERS)[1]) == ["Load a file", "Place an order"]


@pytest.mark.proof
@pytest.mark.parametrize("label", sorted(emptiness.LISTS))
def test_a_list_that_nothing_matches_names_what_to_take_away_and_where_else_to_look(label):
    boss = acts.boss("ines")
    empty = emptiness.LISTS[label]
    [model] = [model for model in admin.site._registry if model._meta.label_lower == label]

    asked = "sku=zzz" if label == "orders.backorder" else "pk__in=987654321"
    said, links = told(boss, f"{reverse(f'admin:{views.list_name(model)}_changelist')}?{asked}&q=")

    assert re.match("Nothing matches “(SKU: zzz|.*: no. 987654321)”: take it away above. ", said)
    assert said.endswith("Ctrl K looks everywhere.")
    assert [resolve(url).url_name for url in links.values()] == list(empty.elsewhere)


def test_what_was_searched_for_is_asked_elsewhere_too():
    client = people.browser(CUSTOMER_SERVICE)

    said, links = told(client, f"{QUEUE}?q=zz+9&age=0-3")

    assert said == (
        "Nothing matches “Search: zz 9” and “Age: 0–3 days”: take one of them away above. Or try a shorter piece: any "
        "part of a number or a name is enough. It may stand elsewhere: Orders, Shipments. Ctrl K looks everywhere."
    )
    assert links == {"Orders": f"{ORDERS}?q=zz+9", "Shipments": "/admin/orders/shipment/?q=zz+9"}
    assert told(client, f"{ORDERS}?is=done")[0].startswith("Nothing matches “State: Done”: take it away above. It may")


@pytest.mark.parametrize(
    ("role", "address", "name"),
    [
        (BUYER, "/admin/suppliers/purchaseorder/?is=draft", "Proposals"),
        (BUYER, "/admin/inventory/reorderpolicy/?runs_out=likely", "About to run out"),
        (CUSTOMER_SERVICE, "/admin/orders/notice/?state__exact=call", "Calls to make"),
    ],
)
def test_what_the_menu_itself_asks_for_says_that_all_is_well(role, address, name):
    client = people.browser(role)

    assert told(client, address) == (emptiness.DONE[name], {})
    assert told(client, f"{address}&q=zz")[0].startswith("Nothing matches “Search: zz” and “")
    assert f">{name}</h1>" in client.get(f"{address}&q=zz").content.decode()


def test_a_list_that_is_only_sorted_is_not_narrowed():
    said, _ = told(people.browser(OPERATIONS), f"{ORDERS}?o=1&cols=customer")

    assert said == emptiness.LISTS["orders.order"].words
