"""Views that people keep of a list: tabs above it, opened with, shared, removed where they fit no more."""

import re

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.people.roles import AUDITOR, CUSTOMER_SERVICE, OPERATIONS
from backoffice.tests import acts, people
from inventory.models import SavedView
from inventory.notebook import owners, saved_views
from orders.tests import make

pytestmark = pytest.mark.django_db
NOW = make.MONDAY
ORDERS, QUEUE = "/admin/orders/order/", "/admin/orders/backorder/"


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield
    cache.clear()


@pytest.fixture
def lines():
    lamp = make.product("LAMP-1")
    return [make.line(lamp, 4, reference=f"SO-{number}", who=make.customer(f"C{number}")) for number in range(3)]


def keep(client, page, name, **typed):
    """Keep a view as a browser does: by the link above its list."""
    shown = client.get(page).content.decode()
    [address] = re.findall(r'<a href="([^"]+)">Keep this view…', shown)
    form = acts.opened(client, acts.Act(address.replace("&amp;", "&")))
    return form.send(name=name, **typed)


def tabs(client, page):
    """The kept views above a list: name, count, and "*" behind the one that is open."""
    shown = client.get(page).content.decode()
    [bar] = re.findall(r'class="tabs" aria-label="Kept views">(.*?)</nav>', shown) or [""]
    found = re.findall(r'<a [^>]*?title="[^"]*"( aria-current="page")?><span>(.*?)</span>(?:<i>(.*?)</i>)?</a>', bar)
    return [f"{name} {count}{'*' if current else ''}".strip() for current, name, count in found]


def mine(client):
    return owners.person(User.objects.get(pk=client.session["_auth_user_id"]))


def kept(name, query, owner, list_name="orders_order", **how):
    return saved_views.save(name, list_name, query, owner=owner, by=None, at=NOW, **how)


@pytest.mark.parametrize(
    ("page", "query", "kept_as", "count"),
    [(ORDERS, "q=SO-1&p=1", "q=SO-1", 1), (QUEUE, "warehouse=&q=LAMP&tab=waiting", "q=LAMP&tab=waiting", 3)],
)
def test_a_view_is_kept_from_its_list_and_stands_above_it_with_its_count(lines, page, query, kept_as, count):
    client = people.browser(CUSTOMER_SERVICE)

    sent = keep(client, f"{page}?{query}", "Mine <b>")

    assert (sent.status_code, sent["Location"]) == (302, f"{page}?{kept_as}")
    view = SavedView.objects.get()
    assert (view.query, view.person_id, view.is_default) == (kept_as, mine(client).person_id, False)
    assert tabs(client, f"{page}?p=1") == ["All *", f"Mine &lt;b&gt; {count}"]
    assert tabs(client, f"{page}?{query}") == ["All", f"Mine &lt;b&gt; {count}*"]


def test_a_list_that_nothing_is_asked_of_offers_to_keep_nothing(lines):
    client = people.browser(CUSTOMER_SERVICE)

    assert "Keep this view…" not in client.get(ORDERS).content.decode()
    assert client.get("/admin/view/orders_order/keep/")["Location"] == ORDERS
    assert client.get("/admin/view/orders_nothing/keep/?q=1").status_code == 404
    assert client.get("/admin/view/auth_user/keep/?q=1").status_code == 403


def test_a_view_of_a_role_is_seen_by_who_has_it_and_by_nobody_else(lines):
    mia, zoe, ben = people.browser(CUSTOMER_SERVICE), people.browser(AUDITOR), people.Hands()
    role = Group.objects.get(name=CUSTOMER_SERVICE)
    other = User.objects.create_user("ben", is_staff=True)
    other.groups.add(role)
    ben.force_login(other)

    sent = keep(mia, f"{ORDERS}?q=SO-2", "Second", owner=str(role.pk))

    assert sent.status_code == 302
    assert tabs(ben, f"{ORDERS}?p=1") == ["All *", "Second 1"]
    assert tabs(zoe, f"{ORDERS}?p=1") == []
    view = SavedView.objects.get()
    assert zoe.get(f"/admin/view/{view.pk}/remove/").status_code == 403
    assert zoe.get(f"/admin/view/{view.pk + 1}/remove/").status_code == 404
    acts.opened(ben, acts.Act(f"/admin/view/{view.pk}/remove/")).send()
    assert tabs(mia, f"{ORDERS}?p=1") == []


