"""What a customer chooses on the page of their order beside its date: how much they hear; and its small print."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from inventory.models import Product
from orders import fulfillment
from orders.models import Channel, Customer, Order, OrderEvent, OrderEventKind, OrderLine, PageAct, PageActKind
from orders.tests import make
from orders.tests.pages import address, carried, decide, look, preview, text

from .test_pages import waiting

pytestmark = pytest.mark.django_db
NOW = make.MONDAY + timedelta(hours=2)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    cache.clear()
    with time_machine.travel(NOW, tick=False):
        yield


def test_they_choose_what_they_are_written_to_about_and_it_holds_for_all_their_orders():
    who, other = make.customer(), make.customer("Max Muster")
    order = make.order((make.product(), 2), who=who)

    shown = text(preview(order, "hears", hears="shipped"))
    said = text(decide(order, "hears", hears="shipped"))

    assert "Of how your orders stand we write to you: only what has shipped." in shown
    assert "This is so for all your orders with us, and you can change it here again." in shown
    assert "Thank you. You chose what we write to you about: only what has shipped." in said
    assert dict(Customer.objects.values_list("pk", "hears")) == {who.pk: "shipped", other.pk: "all"}
    assert PageAct.objects.get().kind == PageActKind.HEARS
    assert OrderEvent.objects.get(kind=OrderEventKind.BY_PAGE).text.endswith("only what has shipped.")


def test_the_form_begins_with_what_they_chose_last_and_refuses_what_is_so_already():
    order = make.order((make.product(), 2))
    decide(order, "hears", hears="later")

    assert b'<option value="later" selected>' in look(order, "hears").content
    assert "It is so already." in text(preview(order, "hears", hears="later"))
    assert "Choose one of these." in text(preview(order, "hears", hears="nothing"))
    assert Customer.objects.get().hears == "later"


def test_who_has_no_address_is_not_asked():
    order = make.order((make.product(), 2))
    Customer.objects.update(email="")

    assert "so nothing is mailed" in text(look(order, "hears"))
    assert "Choose what we write" not in text(look(order))


@pytest.mark.parametrize(("may", "words"), [(True, "cancel it here."), (False, "ask us to cancel it.")])
def test_who_agrees_to_a_day_reads_how_they_may_still_cancel(may, words):
    Channel.objects.create(name="Shop", customers_may_cancel=may)
    order = waiting()

    assert f"Until it ships you can still {words}" in text(look(order, "agree"))


@pytest.mark.parametrize("is_unpaid", [True, False])
def test_of_an_order_that_lapses_unpaid_nobody_says_that_nothing_is_canceled_by_itself(is_unpaid):
    order = waiting()
    Order.objects.update(is_unpaid=is_unpaid)

    said = text(look(order))

    assert "You need not decide now." in said
    assert ("Nothing is canceled by itself." in said) is not is_unpaid


@pytest.mark.parametrize("act", ["cancel", "ask", "offer", "agree"])
def test_who_has_no_address_is_promised_no_mail(act):
    order = waiting()
    own = OrderLine.objects.get(order=order)
    birch = make.product("BIRCH")
    fulfillment.offer_substitute([own.pk], birch.pk, unit_price=None, reason="late", by=None, at=NOW)
    typed = {"keep-1": "9", "question": "Why?", "offer-1": "take"}
    assert "mail" in text(preview(order, act, **typed))

    Customer.objects.update(email="")

    said = text(preview(order, act, **typed))
    assert "This will happen" in said
    assert "mail" not in said


def test_what_changes_while_they_cancel_is_not_canceled_on_top(monkeypatch):
    """Of 11 they keep 9, and in that moment 2 are canceled for them: it is no longer what they saw."""
    order, lock = waiting(), Product.objects.lock
    sent = {**carried(preview(order, "cancel", **{"keep-1": "9"})), "do": "1"}

    def changed_first(product_ids):
        monkeypatch.undo()
        own = OrderLine.objects.get(order=order)
        fulfillment.cancel([fulfillment.LineUnits(own.pk, 2)], reason="they called", by=None, at=NOW)
        return lock(product_ids)

    monkeypatch.setattr(type(Product.objects), "lock", lambda self, product_ids: changed_first(list(product_ids)))
    answer = Client().post(address(order, "cancel"), sent)

    assert answer.status_code == 409
    assert "Some of it has shipped or was canceled, just now." in text(answer)
    assert not PageAct.objects.exists()
