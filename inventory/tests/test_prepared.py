"""Hot reads are written, parsed and planned once, and say what the same query says that is written anew."""

import contextlib
from datetime import date

import pytest
from django.db import DataError, InternalError, NotSupportedError, connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from inventory.ground.sql import bulk, prepared
from inventory.ground.sql.prepared import MOST, FixedQuery
from inventory.models import Product, Warehouse, WarehouseClosure

pytestmark = pytest.mark.django_db


@pytest.fixture
def products():
    made = (Product(sku=f"S{number:02}", name=f"{number} % of {'even' * (number % 2 == 0)}") for number in range(30))
    return [product.pk for product in Product.objects.bulk_create(made)]


def skus(among, but_for=(0,)):
    """Written by Django, as it stands: by a list, another list, and words with a sign that drivers look for."""
    found = Product.objects.filter(pk__in=among, name__contains="% of even").exclude(pk__in=but_for)
    return found.order_by("pk").values_list("sku", flat=True)


@pytest.mark.parametrize("count", [1, 2, 3, MOST, MOST + 1, 30])
def test_it_gives_what_the_query_gives_for_as_many_numbers(products, count):
    fixed = FixedQuery(skus)

    found = [fixed(products[first : first + count], [products[2], 0]) for first in (0, 30 - count, 0)]

    assert found == [[*skus(products[first : first + count], [products[2]])] for first in (0, 30 - count, 0)]
    assert found[0] == [f"S{number:02}" for number in range(0, count, 2) if number != 2]


def test_numbers_come_in_any_order_and_twice(products):
    fixed = FixedQuery(skus)
    first, second, third = products[:3]

    assert fixed([third, first, third], [second]) == fixed((first, third), {second}) == ["S00", "S02"]


def test_for_no_numbers_it_asks_as_django_does(products):
    fixed = FixedQuery(skus)

    assert (fixed([], [0]), fixed(products[:1], [])) == ([], ["S00"])


def test_it_is_written_once_for_lists_of_one_length(products):
    built = []

    def build(ids, but_for):
        built.append((len(ids), but_for))
        return Product.objects.filter(pk__in=ids).exclude(pk=but_for).order_by("pk").values_list("pk", flat=True)

    fixed = FixedQuery(build)
    found = [fixed(products[first : first + 2], products[1]) for first in (0, 1, 5)] + [fixed(products[:3], 0)]

    assert found == [products[:1], products[2:3], products[5:7], products[:3]]
    assert [length for length, _ in built] == [2, 3]


def test_rows_are_whole_with_what_they_bring_along():
    place = Warehouse.objects.create(code="W", name="West", rank=1)
    days = [date(2026, 12, 24), date(2027, 1, 1)]
    closures = WarehouseClosure.objects.select_related("warehouse").order_by("pk")
    closed = [closures.create(warehouse=place, starts_on=day, ends_on=day) for day in days]
    fixed = FixedQuery(lambda ids: closures.filter(pk__in=ids))

    for _ in range(2):
        found = fixed([each.pk for each in closed])
        assert [(each.pk, each.starts_on, each.warehouse) for each in found] == [
            (each.pk, each.starts_on, place) for each in closed
        ]


def test_new_rows_are_seen(products):
    fixed = FixedQuery(skus)
    assert fixed(products[:2], [0]) == ["S00"]

    Product.objects.filter(pk=products[1]).update(name="7 % of even")

    assert fixed(products[:2], [0]) == ["S00", "S01"]


def test_a_number_that_is_not_asked_for_as_it_is_is_refused():
    fixed = FixedQuery(lambda pk: Product.objects.filter(pk=pk + 2**61))

    with pytest.raises(ValueError, match="not asked for as they are"):
        fixed(1)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_within_a_transaction_only():
    fixed = FixedQuery(lambda pk: Product.objects.filter(pk=pk).select_for_update().values_list("pk", flat=True))
    pk = Product.objects.create(sku="S").pk

    for _ in range(2):
        with transaction.atomic():
            assert fixed(pk) == [pk]
        if connection.features.has_select_for_update:
            with pytest.raises(TransactionManagementError):
                fixed(pk)


@pytest.mark.services
def test_postgresql_knows_it_by_a_name_and_plans_it_anew_in_time(products):
    fixed = FixedQuery(lambda ids: Product.objects.filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))

    with CaptureQueriesContext(connection) as asked:
        found = [fixed(products[place : place + 2]) for place in (0, 1, 2)]
        for _ in range(prepared.KEPT_PLAN - 2):
            fixed(products[:2])

    words = {query["sql"].partition(" ")[0] for query in asked}
    known = bulk.fetch(
        "SELECT generic_plans + custom_plans FROM pg_prepared_statements WHERE name = %s", [f"{fixed.name}_2"]
    )
    assert found == [products[:2], products[1:3], products[2:4]]
    assert (words, len(asked), known) == ({"EXECUTE"}, prepared.KEPT_PLAN + 1, [(1,)])


