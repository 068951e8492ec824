"""No address, form or operation is answered with a traceback, whatever is sent; and none shows all it has instead."""

import random
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse

from backoffice.models import JobRun, Upload
from backoffice.tests import people, rubbish
from backoffice.tests import test_permissions as table
from inventory.desk.careful import Careful
from inventory.tests.hands import read_out
from orders.tests import make

pytestmark = [pytest.mark.django_db, pytest.mark.proof]
SEED = 2026_11_30
HUGE = "9" * 25


@pytest.fixture(autouse=True)
def _no_budget(settings) -> Iterator[None]:
    settings.ZEAL_ALLOWLIST = [{"model": "*"}]
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def boss() -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("boss"))
    return client


def broken(sent: Callable[[], Any]) -> bool:
    """Whether this is answered by a traceback; what it did is taken back."""
    with transaction.atomic():
        response = read_out(sent())
        transaction.set_rollback(True)
    return bool(response.status_code >= 500)


def test_every_list_page_and_form_takes_rubbish_and_says_so(boss):
    chance = random.Random(SEED)
    shop = people.shop()
    lists, pages = list(rubbish.lists()), list(rubbish.pages(shop))
    every = lists + pages
    failed = []

    for url in every:
        asked = rubbish.asked(url, chance)
        if broken(lambda asked=asked: boss.get(asked)):
            failed.append(asked)
    for url in chance.sample(every, 60):
        path = rubbish.bent(url, chance)
        if broken(lambda path=path: boss.get(path)):
            failed.append(path)
    for url in every:
        if found := rubbish.fields(boss, url):
            data = rubbish.filled(found, chance)
            if broken(lambda url=url, data=data: boss.post(url, data)):
                failed.append(f"{url} {data}")
    for kind in rubbish.TYPES:
        url = chance.choice(every)
        if broken(lambda url=url, kind=kind: boss.generic("POST", url, b"\xff\x00{", content_type=kind)):
            failed.append(f"{url} {kind}")

    assert len(every) > 160
    assert failed == []


@pytest.mark.parametrize("value", ["\x00", HUGE, "1" * 5_000, "(", "x", "1,2", "0000-00-00"])
def test_every_parameter_of_every_list_is_asked_each_way_without_a_traceback(value, boss):
    people.shop()
    chance = random.Random(SEED)

    failed = [
        f"{url}?{name}={value[:40]}"
        for url in rubbish.lists()
        for name in chance.sample(rubbish.parameters(url), 1)
        if broken(lambda url=url, name=name: boss.get(url, {f"{name}{chance.choice(rubbish.LOOKUPS)}": value}))
    ]

    assert failed == []


def test_every_list_and_page_of_the_admin_is_careful():
    assert [desk for desk in admin.site._registry.values() if not isinstance(desk, Careful)] == []


REFUSED = [
    ("inventory_stock", "id__range=1"),
    ("inventory_product", "created_at__year=0"),
    ("inventory_product", "sku__regex=("),
    ("inventory_product", f"id={'9' * 5_000}"),
    ("inventory_product", "nothing=1"),
    ("inventory_product", "q=a%00b"),
    ("orders_order", "placed_at__gte=2026-02-30"),
    ("orders_backorder", "q=%00"),
    ("orders_simulationrun", "before__range=0"),
    ("auth_user", "id__regex=("),
    ("auth_group", "id__range=1"),
]


@pytest.mark.parametrize(("name", "query"), REFUSED)
def test_what_a_list_cannot_look_up_is_refused_in_words_and_shows_no_row(name, query, boss):
    people.shop()

    response = boss.get(f"{reverse(f'admin:{name}_changelist')}?{query}")

    page = response.content.decode()
    assert response.status_code == 400
    assert "This cannot be answered" in page
    assert "Nothing was done." in page
    assert "LAMP-1" not in page
    assert "result_list" not in page


def test_a_list_without_products_is_searched_by_its_own_words(boss):
    for job in ("nightly", "audit"):
        JobRun.objects.create(job=job, business_date=date(2026, 3, 2), started_at=people.MONDAY)
    Upload.objects.create(name="prices.csv", kind="products", uploaded_at=people.MONDAY)

    def found(name: str, term: str) -> list[str]:
        response = boss.get(reverse(f"admin:{name}_changelist"), {"q": term})
        return [str(row) for row in response.context["cl"].result_list]

    assert found("backoffice_jobrun", "audit") == ["audit for 2026-03-02"]
    assert found("backoffice_jobrun", "LAMP-1") == []
    assert found("backoffice_upload", "price") == ["prices.csv"]
    assert found("orders_simulationrun", "LAMP-1") == []


