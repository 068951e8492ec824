"""What was done to orders since a page was opened: whom it names, and what of it is nobody's but their customer's."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.http import QueryDict

from orders import fulfillment
from orders.answering import meanwhile
from orders.pages import acts, deciding, standing
from orders.tests import askers, make
from orders.waiting_list import asking

pytestmark = pytest.mark.django_db
LATER = make.MONDAY + timedelta(hours=1)
HOME = fulfillment.Address("Lena Ortiz", "Elm Street 4", "Springfield", postal_code="12345", country="DE")


@pytest.fixture
def ines() -> User:
    return User.objects.create(username="ines")


@pytest.fixture
def order():
    lamp = make.product("LAMP")
    make.on_hand(lamp, 1)
    return make.order((lamp, 3), reference="SO-9")


def by_page(order, act, **typed):
    """Let the customer of an order do this on its page."""
    deed, stood = acts.BY_NAME[act], standing.of(order, at=LATER)
    data = QueryDict(mutable=True)
    data.update({**typed, deciding.SEEN: deciding.seen(deed, stood)})
    deciding.decide(deed, order, data, at=LATER)


def said(order, since=LATER):
    return [(deed.by and deed.by.username, deed.words) for deed in meanwhile.of_orders([order.pk], since)]


def test_where_it_goes_and_its_note_are_named_and_not_told(order, ines):
    fulfillment.ship_to(order.pk, HOME, reason="she moved", keeps=False, by=ines, at=LATER)
    fulfillment.change_terms(order.pk, {"note": "Key under the mat"}, reason="she rang", by=ines, at=LATER)

    assert said(order) == [("ines", "SO-9: Note"), ("ines", "SO-9: Ships to")]


def test_what_its_customer_asks_on_its_page_is_named_and_not_told(order):
    by_page(order, "ask", question="May my neighbor take it?")
    typed = {"name": HOME.name, "street": HOME.street, "city": HOME.city, "postal_code": "12345", "country": "DE"}
    by_page(order, "address", **typed)

    assert said(order) == [(None, "SO-9: By the customer, on their page")] * 2


def test_what_they_cancel_there_is_told_of_its_line(order):
    by_page(order, "cancel", **{"keep-1": "1"})

    assert said(order) == [
        (None, "SO-9, LAMP: Canceled: asked for on the page of the order"),
        (None, "SO-9, LAMP: New date: no date → 3 Mar 2026, on hand"),
        (None, "SO-9: By the customer, on their page"),
    ]


def test_other_terms_are_told_with_who_changed_them(order, ines):
    fulfillment.change_terms(order.pk, {"is_ship_complete": True}, reason="she rang", by=ines, at=LATER)

    assert ("ines", "SO-9: Ships complete: what is here → all together: she rang") in said(order)


def test_nothing_is_told_from_before_the_page_was_opened_nor_of_another_order(order, ines):
    other = make.order((make.product("MUG"), 1), reference="SO-10")
    fulfillment.change_terms(order.pk, {"note": "Ring twice"}, reason="", by=ines, at=LATER)

    assert said(order, LATER + timedelta(microseconds=1)) == []
    assert said(other) == []


def test_of_a_queue_what_happened_to_its_lines_is_told(order):
    other = make.order((make.product("MUG"), 1), reference="SO-10")
    by_page(order, "cancel", **{"keep-1": "1"})
    lamp, mug = (each.lines.get().product_id for each in (order, other))

    assert "SO-9, LAMP: Canceled: asked for on the page of the order" in [
        deed.words for deed in meanwhile.of_queues([lamp, mug], LATER)
    ]
    assert list(meanwhile.of_queues([mug], LATER)) == []


def test_of_a_restock_list_it_is_told_that_somebody_left_and_not_who(settings):
    settings.RESTOCK_LIST, settings.SHOP_ADDRESS = True, "Quay 4"
    lamp = make.product("LAMP", backorder_policy="never")
    asked = askers.waiting(lamp, 2, email="asker@example.com")
    asking.leave(asked.pk, at=LATER)

    assert [deed.words for deed in meanwhile.of_lists([lamp.pk], LATER)] == ["Restock list of LAMP: Left the list"]
    assert list(meanwhile.of_lists([lamp.pk], LATER + timedelta(seconds=1))) == []
