import gc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection

from inventory.ground.sql import bulk, plans
from inventory.models import Warehouse

pytestmark = pytest.mark.django_db

AWKWARD = ['say "hi"', "back\\slash", "a,b {c}", "two\nlines\tand a tab", "NULL", "", "Zürich ’…’ 漢字", "it's 100 %"]


def test_any_text_comes_back_as_it_went_in():
    source, params = bulk.staged({"place": "integer", "name": "text"}, list(enumerate(AWKWARD)))

    found = bulk.fetch(f"SELECT staged.name FROM {source} ORDER BY staged.place", params)

    assert [name for (name,) in found] == AWKWARD


def test_nothing_stays_nothing():
    source, params = bulk.staged({"units": "integer", "name": "text", "day": "date"}, [(None, None, None)])

    assert bulk.fetch(f"SELECT units, name, day FROM {source}", params) == [(None, None, None)]


def test_no_rows_are_an_empty_table():
    source, params = bulk.staged({"units": "integer", "name": "text"}, [])

    assert bulk.fetch(f"SELECT units FROM {source}", params) == []


def test_days_moments_and_flags_can_be_compared():
    columns = {"day": "date", "at": "timestamptz", "is_open": "boolean", "share": "double precision"}
    row = (date(2026, 3, 2), datetime(2026, 3, 2, 9, 30, tzinfo=UTC), False, 0.125)
    source, params = bulk.staged(columns, [row])

    found = bulk.fetch(
        f"SELECT share FROM {source} WHERE day = %s AND NOT is_open AND share < 1", [*params, "2026-03-02"]
    )

    assert found == [(0.125,)]


def test_an_insert_of_many_rows_is_one_statement(django_assert_num_queries):
    rows = [(f"W{number}", name, number, True, 1) for number, name in enumerate(AWKWARD)]
    columns = {"code": "text", "name": "text", "rank": "integer", "is_open": "boolean", "handling_days": "integer"}

    with django_assert_num_queries(1):
        bulk.insert(Warehouse._meta.db_table, columns, rows)

    assert list(Warehouse.objects.order_by("rank").values_list("name", "is_open")) == [(name, True) for name in AWKWARD]


@pytest.mark.parametrize("count", [1, bulk.FEW, bulk.FEW + 1])
def test_a_few_rows_and_many_are_written_alike(count):
    columns = {"code": "text", "name": "text", "rank": "integer", "is_open": "boolean", "handling_days": "integer"}
    rows = [(f"W{number}", AWKWARD[number], number, False, 2) for number in range(count)]

    bulk.insert(Warehouse._meta.db_table, columns, rows)
    changed = bulk.update(
        Warehouse._meta.db_table,
        {"code": "text", "rank": "integer"},
        [(row[0], row[2] + 7) for row in rows],
        "rank = staged.rank",
        "target.code = staged.code",
    )

    assert changed == count
    assert list(Warehouse.objects.order_by("rank").values_list("name", "rank")) == [
        (AWKWARD[number], number + 7) for number in range(count)
    ]


def test_what_is_written_together_is_sent_at_the_end(django_assert_num_queries):
    is_postgresql = connection.vendor == "postgresql"

    with django_assert_num_queries(1 if is_postgresql else 2), bulk.together():
        for code in ("BER", "HAM"):
            columns = {"code": "text", "name": "text", "rank": "integer", "is_open": "boolean"}
            bulk.insert(Warehouse._meta.db_table, {**columns, "handling_days": "integer"}, [(code, "x; y", 1, True, 1)])

    assert list(Warehouse.objects.order_by("code").values_list("code", "name")) == [("BER", "x; y"), ("HAM", "x; y")]


def test_nothing_is_sent_of_writes_that_break_off():
    with pytest.raises(ZeroDivisionError), bulk.together():
        1 / 0
    with bulk.together():
        pass

    assert not Warehouse.objects.exists()


def test_queries_sent_in_one_trip_each_give_their_own_rows(django_assert_num_queries):
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 3):
        found = bulk.fetch_each(
            [("SELECT %s", ["50 %; no end"]), ("SELECT code FROM inventory_warehouse", []), ("SELECT %s, %s", [1, 2])]
        )

    assert found == [[("50 %; no end",)], [], [(1, 2)]]


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_an_index_is_preferred_until_a_block_ends_and_not_after_it():
    def cost():
        return bulk.fetch("SHOW random_page_cost", [])[0][0]

    before = cost()
    with plans.by_index():
        within = cost()
    after = cost()

    assert (within, after) == ("1.1", before)


def test_cycles_are_looked_for_again_after_a_big_plan_even_one_that_failed():
    seen = []

    with pytest.raises(ZeroDivisionError), bulk.uncollected():
        seen.append(gc.isenabled() or 1 / 0)

    assert (seen, gc.isenabled()) == ([], True)


def test_what_was_there_before_long_work_is_passed_over_until_it_ends():
    seen = []

    with pytest.raises(ZeroDivisionError), bulk.set_aside():
        seen.append(gc.get_freeze_count() == 0 or 1 / 0)

    assert (seen, gc.get_freeze_count()) == ([], 0)


def test_a_moment_is_counted_in_whole_seconds():
    moment = datetime(2026, 3, 2, 9, 30, 15, 999_000, tzinfo=UTC)
    source, params = bulk.staged({"at": "timestamptz"}, [(moment,)])

    assert bulk.fetch(f"SELECT {bulk.seconds('at')} FROM {source}", params) == [(int(moment.timestamp()),)]


def test_a_query_is_asked_for_each_number_in_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        found = bulk.fetch(*bulk.for_each({2, 5}, "SELECT doubled FROM (SELECT {number} * 2 AS doubled) AS one"))

    assert sorted(found) == [(4,), (10,)]


@pytest.mark.parametrize("count", [1, bulk.FEW, bulk.FEW + 1])
def test_what_is_the_same_in_all_rows_comes_back_in_each(count):
    columns = {
        "place": "integer", "name": "text", "day": "date", "at": "timestamptz", "price": "numeric",
        "is_open": "boolean", "none": "bigint", "kept": "jsonb",
    }  # fmt: skip
    moment = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
    same = ('100 %s "x"', date(2026, 3, 2), moment, Decimal("1.50"), False, None, '{"a": "1 %"}')
    source, params = bulk.staged(columns, [(place, *same) for place in range(count)])

    found = bulk.fetch(
        f"SELECT place, name, none, kept FROM {source} "
        "WHERE day = %s AND NOT is_open AND price + 1 = 2.5 ORDER BY place",
        [*params, date(2026, 3, 2)] if connection.vendor == "postgresql" else [*params, "2026-03-02"],
    )

    assert [row[:3] for row in found] == [(place, same[0], None) for place in range(count)]
    assert {str(kept) for *_, kept in found} == {same[-1]}


def test_rows_that_are_alike_in_all_are_as_many():
    source, params = bulk.staged({"units": "integer", "name": "text"}, [(7, "x")] * 5)

    assert bulk.fetch(f"SELECT units, name FROM {source}", params) == [(7, "x")] * 5
