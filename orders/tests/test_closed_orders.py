"""Orders of which nothing is open any more come in together, as they would have one by one."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.models import Movement
from orders import fulfillment, moving_in
from orders.fulfillment import LineDraft, OrderDraft
from orders.models import LineEvent, Order, OrderLine, Shipment, ShipmentLine
from orders.moving_in import Gone, MovedLine, Moving, closed
from orders.tests import make

pytestmark = pytest.mark.django_db
LEFT = make.MONDAY - timedelta(days=3)
PLACED = make.MONDAY - timedelta(days=9)


def moving(reference, *lines, gone=None, **more):
    """An order of nine days ago, whose lines have left or were canceled."""
    draft = OrderDraft(
        channel="shop",
        reference=reference,
        customer_id=make.customer("Lena").pk,
        warehouse_id=make.warehouse().pk,
        lines=(),
        placed_at=more.pop("placed_at", PLACED),
        keeps_age=True,
        **more,
    )
    return Moving(draft, lines, gone or Gone())


def move_in(*moves):
    return list(moving_in.move_in_closed(moves, by=None, at=make.MONDAY))


def lines():
    names = ("order__reference", "position", "quantity", "shipped", "canceled", "open", "unit_price", "queue_at")
    return list(OrderLine.objects.order_by("order__reference", "position").values_list(*names))


def test_each_keeps_its_true_numbers_its_age_and_its_history():
    lamp, rug = make.product("LAMP"), make.product("RUG")

    found = move_in(
        moving(
            "B-1",
            MovedLine(lamp.pk, 5, Decimal("9.50"), shipped=3, canceled=2),
            MovedLine(rug.pk, 1, shipped=1),
            gone=Gone(shipped_at=LEFT),
        ),
        moving("B-2", MovedLine(rug.pk, 4, canceled=4)),
    )

    assert [order.reference for order in found] == ["B-1", "B-2"]
    assert lines() == [
        ("B-1", 1, 5, 3, 2, 0, Decimal("9.50"), PLACED),
        ("B-1", 2, 1, 1, 0, 0, Decimal(0), PLACED),
        ("B-2", 1, 4, 0, 4, 0, Decimal(0), PLACED),
    ]
    assert list(Shipment.objects.values_list("order__reference", "shipped_at")) == [("B-1", LEFT)]
    assert list(ShipmentLine.objects.order_by("pk").values_list("line__product__sku", "quantity")) == [
        ("LAMP", 3),
        ("RUG", 1),
    ]
    assert list(LineEvent.objects.order_by("pk").values_list("text", "cause", "at")) == [
        ("3 shipped before the order came here", f"order:{found[0].pk}", LEFT),
        ("2 canceled before the order came here", f"order:{found[0].pk}", make.MONDAY),
        ("1 shipped before the order came here", f"order:{found[0].pk}", LEFT),
        ("4 canceled before the order came here", f"order:{found[1].pk}", make.MONDAY),
    ]
    assert Movement.objects.count() == 0


def test_it_is_found_by_its_number_in_any_case_and_by_its_parts():
    lamp = make.product("LAMP")

    move_in(moving("so-77", MovedLine(lamp.pk, 1, shipped=1)))

    assert Order.of("SHOP", "SO-77").reference == "so-77"
    assert Order.objects.filter(Order.found_by("so77")).count() == 1


def test_one_that_is_here_already_is_left_as_it_is_and_the_others_come():
    lamp = make.product("LAMP")
    make.line(lamp, 2, reference="so-1")
    twin = make.line(lamp, 2, reference="SO-9").order
    Order.objects.filter(pk=twin.pk).update(key=None)

    found = move_in(
        moving("SO-1", MovedLine(lamp.pk, 5, shipped=5)),
        moving("SO-2", MovedLine(lamp.pk, 5, shipped=5)),
        moving("so-2", MovedLine(lamp.pk, 7, shipped=7)),
        moving("SO-9", MovedLine(lamp.pk, 5, shipped=5)),
        moving("SO-3", MovedLine(lamp.pk, 5, shipped=5), placed_at=make.MONDAY + timedelta(minutes=6)),
    )

    assert [str(each) for each in found] == [
        "SO-1 is here already; it was left as it is.",
        "SO-2",
        "so-2 is here already; it was left as it is.",
        "SO-9 is here already; it was left as it is.",
        "SO-3 would be placed in the future.",
    ]
    assert sorted(Order.objects.values_list("reference", flat=True)) == ["SO-2", "SO-9", "so-1"]


def test_the_same_order_placed_again_is_the_same_one():
    lamp = make.product("LAMP")
    move = moving("SO-1", MovedLine(lamp.pk, 5, Decimal(2), shipped=5))

    [order] = move_in(move)

    again = fulfillment.place(
        OrderDraft(
            channel="shop",
            reference="SO-1",
            customer_id=move.draft.customer_id,
            warehouse_id=move.draft.warehouse_id,
            lines=(LineDraft(lamp.pk, 5, Decimal(2)),),
            placed_at=PLACED,
        ),
        by=None,
        at=make.MONDAY,
    )
    assert again.pk == order.pk


def test_hundreds_cost_as_many_statements_as_one():
    lamp = make.product("LAMP")
    asked = []
    for count in (1, 300):
        moves = [moving(f"{count}-{number}", MovedLine(lamp.pk, 2, shipped=1, canceled=1)) for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            move_in(*moves)
        asked.append(len([each for each in captured if "SAVEPOINT" not in each["sql"]]))

    assert asked[0] <= 7
    assert asked[1] <= (7 if connection.vendor == "postgresql" else 28)  # SQLite takes 999 values at once


def test_what_is_more_than_a_batch_comes_in_several(monkeypatch):
    monkeypatch.setattr(closed, "AT_ONCE", 2)
    lamp = make.product("LAMP")

    found = move_in(*(moving(f"SO-{number}", MovedLine(lamp.pk, 1, shipped=1)) for number in range(5)))

    assert [order.reference for order in found] == [f"SO-{number}" for number in range(5)]
    assert OrderLine.objects.count() == ShipmentLine.objects.count() == LineEvent.objects.count() == 5
