import contextlib
import gzip
import io
import lzma
import random
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from inventory.ground import tabular
from inventory.ground.tabular import (
    Column,
    Dates,
    Expected,
    MissingColumns,
    Problems,
    Reading,
    Sheet,
    Source,
    Unreadable,
)
from inventory.ground.tabular.opening.workbook import UNCOMPUTED
from inventory.ground.tabular.values import cells
from inventory.ground.tabular.values.dates import DateReader

from . import files

SKU_AND_UNITS = (
    Column("sku", tabular.product_code(64), "", is_required=True),
    Column("quantity", tabular.whole(1), "", is_required=True),
)


def rows(path, columns=SKU_AND_UNITS, **options):
    problems = Problems()
    read = [
        (record.row, record.values) for record in Sheet(Source(path), columns, Reading(**options)).records(problems)
    ]
    return read, [str(problem) for problem in problems]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    path = files.text(tmp_path, f"sku{delimiter}quantity\nlamp{delimiter}3\nchair{delimiter}4\n")

    read, _ = rows(path)

    assert read == [(2, {"sku": "LAMP", "quantity": 3}), (3, {"sku": "CHAIR", "quantity": 4})]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_text_is_read_in_the_encodings_that_shops_use(tmp_path, encoding):
    path = files.text(tmp_path, "sku,quantity\nKÖLN-€,3\n", encoding=encoding)

    assert rows(path)[0] == [(2, {"sku": "KÖLN-€", "quantity": 3})]


def test_packed_files_are_read_whatever_their_name(tmp_path):
    table = b"sku,quantity\nlamp,3\n"
    (tmp_path / "a.csv").write_bytes(gzip.compress(table))
    (tmp_path / "b.bin").write_bytes(lzma.compress(table))

    assert rows(tmp_path / "a.csv") == rows(tmp_path / "b.bin") == ([(2, {"sku": "LAMP", "quantity": 3})], [])


def test_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    path = files.text(tmp_path, 'sku,quantity\n"two\nlines",3\n\nlamp,0\n')

    read, problems = rows(path)

    assert read == [(2, {"sku": "TWO LINES", "quantity": 3})]
    assert problems == ['Row 4, column "quantity": "0" — expected a whole number of 1 or more.']


def test_a_header_is_found_in_any_case_and_order_and_under_another_name(tmp_path):
    path = files.text(tmp_path, "Antal,color, S-K-U \n3,red,lamp\n")

    read, _ = rows(path, mapping={"antal": "quantity", "S-K-U": "sku"})

    assert read == [(2, {"sku": "LAMP", "quantity": 3})]


def test_a_missing_column_is_named_with_those_there_are(tmp_path):
    path = files.text(tmp_path, "sku,units\nlamp,3\n")

    with pytest.raises(MissingColumns) as error:
        rows(path)

    assert str(error.value) == "file.csv has no column “quantity”. It has: sku, units."
    assert error.value.field == "quantity"


def test_a_wrong_delimiter_is_said_to_be_one(tmp_path):
    path = files.text(tmp_path, "sku^quantity\nlamp^3\n")

    with pytest.raises(MissingColumns, match=r"one column only.*comma, semicolon, tab or vertical bar"):
        rows(path)


def test_a_mapping_of_what_is_not_there_is_refused(tmp_path):
    path = files.text(tmp_path, "sku,quantity\nlamp,3\n")

    with pytest.raises(MissingColumns, match=r"has no column “Antal”"):
        rows(path, mapping={"Antal": "quantity"})
    with pytest.raises(MissingColumns, match=r"“units” is no field"):
        rows(path, mapping={"quantity": "units"})


def test_a_column_that_is_there_twice_is_refused(tmp_path):
    path = files.text(tmp_path, "sku,quantity,Quantity\nlamp,3,4\n")

    with pytest.raises(MissingColumns, match=r"2 columns for “quantity”"):
        rows(path)


