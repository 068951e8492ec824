"""Numbers of a workbook are what they are; text beside them is read by what text shows."""

from decimal import Decimal

import pytest
from openpyxl import load_workbook

from inventory.ground.tabular import Column, Problems, Reading, Sheet, Source, amount, product_code, whole
from inventory.tests import files

COLUMNS = [
    Column("sku", product_code(64), "", is_required=True, is_key=True),
    Column("price", amount(4), ""),
    Column("quantity", whole(), ""),
]


def read(path, **reading):
    sheet, problems = Sheet(Source(path), COLUMNS, Reading(**reading)), Problems()
    rows = [record.values for record in sheet.records(problems)]
    return [values.get("price", values.get("quantity")) for values in rows], [str(problem) for problem in problems]


def prices(folder, *cells, name="price"):
    return files.workbook(folder, [["sku", name], *[[f"TEE-{at}", cell] for at, cell in enumerate(cells)]])


def formatted(path, *formats):
    book = load_workbook(path)
    for row, code in enumerate(formats, start=2):
        book.active.cell(row, 2).number_format = code
    book.save(path)
    return path


@pytest.mark.parametrize("number", [1.234, 12.345, 999.999, -1.5, 1.2345])
def test_a_number_needs_nobody_to_say_how_it_is_read(tmp_path, number):
    path = prices(tmp_path, number, "12,50", "1.234.567,5")
    columns = [COLUMNS[0], Column("price", amount(4, least=None), "")]
    sheet, problems = Sheet(Source(path), columns), Problems()

    found = [record.values["price"] for record in sheet.records(problems)]

    assert found == [Decimal(str(number)), Decimal("12.5"), Decimal("1234567.5")]
    assert not problems


def test_a_number_shows_nothing_of_how_text_is_written(tmp_path):
    found, wrong = read(prices(tmp_path, "1,234", 13.5))

    assert found == [Decimal("13.5")]
    expected = "a number that can be read one way only: 1234 or 1.234, and nothing shows which"
    assert wrong == [f'Row 2, column "price": "1,234" — expected {expected}.']


def test_neither_does_one_in_a_column_that_nobody_asked_for(tmp_path):
    path = files.workbook(tmp_path, [["sku", "quantity", "weight"], ["TEE-S", "1,000", 0.25], ["TEE-M", "2", 1.5]])

    assert read(path)[0] == [2]


def test_text_decides_for_text_beside_numbers(tmp_path):
    assert read(prices(tmp_path, "1,234", 13.5, "2,5")) == ([Decimal("1.234"), Decimal("13.5"), Decimal("2.5")], [])


def test_a_part_of_a_unit_is_refused_as_it_stands_in_the_sheet(tmp_path):
    assert read(prices(tmp_path, 1.234, name="quantity"))[1] == [
        'Row 2, column "quantity": "1.234" — expected a whole number of 0 or more; this reads as 1.234.'
    ]


@pytest.mark.parametrize(
    ("code", "sign"),
    [('"$"#,##0.00', "$"), ("[$$-409]#,##0.00", "$"), ("[$USD] #,##0.00", "USD"), ('_-"£"* #,##0.00_-', "£")],
)
def test_the_currency_of_a_format_is_one_that_is_written(tmp_path, code, sign):
    path = formatted(prices(tmp_path, 12.5, 13), "General", code)

    assert read(path, currency="EUR") == (
        [Decimal("12.5")],
        [f'Row 3, column "price": "13" — expected an amount in EUR, not in {sign}.'],
    )


@pytest.mark.parametrize("code", ["#,##0.00\\ [$€-407]", '0.00" pcs"', "[$-409]0.00", "0.00", '0.00" PCS"'])
def test_the_shops_own_currency_and_what_is_none_are_taken(tmp_path, code):
    assert read(formatted(prices(tmp_path, 12.5), code), currency="EUR") == ([Decimal("12.5")], [])


def test_without_a_currency_the_formats_of_a_column_show_one_only(tmp_path):
    path = formatted(prices(tmp_path, 12.5, 13), '"$"0.00', "0.00 [$€-407]")

    assert read(path)[1][1].endswith("expected amounts in one currency; the column has $ and €.")
    assert read(formatted(path, '"$"0.00', '"$"0.00')) == ([Decimal("12.5"), Decimal(13)], [])


def test_units_are_units_whatever_their_format(tmp_path):
    assert read(formatted(prices(tmp_path, 12, name="quantity"), '"$"0.00'), currency="EUR") == ([12], [])


# --- Codes that keep their zeros by a format -----------------------------------------------


def test_a_code_is_read_with_the_zeros_that_its_format_shows(tmp_path):
    rows = [["sku", "quantity"], [789, 12], [1067, 7], ["0042", 3], [4006381333931, 1]]
    book = load_workbook(files.workbook(tmp_path, rows))
    for row, (sku, quantity) in enumerate(
        [("00000", "000"), ("[$-407]00000", "00"), ("@", "0"), ("0000", "0")], start=2
    ):
        book.active.cell(row, 1).number_format, book.active.cell(row, 2).number_format = sku, quantity
    book.save(tmp_path / "zeros.xlsx")

    found = [(each["sku"], each["quantity"]) for each in values(tmp_path / "zeros.xlsx")]

    assert found == [("00789", 12), ("01067", 7), ("0042", 3), ("4006381333931", 1)]


def test_cells_that_are_merged_or_left_blank_below_a_code_have_its_zeros(tmp_path):
    book = load_workbook(files.workbook(tmp_path, [["sku", "quantity"], [789, 12], [None, 7]]))
    book.active["A2"].number_format = "00000"
    book.active.merge_cells("A2:A3")
    book.save(tmp_path / "merged.xlsx")

    assert [each["sku"] for each in values(tmp_path / "merged.xlsx")] == ["00789", "00789"]


def test_a_part_of_a_unit_stays_one_whatever_zeros_its_format_shows(tmp_path):
    assert read(formatted(prices(tmp_path, 3.5, name="quantity"), "000"))[1] == [
        'Row 2, column "quantity": "3.5" — expected a whole number of 0 or more; this reads as 3.5.'
    ]


def values(path):
    sheet, problems = Sheet(Source(path), COLUMNS, Reading()), Problems()
    return [record.values for record in sheet.records(problems)]
