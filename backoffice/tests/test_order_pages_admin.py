"""What staff see of a customer's own page, and what they do about it."""

from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from backoffice.tests import acts
from backoffice.watching import alerts as watched
from inventory.desk.once import MOVED
from inventory.models import Alert
from inventory.tests.hands import carried
from orders import fulfillment
from orders.fulfillment.changes import addressing
from orders.models import Notice, Order, PageLinks, ShipTo
from orders.pages import figures
from orders.tests import make
from orders.tests.pages import address, decide, text
from orders.tests.test_pages import HOME, NOW, waiting
from orders.wording import links

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday(settings):
    settings.ZEAL_ALLOWLIST = [{"model": "auth.User"}]
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def order_page(client, order: Order) -> str:
    return text(client.get(reverse("admin:orders_order_change", args=[order.pk])))


def test_the_page_of_an_order_has_the_link_what_was_done_and_who_did_it(admin_client):
    order = waiting()
    [notice] = Notice.objects.filter(lines__order=order)[:1]
    Notice.objects.filter(pk=notice.pk).update(state="sent", sent_at=NOW - timedelta(hours=3))
    decide(order, "agree")
    decide(order, "ask", question="Why?")

    said = order_page(admin_client, order)

    assert links.url(order) in said
    assert "agreed, asked, the last time 3 hours after a mail" in said
    assert "By the customer, on their page" in said
    assert "Asked: Why?" in said


def test_done_twice_it_is_counted_and_who_did_nothing_is_not_named():
    order = waiting()
    assert figures.in_words(Q(order=order.pk)) == ""

    decide(order, "ask", question="Why?")
    decide(order, "ask", question="And when?")

    assert figures.in_words(Q(order=order.pk)) == "asked 2 times"


def test_links_are_withdrawn_by_who_may(admin_client, admin_user):
    order = waiting()
    before = address(order)

    withdraw = f"{reverse('admin:orders_order_withdraw')}?ids={order.pk}"
    admin_client.post(withdraw, {"reason": "It went to somebody else"})

    assert Client().get(before).status_code == 410
    links_of = PageLinks.objects.get()
    assert (links_of.edition, links_of.withdrawn_at, links_of.withdrawn_by) == (1, NOW, admin_user)
    assert "It went to somebody else" in order_page(admin_client, order)


def test_a_question_is_an_alert_until_somebody_solves_it_and_the_next_one_another():
    order = waiting()
    decide(order, "ask", question="Why?")
    watched.look(at=NOW)
    decide(order, "ask", question="When?")
    watched.look(at=NOW)

    found = Alert.objects.filter(kind="asked").order_by("pk").values_list("words", flat=True)
    assert list(found) == ["Lena Ortiz on HP-6807. Asked: Why?", "Lena Ortiz on HP-6807. Asked: When?"]


@pytest.mark.parametrize("ending", ["moved", "canceled"])
def test_a_wish_for_another_address_is_an_alert_until_it_goes_there_or_nothing_is_open(ending):
    order = waiting()
    decide(order, "address", **HOME)
    watched.look(at=NOW)
    assert Alert.objects.filter(kind="address_asked", gone_at=None).count() == 1

    if ending == "moved":
        fulfillment.ship_to(order.pk, fulfillment.Address(**HOME), reason="x", keeps=False, by=None, at=NOW)
    else:
        fulfillment.cancel([fulfillment.LineUnits(order.lines.get().pk)], reason="x", by=None, at=NOW)
    watched.look(at=NOW + timedelta(minutes=5))

    assert Alert.objects.filter(kind="address_asked", gone_at=None).count() == 0


def test_the_form_of_another_address_has_what_they_asked_for(admin_client):
    order = waiting()
    decide(order, "address", **HOME)

    form = admin_client.get(f"{reverse('admin:orders_order_address')}?ids={order.pk}").content.decode()

    assert 'value="Elm Street 4"' in form
    assert "asked for on the page of the order" in form
    fulfillment.ship_to(
        order.pk, fulfillment.Address(**{**HOME, "street": "1 Main"}), reason="x", keeps=False, by=None, at=NOW
    )
    assert (
        'value="1 Main"' in admin_client.get(f"{reverse('admin:orders_order_address')}?ids={order.pk}").content.decode()
    )


def test_a_newer_wish_for_an_address_is_read_before_an_older_one_is_granted(admin_client):
    order = waiting()
    decide(order, "address", **HOME)
    there = f"{reverse('admin:orders_order_address')}?ids={order.pk}"
    held = {**acts.form_of(admin_client.get(there)), "keeps": ""}
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        decide(order, "address", **{**HOME, "street": "Oak Street 9"})

        said = admin_client.post(there, held)

        assert MOVED in text(said)
        assert "Oak Street 9" in text(said)
        assert not ShipTo.objects.exists()
        assert admin_client.post(there, {**held, **carried(said)}).status_code == 302
    assert (ShipTo.objects.get().street, addressing.asked(order.pk)) == ("Elm Street 4", None)


def test_a_customer_without_orders_has_done_nothing(admin_client):
    who = make.customer()

    said = text(admin_client.get(reverse("admin:orders_customer_change", args=[who.pk])))

    assert "On their pages" not in said