def test_a_row_with_more_cells_than_the_header_is_a_problem_and_empty_ones_are_not(tmp_path):
    path = files.text(tmp_path, "sku,quantity\nlamp,3,,\nlamp,1,000\n,\n")

    read, problems = rows(path)

    assert read == [(2, {"sku": "LAMP", "quantity": 3})]
    assert problems == ["Row 3: the row has 3 cells, the header 2."]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b" \n \n", "is empty"),
        (b"sku,quantity\nla\0mp,3\n", "holds NUL bytes"),
        (b"\x89PNG\r\n\x1a\n", "is a picture"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an old Excel file"),
        (b"<html>", "is XML or HTML"),
        (b"sku\n\x81\x8d", "neither UTF-8 nor Windows-1252"),
        (b'sku,quantity\n"' + b"x" * 200_000, "Is a closing quote"),
        (b"x" * 2**21, "too long to be a row"),
        (b"," * 300 + b"x\n", "301 cells; 256 are the most"),
        (b"PK\x03\x04 and no more", "is damaged"),
        (b"\x1f\x8b and no more", "cannot be unpacked"),
        (gzip.compress(b"sku,quantity\nlamp,3\n" * 500, mtime=0)[:60], "cannot be unpacked to its end"),
        (gzip.compress(gzip.compress(b"sku,quantity\nlamp,3\n", mtime=0), mtime=0), "is packed twice"),
    ],
)
def test_what_is_no_table_is_refused_with_the_reason(tmp_path, content, reason):
    path = tmp_path / "file.csv"
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=reason):
        rows(path)


def test_ten_megabytes_of_garbage_are_refused(tmp_path):
    path = tmp_path / "garbage.csv"
    path.write_bytes(random.Random(1).randbytes(10 * 2**20))

    with pytest.raises(Unreadable, match=r"NUL bytes"):
        rows(path)


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress])
def test_a_file_that_unpacks_to_gigabytes_is_refused_before_it_has(tmp_path, pack):
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(pack(b"sku,quantity\n" + b"\n" * 2**25))

    with pytest.raises(Unreadable, match=r"unpacks to more than 3[0-9] MB"):
        rows(path)


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_by_what_it_declares(tmp_path):
    with pytest.raises(Unreadable, match=r"bomb.xlsx unpacks to 310 MB, from .* 300 MB are the most"):
        rows(files.bomb(tmp_path))


def test_an_archive_that_is_no_workbook_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("file.csv", "sku,quantity\n")

    with pytest.raises(Unreadable, match=r"ZIP archive, not an XLSX workbook"):
        rows(tmp_path / "a.xlsx")


def test_a_workbook_reads_as_the_same_table_in_csv_would(tmp_path):
    columns = (*SKU_AND_UNITS, Column("on", Dates(), ""), Column("price", tabular.amount(), ""))
    book = files.workbook(
        tmp_path, [["SKU", "Quantity", "On", "Price"], [71053, 3.0, date(2010, 12, 1), 2.55], [None] * 4, ["a", 1]]
    )
    table = files.text(tmp_path, "SKU,Quantity,On,Price\n71053,3,2010-12-01,2.55\n,,,\na,1\n")

    read, problems = rows(book, columns)

    assert read == [
        (2, {"sku": "71053", "quantity": 3, "on": date(2010, 12, 1), "price": Decimal("2.55")}),
        (4, {"sku": "A", "quantity": 1}),
    ]
    assert (read, problems) == rows(table, columns)


def test_a_formula_in_a_workbook_is_never_computed(tmp_path):
    book = files.workbook(tmp_path, [["sku", "quantity"], ["lamp", "=1+1"]])

    assert rows(book) == (
        [],
        [f'Row 2, column "quantity": empty — expected {UNCOMPUTED}.'],
    )


@pytest.mark.parametrize("cell", ["", "x", "1.5", "1,5", "1.000", "1e3", "12,34", "٣٤x", "9" * 30, "0x10", "NaN"])
def test_what_is_no_whole_number_is_refused(cell):
    with pytest.raises(Expected):
        tabular.whole()(cell or " ")


@pytest.mark.parametrize("cell", ["x", "1e5", "NaN", "Infinity", "1,234", "1.2.3", "12.345", "-1", "9" * 12, "--1"])
def test_what_is_no_amount_is_refused(cell):
    with pytest.raises(Expected):
        tabular.amount()(cell)


@given(st.decimals(min_value=0, max_value=10**9, places=2))
def test_an_amount_reads_back_however_it_is_written(value):
    american, german = f"{value:,.2f}", f"{value:,.2f}".translate(str.maketrans(",.", ".,"))

    assert cells.amount()(american) == cells.amount()(german) == cells.amount()(f"{value:.2f}") == value


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2010-12-31", date(2010, 12, 31)),
        ("2010/12/31 08:26", date(2010, 12, 31)),
        ("20101231", date(2010, 12, 31)),
        ("2-Jun-06", date(2006, 6, 2)),
        ("2 June 2006", date(2006, 6, 2)),
        ("Jun 2, 2006", date(2006, 6, 2)),
        ("31.12.2010", date(2010, 12, 31)),
        ("05.04.10", date(2010, 4, 5)),
        ("2010-12-31T23:30:00-02:00", date(2011, 1, 1)),
    ],
)
def test_dates_are_read_as_people_write_them(cell, day):
    assert DateReader(list).day(cell) == day


