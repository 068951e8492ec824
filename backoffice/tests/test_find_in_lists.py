"""The box of each list finds by any part of what its rows are about; a thousand searches a minute are no person's."""

from collections import Counter

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backoffice.tests.test_dashboard import draft, everyone, person
from inventory.desk import throttle
from orders import fulfillment
from orders.admin.queue import SEARCHED
from orders.tests import make
from suppliers.models import PurchaseOrderLine

__all__ = ["everyone"]

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def opening():
    return two_of_each


def two_of_each():
    """One of each, and beside it another that must not be found."""
    lamp, mug = make.product("LAMP-30", name="Drüm lamp"), make.product("MUG-1", name="Enamel mug")
    lena, tom = make.customer("Lena Müller", "lena@example.com"), make.customer("Tom Baker", "tom@example.com")
    lena.phone = "0151 234-5678"
    lena.save(update_fields=["phone"])
    make.on_hand(lamp, 1)
    make.on_hand(mug, 1)
    for number, (thing, who) in enumerate(((lamp, lena), (mug, tom))):
        shipped = make.order((thing, 1), who=who, reference=f"SO-770{number}")
        fulfillment.ship_order(shipped.pk, carrier="DHL", tracking=f"1Z 99{number}", by=None, at=make.MONDAY)
        make.order((thing, 2), who=who, reference=f"SO-880{number}")
        make.coming(thing, 1, on=make.TODAY, reference=f"IN-550{number}")
    order = draft("PO-1042")
    PurchaseOrderLine.objects.create(purchase_order=order, product=lamp, quantity=1, unit_price=1)


def listed(client, where, text):
    page = client.get(f"/admin/{where}/", {"q": text})
    assert page.status_code == 200
    return sorted(str(row) for row in page.context_data["cl"].result_list)


@pytest.mark.parametrize(
    ("where", "text", "found"),
    [
        ("orders/order", "8800", ["SO-8800"]),
        ("orders/order", "so 77", ["SO-7700", "SO-7701"]),
        ("orders/order", "muller lena", ["SO-7700", "SO-8800"]),
        ("orders/order", "+49 151 2345678", ["SO-7700", "SO-8800"]),
        ("orders/order", "drum", ["SO-7700", "SO-8800"]),
        ("orders/order", "1z990", ["SO-7700"]),
        ("orders/order", "7701 baker", ["SO-7701"]),
        ("orders/order", "mueller lamp-30", ["SO-7700", "SO-8800"]),
        ("orders/order", "baker lamp", []),
        ("orders/order", "IN-5501", ["SO-8801"]),
        ("orders/order", "%", []),
        ("orders/customer", "2345", ["Lena Müller"]),
        ("orders/customer", "aker to", ["Tom Baker"]),
        ("orders/customer", "8801", ["Tom Baker"]),
        ("orders/customer", "lena 8800", ["Lena Müller"]),
        ("orders/customer", "drum müller", ["Lena Müller"]),
        ("orders/customer", "tom 8800", []),
        ("orders/customer", "_", []),
        ("orders/shipment", "990", ["SO-7700 from BER"]),
        ("orders/shipment", "baker", ["SO-7701 from BER"]),
        ("orders/shipment", "mug", ["SO-7701 from BER"]),
        ("orders/shipment", "dhl", ["SO-7700 from BER", "SO-7701 from BER"]),
        ("orders/shipment", "hl", []),
        ("orders/notice", "enamel", ["Backordered to Tom Baker", "Shipped to Tom Baker"]),
        ("orders/backorder", "8801", ["SO-8801 · MUG-1"]),
        ("orders/backorder", "muller", ["SO-8800 · LAMP-30"]),
        ("orders/backorder", "drum lamp", ["SO-8800 · LAMP-30"]),
        ("orders/backorder", "345678", ["SO-8800 · LAMP-30"]),
        ("orders/backorder", "8801 mug", ["SO-8801 · MUG-1"]),
        ("orders/backorder", "tom enamel", ["SO-8801 · MUG-1"]),
        ("orders/backorder", "tom drum", []),
        ("orders/backorder", "in-5500", ["SO-8800 · LAMP-30"]),
        ("orders/backorder", "nordlys", ["SO-8800 · LAMP-30", "SO-8801 · MUG-1"]),
        ("orders/backorder", "'", []),
        ("inventory/product", "p30", ["LAMP-30"]),
        ("inventory/product", "mug ename", ["MUG-1"]),
        ("inventory/stock", "ename", ["MUG-1 in BER"]),
        ("inventory/inbound", "5501", ["IN-5501 · Nordlys"]),
        ("inventory/inbound", "drum", ["IN-5500 · Nordlys"]),
        ("suppliers/purchaseorder", "042", ["PO-1042"]),
        ("suppliers/purchaseorder", "ordly", ["PO-1042"]),
        ("suppliers/purchaseorder", "drum", ["PO-1042"]),
        ("suppliers/supplier", "ORDLY", ["Nordlys"]),
    ],
)
def test_a_list_finds_by_any_part(everyone, shop, where, text, found):
    assert listed(everyone, where, text) == found


