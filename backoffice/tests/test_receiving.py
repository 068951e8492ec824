"""Receiving shows who gets what before it is posted, and then does exactly that."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from backoffice.books import audit
from backoffice.people import roles
from backoffice.tests import people
from backoffice.watching import alerts
from inventory.desk import performing
from inventory.models import Alert, Inbound, Movement, Note, Stock
from inventory.supply import transfers
from orders.models import Notice, NoticeKind, OrderLine
from orders.tests import make
from suppliers.models import Delivery, Lesson
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
    assert (outcome.sums["given"], outcome.effects.mails, outcome.effects.customers) == (10, 2, 2)
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


def posted(client, url, data):
    """Look at what it does, and do exactly that."""
    seen = client.post(url, {"preview": "1", **data})
    return client.post(url, {"apply": "1", "fingerprint": shown_fingerprint(seen), **data}, follow=True)


def test_of_a_larger_surplus_what_was_ordered_comes_in_and_the_rest_is_asked_about(client, lamp, order):
    waiting = make.line(lamp, 31)

    shown = client.post(address(order), {"preview": "1", **counted(buy.expected(order), 40)}).content.decode()
    told = posted(client, address(order), counted(buy.expected(order), 40)).content.decode()

    assert "10 units of it are set apart until somebody decides." in shown
    assert '<input type="checkbox" name="takes_surplus"' in shown
    assert "10 units beyond it are set apart." in told
    row, waiting = buy.expected(order), OrderLine.objects.get(pk=waiting.pk)
    assert (row.received, row.surplus, row.set_apart, row.outstanding) == (30, 0, 10, 0)
    assert (waiting.allocated, Stock.objects.get(product=lamp).on_hand) == (30, 30)
    assert Delivery.objects.get().quantity == 30


def test_its_answer_can_be_given_at_once(client, order):
    posted(client, address(order), counted(buy.expected(order), 32) | {"takes_surplus": "on"})

    row = buy.expected(order)
    assert (row.received, row.surplus, row.set_apart, row.outstanding) == (30, 2, 0, 0)


def test_of_what_is_set_apart_some_stays_and_serves_the_queue_and_some_goes_back(client, lamp, order):
    waiting = make.line(lamp, 33)
    posted(client, address(order), counted(buy.expected(order), 40))
    alerts.look(at=people.MONDAY)
    asked = Alert.objects.get(kind="surplus")
    url = f"{reverse('admin:inventory_inbound_decide')}?ids={buy.expected(order).pk}"

    posted(people.browser(roles.BUYER), url, {"keeps": 7, "sends_back": 3, "reason": "Too many"})

    row, waiting = buy.expected(order), OrderLine.objects.get(pk=waiting.pk)
    assert (row.surplus, row.set_apart, waiting.allocated, Stock.objects.get(product=lamp).on_hand) == (7, 0, 33, 37)
    assert asked.words.startswith("10 LAMP-1 more came with PO-")
    assert LogEntry.objects.filter(change_message__contains="7 stay and 3 go back: Too many").count() == 1
    alerts.look(at=people.MONDAY)
    assert Alert.objects.get(pk=asked.pk).solved_at is not None


@pytest.mark.parametrize(("keeps", "back"), [(0, 0), (11, 0), (6, 5)])
def test_no_more_is_decided_about_than_is_set_apart(client, order, keeps, back):
    posted(client, address(order), counted(buy.expected(order), 40))
    url = f"{reverse('admin:inventory_inbound_decide')}?ids={buy.expected(order).pk}"

    answer = client.post(url, {"preview": "1", "keeps": keeps, "sends_back": back})

    assert answer.context["outcome"] is None
    assert buy.expected(order).set_apart == 10


def test_damaged_units_that_are_replaced_never_reach_the_shelf_and_stay_outstanding(client, lamp, order):
    row = buy.expected(order)
    posted(client, address(order), counted(row, 30, 4) | {"is_replaced": "on"})

    row = buy.expected(order)
    assert (row.received, row.outstanding, row.surplus) == (26, 4, 0)
    assert list(Movement.objects.filter(inbound=row).values_list("kind", "quantity")) == [("receipt", 26)]
    delivery = Delivery.objects.get()
    assert (delivery.quantity, delivery.damaged, delivery.replaced) == (30, 4, 4)
    assert Lesson.objects.count() == 0  # 26 of 30 are less than nine in ten

    posted(client, address(order), counted(row, 4))

    assert (buy.expected(order).outstanding, Stock.objects.get(product=lamp).on_hand) == (0, 30)
    assert Lesson.objects.count() == 1


def test_a_parcel_of_which_all_is_damaged_and_replaced_moves_nothing(client, lamp, order):
    posted(client, address(order), counted(buy.expected(order), 5, 5) | {"is_replaced": "on"})

    assert (buy.expected(order).outstanding, Movement.objects.count()) == (30, 0)
    assert (Delivery.objects.get().damaged, Delivery.objects.get().replaced) == (5, 5)


UNORDERED = {"lines-TOTAL_FORMS": "5", "lines-INITIAL_FORMS": "0", "sender": "Nordlys", "reason": "No letter with it"}


def unordered(client, **typed):
    place = {"warehouse": make.warehouse().pk, "becomes": "stock"}
    lines = {"lines-0-sku": "lamp-1", "lines-0-units": "6"}
    return posted(client, reverse("admin:inventory_inbound_add"), UNORDERED | place | lines | typed)


def test_what_nobody_ordered_becomes_stock_and_serves_the_queue(client, lamp):
    waiting = make.line(lamp, 4)

    told = unordered(client).content.decode()

    waiting.refresh_from_db()
    assert (waiting.allocated, Stock.objects.get().on_hand, Inbound.objects.count()) == (4, 6, 0)
    movement = Movement.objects.get()
    assert (movement.kind, movement.reason, movement.reference) == (
        "receipt",
        "Not ordered: No letter with it",
        "Nordlys",
    )
    assert "Received 6 units that nobody had ordered. 1 mail goes out." in told


def test_what_nobody_ordered_and_goes_back_is_only_noted(client, lamp):
    unordered(client, becomes="back")

    assert Movement.objects.count() == 0
    assert Note.objects.get().text == "6 units from Nordlys that nobody had ordered went back: No letter with it"


def another(client, order, **typed):
    data = {"line": buy.line(order).pk, "sku": "MUG-1", "units": 5} | typed
    return f"{reverse('admin:suppliers_purchaseorder_another')}?ids={order.pk}", data


@pytest.mark.parametrize(("closes", "left"), [(False, 30), (True, 25)])
def test_another_product_than_ordered_comes_in_as_what_it_is(client, lamp, order, closes, left):
    mug = make.product("MUG-1")
    waits = make.line(mug, 3)

    posted(client, *another(client, order, **({"closes": "on"} if closes else {})))

    waits.refresh_from_db()
    assert (waits.allocated, Stock.objects.get(product=mug).on_hand, buy.expected(order).outstanding) == (3, 5, left)
    assert Stock.objects.filter(product=lamp, on_hand__gt=0).count() == 0
    assert Movement.objects.get().reason == "In place of LAMP-1"
    assert audit.balances(audit.run(at=people.MONDAY))


@pytest.mark.parametrize(
    ("sku", "told"),
    [("LAMP-1", "is what was ordered: receive it as that"), ("NOPE", "There is no product with the SKU")],
)
def test_what_is_no_other_product_is_said_so(client, lamp, order, sku, told):
    url, data = another(client, order, sku=sku)

    answer = client.post(url, {"preview": "1", **data})

    assert told in answer.content.decode()
    assert Movement.objects.count() == 0


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
        (-1, "", "That is too little: the least is 0."),
        ("ten", "", "Write a whole number, such as 12."),
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