@pytest.mark.parametrize(
    "cell", ["Date Not Captured", "2010-13-01", "2010-02-30", "31/12", "13:45", "1-Foo-10", "0001-01-01"]
)
def test_what_is_no_date_is_refused_with_the_formats_there_are(cell):
    with pytest.raises(ValueError, match=r"2010-12-31|between 1970 and 2100"):
        DateReader(list).day(cell)


def test_one_date_decides_the_order_of_its_column():
    american = DateReader(lambda: ["01/02/2010 8:26", "12/31/2010 8:26"])
    european = DateReader(lambda: ["01/02/2010", "31/12/2010"])

    assert american.moment("01/02/2010 8:26 PM") == datetime(2010, 1, 2, 20, 26, tzinfo=UTC)
    assert european.day("01/02/2010") == date(2010, 2, 1)


def test_a_column_that_mixes_both_orders_or_shows_none_is_refused():
    mixed = DateReader(lambda: ["31/12/2010", "12/31/2010"])
    silent = DateReader(lambda: ["01/02/2010"])
    told = DateReader(lambda: ["01/02/2010"], "month-first")

    with pytest.raises(ValueError, match=r"one order of day and month in the whole column"):
        mixed.day("31/12/2010")
    with pytest.raises(ValueError, match=r"read one way only"):
        silent.day("01/02/2010")
    assert (silent.day("03/03/2010"), told.day("01/02/2010")) == (date(2010, 3, 3), date(2010, 1, 2))


def test_exported_cells_run_nothing_in_a_spreadsheet_and_come_back_as_they_were(tmp_path):
    risky = ["=1+1", "+49 30", "-lamp", "@SUM(A1)", "\tx", "\rx"]
    moment = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    table = [("name", "units", "at"), *((text, -3, moment) for text in risky)]

    csv_text = "".join(tabular.write_csv(table))
    book = io.BytesIO()
    tabular.write_xlsx(table, book)

    assert [tabular.neutralize(text) for text in risky] == [f"'{text}" for text in risky]
    assert csv_text.startswith("\ufeffname,units,at\r\n'=1+1,-3,2010-12-01 08:26:00\r\n")
    cells_written = list(load_workbook(book).worksheets[0].iter_rows(min_row=2, values_only=True))
    assert cells_written[0] == ("'=1+1", -3, datetime.fromisoformat("2010-12-01 08:26"))
    path = files.text(tmp_path, csv_text)
    read, _ = rows(path, (Column("name", tabular.text(80), ""),))
    assert [values["name"] for _, values in read] == ["=1+1", "+49 30", "-lamp", "@SUM(A1)", "x", "x"]


def test_a_code_in_a_formula_that_keeps_its_digits_is_the_code(tmp_path):
    path = files.text(
        tmp_path, 'sku,quantity\n"=""00123""","=""5"""\n="TEE-S",3\n"=""7"" MUG""",1\n\'="X",2\n"=1+""2""",4\n'
    )

    read, told = rows(path)

    assert [values["sku"] for _, values in read] == ["00123", "TEE-S", '="7" MUG"', '="X"', '=1+"2"']
    assert ([values["quantity"] for _, values in read], told) == ([5, 3, 1, 2, 4], [])


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"sku,quantity\n", b"\x1f\x8b\x08", b"\xfd7zXZ\x00", b"PK\x03\x04"])
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_the_bytes_a_file_is_read_or_refused_with_a_sentence(tmp_path, content, start):
    path = tmp_path / "file.csv"
    path.write_bytes(start + content)

    with contextlib.suppress(Unreadable):
        rows(path)


@given(st.text(max_size=12))
def test_whatever_a_cell_holds_it_is_read_or_something_is_expected(cell):
    parsers = [
        *(tabular.whole(), tabular.amount(), tabular.text(8), tabular.boolean, tabular.email, tabular.choice("ab")),
        Dates().reader(lambda: [cell], ""),
    ]
    for parse in parsers:
        with contextlib.suppress(Expected):
            parse(cell or "x")