RUBBISH = ("%", "_", "'", '"', "\\", "';--", "*", "🎁", "\u202e", "x" * 10_000, "Q " * 5_000, "zzz % _ 🎁")
LISTS = (
    "orders/order", "orders/customer", "orders/shipment", "orders/notice", "orders/backorder", "inventory/product",
    "inventory/stock", "inventory/inbound", "suppliers/purchaseorder", "suppliers/supplier",
)  # fmt: skip


@pytest.mark.proof
@pytest.mark.parametrize("where", LISTS)
def test_signs_that_mean_something_to_a_database_mean_nothing_in_any_box(everyone, shop, where):
    assert {text[:9]: listed(everyone, where, text) for text in RUBBISH} == {text[:9]: [] for text in RUBBISH}


def test_right_to_left_names_are_found_in_the_boxes(everyone):
    dana = make.customer("דָּנָה לוי", "")
    make.order((make.product("LAMP"), 1), who=dana, reference="SO-1")

    assert listed(everyone, "orders/customer", "לוי דנה") == ["דָּנָה לוי"]
    assert listed(everyone, "orders/order", "\u202eדנה") == ["SO-1"]
    assert listed(everyone, "orders/backorder", "דנה 🎁") == ["SO-1 · LAMP"]


@pytest.mark.parametrize("where", LISTS)
def test_a_box_finds_nothing_for_who_may_not_see_its_list(client, shop, where):
    client.force_login(person("orders.view_refusal"))

    assert client.get(f"/admin/{where}/", {"q": "lena"}).status_code == 403


def test_many_rows_that_are_meant_are_asked_for_within_the_question(everyone, shop, monkeypatch):
    monkeypatch.setattr("inventory.models.folded.MOST", 1)

    assert listed(everyone, "orders/order", "muller") == ["SO-7700", "SO-8800"]
    assert listed(everyone, "orders/backorder", "drum") == ["SO-8800 · LAMP-30"]


@pytest.mark.parametrize(("where", "most"), [("orders/order", 13), ("orders/customer", 8), ("orders/backorder", 23)])
def test_a_search_in_a_list_asks_a_fixed_number_of_questions(everyone, shop, where, most):
    listed(everyone, where, "muller")
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        listed(everyone, where, "muller")

    assert len(asked) <= most


# --- too often ----------------------------------------------------------------------------------


def test_who_searches_without_end_is_asked_to_wait_and_nobody_else_is(everyone, client, shop, monkeypatch):
    monkeypatch.setattr(throttle, "MOST", 3)
    cache.clear()
    with time_machine.travel("2026-03-02T10:00:01Z", tick=False) as clock:
        answers = [everyone.get("/admin/jump/", {"q": "lamp"}) for _ in range(4)]
        page = everyone.get("/admin/orders/order/", {"q": "lamp"})
        queue = everyone.get("/admin/orders/backorder/", {"q": "lamp"})
        typed = [everyone.get("/admin/orders/backorder/", {name: "x"}).status_code for name in SEARCHED]
        without = everyone.get("/admin/orders/order/")
        clock.shift(60)
        later = everyone.get("/admin/jump/", {"q": "lamp"})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[3].json() == {"results": [], "words": throttle.WORDS}
    assert (page.status_code, queue.status_code) == (400, 400)
    assert typed == [400] * 5
    assert "searches within a minute. Wait until the next one" in page.content.decode()
    assert (without.status_code, later.status_code) == (200, 200)


def test_a_search_of_the_queue_that_finds_nothing_counts_once(everyone, shop, monkeypatch):
    monkeypatch.setattr(throttle, "MOST", 3)
    cache.clear()
    with time_machine.travel("2026-03-02T10:00:01Z", tick=False):
        answers = [everyone.get("/admin/orders/backorder/", {"q": "zzzz"}).status_code for _ in range(4)]

    assert answers == [200, 200, 200, 400]


@pytest.mark.proof
def test_a_thousand_searches_a_minute_of_one_person_ask_the_database_for_240(everyone, shop):
    cache.clear()
    with time_machine.travel("2026-03-02T10:00:01Z", tick=False), CaptureQueriesContext(connection) as asked:
        answers = Counter(everyone.get("/admin/jump/", {"q": "lamp"}).status_code for _ in range(1_000))

    searches = sum("AS place" in query["sql"] for query in asked.captured_queries)
    assert answers == {200: 240, 429: 760}
    assert searches == 240