def test_a_view_cannot_be_given_to_a_role_one_does_not_have(lines):
    client = people.browser(CUSTOMER_SERVICE)
    other = Group.objects.get(name=OPERATIONS)

    sent = keep(client, f"{ORDERS}?q=SO-2", "Second", owner=str(other.pk))

    assert sent.status_code == 200
    assert SavedView.objects.count() == 0


def test_a_list_opens_with_ones_view_until_it_does_no_more(lines):
    client = people.browser(CUSTOMER_SERVICE)
    keep(client, f"{ORDERS}?q=SO-1", "First", is_default="on")
    view = SavedView.objects.get()

    opened = client.get(ORDERS)

    assert (opened.status_code, opened["Location"]) == (302, "?q=SO-1")
    assert client.get(f"{ORDERS}?p=1").status_code == 200
    change = acts.opened(client, acts.Act(f"/admin/view/{view.pk}/change/"))
    change.fields.pop("is_default")
    assert change.send(name="The first").status_code == 302
    assert client.get(ORDERS).status_code == 200
    assert tabs(client, ORDERS) == ["All *", "The first 1"]


def test_a_name_that_another_view_has_is_refused_and_changes_nothing(lines):
    client = people.browser(CUSTOMER_SERVICE)
    kept("First", "q=SO-1", mine(client))
    view = kept("Second", "q=SO-2", mine(client))

    sent = acts.opened(client, acts.Act(f"/admin/view/{view.pk}/change/")).send(name="FIRST", is_default="on")

    assert "There is a view named “FIRST” of this list already." in sent.content.decode()
    assert list(SavedView.objects.order_by("pk").values_list("name", "is_default")) == [
        ("First", False),
        ("Second", False),
    ]


@pytest.mark.parametrize(
    ("page", "list_name", "query"),
    [
        (ORDERS, "orders_order", "color__exact=red"),
        (ORDERS, "orders_order", "is_ship_complete__exact=maybe"),
        (QUEUE, "orders_backorder", "color=red"),
        (QUEUE, "orders_backorder", "tab=nothing"),
    ],
)
def test_a_view_that_fits_its_list_no_more_says_so_and_is_removed_from_there(lines, page, list_name, query):
    client = people.browser(CUSTOMER_SERVICE)
    view = kept("Red ones", query, mine(client), list_name, is_default=True)

    assert tabs(client, f"{page}?p=1") == ["All *", "Red ones !"]
    assert client.get(page)["Location"] == f"?{query}"
    told = client.get(f"{page}?{query}")

    assert told.status_code == 400
    shown = told.content.decode()
    assert "The view “Red ones” does not fit this list any more." in shown
    assert f'<a href="{page}?p=1">Open the list without it</a>' in shown
    assert f'href="/admin/view/{view.pk}/remove/"' in shown
    gone = acts.opened(client, acts.Act(f"/admin/view/{view.pk}/remove/")).send()
    assert (gone.status_code, gone["Location"]) == (302, f"{page}?p=1")
    assert client.get(page).status_code == 200


def test_an_address_that_nobody_kept_is_refused_as_ever(lines):
    client = people.browser(CUSTOMER_SERVICE)

    told = client.get(f"{ORDERS}?color__exact=red")

    assert told.status_code == 400
    assert "view" not in re.findall(r'errornote">(.*?)</p>', told.content.decode())[0]


def test_views_of_a_list_cost_one_statement_and_their_counts_one_each_half_minute(lines):
    client = people.browser(CUSTOMER_SERVICE)
    client.get(ORDERS)
    with CaptureQueriesContext(connection) as plain:
        client.get(f"{ORDERS}?p=1")
    for number in range(5):
        kept(f"View {number}", f"q=SO-{number}", mine(client))

    client.get(f"{ORDERS}?p=1")
    with CaptureQueriesContext(connection) as known:
        assert tabs(client, f"{ORDERS}?p=1")[1:] == ["View 0 1", "View 1 1", "View 2 1", "View 3 0", "View 4 0"]

    reading = [each["sql"] for each in plain if "inventory_savedview" in each["sql"]]
    assert len(reading) == 1
    assert len(known) == len(plain)


def test_a_view_is_open_in_whatever_order_its_address_asks(lines):
    client = people.browser(CUSTOMER_SERVICE)
    kept("First", "tab=waiting&q=SO-1", mine(client), "orders_backorder")

    assert tabs(client, f"{QUEUE}?q=SO-1&tab=waiting&sku=") == ["All", "First 1*"]


def test_a_list_opened_in_a_window_of_another_page_has_no_views(lines):
    client = people.browser(CUSTOMER_SERVICE)
    kept("First", "q=SO-1", mine(client))

    assert tabs(client, f"{ORDERS}?_popup=1") == []
