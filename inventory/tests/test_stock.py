import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from inventory.ground.sql import bulk
from inventory.models import Movement, MovementKind, Stock
from inventory.supply import counts, stock

from . import make

pytestmark = pytest.mark.django_db


def test_on_hand_is_the_sum_of_its_movements():
    lamp = make.product()
    make.on_hand(lamp, 8)
    make.lost(lamp, 3)

    assert Stock.objects.get().on_hand == 5
    assert [row.quantity for row in Movement.objects.order_by("pk")] == [8, -3]


def test_no_more_can_be_taken_than_is_there_and_then_nothing_is():
    lamp, mug = make.product("LAMP"), make.product("MUG")
    make.on_hand(lamp, 2)
    place = make.warehouse().pk
    posts = [
        stock.Post(mug.pk, place, 5, MovementKind.OPENING),
        stock.Post(lamp.pk, place, -3, MovementKind.DAMAGE),
    ]

    with pytest.raises(stock.NotEnoughStock, match="LAMP in BER has 2 on hand, 3 cannot be taken away"):
        stock.adjust(posts, by=None, at=make.MONDAY)

    assert (Stock.objects.get().on_hand, Movement.objects.count()) == (2, 1)


def test_nothing_is_taken_from_a_place_that_never_had_any():
    lamp = make.product("LAMP")
    post = stock.Post(lamp.pk, make.warehouse().pk, -3, MovementKind.DAMAGE)

    with pytest.raises(stock.NotEnoughStock, match="LAMP in BER has 0 on hand, 3 cannot be taken away"):
        stock.adjust([post], by=None, at=make.MONDAY)

    assert (Stock.objects.count(), Movement.objects.count()) == (0, 0)


def test_each_row_is_written_once_a_new_one_with_what_it_has_and_one_that_is_there_by_the_difference():
    lamp, mug, tee = make.product("LAMP"), make.product("MUG"), make.product("TEE")
    make.on_hand(lamp, 2)
    place = make.warehouse().pk
    entries = [counts.Count(pk, place, units) for pk, units in ((lamp.pk, 7), (mug.pk, 4), (tee.pk, 0))]

    with CaptureQueriesContext(connection) as asked:
        counts.count(entries, by=None, at=make.MONDAY)

    written = [row["sql"].split(" ")[:3] for row in asked if "inventory_stock" in row["sql"].split("(")[0]]
    assert [row for row in written if row[0] != "SELECT"] == [
        ["INSERT", "INTO", "inventory_stock"],
        ["UPDATE", "inventory_stock", "AS"],
    ]
    rows = Stock.objects.order_by("product_id").values_list("product", "on_hand", "allocated", "held")
    assert list(rows) == [(lamp.pk, 7, 0, 0), (mug.pk, 4, 0, 0)]
    assert list(Movement.objects.order_by("pk").values_list("quantity", flat=True)) == [2, 5, 4]


def test_what_comes_and_goes_at_once_leaves_an_empty_place():
    lamp = make.product()
    place = make.warehouse().pk
    kinds = ((5, MovementKind.RECEIPT), (-5, MovementKind.DAMAGE))

    stock.adjust([stock.Post(lamp.pk, place, units, kind) for units, kind in kinds], by=None, at=make.MONDAY)

    assert Stock.objects.get().on_hand == 0
    assert [row.quantity for row in Movement.objects.order_by("pk")] == [5, -5]


def test_many_products_in_a_row_are_counted_and_those_between_them_stay():
    products = [make.product(f"TEE-{number}") for number in range(2 * bulk.MANY + 4)]
    place = make.warehouse().pk
    for units in (3, 5, 4):
        counts.count([counts.Count(row.pk, place, units) for row in products], by=None, at=make.MONDAY)
    entries = [counts.Count(row.pk, place, 9) for row in products[1:-1:2]]

    counts.count(entries, by=None, at=make.MONDAY)

    found = list(Stock.objects.order_by("product_id").values_list("on_hand", flat=True))
    assert (len(entries), found) == (bulk.MANY + 1, [4, *[9, 4] * (bulk.MANY + 1), 4])


@pytest.mark.parametrize("table", [Stock, Movement])
def test_the_rows_of_a_product_are_found_by_the_index_of_its_places_alone(table):
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, table._meta.db_table)

    by_product = [row["columns"] for row in found.values() if row["columns"][:1] == ["product_id"]]
    assert [columns for columns in by_product if len(columns) > 1] == [["product_id", "warehouse_id"]]
    assert [row["index"] for row in found.values() if row["columns"] == ["product_id"]] == [False]  # the foreign key


def test_a_movement_is_found_by_its_whole_reference_alone():
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, Movement._meta.db_table)

    assert [name for name, row in found.items() if row["columns"] == ["reference"]] == ["movement_by_reference"]


def test_a_movement_of_nothing_is_refused():
    lamp = make.product()

    with pytest.raises(stock.NothingToPost):
        stock.adjust([stock.Post(lamp.pk, make.warehouse().pk, 0, MovementKind.RETURN)], by=None, at=make.MONDAY)


def test_the_ledger_cannot_be_erased():
    make.on_hand(make.product(), 1)

    with pytest.raises(TypeError, match="append-only"):
        Movement.objects.get().delete()


def test_a_count_posts_the_difference_with_its_reason():
    lamp = make.product()
    make.on_hand(lamp, 8)

    counts.count([counts.Count(lamp.pk, make.warehouse().pk, 6, "Yearly count")], by=None, at=make.MONDAY)

    row = Movement.objects.order_by("pk").last()
    assert (row.quantity, row.kind, row.reason) == (-2, "count", "Yearly count")
    assert Stock.objects.get().on_hand == 6


def test_a_count_that_agrees_writes_nothing():
    lamp = make.product()
    make.on_hand(lamp, 8)

    assert counts.count([counts.Count(lamp.pk, make.warehouse().pk, 8)], by=None, at=make.MONDAY) is None
    assert Movement.objects.count() == 1


@pytest.mark.parametrize(("entries", "message"), [([-1], "0 or more"), ([3, 4], "counted twice")])
def test_an_impossible_count_is_refused(entries, message):
    lamp = make.product()
    place = make.warehouse().pk

    with pytest.raises(counts.NotACount, match=message):
        counts.count([counts.Count(lamp.pk, place, units) for units in entries], by=None, at=make.MONDAY)

    assert Movement.objects.count() == 0
