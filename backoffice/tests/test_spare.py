"""The way out of an alert by a transfer: what another warehouse has free of what is missing, typed in already."""

from datetime import timedelta
from urllib.parse import parse_qsl

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from backoffice.people import roles
from backoffice.tests import acts
from backoffice.watching import alerts, spare
from inventory.models import Alert, Transfer
from orders.models import OrderLine, WarehouseRule
from orders.tests import make
from suppliers.tests import make as buying

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
DAY = make.TODAY + timedelta(days=9)
LATE = NOW + timedelta(days=11)
WAY = "From another warehouse…"


@pytest.fixture(autouse=True)
def _day():
    cache.clear()
    with time_machine.travel(LATE, tick=False):
        yield
    cache.clear()


def waiting(thing, units, **fields):
    """Somebody who is served from Berlin alone."""
    return make.line(thing, units, warehouse_rule=WarehouseRule.PREFERRED, **fields)


def overdue(thing, *units):
    """What was confirmed for a day that has passed, and that so many wait for."""
    coming = make.coming(thing, 50, on=DAY, is_confirmed=True)
    for count in units:
        waiting(thing, count)
    coming.refresh_from_db()
    return coming


def there(thing, units, code="HAM", **fields):
    make.on_hand(thing, units, place=make.warehouse(code, **fields))
    return make.warehouse(code).pk


def asked(row):
    return parse_qsl(spare.transfers([row]).get(row, ""))


def ways(client, page="/admin/working-list/"):
    alerts.look(at=LATE)
    return [dict(entry.ways).get(WAY) for entry in client.get(page).context_data["entries"]]


def boss():
    return acts.boss("ines")


@pytest.mark.parametrize(("free", "sent"), [(1, 1), (6, 6), (7, 7), (8, 7)])
def test_what_is_missing_is_sent_as_far_as_it_is_free(free, sent):
    lamp = make.product("LAMP")
    row = overdue(lamp, 4, 3)
    hamburg = there(lamp, free)

    assert asked(row) == [
        ("source", str(hamburg)), ("destination", str(row.warehouse_id)), ("sku", "LAMP"), ("units", str(sent))
    ]  # fmt: skip


def test_what_is_set_aside_elsewhere_is_in_a_closed_warehouse_or_here_is_not_free():
    lamp = make.product("LAMP")
    there(lamp, 5)
    make.line(lamp, 5, place=make.warehouse("HAM"))
    row = overdue(lamp, 4)
    there(lamp, 9, "OLD", is_open=False)
    there(make.product("CHAIR"), 9)

    assert spare.transfers([row]) == {}


def test_nothing_is_offered_for_what_nobody_waits_for():
    lamp = make.product("LAMP")
    row = overdue(lamp)
    there(lamp, 5)

    assert spare.transfers([row, None]) == {}


def test_the_warehouse_that_has_more_of_it_sends_it_and_of_two_the_older_one():
    lamp = make.product("LAMP")
    row = overdue(lamp, 4)
    found = [there(lamp, 2, "HAM"), there(lamp, 3, "MUC"), there(lamp, 3, "CGN")]

    assert dict(asked(row))["source"] == str(found[1])


def test_what_nothing_covers_is_sent_to_where_most_of_it_is_missing():
    lamp = make.product("LAMP")
    waiting(lamp, 3)
    waiting(lamp, 2, place=make.warehouse("MUC"))
    waiting(lamp, 2, place=make.warehouse("MUC"))
    stopped = waiting(lamp, 9, place=make.warehouse("CGN"))
    OrderLine.objects.filter(pk=stopped.pk).update(is_stopped=True)
    hamburg = there(lamp, 6)

    assert asked(lamp) == [
        ("source", str(hamburg)), ("destination", str(make.warehouse("MUC").pk)), ("sku", "LAMP"), ("units", "4")
    ]  # fmt: skip


