"""One number, one order; unless more than a day lies between its rows. History files and orders count once."""

from datetime import date

import pytest

from inventory.demand import entries as demand
from inventory.demand import numbering
from inventory.models import DemandEntry, Product
from inventory.resources.past import history

from . import files, make

pytestmark = pytest.mark.django_db
HEADER = "reference,sku,quantity,placed_at\n"


@pytest.fixture(autouse=True)
def shop():
    make.warehouse("MAIN")
    make.product("TEE-S")
    make.product("TEE-M")


@pytest.fixture
def load(tmp_path):
    def through(rows, *, header=HEADER, **options):
        plan = files.look(files.text(tmp_path, header + rows), history.RESOURCE)
        history.apply(plan, by=None, at=make.MONDAY)
        return plan

    return through


def entries():
    rows = DemandEntry.objects.order_by("day", "reference", "product__sku")
    return [(row.reference, row.product.sku, f"{row.day}", row.units) for row in rows.select_related("product")]


AGAIN = "R-1,TEE-S,5,2024-01-03\nR-1,TEE-S,7,2026-01-05\n"
PARTED = [("R-1", "TEE-S", "2024-01-03", 5), ("R-1 (2026-01-05)", "TEE-S", "2026-01-05", 7)]


def test_a_number_used_again_is_two_orders_and_the_load_says_so(load):
    plan = load(AGAIN)

    assert entries() == PARTED
    assert "The number R-1 was 2 orders, of 2024-01-03 and 2026-01-05." in plan.notes
    assert plan.counts["loaded"] == 2


def test_loaded_again_they_stay_as_they_are(load):
    load(AGAIN)

    plan = load(AGAIN)

    assert plan.details["entries"] == {"new": 0, "changed": 0, "unchanged": 2}
    assert entries() == PARTED


@pytest.mark.parametrize("backwards", [False, True])
def test_the_export_of_each_year_in_a_file_of_its_own_overwrites_nothing(load, backwards):
    rows = AGAIN.splitlines(keepends=True)
    for row in reversed(rows) if backwards else rows:
        plan = load(row)
    assert "The number R-1 was 2 orders, of 2024-01-03 and 2026-01-05." in plan.notes

    again = load(AGAIN)

    assert again.details["entries"] == {"new": 0, "changed": 0, "unchanged": 2}
    assert [(day, units) for _, _, day, units in entries()] == [("2024-01-03", 5), ("2026-01-05", 7)]


def test_rows_of_one_order_may_lie_a_day_apart_and_no_more(load):
    load(
        "A,TEE-S,1,2026-01-05 10:00\nA,TEE-S,2,2026-01-06 10:00\n"
        "B,TEE-S,1,2026-01-05 10:00\nB,TEE-S,2,2026-01-06 10:01\n"
    )

    assert entries() == [
        ("A", "TEE-S", "2026-01-05", 3),
        ("B", "TEE-S", "2026-01-05", 1),
        ("B (2026-01-06)", "TEE-S", "2026-01-06", 2),
    ]


def test_a_day_that_is_put_right_by_one_is_the_same_order(load):
    load("R-1,TEE-S,5,2026-01-05\n")

    load("r-1,TEE-S,5,2026-01-06\n")

    assert entries() == [("R-1", "TEE-S", "2026-01-06", 5)]


def test_two_days_apart_from_what_is_on_record_is_another_order(load):
    load("R-1,TEE-S,5,2026-01-05\n")

    load("R-1,TEE-S,5,2026-01-07\n")

    assert entries() == [("R-1", "TEE-S", "2026-01-05", 5), ("R-1 (2026-01-07)", "TEE-S", "2026-01-07", 5)]


def test_what_was_added_up_before_is_parted_when_it_is_loaded_again(load):
    product = Product.objects.get(sku="TEE-S")
    warehouse_id = make.warehouse("MAIN").pk
    demand.record([demand.Entry("history", "R-1", product.pk, warehouse_id, date(2024, 1, 3), 12)])

    load(AGAIN)

    assert entries() == PARTED


def test_a_refund_weeks_later_under_the_same_number_is_no_other_order(load):
    header = HEADER.strip() + ",customer\n"

    plan = load("R-1,TEE-S,5,2026-01-05,7\nR-1,TEE-M,1,2026-01-05,7\nR-1,TEE-S,-5,2026-01-25,7\n", header=header)

    assert entries() == [("R-1", "TEE-M", "2026-01-05", 1)]
    assert plan.notes == []


def test_a_channel_parts_numbers_too_but_not_from_what_is_on_record(load):
    header = HEADER.strip() + ",channel\n"
    load("R-1,TEE-S,5,2026-01-05\n")

    load("R-1,TEE-S,5,2026-01-05,Amazon\nR-2,TEE-S,1,2026-01-05,Amazon\nR-2,TEE-S,2,2026-01-05,\n", header=header)

    assert entries() == [
        ("Amazon:R-2", "TEE-S", "2026-01-05", 1),
        ("R-1", "TEE-S", "2026-01-05", 5),
        ("R-2", "TEE-S", "2026-01-05", 2),
    ]


def test_a_channel_and_a_number_too_long_for_a_name_are_refused(load):
    header = HEADER.strip() + ",channel\n"
    plan = load(f"{'9' * 100},TEE-S,5,2026-01-05,{'c' * 17}\n", header=header)

    assert files.told(plan)[0].endswith("expected a channel and a number of at most 117 signs together.")


def test_an_order_that_is_here_as_an_order_counts_once(load):
    product = Product.objects.get(sku="TEE-S")
    warehouse_id = make.warehouse("MAIN").pk
    demand.record([demand.Entry(numbering.ORDERS, "shop:R-1", product.pk, warehouse_id, date(2026, 1, 5), 5)])

    plan = load("r-1,TEE-S,5,2026-01-06\nR-1,TEE-S,7,2024-01-03\n")

    assert entries() == [("R-1", "TEE-S", "2024-01-03", 7), ("shop:R-1", "TEE-S", "2026-01-05", 5)]
    assert "Orders that are here as orders too, and count once: 1." in plan.notes
    assert plan.counts["loaded"] == 2


def test_no_code_is_taken_for_postage_by_how_it_begins_or_where_it_is_a_product(load):
    make.product("S")

    plan = load("A,TESTER-KIT,1,2026-01-05\nB,TEST001,1,2026-01-05\nC,S,4,2026-01-05\nD,M,4,2026-01-05\n")

    assert [(sku, units) for _, sku, _, units in entries()] == [("TESTER-KIT", 1), ("S", 4)]
    assert plan.details["not_products"] == {"TEST001": 1, "M": 1}
    assert "A product that is known, and so demand: S." in plan.notes
