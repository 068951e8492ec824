from datetime import UTC, datetime
from decimal import Decimal

import pytest

from inventory.models import BackorderPolicy
from inventory.tests import files
from orders.models import Customer, Order, OrderLine
from orders.resources import orders

from . import make

pytestmark = pytest.mark.django_db
HEADER = "reference,placed_at,customer,email,sku,quantity,unit_price,warehouse,priority\n"
TWO_ORDERS = """\
1002,2026-02-02 10:00,Ben,Ben@mail.example,lamp,4,,,
1001,2026-02-01 10:00,Anna,anna@mail.example,lamp,7,9.50,BER,
1001,,,anna@mail.example,chair,1,,,2
"""


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("BER")
    make.on_hand(make.product("LAMP", price=Decimal(12)), 8)
    make.product("CHAIR", price=Decimal(30))


def load(path):
    plan = files.look(path, orders.RESOURCE)
    orders.RESOURCE.apply(plan, by=None, at=make.MONDAY)
    return plan


def figures(plan):
    return (len(plan.new), len(plan.changed), plan.unchanged, len(plan.problems.rows))


def test_rows_are_gathered_into_orders_and_placed_oldest_first(tmp_path):
    path = files.text(tmp_path, HEADER + TWO_ORDERS.replace("1001,,", "1001,2026-02-01 10:00,"))

    plan = load(path)

    assert figures(plan) == (2, 0, 0, 0)
    lines = OrderLine.objects.order_by("order__placed_at", "position")
    assert [
        (line.order.reference, line.product.sku, line.quantity, line.allocated, line.unit_price, line.priority)
        for line in lines
    ] == [
        ("1001", "LAMP", 7, 7, Decimal("9.50"), 0),
        ("1001", "CHAIR", 1, 0, Decimal(30), 2),
        ("1002", "LAMP", 4, 1, Decimal(12), 0),
    ]
    assert Order.objects.get(reference="1001").placed_at == datetime(2026, 2, 1, 10, tzinfo=UTC)


def test_a_customer_is_found_by_address_in_any_case(tmp_path):
    known = Customer.objects.create(name="Ben Known", email="ben@mail.example")

    load(files.text(tmp_path, HEADER + TWO_ORDERS.splitlines()[0] + "\n"))

    assert Order.objects.get().customer == known
    assert Customer.objects.get().name == "Ben Known"


def test_loading_the_same_orders_twice_changes_nothing(tmp_path):
    path = files.text(tmp_path, HEADER + TWO_ORDERS.replace("1001,,", "1001,2026-02-01 10:00,"))
    load(path)

    plan = load(path)

    assert figures(plan) == (0, 0, 2, 0)
    assert (Order.objects.count(), OrderLine.objects.count()) == (2, 3)


def test_an_order_that_was_placed_differently_is_left_as_it_is(tmp_path):
    path = files.text(tmp_path, HEADER + TWO_ORDERS.splitlines()[0] + "\n")
    load(path)
    other = files.text(tmp_path, path.read_text().replace("lamp,4", "lamp,5"), name="other.csv")

    plan = files.look(other, orders.RESOURCE)

    (told,) = files.told(plan)
    assert told == (
        'Row 2, column "reference": "1002" — expected an order that is new, or exactly as it was placed '
        "(LAMP 4 → 5). If this file is newer, say so (newer)."
    )
    assert OrderLine.objects.get().quantity == 4


def test_an_order_is_refused_whole_if_one_of_its_rows_is_wrong(tmp_path):
    path = files.text(
        tmp_path,
        HEADER
        + "1001,2026-02-01,Anna,anna@mail.example,lamp,7,,,\n1001,2026-02-01,Anna,anna@mail.example,chair,-3,,,\n"
        "1002,2026-02-01,Ben,ben@mail.example,lamp,1,,,\n1002,2026-02-02,Ben,ben@mail.example,chair,1,,,\n"
        "1003,2026-02-01,Eva,eva@mail,lamp,1,,,\n1004,2026-02-01,Eva,eva@mail.example,lamp,1,,,\n"
        "1004,2026-02-01,Eva,eva@mail.example,Lump,2,,,\n",
    )

    plan = files.look(path, orders.RESOURCE)

    assert files.told(plan) == [
        "Row 2: left out, because another row of the same order is wrong.",
        'Row 3, column "quantity": "-3" — expected a whole number of 1 or more.',
        "Row 4: left out, because another row of the same order is wrong.",
        'Row 5, column "placed_at": "2026-02-02 00:00" — expected 2026-02-01 00:00, as in row 4 of the same order.',
        'Row 6, column "email": "eva@mail" — expected an e-mail address such as name@shop.example.',
        "Row 7: left out, because another row of the same order is wrong.",
        'Row 8, column "sku": "LUMP" — expected a SKU that is known; load products first.',
    ]
    assert figures(plan) == (0, 0, 0, 7)


def test_an_order_over_the_backorder_policy_is_a_problem_of_its_rows(tmp_path):
    make.product("RARE", backorder_policy=BackorderPolicy.NEVER)
    path = files.text(
        tmp_path,
        HEADER + "1001,2026-02-01,Anna,anna@mail.example,rare,1,,,\n1002,2026-02-01,Ben,ben@mail.example,lamp,1,,,\n",
    )

    plan = load(path)

    assert figures(plan) == (1, 0, 0, 1)
    (told,) = files.told(plan)
    assert told.endswith('"1001" — expected an order that can be placed: RARE: 1 asked for, 0 can be sold now.')
    assert list(Order.objects.values_list("reference", flat=True)) == ["1002"]