def test_a_purchase_order_that_is_sent_is_helped_with_all_that_is_claimed_of_it():
    who = buying.supplier("Nordlys")
    lamp, chair, table = (make.product(sku) for sku in ("LAMP", "CHAIR", "TABLE"))
    order = buying.sent(*((buying.offer(thing, who), 9) for thing in (lamp, chair, table)))
    waiting(lamp, 4)
    waiting(chair, 2)
    hamburg = there(lamp, 3)
    there(chair, 5)
    there(table, 5)

    assert asked(order) == [
        ("source", str(hamburg)), ("destination", str(order.warehouse_id)),
        ("sku", "LAMP"), ("units", "3"), ("sku", "CHAIR"), ("units", "2"),
    ]  # fmt: skip


def test_an_order_that_may_miss_its_day_is_sent_all_that_one_warehouse_has_for_it():
    lamp, chair, table = (make.product(sku) for sku in ("LAMP", "CHAIR", "TABLE"))
    order = make.order(
        (lamp, 4), (chair, 2), (table, 3), warehouse_rule=WarehouseRule.PREFERRED, must_by_date=DAY
    )  # fmt: skip
    hamburg = there(lamp, 3)
    there(chair, 9)
    there(table, 1, "MUC")

    assert asked(order) == [
        ("source", str(hamburg)), ("destination", str(order.warehouse_id)),
        ("sku", "LAMP"), ("units", "3"), ("sku", "CHAIR"), ("units", "2"),
    ]  # fmt: skip


def test_an_order_that_has_its_units_or_no_day_is_sent_nothing():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 4)
    served = make.order((lamp, 4), must_by_date=DAY)
    free = waiting(lamp, 2).order
    there(lamp, 9)

    assert spare.transfers([served, free]) == {}


def test_the_working_list_leads_to_the_transfer_typed_in_and_it_is_looked_at_before_it_is_sent():
    lamp = make.product("LAMP")
    overdue(lamp, 4)
    hamburg = there(lamp, 3)
    client = boss()
    [url] = ways(client)

    form = client.get(url).context_data

    assert (form["form"].initial["source"], form["lines"].forms[0].initial) == (
        str(hamburg), {"sku": "LAMP", "units": "3"}
    )  # fmt: skip
    assert form["lines"].forms[1].initial == {}
    page = acts.opened(client, acts.Act(url, is_previewed=True))
    answer = page.send()
    assert answer.status_code == 302
    sent = Transfer.objects.get()
    assert (str(sent.source), str(sent.destination), [(row.product, row.quantity) for row in sent.lines.all()]) == (
        "HAM", "BER", [(lamp, 3)]
    )  # fmt: skip


def test_where_nothing_is_free_the_way_is_offered_neither_in_the_list_nor_on_the_page_of_the_alert():
    lamp = make.product("LAMP")
    overdue(lamp, 4)
    client = boss()

    def offered():
        alert = Alert.objects.get(kind="overdue")
        pages = [client.get("/admin/inventory/alert/"), client.get(f"/admin/inventory/alert/{alert.pk}/change/")]
        return [ways(client) != [None], *(WAY in page.content.decode() for page in pages)]

    alerts.look(at=LATE)
    before = offered()
    there(lamp, 1)

    assert (before, offered()) == ([False] * 3, [True] * 3)


def test_who_may_send_no_transfer_is_not_offered_one():
    lamp = make.product("LAMP")
    overdue(lamp, 4)
    there(lamp, 3)
    roles.keep()
    buyer = User.objects.create_user("buyer", is_staff=True)
    buyer.groups.set([Group.objects.get(name=roles.BUYER)])
    client = Client()
    client.force_login(buyer)
    may = buyer.has_perm("inventory.add_transfer")

    assert [url is not None for url in ways(client)] == [may]


@pytest.mark.parametrize("count", [2, 20])
def test_it_is_two_statements_whatever_there_is(count, django_assert_num_queries):
    things = [make.product(f"LAMP-{number}") for number in range(count)]
    rows = [overdue(thing, 2) for thing in things]
    orders = [waiting(thing, 60, must_by_date=DAY).order for thing in things]
    for thing in things:
        there(thing, 1)

    with django_assert_num_queries(2):
        assert len(spare.transfers([*rows, *orders])) == 2 * count
