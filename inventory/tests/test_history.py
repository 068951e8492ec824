from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.models import DailyDemand, DemandEntry, Product, Warehouse
from inventory.resources.past import history
from inventory.resources.past.netting import HistoryRow, net

from . import files, make

MAPPING = {
    "InvoiceNo": "reference",
    "StockCode": "sku",
    "Description": "name",
    "Quantity": "quantity",
    "InvoiceDate": "placed_at",
    "UnitPrice": "unit_price",
    "CustomerID": "customer",
}
HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
MINIATURE = """\
541431,23166,MEDIUM CERAMIC JAR,74215,2011-01-18 10:01:00,1.04,12346.0,United Kingdom
541432,23166,MEDIUM CERAMIC JAR,4,2011-01-18 10:05:00,1.04,12347.0,United Kingdom
541432,23166,MEDIUM CERAMIC JAR,2,2011-01-18 10:05:00,1.04,12347.0,United Kingdom
C541433,23166,MEDIUM CERAMIC JAR,-74215,2011-01-18 10:17:00,1.04,12346.0,United Kingdom
541434,POST,POSTAGE,1,2011-01-18 10:20:00,18.00,12347.0,Germany
541434,85123a,WHITE HOLDER,6,2011-01-19 10:20:00,2.55,,United Kingdom
C541435,85123A,WHITE HOLDER,-6,2011-01-19 11:20:00,2.55,12348.0,United Kingdom
C541436,85123A,WHITE HOLDER,-6,2011-01-19 11:20:00,2.55,,United Kingdom
541437,85123A,,-300,2011-01-19 12:20:00,0.0,,United Kingdom
541438,85123A,Found,40,2011-01-19 12:30:00,0.0,,United Kingdom
541439,85123A,WHITE HOLDER,3,2011-01-20 12:30:00,0.0,12349.0,United Kingdom
A563186,B,Adjust bad debt,1,2011-08-12 14:51:00,-11062.06,,United Kingdom
"""


@pytest.fixture
def miniature(tmp_path):
    return files.text(tmp_path, HEADER + MINIATURE)


def look(path, **options):
    return history.check(files.sheet(path, history.RESOURCE, mapping=MAPPING), **options)


def load(path):
    plan = look(path)
    history.apply(plan, by=None, at=make.MONDAY)
    return plan


def entries():
    return list(
        DemandEntry.objects.order_by("day", "reference").values_list("reference", "product__sku", "day", "units")
    )


@pytest.mark.django_db
def test_every_row_of_a_dirty_history_ends_in_exactly_one_count(miniature):
    plan = load(miniature)

    assert plan.counts == {"rows": 12, "loaded": 4, "netted": 2, "not_products": 2, "refused": 4}
    assert plan.details == {
        "not_products": {"POST": 1, "B": 1},
        "refused": {
            "units below zero and no customer: a stock adjustment or a return, netted against nothing": 2,
            "no price and no customer: a stock adjustment, not an order": 1,
            "a cancellation without an earlier line of the same customer, product and quantity": 1,
        },
        "entries": {"new": 3, "changed": 0, "unchanged": 0},
    }
    assert entries() == [
        ("541432", "23166", date(2011, 1, 18), 6),
        ("541434", "85123A", date(2011, 1, 19), 6),
        ("541439", "85123A", date(2011, 1, 20), 3),
    ]
    assert list(DailyDemand.objects.order_by("day").values_list("units", flat=True)) == [6, 6, 3]


@pytest.mark.django_db
def test_products_and_the_first_warehouse_are_made_where_there_are_none(miniature):
    load(miniature)

    assert list(Product.objects.values_list("sku", "name")) == [
        ("23166", "MEDIUM CERAMIC JAR"),
        ("85123A", "WHITE HOLDER"),
    ]
    assert [str(price) for price in Product.objects.values_list("price", flat=True)] == ["1.04", "2.55"]
    assert Warehouse.objects.get().code == "MAIN"


@pytest.mark.django_db
def test_a_known_product_keeps_its_name_and_demand_goes_to_the_warehouse_asked_first(miniature):
    make.product("23166", name="Jar")
    make.warehouse("SECOND", rank=2)
    make.warehouse("FIRST", rank=1)

    load(miniature)

    assert Product.objects.get(sku="23166").name == "Jar"
    assert set(DemandEntry.objects.values_list("warehouse__code", flat=True)) == {"FIRST"}


@pytest.mark.django_db
def test_loading_the_same_history_twice_changes_nothing(miniature):
    first = load(miniature)
    before = entries()

    second = load(miniature)

    assert second.counts == first.counts
    assert second.details["entries"] == {"new": 0, "changed": 0, "unchanged": 3}
    assert entries() == before


