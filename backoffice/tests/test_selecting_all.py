"""All that match, selected across pages: done is what the address shows at that moment, and it says what moved."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.core.cache import cache

from backoffice.tests import acts
from inventory.desk import base, operations, owned
from inventory.desk.lists import across
from inventory.ground.sql import paging
from orders.admin import orders as orders_admin
from orders.models import Order
from orders.tests import make

pytestmark = pytest.mark.django_db
ORDERS, QUEUE = "/admin/orders/order/", "/admin/orders/backorder/"
MOVED = "You selected all {}; by now {} match. What is done here is for the rows of now."
LIMIT = "Actions take up to 3 rows: narrow the list to select all {}."


@pytest.fixture(autouse=True)
def _monday():
    cache.clear()
    with time_machine.travel(make.MONDAY, tick=False):
        yield
    cache.clear()


@pytest.fixture
def most(monkeypatch):
    """Operations take three rows; a page has two."""
    for module in (operations, base, owned, across, orders_admin):
        monkeypatch.setattr(module, "MOST_ROWS", 3)
    monkeypatch.setattr(base.Desk, "list_per_page", 2)


def placed(*numbers):
    lamp = make.product()
    return [make.line(lamp, 2, reference=f"SO-{number}").order.pk for number in numbers]


def select_all(client, address, action, counted=None):
    """Press "Select all" and an action, as a browser sends it; give where that leads, and what is said."""
    shown = client.get(address).content.decode()
    names = re.findall(r'<input type="hidden" name="action" value="([^"]*)">', shown)
    [was] = re.findall(r'name="counted" value="(\d+)"', shown) or [""]
    ticked = re.findall(r'name="_selected_action" value="(\d+)"', shown)
    how = {"select_across": "1", "counted": was if counted is None else counted, "_selected_action": ticked}
    sent = client.post(address, {"action": names, "index": names.index(action), **how})
    return sent, [str(message) for message in get_messages(sent.wsgi_request)]


def ids(sent, name="ids"):
    assert sent.status_code == 302
    [found] = parse_qs(urlsplit(sent["Location"]).query)[name]
    return {int(pk) for pk in found.split(",")}


def test_all_that_the_address_shows_are_acted_on_and_no_other(most):
    wanted = placed("EAST-1", "EAST-2", "EAST-3")
    placed("WEST-1")
    client = acts.boss("ines")

    for action in ("ship", "note"):
        sent, said = select_all(client, f"{ORDERS}?q=EAST", action)
        assert (ids(sent), said) == (set(wanted), [])
    sent, said = select_all(client, f"{ORDERS}?q=EAST", "cancel")
    assert (ids(sent, "order"), said) == (set(wanted), [])


def test_rows_that_came_meanwhile_are_acted_on_and_it_is_said(most):
    wanted = placed("EAST-1", "EAST-2", "EAST-3")
    client = acts.boss("ines")

    sent, said = select_all(client, f"{ORDERS}?q=EAST", "ship", counted="2")

    assert ids(sent) == set(wanted)
    assert said == [MOVED.format(2, 3)]


def test_rows_that_went_meanwhile_are_not_acted_on_and_it_is_said(most):
    wanted = placed("EAST-1", "EAST-2", "EAST-3")
    client = acts.boss("ines")
    shown = client.get(f"{ORDERS}?q=EAST").content.decode()
    Order.objects.filter(pk=wanted[0]).update(reference="WEST-1")
    Order.objects.get(pk=wanted[0]).save()

    sent, said = select_all(client, f"{ORDERS}?q=EAST", "ship", counted="3")

    assert 'name="counted" value="3"' in shown
    assert ids(sent) == set(wanted[1:])
    assert said == [MOVED.format(3, 2)]


@pytest.mark.parametrize(("matching", "offers"), [(3, True), (4, False)])
def test_more_than_actions_take_is_said_before_anything_is_pressed(most, matching, offers):
    placed(*(f"EAST-{number}" for number in range(matching)))

    shown = acts.boss("ines").get(f"{ORDERS}?q=EAST").content.decode()

    assert (f"Select all {matching}</a>" in shown) == offers
    assert (LIMIT.format(matching) in shown) != offers


@pytest.mark.parametrize("action", ["ship", "cancel", "note"])
def test_who_selects_more_all_the_same_does_nothing_and_is_told(most, action):
    placed("EAST-1", "EAST-2", "EAST-3", "EAST-4")
    client = acts.boss("ines")

    sent, said = select_all(client, f"{ORDERS}?q=EAST", action, counted="3")

    assert sent["Location"] == f"{ORDERS}?q=EAST"
    assert said == [MOVED.format(3, 4), across.TOO_MANY]


def test_the_queue_says_which_action_takes_them_all(most, monkeypatch):
    monkeypatch.setattr("orders.admin.queue.BackorderAdmin.list_per_page", 2)
    placed("EAST-1", "EAST-2", "EAST-3", "EAST-4")
    client = acts.boss("ines")

    shown = client.get(f"{QUEUE}?q=EAST").content.decode()
    sent, said = select_all(client, f"{QUEUE}?q=EAST", "export")

    assert "Select all 4</a> <small>“Export” takes all of them, the other actions up to 3.</small>" in shown
    assert b"".join(sent).count(b"EAST-") == 4
    assert said == []


def test_a_count_that_stopped_says_so(most, monkeypatch):
    monkeypatch.setattr(paging, "BOUND", 3)
    placed("EAST-1", "EAST-2", "EAST-3", "EAST-4", "EAST-5")
    client = acts.boss("ines")

    shown = client.get(ORDERS).content.decode()
    _, said = select_all(client, ORDERS, "note")

    assert 'name="counted" value="4"' in shown
    assert said == [across.TOO_MANY]


@pytest.mark.parametrize("counted", ["", "x", "-1", "9" * 5_000, "٣٣"])
def test_a_count_that_is_none_says_nothing_wrong(most, counted):
    wanted = placed("EAST-1", "EAST-2", "EAST-3")

    sent, said = select_all(acts.boss("ines"), f"{ORDERS}?q=EAST", "ship", counted=counted)

    assert ids(sent) == set(wanted)
    assert said in ([], [MOVED.format(33, 3)])


def test_rows_of_one_page_are_acted_on_alone(most):
    wanted = placed("EAST-1", "EAST-2", "EAST-3")
    client = acts.boss("ines")

    sent = client.post(
        f"{ORDERS}?q=EAST",
        {"action": ["ship"], "index": 0, "select_across": "0", "counted": "9", "_selected_action": wanted[:1]},
    )

    assert ids(sent) == {wanted[0]}
    assert list(get_messages(sent.wsgi_request)) == []