@pytest.mark.parametrize("keys", [HUGE, "9" * 19, "1" * 5_000, "x", "", "-1", "\u00b2"])
def test_keys_that_are_none_select_no_row(keys, boss):
    people.shop()
    before = people.fingerprint()

    for name, (_, who) in table.VIEWS.items():
        try:
            url = reverse(f"admin:{name}")
        except NoReverseMatch:  # an address that carries its row
            continue
        if who and name != "backoffice_jobrun_start":
            assert boss.get(url, {"ids": keys}).status_code in (200, 302), name

    assert people.fingerprint() == before


@pytest.mark.parametrize("key", ["null", "", "NaN", "1,2", HUGE, "1" * 5_000])
def test_an_action_on_what_is_no_row_does_nothing_and_says_so(key, boss):
    people.shop()
    before = people.fingerprint()

    for label, actions in table.ACTIONS.items():
        for name in actions:
            if label != "orders.backorder":
                url = reverse(f"admin:{label.replace('.', '_')}_changelist")
                response = boss.post(url, {"action": name, "_selected_action": key}, follow=True)
                assert "Nothing was done" in response.content.decode(), (label, name)

    assert people.fingerprint() == before


@pytest.mark.parametrize("key", [HUGE, "9" * 19, "1" * 5_000, "x"])
def test_a_row_typed_into_a_list_that_can_be_none_is_refused_in_words(key, admin_client):
    people.shop()
    before = people.fingerprint()
    sent = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": key, "form-0-target": "0.85"}

    response = admin_client.post(reverse("admin:inventory_servicetarget_changelist"), {**sent, "_save": "Save"})

    assert response.status_code == 400
    assert "A row that was sent is none of this list." in response.content.decode()
    assert people.fingerprint() == before


def test_a_row_that_no_database_could_hold_is_no_row(boss):
    make.product("LAMP-1")

    for key in (HUGE, "1" * 5_000, "_5F", "%00"):
        for label in table.MODELS:
            url = reverse(f"admin:{label.replace('.', '_')}_changelist")
            for page in ("change", "history"):
                assert boss.get(f"{url}{key}/{page}/").status_code in (302, 400, 404)


def own_filters() -> list[tuple[str, str]]:
    """Every filter of our own, by the list it stands above and the name it has in an address."""
    return [
        (f"{model._meta.app_label}_{model._meta.model_name}", str(each.parameter_name))
        for model, desk in admin.site._registry.items()
        for each in desk.list_filter
        if isinstance(each, type) and issubclass(each, admin.SimpleListFilter)
    ]


def test_every_filter_of_our_own_refuses_what_it_does_not_know_and_says_what_it_knows(boss):
    people.shop()
    found = own_filters()

    for name, parameter in found:
        refused = boss.get(reverse(f"admin:{name}_changelist"), {parameter: "nosuch"})
        assert (name, refused.status_code) == (name, 400)
        assert "cannot be “nosuch” in this list. It is one of: " in refused.content.decode()
        for known in refused.content.decode().partition("one of: ")[2].partition(".")[0].split(", "):
            assert boss.get(reverse(f"admin:{name}_changelist"), {parameter: known}).status_code == 200

    rows = ("arrivalforecast", "lineoutcome", "orderoutcome", "weeklyfigure")
    assert sorted(found) == [
        *((f"backoffice_{row}", name) for row in rows for name in ("figure", "of", "week")),
        ("inventory_alert", "kind"), ("inventory_alert", "tab"), ("inventory_countsheet", "is"),
        ("inventory_inbound", "is"), ("inventory_reorderpolicy", "runs_out"), ("orders_hold", "state"),
        ("orders_order", "is"), ("orders_refund", "is"), ("orders_restocklist", "state"), ("orders_return", "is"),
        ("suppliers_purchaseorder", "is"),
    ]  # fmt: skip


def test_no_filter_of_any_list_shows_all_rows_for_a_value_that_it_does_not_know(boss):
    people.shop()
    all_of_it = []

    for model in admin.site._registry:
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        shown = boss.get(address).context["cl"]
        names = {name for spec in shown.filter_specs for name in spec.expected_parameters()}
        for name in names - {each for each in names if "__isnull" in each}:
            answer = boss.get(address, {name: "nosuch"})
            if answer.status_code == 200 and answer.context["cl"].result_count:
                all_of_it.append(f"{address}?{name}")

    assert all_of_it == []
