"""The key that a page carries: for whom, and for how long."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from inventory import spent
from inventory.desk import once, performing
from inventory.models import Movement, MovementKind, Product, SpentKey, Stock
from inventory.supply import stock
from inventory.tests import make
from inventory.tests.hands import carried

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(make.MONDAY, tick=False):
        yield


@pytest.fixture
def shelf() -> Stock:
    return make.on_hand(make.product("LAMP-1"), 8)


def damage(row: Stock) -> str:
    return f"{reverse('admin:inventory_stock_damage')}?ids={row.pk}"


def typed(row: Stock, units: int = 2, reason: str = "Fell") -> dict:
    return {f"units-{row.pk}": units, "reason": reason}


def looked_at(client, row: Stock, units: int = 2) -> dict:
    """What the preview of a damage carries, with what was typed, ready to be done."""
    seen = client.post(damage(row), {**typed(row, units), "preview": "1"})
    return {**carried(seen), **typed(row, units), "apply": "1"}


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_a_key_is_good_for_thirty_days_and_no_longer():
    ines = User(pk=7)
    key = once.fresh(ines, make.MONDAY)

    assert once.known(key, ines, make.MONDAY + spent.KEPT - timedelta(seconds=1))
    assert not once.known(key, ines, make.MONDAY + spent.KEPT)
    assert not once.known(key, User(pk=8), make.MONDAY)
    assert not once.known(key[:-1] + "?", ines, make.MONDAY)


def test_other_units_under_a_key_that_was_spent_are_not_taken_and_it_says_what_the_first_did(admin_client, shelf):
    page = looked_at(admin_client, shelf, 2)
    admin_client.post(damage(shelf), page)

    response = admin_client.post(damage(shelf), {**page, **typed(shelf, 3)})

    shelf.refresh_from_db()
    assert shelf.on_hand == 6
    html = response.content.decode()
    told = "This page was sent before, with other content: “Damage or loss: 2 units in 1 place. No customer "
    assert told + "hears anything new.” Nothing was done now." in html
    assert 'value="3"' in html
    fresh = carried(response)
    assert fresh["once"] != page["once"]

    admin_client.post(damage(shelf), {**fresh, **typed(shelf, 3), "apply": "1"})

    shelf.refresh_from_db()
    assert shelf.on_hand == 3


def test_what_was_begun_and_has_not_said_how_it_ended_is_not_begun_again(admin_client, shelf):
    page = looked_at(admin_client, shelf)
    key = page["once"].partition(":")[0]
    boss = User.objects.get()
    spent.claim(key, by_id=boss.pk, act="x", rows="", sent="", at=make.MONDAY)

    response = admin_client.post(damage(shelf), page)

    assert once.UNENDED in response.content.decode()
    assert Stock.objects.get().on_hand == 8


def test_a_refusal_spends_nothing(admin_client, shelf):
    page = looked_at(admin_client, shelf, 8)

    refused = admin_client.post(damage(shelf), {**page, **typed(shelf, 9)})

    assert "has 8 on hand, 9 cannot be taken away." in refused.content.decode()
    assert SpentKey.objects.count() == 0
    assert admin_client.post(damage(shelf), page).status_code == 302


def test_units_that_moved_since_the_page_was_opened_are_shown_anew_and_nothing_is_taken(admin_client, shelf):
    page = looked_at(admin_client, shelf)
    make.lost(shelf.product, 1, at=make.MONDAY)

    response = admin_client.post(damage(shelf), page)

    assert said(response)[0] == performing.MOVED_MEANWHILE
    assert [(row[4], row[7]) for row in response.context["tables"][0].rows] == [(7, 5)]
    assert Stock.objects.get().on_hand == 7


def test_the_fingerprint_of_one_row_fits_no_other(admin_client, shelf):
    twin = make.on_hand(make.product("MUG-1"), 8)
    of_shelf, of_twin = (looked_at(admin_client, row) for row in (shelf, twin))

    admin_client.post(damage(twin), {**of_twin, "fingerprint": of_shelf["fingerprint"]})

    assert Movement.objects.filter(kind="damage").count() == 0


def test_what_somebody_else_changed_meanwhile_is_not_written_over(admin_client, shelf):
    lamp = shelf.product
    address = reverse("admin:inventory_product_change", args=[lamp.pk])
    page = admin_client.get(address)
    form = page.context["adminform"].form
    data = {name: "" if value is None else value for name, value in form.initial.items() if name in form.fields}
    Product.objects.filter(pk=lamp.pk).update(name="Ash lamp")

    response = admin_client.post(address, {**data, **carried(page), "name": "Oak lamp"})

    lamp.refresh_from_db()
    assert lamp.name == "Ash lamp"
    assert "Nothing was saved. Name is now Ash lamp." in response.content.decode()
    admin_client.post(address, {**data, **carried(response), "name": "Oak lamp"})
    lamp.refresh_from_db()
    assert lamp.name == "Oak lamp"


def test_who_comes_second_reads_who_came_first_and_what_they_did(client, shelf):
    ines, max_ = (User.objects.create_superuser(name, first_name=name.title()) for name in ("ines", "max"))
    opened = make.MONDAY + timedelta(hours=1)
    with time_machine.travel(opened, tick=False):
        client.force_login(max_)
        page = looked_at(client, shelf)
    with time_machine.travel(opened + timedelta(minutes=2), tick=False):
        wet = stock.Post(shelf.product_id, shelf.warehouse_id, -1, MovementKind.DAMAGE, "Wet")
        stock.adjust([wet], by=ines, at=timezone.now())

        response = client.post(damage(shelf), page)

    assert said(response) == [performing.MOVED_MEANWHILE, "Meanwhile Ines: “LAMP-1 in BER: -1, damage or loss”."]


def test_a_page_of_django_names_who_changed_it_and_a_choice_as_it_is_shown(client, shelf):
    ines, max_ = (User.objects.create_superuser(name) for name in ("ines", "max"))
    address = reverse("admin:inventory_product_change", args=[shelf.product_id])
    pages = {}
    for who in (ines, max_):
        client.force_login(who)
        page = client.get(address)
        initial = page.context["adminform"].form.initial
        fields = page.context["adminform"].form.fields
        pages[who] = {name: "" if initial[name] is None else initial[name] for name in initial if name in fields}
        pages[who] |= carried(page)
    client.force_login(ines)
    assert client.post(address, {**pages[ines], "backorder_policy": "never"}).status_code == 302
    client.force_login(max_)

    response = client.post(address, pages[max_])

    assert (
        "Nothing was saved. Meanwhile ines: “Changed Backorder policy”. "
        "Backorder policy is now Never: sell only what is here. Save again"
    ) in response.content.decode()


def test_a_row_added_for_another_page_closes_its_window_with_the_same_row_again(admin_client):
    address = f"{reverse('admin:inventory_warehouse_add')}?_popup=1"
    page = carried(admin_client.get(address))
    data = {**page, "code": "MUC", "name": "", "rank": 3, "receiving_days": 1, "handling_days": 0, "_popup": "1"}

    first = admin_client.post(address, data)
    second = admin_client.post(address, data)

    assert first.context_data["popup_response_data"] == second.context_data["popup_response_data"]
