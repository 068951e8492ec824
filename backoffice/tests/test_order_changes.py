"""The terms of an order are changed from its page: shown first, with the words of the mails, and then exactly so."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from backoffice.people import roles
from backoffice.tests import people
from inventory.tests.hands import carried
from orders import fulfillment
from orders.answering import chronicle
from orders.models import NoticeLine, Order, OrderEvent, OrderLine, ShipTo
from orders.tests import make

pytestmark = pytest.mark.django_db
AS_PLACED = {"warehouse_rule": "any", "wanted_date": "", "must_by_date": "", "note": "", "reason": "she rang"}


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(make.MONDAY + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def order() -> Order:
    """A lamp that is here and a mug that comes in three weeks; somebody else waits for the lamp."""
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.lead_time(lamp, likely=5, safe=8)
    make.on_hand(lamp, 1)
    make.coming(mug, 1, on=make.TODAY + timedelta(days=20))
    order = make.order((lamp, 1), (mug, 1), reference="SO-9", who=make.customer("Lena Ortiz", "lena@example.com"))
    tom = make.customer("Tom Baker", "tom@example.com")
    make.order((lamp, 1), at=make.MONDAY + timedelta(minutes=1), who=tom, reference="SO-T")
    return order


def page(order):
    return f"{reverse('admin:orders_order_terms')}?ids={order.pk}"


def words(response) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split())


def test_the_page_shows_who_gets_the_unit_and_what_is_mailed_and_does_it(admin_client, order):
    shown = admin_client.post(page(order), {**AS_PLACED, "is_ship_complete": "on", "preview": "1"})

    assert "Tom Baker" in words(shown)
    assert "1 unit is taken away" in words(shown)
    assert (
        "Hello Lena Ortiz, We changed how your order ships, as you asked. This is when it comes now. Order SO-9 - LAMP "
        "We now expect to ship it by March 24. Until now, we said by March 3."
    ) in words(shown)
    assert not Order.objects.get(pk=order.pk).is_ship_complete
    assert not OrderEvent.objects.exists()

    done = admin_client.agree(page(order), {**AS_PLACED, "is_ship_complete": "on"}, follow=True)

    assert "SO-9 is changed. Ships complete: what is here → all together: she rang." in words(done)
    assert list(OrderLine.objects.order_by("pk").values_list("allocated", flat=True)) == [0, 0, 1]
    told = chronicle.of_order(order.pk, kind="changed").entries[0]
    assert (told.word, told.line_id, told.by) == ("complete", 0, "admin")
    assert "Ships complete" in words(admin_client.get(reverse("admin:orders_order_change", args=[order.pk])))


def test_a_page_on_which_the_order_was_another_does_nothing(admin_client, order):
    sent = {**AS_PLACED, "is_ship_complete": "on"}
    seen = re.search(
        r'name="fingerprint" value="([^"]*)"', admin_client.post(page(order), {**sent, "preview": "1"}).content.decode()
    )
    Order.objects.update(note="Ring twice")

    response = admin_client.post(page(order), {**sent, "fingerprint": seen[1], "apply": "1"})

    assert "The facts have moved since you looked." in words(response)
    assert not Order.objects.get(pk=order.pk).is_ship_complete


def test_it_stands_as_it_was_and_says_when_nothing_changes(admin_client, order):
    Order.objects.filter(pk=order.pk).update(must_by_date=make.TODAY - timedelta(days=3), note="Ring twice")

    opened = admin_client.get(page(order)).content.decode()
    response = admin_client.post(
        page(order), {**AS_PLACED, "must_by_date": "2026-02-27", "note": "Ring twice", "preview": "1"}
    )

    assert 'value="2026-02-27"' in opened
    assert "Ring twice" in opened
    assert "This changes nothing: SO-9 is so already." in words(response)
    assert not NoticeLine.objects.exclude(kind="backordered").exists()


def test_a_day_that_has_passed_is_refused_in_words(admin_client, order):
    response = admin_client.post(page(order), {**AS_PLACED, "must_by_date": "2026-03-01", "preview": "1"})

    assert "1 March 2026 has passed. Enter today or a later day." in words(response)


@pytest.mark.parametrize(
    ("role", "status"),
    [(roles.OPERATIONS, 200), (roles.CUSTOMER_SERVICE, 200), (roles.BUYER, 403), (roles.AUDITOR, 403)],
)
def test_who_answers_customers_may(order, role, status):
    roles.keep()

    assert people.browser(role).get(page(order)).status_code == status


THERE = {
    "name": "Lena Ortiz", "street": "Hauptstr. 5", "city": "Berlin", "postal_code": "10115", "country": "DE",
    "reason": "she moved",
}  # fmt: skip


def address_page(order):
    return f"{reverse('admin:orders_order_address')}?ids={order.pk}"


def test_an_order_is_sent_to_another_address_that_is_kept_and_offered_for_the_next(admin_client, order):
    done = admin_client.post(address_page(order), {**THERE, "keeps": "on"}, follow=True)

    assert "SO-9 goes to Lena Ortiz, Hauptstr. 5, 10115 BERLIN, GERMANY." in words(done)
    assert "Ships to Lena Ortiz Hauptstr. 5 10115 BERLIN GERMANY" in words(done)
    kept = order.customer.addresses.get()
    other = make.order((make.product(), 1), who=order.customer)
    assert str(kept) in words(admin_client.get(address_page(other)))

    admin_client.post(address_page(other), {"known": kept.pk, "reason": "the same"})

    assert other.ship_to.lines() == order.ship_to.lines()
    assert order.customer.addresses.count() == 1


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"street": ""}, "This field is required."),
        ({"country": ""}, "This field is required."),
        ({"country": "XX"}, "Choose one of the list. “XX” is not in it."),
        ({"city": "x" * 121}, "That is too long: there is room for 120 characters, and it has 121."),
    ],
)
def test_what_no_parcel_finds_is_refused_in_words(admin_client, order, typed, told):
    response = admin_client.post(address_page(order), {**THERE, **typed})

    assert told in words(response)
    assert not ShipTo.objects.exists()


def test_an_address_sent_twice_is_written_once_and_the_second_reads_why(admin_client, order):
    admin_client.post(address_page(order), THERE)

    response = admin_client.post(address_page(order), THERE)

    assert "SO-9 goes there already." in words(response)
    assert OrderEvent.objects.count() == 1


def test_the_addresses_of_a_customer_are_changed_with_them(admin_client, order):
    page_of = reverse("admin:orders_customer_edit", args=[order.customer_id])

    order.customer.addresses.create(name="Lena", street="1 Main St", city="Reno")

    assert 'name="addresses-0-street" value="1 Main St"' in admin_client.get(page_of).content.decode()


def test_a_further_product_is_shown_and_joins(admin_client, order):
    lamp = make.product("LAMP-2")
    add = f"{reverse('admin:orders_order_product')}?ids={order.pk}"
    typed = {"product": "lamp-2", "units": "3", "unit_price": "", "reason": "she rang"}

    shown = admin_client.post(add, {**typed, "preview": "1"})
    assert "3 × LAMP-2 join the order." in words(shown)
    done = admin_client.agree(add, typed, follow=True)

    assert "3 × LAMP-2 added to SO-9." in words(done)
    assert OrderLine.objects.get(product=lamp).quantity == 3


def door(order, name):
    return f"{reverse(f'admin:orders_order_{name}')}?ids={order.pk}"


STOP = {"reason": "address", "note": "no such street", "owner": "", "until_date": ""}


@pytest.fixture
def late(order) -> Order:
    """The second mug: it waits behind the first, for which a mug comes."""
    mug = OrderLine.objects.get(order=order, product__sku="MUG").product
    kim = make.customer("Kim Adams", "kim@example.com")
    return make.order((mug, 1), at=make.MONDAY + timedelta(minutes=2), who=kim, reference="SO-K")


def test_an_order_is_stopped_and_goes_on_each_shown_first(admin_client, order, late):
    shown = words(admin_client.post(door(order, "stop"), {**STOP, "preview": "1"}))

    assert "Kim Adams" in shown
    assert not OrderLine.objects.filter(is_stopped=True).exists()
    done = admin_client.agree(door(order, "stop"), STOP, follow=True)
    assert "SO-9 is stopped. admin looks after it." in words(done)
    page = words(admin_client.get(reverse("admin:orders_order_change", args=[order.pk])))
    assert "Your order SO-9 is stopped for now: nothing of it ships until it goes on." in page
    assert "the address is in doubt, no such street; admin looks after it, until somebody lets it go on" in page
    assert "Let it go on…" in page
    assert "New date…" not in page
    theirs = words(admin_client.get(reverse("admin:orders_customer_change", args=[order.customer_id])))
    assert ("Ship what is here…" in page, "Ship what is here…" in theirs) == (False, False)

    shown = words(admin_client.post(door(order, "go_on"), {"reason": "she rang", "preview": "1"}))
    assert "Kim Adams" in shown
    done = admin_client.agree(door(order, "go_on"), {"reason": "she rang"}, follow=True)

    assert "SO-9 goes on." in words(done)
    assert not OrderLine.objects.filter(is_stopped=True).exists()
    page = words(admin_client.get(reverse("admin:orders_order_change", args=[order.pk])))
    assert ("Let it go on…" in page, "Ship what is here…" in page) == (False, True)
    assert OrderEvent.objects.count() == 2


def test_who_was_shown_one_stop_does_not_end_another(admin_client, order):
    boss = User.objects.get(username="admin")
    admin_client.agree(door(order, "stop"), STOP)
    rang = {"reason": "she rang"}
    shown = admin_client.post(door(order, "go_on"), {**rang, "preview": "1"}).content.decode()
    seen = re.search(r'name="fingerprint" value="([^"]*)"', shown)
    fulfillment.go_on(order.pk, by=boss, at=timezone.now())
    fulfillment.stop(order.pk, fulfillment.Stop("fraud", boss.pk), by=boss, at=timezone.now())

    response = admin_client.post(door(order, "go_on"), {**rang, "fingerprint": seen[1], "apply": "1"})

    assert "The facts have moved since you looked." in words(response)
    assert (
        "Meanwhile you, on another page: "
        "“SO-9: Stopped: the address is in doubt, no such street; admin looks after it”, "
        "“SO-9: Goes on”, “SO-9: Stopped: suspicion of fraud; admin looks after it”. Let"
    ) in words(response)
    assert order.stops.get(ended_at=None).reason == "fraud"
    assert OrderLine.objects.filter(is_stopped=True).exists()


def test_a_stop_that_cannot_be_is_refused_in_words(admin_client, order):
    fraud = {**STOP, "reason": "fraud", "until_date": "2026-04-01", "preview": "1"}
    past = {**STOP, "until_date": "2026-03-01", "preview": "1"}

    assert "name no day." in words(admin_client.post(door(order, "stop"), fraud))
    assert "1 March 2026 has passed." in words(admin_client.post(door(order, "stop"), past))
    assert not OrderLine.objects.filter(is_stopped=True).exists()


def test_stopped_lines_have_a_tab_and_a_list_of_orders_and_stand_in_no_other(admin_client, order):
    admin_client.agree(door(order, "stop"), STOP)

    tab = words(admin_client.get(reverse("admin:orders_backorder_changelist"), {"tab": "stopped"}))
    orders = words(admin_client.get(reverse("admin:orders_order_changelist"), {"is": "stopped"}))
    waiting = words(admin_client.get(reverse("admin:orders_order_changelist"), {"is": "waiting"}))

    assert tab.count("SO-9 Lena Ortiz") == 2
    assert "SO-9" in orders
    assert "SO-9" not in waiting


@pytest.mark.parametrize(
    ("role", "status"),
    [(roles.OPERATIONS, 200), (roles.CUSTOMER_SERVICE, 200), (roles.BUYER, 403), (roles.AUDITOR, 403)],
)
def test_who_may_stop_an_order(order, role, status):
    roles.keep()

    assert people.browser(role).get(door(order, "stop")).status_code == status


def test_who_is_refused_what_somebody_else_has_done_reads_once_who_did_it(admin_client, order):
    sent = {**AS_PLACED, "is_ship_complete": "on"}
    shown = admin_client.post(page(order), {**sent, "preview": "1"})
    by = User.objects.create_user("ines")
    fulfillment.change_terms(order.pk, {"is_ship_complete": True}, reason="she rang", by=by, at=timezone.now())

    answer = admin_client.post(page(order), {**sent, **carried(shown), "apply": "1"})

    assert "This changes nothing: SO-9 is so already." in words(answer)
    told = [str(message) for message in answer.context["messages"]]
    assert told == [
        (
            "Meanwhile ines: “SO-9: Ships complete: what is here → all together: she rang”, "
            "“SO-9, LAMP: New date: 3 Mar 2026 → 24 Mar 2026, with the last line of its order”."
        )
    ]
