"""An order from names means the same by whatever door it comes, and what is wrong with a name is said in one voice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inventory import known
from inventory.models import Product
from inventory.tests import files
from orders import fulfillment, naming
from orders.models import Customer, Order, OrderLine
from orders.naming import NamedCustomer, NamedLine, NamedOrder
from orders.naming.customers import typed
from orders.resources import orders

from . import make

pytestmark = pytest.mark.django_db
LENA = NamedCustomer(email="LENA@mail.example ")
NAMED = NamedOrder(
    "shop", "1001 ", LENA, (NamedLine("lamp", 7, Decimal("9.50")), NamedLine("Chair", 1)), make.MONDAY, "ber"
)
HEADER = "reference,placed_at,email,sku,quantity,unit_price,warehouse\n"
ROWS = "1001,2026-03-02 09:00,lena@mail.example,lamp,7,9.50,BER\n1001,,,CHAIR,1,,\n"


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("BER")
    make.on_hand(make.product("LAMP", price=Decimal(12)), 8)
    make.product("CHAIR", price=Decimal(30))


@pytest.fixture
def lena():
    return make.customer("Lena Ortiz", "lena@mail.example")


def only(named, **said):
    [found] = naming.resolve([named], **said).orders
    return found


def told(found):
    return [(each.field, each.line, each.expected, each.words) for each in found.objections]


def load(path):
    plan = files.look(path, orders.RESOURCE)
    orders.RESOURCE.apply(plan, by=None, at=make.MONDAY)
    return plan


def test_a_file_and_a_form_and_a_channel_name_the_same_order(lena, tmp_path):
    load(files.text(tmp_path, HEADER + ROWS))
    order = Order.objects.get()

    drafts = [only(NAMED, is_by_hand=by_hand).draft() for by_hand in (False, True)]

    again = [fulfillment.place(draft, by=None, at=make.MONDAY) for draft in drafts]
    assert again == [order, order]
    assert Order.objects.count() == 1
    assert (order.customer, order.warehouse.code) == (lena, "BER")


def test_a_line_without_a_price_takes_the_products_and_one_of_nothing_is_free(lena):
    lines = (NamedLine("LAMP", 1), NamedLine("LAMP", 1, Decimal(0)))

    order = fulfillment.place(only(replace(NAMED, lines=lines)).draft(), by=None, at=make.MONDAY)

    assert list(order.lines.order_by("position").values_list("unit_price", flat=True)) == [12, 0]


def test_what_is_wrong_with_a_name_is_said_for_a_row_and_for_a_person(lena):
    make.product("007")
    lines = tuple(NamedLine(sku, 1) for sku in ("LAMP", "GONE", "7", "L\u0410MP"))

    found = only(replace(NAMED, lines=lines, warehouse="Mars"))

    unknown = "There is no product with the SKU"
    alike = "whose letters look alike and are of another alphabet"
    assert told(found) == [
        ("sku", 1, "a SKU that is known; load products first", f"{unknown} “GONE”."),
        (
            "sku",
            2,
            "a SKU that is known; “007” is, and a spreadsheet takes zeros away: export it as text",
            f"{unknown} “7”. “007” is one.",
        ),
        ("sku", 3, f"a SKU that is known; “LAMP” is, {alike}", f"{unknown} “L\u0410MP”. “LAMP” is one, {alike}."),
        ("warehouse", None, "a warehouse that is known (BER)", "There is no warehouse “Mars”."),
    ]


def test_the_warehouse_that_nobody_names_is_the_one_asked_first(lena):
    make.warehouse("ANY", rank=0)

    assert only(replace(NAMED, warehouse="")).warehouse.code == "ANY"
    assert only(NAMED).warehouse.code == "BER"


def test_where_there_is_no_warehouse_nothing_can_be_ordered(lena, monkeypatch):
    monkeypatch.setattr(known, "warehouses", dict)

    assert [each[2:] for each in told(only(replace(NAMED, warehouse="")))] == [
        ("a warehouse that is known (there is none yet: make one first)", "There is no warehouse yet.")
    ]


def test_who_types_an_order_names_somebody_who_is_known(lena):
    found = only(replace(NAMED, customer=NamedCustomer(email="nobody@mail.example")), is_by_hand=True)

    assert [each[::3] for each in told(found)] == [
        ("email", "There is no customer with this address. Add them under Customers first.")
    ]
    assert found.customer is None


@pytest.mark.parametrize("text", ["lena@MAIL.example", "#{pk}"])
def test_somebody_who_is_known_is_named_by_their_address_or_by_our_number_of_them(lena, text):
    who = typed(text.format(pk=lena.pk))

    assert only(replace(NAMED, customer=who), is_by_hand=True).customer == lena


def test_an_order_that_is_typed_corrects_no_address_and_one_of_a_channel_does(lena):
    first = only(replace(NAMED, customer=LENA._replace(number="77")))
    naming.Customers.of([first.named], {}).save([lena])
    fulfillment.place(first.draft(), by=None, at=make.MONDAY)
    later = replace(NAMED, reference="1002", placed_at=make.MONDAY + timedelta(days=1))

    found = naming.resolve([replace(later, customer=NamedCustomer(email="new@mail.example", number="77"))])
    by_hand = only(replace(later, customer=typed("new@mail.example")), is_by_hand=True)

    assert [each.words for each in by_hand.objections] == [
        "There is no customer with this address. Add them under Customers first."
    ]
    assert found.orders[0].customer == lena
    assert found.people.notes() == [
        "Lena Ortiz is written to at new@mail.example from now on, not at lena@mail.example."
    ]


def test_a_channel_brings_new_customers_who_are_written_before_their_orders():
    found = naming.resolve([NAMED, replace(NAMED, reference="1002")])
    assert Customer.objects.count() == 0

    found.people.save(each.customer for each in found.orders)

    placed = [fulfillment.place(each.draft(), by=None, at=make.MONDAY) for each in found.orders]
    assert [order.customer.email for order in placed] == ["LENA@mail.example ", "LENA@mail.example "]
    assert Customer.objects.count() == 1


def test_an_address_that_is_anothers_is_refused_by_name(lena):
    make.customer("Tom", "tom@mail.example")
    kim = replace(NAMED, customer=NamedCustomer("kim@mail.example", "Kim", number="77"))
    found = naming.resolve([kim])
    found.people.save([found.orders[0].customer])

    refused = only(replace(kim, reference="1002", customer=NamedCustomer("TOM@mail.example", number="77")))

    assert told(refused) == [
        (
            "email",
            None,
            "an address of Kim, who is kim@mail.example; this is that of Tom",
            "This is the address of Tom, not one of Kim, who is kim@mail.example.",
        )
    ]


def closed_order(lena):
    order = fulfillment.place(only(NAMED).draft(), by=None, at=make.MONDAY)
    lines = [fulfillment.LineUnits(pk) for pk in OrderLine.objects.values_list("pk", flat=True)]
    fulfillment.cancel(lines, reason="", by=None, at=make.MONDAY)
    return order


@pytest.mark.parametrize(
    ("later", "is_reused", "reference"),
    [
        (timedelta(days=1), True, "1001 (2026-03-03)"),
        (timedelta(days=1), False, "1001 "),
        (timedelta(days=1, seconds=-1), True, "1001 "),
    ],
)
def test_a_closed_number_used_again_a_day_later_gets_its_day_if_somebody_says_so(lena, later, is_reused, reference):
    order = closed_order(lena)

    found = only(replace(NAMED, placed_at=make.MONDAY + later), is_reused=is_reused)

    assert found.named.reference == reference
    assert found.before == (None if reference == "1001 (2026-03-03)" else order)


def test_the_number_of_an_open_order_is_that_order_however_late(lena):
    order = fulfillment.place(only(NAMED).draft(), by=None, at=make.MONDAY)

    found = only(replace(NAMED, placed_at=make.MONDAY + timedelta(days=9)), is_reused=True)

    assert (found.named.reference, found.before) == ("1001 ", order)


def test_a_number_twice_in_a_batch_is_two_orders_if_somebody_says_so(lena):
    later = replace(NAMED, placed_at=make.MONDAY + timedelta(days=2))

    found = naming.resolve([NAMED, later], is_reused=True).orders

    assert [each.named.reference for each in found] == ["1001 ", "1001 (2026-03-04)"]


def test_a_number_that_a_shop_has_given_is_not_for_staff_and_their_own_is(lena):
    fulfillment.place(only(NAMED).draft(), by=None, at=make.MONDAY)
    mine = replace(NAMED, channel="staff", customer=LENA._replace(email="lena@mail.example"))

    theirs = told(only(mine, is_by_hand=True))
    fulfillment.place(only(mine).draft(), by=None, at=make.MONDAY)

    [(name, _, expected, words)] = theirs
    assert (name, expected) == ("reference", "a number that no other order has")
    assert words.startswith("1001 is the number of another order already: that of shop, placed for Lena Ortiz on 2 Mar")
    assert told(only(mine, is_by_hand=True)) == []


def test_an_order_that_is_refused_takes_no_number_and_nobodys_address(lena):
    twice = [NAMED, NAMED]

    found = naming.resolve(twice, refused={0}, is_reused=True).orders

    assert [(each.named.reference, each.customer) for each in found] == [("1001 ", None), ("1001 ", lena)]


def statements(act) -> int:
    with CaptureQueriesContext(connection) as asked:
        act()
    return len(asked)


def rows(count, *, begin):
    head = "reference,placed_at,email,customer_id,sku,quantity,warehouse\n"
    body = "".join(
        f"S{number},2026-03-01 08:00,buyer{number}@mail.example,{number},LAMP,1,BER\n"
        for number in range(begin, begin + count)
    )
    return head + body


def test_a_file_is_looked_up_in_as_many_statements_for_one_order_as_for_many(tmp_path):
    few = files.text(tmp_path, rows(1, begin=1))
    counts = [statements(lambda: files.look(few, orders.RESOURCE))]
    many = files.text(tmp_path, rows(90, begin=10))
    counts.append(statements(lambda: files.look(many, orders.RESOURCE)))
    load(many)
    counts.append(statements(lambda: files.look(many, orders.RESOURCE)))

    assert counts == [5, 5, 8]


def test_an_order_is_typed_in_a_fixed_number_of_statements(admin_client, lena):
    Product.objects.bulk_create(Product(sku=f"P-{number}", key=f"P-{number}") for number in range(5))
    url = reverse("admin:orders_order_add")
    head = {
        "customer": "lena@mail.example", "warehouse": make.warehouse("BER").pk, "warehouse_rule": "any",
        "lines-TOTAL_FORMS": 5, "lines-INITIAL_FORMS": 0,
    }  # fmt: skip
    counts = []
    for reference, lines in (("CS-0", 1), ("CS-1", 1), ("CS-2", 5)):
        sent = head | {"reference": reference}
        for place in range(lines):
            sent |= {f"lines-{place}-sku": f"p-{place}", f"lines-{place}-units": 1}
        counts.append(statements(lambda sent=sent: admin_client.post(url, sent)))

    assert Order.objects.count() == 3
    assert set(counts[1:]) == {29 if connection.vendor == "sqlite" else 23}