def retype(table, column, kind):
    """Do what a migration does beside us."""
    bulk.run(f"ALTER TABLE {table} ALTER COLUMN {column} TYPE {kind}", [])


@pytest.mark.services
@pytest.mark.parametrize("is_over", [False, True], ids=["fixed", "over"])
def test_a_column_that_is_given_another_type_costs_each_connection_one_answer(products, is_over):
    fixed = FixedQuery(lambda ids: Product.objects.filter(pk__in=ids).order_by("pk").values_list("sku", flat=True))
    lists = [products[:1], products[:2]]

    def ask(ids):
        if not is_over:
            return fixed(ids)
        sql = "SELECT sku FROM inventory_product JOIN {0} USING (id) ORDER BY 1"
        return [sku for (sku,) in bulk.fetch(*prepared.over(f"retyped_{len(ids)}", sql, ids))]

    before = [ask(ids) for ids in lists]
    retype("inventory_product", "sku", "varchar(99)")
    with pytest.raises(NotSupportedError), transaction.atomic():
        ask(lists[0])

    assert [ask(ids) for ids in lists] == before == [["S00"], ["S00", "S01"]]


@pytest.mark.services
def test_a_plan_that_is_to_be_renewed_in_a_transaction_that_has_failed_is_renewed_after_it(products, monkeypatch):
    fixed = FixedQuery(lambda pk: Product.objects.filter(pk=pk).values_list("sku", flat=True))
    fixed(products[0])
    monkeypatch.setattr(prepared, "KEPT_PLAN", 1)

    def ask_after_a_fault():
        with transaction.atomic():
            with contextlib.suppress(DataError):
                bulk.fetch("SELECT 1 / 0", [])
            fixed(products[0])

    with pytest.raises(InternalError):
        ask_after_a_fault()

    assert fixed(products[0]) == ["S00"]


def test_behind_a_pooler_it_is_a_query_like_any_other(products, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)
    fixed = FixedQuery(skus)

    with CaptureQueriesContext(connection) as asked:
        found = [fixed(products[place : place + 2], [0]) for place in (0, 2)]

    assert found == [["S00"], ["S02"]]
    assert [query["sql"].partition(" ")[0] for query in asked] == ["SELECT", "SELECT"]


def test_a_query_over_lists_is_asked_anew_with_other_lists():
    sql = "SELECT id FROM {0} WHERE id NOT IN (SELECT id FROM {1}) ORDER BY id"

    found = [
        bulk.fetch(*prepared.over("difference", sql, some, others)) for some, others in (({3, 1, 2}, [2]), ([5], ()))
    ]

    assert found == [[(1,), (3,)], [(5,)]]


@pytest.mark.services
def test_a_plan_made_for_an_empty_table_is_not_kept_while_one_transaction_fills_it():
    def ask(times):
        for _ in range(times):
            bulk.fetch(
                *prepared.over("filling", "SELECT code FROM inventory_warehouse WHERE id IN (SELECT id FROM {0})", [1])
            )

    def read_through():
        sql = "SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'inventory_warehouse'"
        return bulk.fetch(sql, [])[0][0]

    ask(10)
    Warehouse.objects.bulk_create(Warehouse(code=f"W{number}", name="W", rank=number) for number in range(20_000))

    before = read_through()
    ask(prepared.KEPT_PLAN - 10)
    kept = read_through() - before
    ask(prepared.KEPT_PLAN)
    renewed = read_through() - before - kept

    assert (kept, renewed) == ((prepared.KEPT_PLAN - 10) * 20_000, 0)


def test_a_query_over_lists_needs_no_connection_of_its_own_behind_a_pooler(monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "DISABLE_SERVER_SIDE_CURSORS", True)

    sql, params = prepared.over("pooled", "SELECT id FROM {0}", [4])

    assert "EXECUTE" not in sql
    assert bulk.fetch(sql, params) == [(4,)]


@pytest.mark.services
def test_who_looks_on_for_a_while_is_gone_after_it_and_what_prepares_anew_stays(products):
    wrappers = connection.execute_wrappers
    if prepared._renewing in wrappers:  # as on a connection on which nothing was prepared yet
        wrappers.remove(prepared._renewing)
    before = [*wrappers]
    fixed = FixedQuery(skus)
    seen = []

    def look(execute, sql, params, many, context):
        seen.append(sql)
        return execute(sql, params, many, context)

    for _ in range(3):
        with connection.execute_wrapper(look):
            fixed(products[:2], [0])

    assert (len(seen), wrappers) == (3, [prepared._renewing, *before])
