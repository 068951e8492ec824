from datetime import UTC, date, datetime

import pytest

from inventory import bulk
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
