"""Receiving shows who gets what before it is posted, and then does exactly that."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.urls import reverse

from backoffice.people import roles
from backoffice.tests import people
from inventory.desk import performing
from inventory.models import Inbound, Movement, Stock
from inventory.supply import transfers
from orders.models import Notice, NoticeKind
from orders.tests import make
from suppliers.models import Delivery
from suppliers.tests import make as buy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(people.MONDAY, tick=False):
        yield


@pytest.fixture
def client():
    roles.keep()
    return people.browser(roles.OPERATIONS)


@pytest.fixture
def lamp():
    return make.product("LAMP-1", name="Oak lamp")


@pytest.fixture
def order(lamp):
    return buy.sent((buy.offer(lamp), 30))


def address(order) -> str:
    return reverse("admin:receive_purchase_order", args=[order.pk])


def counted(row: Inbound, units: int, damaged: int | str = "") -> dict:
    return {f"units-{row.pk}": units, f"damaged-{row.pk}": damaged}


def shown_fingerprint(response) -> str:
    [shown] = re.findall(r'name="fingerprint" value="(\w+)"', response.content.decode())
    return str(shown)


def test_the_preview_shows_who_gets_it_and_writes_nothing(client, lamp, order):
    make.order((lamp, 4), reference="SO-1", who=make.customer("Lena Ortiz"))
    make.order((lamp, 9), reference="SO-2", who=make.customer("Tom Baker"))
    before = people.fingerprint()

    response = client.post(address(order), {"preview": "1", **counted(buy.expected(order), 10)})

    outcome = response.context["outcome"]
    assert [(each.was.here, each.now.here, each.now.waiting) for each in outcome.moved] == [(0, 4, 0), (0, 6, 3)]
    assert (outcome.units_given, outcome.effects.mails, outcome.effects.customers) == (10, 2, 2)
    assert "Lena Ortiz" in response.content.decode()
    assert people.fingerprint() == before


def test_what_was_shown_is_what_is_posted(client, lamp, order):
    first = make.line(lamp, 4)
    second = make.line(lamp, 9)
    data = counted(buy.expected(order), 10, 1)
    seen = client.post(address(order), {"preview": "1", **data})
    outcome = seen.context["outcome"]

    response = client.post(address(order), {"apply": "1", "fingerprint": shown_fingerprint(seen), **data}, follow=True)

    first.refresh_from_db()
    second.refresh_from_db()
    assert {first.pk: (4, 0), second.pk: (5, 4)} == {
        each.line_id: (each.now.here, each.now.waiting) for each in outcome.moved
    }
    assert (first.allocated, second.allocated, second.backordered) == (4, 5, 4)
    assert buy.expected(order).outstanding == 20
    assert Stock.objects.get(product=lamp).on_hand == 9
    assert Notice.objects.filter(kind=NoticeKind.RESTOCKED).count() == outcome.effects.mails == 2
    assert (Delivery.objects.get().quantity, Delivery.objects.get().damaged) == (10, 1)
    assert "Received 10 units (1 damaged) of PO-" in response.content.decode()
    assert "2 mails go out." in response.content.decode()


def test_everything_arrived_fills_in_what_is_outstanding(client, order):
    response = client.post(address(order), {"every": "Everything arrived"})

    assert response.context["form"].arrived() == {buy.expected(order).pk: (30, 0)}
    assert Movement.objects.count() == 0


def test_if_the_facts_moved_meanwhile_nothing_is_posted_and_the_new_outcome_is_shown(client, lamp, order):
    make.line(lamp, 4)
    data = counted(buy.expected(order), 10)
    seen = client.post(address(order), {"preview": "1", **data})
    late = make.line(lamp, 9)
    before = people.fingerprint()

    response = client.post(address(order), {"apply": "1", "fingerprint": shown_fingerprint(seen), **data})

    assert performing.MOVED_MEANWHILE in response.content.decode()
    assert late.pk in {each.line_id for each in response.context["outcome"].moved}
    assert people.fingerprint() == before


def test_posting_without_having_looked_only_shows(client, lamp, order):
    before = people.fingerprint()

    response = client.post(address(order), {"apply": "1", **counted(buy.expected(order), 10)})

    assert response.context["outcome"].is_done is False
    assert people.fingerprint() == before


def test_a_surplus_within_the_tolerance_comes_in_with_the_rest(client, lamp, order):
    waiting = make.line(lamp, 31)
    data = counted(buy.expected(order), 31)
    seen = client.post(address(order), {"preview": "1", **data})

    client.post(address(order), {"apply": "1", "fingerprint": shown_fingerprint(seen), **data})

    waiting.refresh_from_db()
    assert (waiting.allocated, Stock.objects.get(product=lamp).on_hand, buy.expected(order).surplus) == (31, 31, 1)
    assert Notice.objects.filter(kind=NoticeKind.RESTOCKED).count() == seen.context["outcome"].effects.mails == 1


def test_a_larger_surplus_is_a_question_and_its_answer_takes_all_of_it(client, order):
    before = people.fingerprint()
    data = counted(buy.expected(order), 32)

    asked = client.post(address(order), {"preview": "1", **data})

    assert "32 arrived, but 30 are outstanding and at most 31 are accepted." in asked.content.decode()
    assert '<input type="checkbox" name="takes_surplus"' in asked.content.decode()
    assert people.fingerprint() == before
    data["takes_surplus"] = "on"
    seen = client.post(address(order), {"preview": "1", **data})
    client.post(address(order), {"apply": "1", "fingerprint": shown_fingerprint(seen), **data})
    row = buy.expected(order)
    assert (row.received, row.surplus, row.outstanding) == (30, 2, 0)


def test_nobody_is_asked_about_a_surplus_that_is_none(client, order):
    html = client.get(address(order)).content.decode()

    assert '<input type="hidden" name="takes_surplus"' in html


def test_more_may_come_to_an_order_that_is_complete(client, lamp, order):
    row = buy.expected(order)
    make.arrived(row, 30)
    data = counted(row, 1)

    seen = client.post(address(order), {"preview": "1", **data})
    client.post(address(order), {"apply": "1", "fingerprint": shown_fingerprint(seen), **data})

    assert Stock.objects.get(product=lamp).on_hand == 31


@pytest.mark.parametrize(
    ("units", "damaged", "told"),
    [
        ("", "", "Enter how many units arrived, or choose “Everything arrived”."),
        (3, 4, "No more can be damaged than arrived; count them in both columns."),
        (-1, "", "Ensure this value is greater than or equal to 0."),
        ("ten", "", "Enter a whole number."),
    ],
)
def test_what_cannot_be_counted_is_said_so(client, order, units, damaged, told):
    response = client.post(address(order), {"preview": "1", **counted(buy.expected(order), units, damaged)})

    assert told in response.content.decode()
    assert response.context["outcome"] is None


def test_a_transfer_is_received_like_an_order(client, lamp):
    hamburg = make.warehouse("HAM", rank=2)
    make.on_hand(lamp, 7, place=hamburg)
    sent = transfers.send(
        transfers.TransferDraft(hamburg.pk, make.warehouse().pk, {lamp.pk: 7}, None), by=None, at=people.MONDAY
    )
    url = reverse("admin:receive_transfer", args=[sent.pk])
    data = counted(Inbound.objects.get(), 7)

    seen = client.post(url, {"preview": "1", **data})
    client.post(url, {"apply": "1", "fingerprint": shown_fingerprint(seen), **data})

    assert Stock.objects.get(product=lamp, warehouse__code="BER").on_hand == 7
    assert Inbound.objects.get().outstanding == 0


def test_an_inbound_of_a_purchase_order_teaches_the_lead_time_too(client, order):
    row = buy.expected(order)
    url = reverse("admin:receive_inbound", args=[row.pk])

    seen = client.post(url, {"preview": "1", **counted(row, 5)})
    client.post(url, {"apply": "1", "fingerprint": shown_fingerprint(seen), **counted(row, 5)})

    assert Delivery.objects.get().quantity == 5


def test_a_typed_in_inbound_is_received_by_itself(client, lamp):
    row = make.coming(lamp, 8, on=None)
    url = reverse("admin:receive_inbound", args=[row.pk])

    seen = client.post(url, {"preview": "1", **counted(row, 8)})
    client.post(url, {"apply": "1", "fingerprint": shown_fingerprint(seen), **counted(row, 8)})

    assert Stock.objects.get(product=lamp).on_hand == 8


def test_an_order_that_is_complete_says_so(client, order):
    row = buy.expected(order)
    make.arrived(row, 30)

    response = client.get(address(order))

    assert "Nothing of it is outstanding" in response.content.decode()