@pytest.mark.django_db
def test_a_longer_export_takes_back_what_was_canceled_since(miniature, tmp_path):
    load(miniature)
    longer = files.text(
        tmp_path,
        HEADER + MINIATURE + "C541499,23166,JAR,-2,2011-02-01 10:00:00,1.04,12347.0,UK\n"
        "C541500,85123A,HOLDER,-3,2011-02-01 10:00:00,1.04,12349.0,UK\n",
        name="longer.csv",
    )

    plan = load(longer)

    assert plan.details["entries"] == {"new": 0, "changed": 2, "unchanged": 1}
    assert entries() == [("541432", "23166", date(2011, 1, 18), 4), ("541434", "85123A", date(2011, 1, 19), 6)]
    assert DailyDemand.objects.count() == 2


@pytest.mark.django_db
def test_a_load_may_name_more_codes_that_are_no_products(miniature):
    plan = look(miniature, not_products=["2316*"])

    assert plan.details["not_products"] == {"23166": 4, "POST": 1, "B": 1}
    assert sum(number for name, number in plan.counts.items() if name != "rows") == 12


@pytest.mark.django_db
def test_a_row_that_cannot_be_read_counts_as_refused(tmp_path):
    path = files.text(tmp_path, HEADER + MINIATURE + "541440,23166,JAR,two,2011-02-01,1,1,UK\n")

    plan = look(path)

    assert plan.counts == {"rows": 13, "loaded": 4, "netted": 2, "not_products": 2, "refused": 5}
    assert files.told(plan) == ['Row 14, column "Quantity": "two" — expected a whole number.']


AT = datetime(2011, 1, 18, 10, tzinfo=UTC)


def line(row, quantity, *, customer="anna", sku="JAR", minute=None):
    at = AT + timedelta(minutes=row if minute is None else minute)
    return HistoryRow(row, at, f"{row}", sku, quantity, customer)


def left(lines):
    return [each.row for each in net(lines).counted]


def test_a_cancellation_takes_back_the_latest_earlier_line():
    assert left([line(1, 6), line(2, 6), line(3, -6), line(4, 6)]) == [1, 4]


def test_two_cancellations_take_back_two_lines():
    assert left([line(1, 6), line(2, 6), line(3, -6), line(4, -6)]) == []


def test_only_the_same_customer_product_and_quantity_is_netted():
    lines = [line(1, 6, customer="ben"), line(2, 6, sku="LID"), line(3, 7), line(4, -6)]

    assert (left(lines), [each.row for each in net(lines).unmatched]) == ([1, 2, 3], [4])


def test_nothing_is_netted_against_a_line_that_comes_later():
    assert left([line(1, -6), line(2, 6)]) == [2]


def test_time_counts_and_not_the_order_of_the_rows():
    assert left([line(1, -6, minute=9), line(2, 6, minute=1), line(3, 6, minute=5)]) == [2]


def test_lines_of_unknown_customers_are_never_netted():
    assert left([line(1, 6, customer=""), line(2, -6, customer="")]) == [1]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("bought", "returned", "netted"),
    [
        ("17850.0", "17850", 2),
        ("Ann@x.example", "ann@x.example\u200b", 2),
        ("#N/A", "#N/A", 0),
        ("nan", "nan", 0),
        ("1.785E+09", "1.785E+09", 0),
    ],
)
def test_two_rows_are_of_one_customer_only_if_their_cells_say_who(tmp_path, bought, returned, netted):
    text = f"A1,JAR,,5,2026-01-03,2,{bought},\nC2,JAR,,-5,2026-01-04,2,{returned},\n"

    plan = load(files.text(tmp_path, HEADER + text))

    refused = 0 if netted else 1
    assert plan.counts == {"rows": 2, "loaded": refused, "netted": netted, "not_products": 0, "refused": refused}
    assert sum(units for _, _, _, units in entries()) == (0 if netted else 5)


@given(st.lists(st.tuples(st.sampled_from([-2, -1, 1, 2]), st.sampled_from(["anna", "ben", ""]))))
def test_each_line_is_counted_netted_in_a_pair_or_unmatched(wanted):
    lines = [line(row, quantity, customer=customer) for row, (quantity, customer) in enumerate(wanted)]

    netted = net(lines)

    together = [*netted.counted, *netted.netted, *netted.unmatched]
    assert sorted(each.row for each in together) == list(range(len(lines)))
    assert sum(each.quantity for each in netted.netted) == 0
