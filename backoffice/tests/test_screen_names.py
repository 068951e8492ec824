"""A screen has one name: in the menu, as its heading, in the browser's tab, in the trail, and on the button to it."""

import html
import re

import pytest
import time_machine
from django.contrib import admin
from django.urls import reverse

from backoffice.finding import names, navigation
from backoffice.tests import acts
from inventory.desk.lists import views
from orders.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.proof]


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(make.MONDAY, tick=False):
        yield


def read(pattern, shown):
    return [
        html.unescape(" ".join(re.sub(r"<[^>]+>", "", each).split())) for each in re.findall(pattern, shown, re.DOTALL)
    ]


def called(client, address):
    """What a page calls itself: its heading, its tab without the shop, the end of its trail."""
    told = client.get(address)
    assert told.status_code == 200, address
    shown = told.content.decode()
    tab = read(r"<title>(.*?)</title>", shown)[0]
    trail = [each.split("›")[-1].strip() for each in read(r'<div class="breadcrumbs">(.*?)</div>', shown)]
    current = read(
        r'<a [^>]*aria-current="page"[^>]*>([^<]*)', shown.partition('id="sidebar"')[2].partition("</nav>")[0]
    )
    return read(r"<h1[^>]*>(.*?)</h1>", shown), tab.partition(" · ")[0], trail, current


def menu(client):
    shown = client.get("/admin/").content.decode().partition('id="sidebar"')[2].partition("</nav>")[0]
    return [
        (html.unescape(label.strip()), html.unescape(url))
        for url, label in re.findall(r'<a href="([^"]*)"[^>]*>([^<]*)', shown)
    ]


def test_every_entry_of_the_menu_opens_a_screen_of_that_name(shop):
    boss = acts.boss("ines")

    entries = menu(boss)

    for label, address in entries:
        heads, tab, trail, current = called(boss, address)
        assert (heads, tab, current) == ([label], label, [label])
        assert trail in ([], [label])
    assert {"Proposals", "Reorder points", "Files", "Nights", "People", "Backorders"} <= {label for label, _ in entries}
    assert len(entries) == len({label for label, _ in entries})


def test_every_list_is_in_the_menu_and_is_called_so_on_the_pages_of_its_rows(shop):
    boss = acts.boss("ines")
    # a list may stand there narrowed alone, as refunds that are still owed
    wide_last = sorted(menu(boss), key=lambda entry: "?" not in entry[1])
    entries = {address.partition("?")[0]: label for label, address in wide_last}

    for model in admin.site._registry:
        address = reverse(f"admin:{views.list_name(model)}_changelist")
        assert entries[address] == names.of_list(model._meta)
        row = model._default_manager.order_by("pk").first()
        shown = boss.get(reverse(f"admin:{views.list_name(model)}_change", args=[row.pk])).content.decode()
        for trail in read(r'<div class="breadcrumbs">(.*?)</div>', shown):
            assert trail.split("›")[1].strip() == entries[address]


def test_a_button_that_adds_is_called_as_the_page_that_it_opens(shop):
    boss = acts.boss("ines")
    added = {}

    for model in admin.site._registry:
        shown = boss.get(reverse(f"admin:{views.list_name(model)}_changelist") + "?p=1").content.decode()
        for address, label in re.findall(r'<a href="([^"]*)" class="addlink">(.*?)</a>', shown):
            heads, tab, *_ = called(boss, html.unescape(address))
            assert (heads, tab) == ([html.unescape(label)], html.unescape(label))
            added[model._meta.label_lower] = label

    assert set(names.ADDING) <= set(added)
    assert added["inventory.product"] == "Add product"


@pytest.mark.parametrize("more", ["", "&q=1", "&o=-1&p=1&cols=reference", "&warehouse__id__exact=1"])
def test_a_screen_keeps_its_name_however_it_is_narrowed(shop, more):
    boss = acts.boss("ines")

    assert called(boss, f"/admin/suppliers/purchaseorder/?is=draft{more}")[:2] == (["Proposals"], "Proposals")
    assert called(boss, f"/admin/suppliers/purchaseorder/?p=1{more}")[:2] == (["Purchase orders"], "Purchase orders")


def test_no_two_entries_of_the_menu_have_one_name():
    labels = [entry.label for _, _, entries in navigation.GROUPS for entry in entries]

    assert len(labels) == len(set(labels))
