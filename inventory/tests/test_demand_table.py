import lzma

import numpy as np
import pytest

from inventory.ground.tabular import Unreadable
from inventory.resources.past import demand_table
from inventory.resources.past.demand_table import HistoryFormat

from . import files

NAN = np.nan
ORDERS = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,LAMP,Lamp,6,2010-12-01 08:26:00,2.55,17850.0,United Kingdom
2,LAMP,Lamp,4,2010-12-09 08:26:00,2.55,17850.0,United Kingdom
3,CHAIR,Chair,9,2010-12-10 08:26:00,2.55,17851.0,United Kingdom
C4,CHAIR,Chair,-9,2010-12-11 08:26:00,2.55,17851.0,United Kingdom
5,CHAIR,Chair,3,2010-12-12 08:26:00,2.55,,United Kingdom
6,POST,Postage,1,2010-12-12 08:26:00,18.00,17851.0,France
7,LAMP,Lamp,5,2010-12-13 08:26:00,2.55,,United Kingdom
"""


def read(path, **how):
    return demand_table.read(path, HistoryFormat(**how))


def test_a_wide_file_is_an_item_and_its_units_per_period(tmp_path):
    path = files.text(tmp_path, "item,m001,m002,m003\n00001,0,2,\n00002,,1.5,NaN\n")

    table = read(path)

    assert table.items == ["00001", "00002"]
    np.testing.assert_equal(table.units, [[0, 2, NAN], [NAN, 1.5, NAN]])
    assert (table.period, table.told) == ("period", ())


def test_a_wide_file_may_be_packed_and_have_years_of_weeks(tmp_path):
    path = tmp_path / "wide.csv.xz"
    header = ",".join(["item", *(f"w{week}" for week in range(600))])
    path.write_bytes(lzma.compress(f"{header}\nLAMP{',3' * 600}\n".encode()))

    assert read(path).units.tolist() == [[3.0] * 600]


def test_a_row_that_ends_early_is_not_known_further_on(tmp_path):
    path = files.text(tmp_path, "item;m1;m2;m3\nLAMP;4;5\nCHAIR;1;1;1\n")

    np.testing.assert_equal(read(path).units, [[4, 5, NAN], [1, 1, 1]])


def test_impossible_units_are_refused_with_their_cell(tmp_path):
    path = files.text(tmp_path, "item,m1,m2\nLAMP,4,-5\nCHAIR,1,many\nLAMP,1,1\n,1,1\nTABLE,1,2\n")

    with pytest.raises(Unreadable) as refused:
        read(path)

    units = "units, from 0 to 1,000,000,000, or nothing where they are not known"
    assert str(refused.value).split("\n  ") == [
        "file.csv cannot be read whole:",
        f'Row 2, column "m2": "-5" — expected {units}.',
        f'Row 3, column "m2": "many" — expected {units}.',
        'Row 4, column "item": "LAMP" — expected each only once; row 2 has it already.',
        'Row 5, column "item": empty — expected a value.',
        "Put them right, or leave them out with --skip-bad.",
    ]


def test_rows_that_cannot_be_read_are_left_out_and_named_on_request(tmp_path):
    path = files.text(tmp_path, "item,m1,m2\nLAMP,4,-5\nCHAIR,1,1\n")

    table = read(path, is_skipping_bad=True)

    assert (table.items, table.units.tolist()) == (["CHAIR"], [[1.0, 1.0]])
    assert table.told == ["rows that cannot be read: 2"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("item\nLAMP\n", "has one column only"),
        ("sku,name,price\nLAMP,Lamp,5\nCHAIR,Chair,6\n", "is no demand file. It is a wide table"),
        ("item,m1,m2\n", "has no demand in it"),
        ("reference,sku,quantity,placed_at\n1,POST,1,2010-12-01\n", "has no demand in it"),
    ],
)
def test_a_file_without_demand_says_so(tmp_path, content, told):
    with pytest.raises(Unreadable, match=told):
        read(files.text(tmp_path, content))


def test_order_lines_are_netted_and_added_up_to_whole_weeks_from_the_first_sale(tmp_path):
    table = read(files.text(tmp_path, ORDERS))

    assert table.items == ["CHAIR", "LAMP"]
    np.testing.assert_equal(table.units, [[NAN, 3], [6, 4]])
    assert table.period == "week"
    assert table.told == ["1 row that sold no product", "2 rows that canceled one another"]


def test_a_last_week_that_ends_on_a_sunday_is_whole(tmp_path):
    path = files.text(tmp_path, ORDERS.rpartition("7,LAMP")[0])

    np.testing.assert_equal(read(path).units, [[NAN, 3], [6, 4]])


def test_columns_of_order_history_may_be_called_anything_if_mapped(tmp_path):
    path = files.text(tmp_path, "No,Code,Units,Day\n1,LAMP,6,2010-12-01\n2,LAMP,1,2010-12-12\n")

    table = read(path, mapping={"No": "reference", "Code": "sku", "Units": "quantity", "Day": "placed_at"})

    assert table.units.tolist() == [[6.0, 1.0]]


def test_a_mistyped_year_is_told_and_not_filled_with_weeks(tmp_path):
    path = files.text(tmp_path, "reference,sku,quantity,placed_at\n1,LAMP,6,1010-12-01\n2,LAMP,1,2010-12-12\n")

    with pytest.raises(Unreadable, match="1010-12-01"):
        read(path)


def test_a_wide_file_that_ends_within_its_last_row_is_refused_there(tmp_path):
    path = files.text(tmp_path, "item,m1,m2,m3\nLAMP,4,5,6\nCHAIR,1,1")

    with pytest.raises(Unreadable, match="Row 3: the file seems to end within this row"):
        read(path)
    assert read(path, is_skipping_bad=True).items == ["LAMP"]


@pytest.mark.parametrize("table", ["item,m1,m2\nLAMP,4,5\nCHAIR,1\n", "item,m1,m2\nLAMP,4\nCHAIR,1"])
def test_a_wide_file_whose_rows_leave_off_their_ends_is_whole(tmp_path, table):
    assert read(files.text(tmp_path, table)).items == ["LAMP", "CHAIR"]
