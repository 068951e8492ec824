from datetime import date

import numpy as np
import pytest
from django.db import connection

from inventory.ground.sql import bulk, columns
from inventory.models import ReorderPolicy
from inventory.tests import make

pytestmark = pytest.mark.django_db

KINDS = {
    "place": "i8", "units": "i4", "share": "f8", "day": "M8[D]", "is_open": "?", "packed": "V8", "name": columns.TEXT,
}  # fmt: skip


def table(count: int) -> columns.Table:
    """Columns of every kind that can be loaded."""
    return {
        "place": np.arange(count) + 2**40,
        "units": np.arange(count, dtype="i4") - 1,
        "share": np.linspace(-1.5, 1e300, count),
        "day": np.array([date(2026, 3, 2)] * count, "M8[D]") + np.arange(count),
        "is_open": np.arange(count) % 2 == 0,
        "packed": np.arange(count, dtype="f8").view("V8"),
    }


@pytest.mark.parametrize("count", [0, 1, 2000])
def test_columns_come_back_as_they_went_in(count):
    given = table(count)

    with columns.loaded(given) as staged:
        found = columns.read(
            f"SELECT {', '.join(given)}, 'Zürich 漢 ' || units FROM {staged} ORDER BY place", [], KINDS
        )

    assert {name: values.dtype.str for name, values in found.items() if name != "name"} == {
        name: values.dtype.str for name, values in given.items()
    }
    for name, values in given.items():
        np.testing.assert_array_equal(found[name], values)
    assert found["name"].tolist() == [f"Zürich 漢 {units}" for units in given["units"]]


def test_a_query_with_parameters_finds_its_rows():
    with columns.loaded(table(5)) as staged:
        found = columns.read(
            f"SELECT units FROM {staged} WHERE day > %s AND 10 %% 4 = 2", ["2026-03-04"], {"units": "i8"}
        )

    assert found["units"].tolist() == [2, 3]


def test_what_is_not_known_may_become_nothing():
    given = {"share": np.array([0.5, np.nan])}

    with columns.loaded(given) as staged:
        found = bulk.fetch(f"SELECT NULLIF(share, 'NaN') FROM {staged}", [])

    assert found == [(0.5,), (None,)]


def test_bytes_of_another_width_are_no_column():
    with columns.loaded({"packed": np.zeros(3).view("V8")}) as staged, pytest.raises(columns.UnevenRows):
        columns.read(f"SELECT packed FROM {staged}", [], {"packed": "V16"})


def test_older_rows_that_are_shorter_are_filled_up_where_that_is_asked_for():
    with columns.loaded({"packed": np.array([[1.0, 2.0], [3.0, 4.0]]).view("V16").reshape(-1)}) as staged:
        found = columns.read(f"SELECT packed FROM {staged}", [], {"packed": "P24"})

    rows = np.frombuffer(found["packed"].tobytes()).reshape(2, 3)
    np.testing.assert_array_equal(rows, [[1, 2, np.nan], [3, 4, np.nan]])


def test_known_rows_are_changed_and_new_ones_come_in(django_assert_num_queries):
    old, new, berlin = make.product("OLD"), make.product("NEW"), make.warehouse()
    known = ReorderPolicy.objects.create(product=old, warehouse=berlin, sender="Fjord", reorder_point=1, order_up_to=9)
    given = {
        "id": np.array([known.pk, 0]),
        "product_id": np.array([old.pk, new.pk]),
        "warehouse_id": np.full(2, berlin.pk),
        "units": np.array([7, 8]),
        "packed": np.zeros(2).view("V8"),
        "place": np.array([1, 0]),
    }
    source, params = bulk.staged({"place": "bigint", "text": "text"}, [(0, "Nordlys"), (1, "Åland")])
    values = {"reorder_point": "staged.units", "order_up_to": "9", "sender": "named.text"}
    values |= dict.fromkeys(("safety_stock", "weekly_demand"), "0") | {"figures": "staged.packed"}

    with django_assert_num_queries(5):
        columns.store(
            ReorderPolicy._meta.db_table,
            given,
            key=("product_id", "warehouse_id"),
            values=values,
            joined=(f"JOIN (SELECT place, text FROM {source}) AS named ON named.place = staged.place", params),
        )

    rows = ReorderPolicy.objects.order_by("reorder_point").values_list("pk", "product__sku", "reorder_point", "sender")
    assert list(rows) == [(known.pk, "OLD", 7, "Åland"), (known.pk + 1, "NEW", 8, "Nordlys")]


@pytest.mark.parametrize("count", [0, 1, 2, 500])
def test_rows_are_looked_up_by_many_others(count):
    names, params = columns.looked_up(
        "named", {"place": "bigint", "text": "text"}, [(place, f"say “{place}”") for place in range(count)]
    )
    others, more = bulk.staged({"place": "bigint"}, [(place // 2,) for place in range(1000)])

    found = bulk.fetch(
        f"SELECT staged.place, named.text FROM {others} LEFT JOIN {names} ON named.place = staged.place"
        " WHERE named.place IS NOT NULL ORDER BY staged.place",
        [*more, *params],
    )

    assert found == [(place // 2, f"say “{place // 2}”") for place in range(2 * count)]


@pytest.mark.embedded
def test_twice_as_many_rows_are_looked_up_in_about_twice_the_steps():
    """SQLite counts its own: had it to unpack all rows for each it would take four times as many."""

    def steps(count):
        names, params = columns.looked_up("named", {"place": "bigint"}, [(place,) for place in range(count)])
        taken = []
        with columns.loaded({"place": np.arange(count)}) as others:
            connection.connection.set_progress_handler(lambda: taken.append(1) or 0, 100)
            bulk.fetch(
                f"SELECT COUNT(named.place) FROM {others} AS other LEFT JOIN {names} ON named.place = other.place",
                params,
            )
            connection.connection.set_progress_handler(None, 0)
        return len(taken)

    assert steps(2000) < 2.5 * steps(1000)
