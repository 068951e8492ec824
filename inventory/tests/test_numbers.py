"""Numbers that can be read in two ways are decided by their column, then by the file, or refused with both readings."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.ground.tabular import Column, Problems, Reading, Sheet, Source, amount, whole
from inventory.ground.tabular.values import numbers

from . import files

STOCK = (Column("sku", str, ""), Column("quantity", whole(), ""), Column("price", amount(), ""))


def read(tmp_path, text, field="quantity", **reading):
    problems = Problems()
    sheet = Sheet(Source(files.text(tmp_path, text)), STOCK, Reading(**reading))
    values = [record.values.get(field) for record in sheet.records(problems)]
    return values, [problem.expected for problem in problems], sheet


def test_another_cell_of_the_column_decides(tmp_path):
    assert read(tmp_path, "sku\tquantity\nA\t12,000\nB\t1,5e\nC\t3,0\n")[0][0] == 12
    assert read(tmp_path, "sku\tquantity\nA\t12,000\nC\t1,234,000\n")[0] == [12000, 1234000]
    assert read(tmp_path, "sku\tquantity\nA\t12.000\nC\t1.234.000\n")[0] == [12000, 1234000]


def test_the_price_decides_for_the_quantity(tmp_path):
    german = "sku\tquantity\tprice\nA\t12,000\t20,50\nB\t3.000\t1,00\n"
    american = "sku\tquantity\tprice\nA\t12,000\t20.50\nB\t3.000\t1.00\n"

    assert read(tmp_path, german)[0] == [12, 3000]
    assert read(tmp_path, american)[0] == [12000, 3]


def test_a_column_that_nobody_asked_for_decides_if_all_of_it_are_numbers(tmp_path):
    assert read(tmp_path, "sku\tquantity\treserved\nA\t12,000\t2,5\nB\t1\t0,0\n")[0] == [12, 1]
    assert read(tmp_path, "sku\tquantity\tnote\nA\t12,000\t2,5\nB\t1\tor so\n")[1] == [
        "a number that can be read one way only: 12000 or 12, and nothing shows which"
    ]


def test_a_semicolon_between_cells_decides_last(tmp_path):
    assert read(tmp_path, "sku;quantity\nA;12,000\n")[0] == [12]
    assert read(tmp_path, "sku;quantity;price\nA;12,000;20.50\n")[0] == [12000]


def test_where_nothing_decides_both_readings_are_named(tmp_path):
    assert read(tmp_path, 'sku,quantity\nA,"12,000"\n')[1] == [
        "a number that can be read one way only: 12000 or 12, and nothing shows which"
    ]
    assert read(tmp_path, "sku,price\nA,1.234\n", "price")[1] == [
        "a number that can be read one way only: 1234 or 1.234, and nothing shows which"
    ]


def test_a_column_that_shows_both_signs_decides_nothing(tmp_path):
    _, expected, _ = read(tmp_path, "sku\tprice\nA\t1,5\nB\t2.5\nC\t3,000\n", "price")

    assert expected == ["one decimal sign in the whole column (it has “1,5” and “2.5”); this is 3000 or 3"]


def test_half_a_unit_is_refused_with_how_it_reads(tmp_path):
    assert read(tmp_path, "sku;quantity;price\nA;1,500;20,50\n")[1] == [
        "a whole number of 0 or more; this reads as 1.5"
    ]


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("1\u202f234", 1234),
        ("1\u00a0234", 1234),
        ("1'234", 1234),
        ("1’234", 1234),
        ("١٢", 12),
        ("１２", 12),
        ("12.", 12),
        ("12.0", 12),
        ("+3", 3),
        ("2147483647", 2147483647),
    ],
)
def test_whole_numbers_are_read_as_people_write_them(cell, value):
    assert whole()(cell) == value


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "1e5",
            "1E+05",
            "1/2",
            "NaN",
            "inf",
            "Infinity",
            "12%",
            "1 2",
            "12 34",
            "--3",
            "(3",
            "0x10",
            "²",
            "½",
            "1_000",
        ),
        *("2147483648", "9" * 31, "9" * 400, "-1", "(3)", "3-", "$3", "1.5", "1,2,3", "٣x", "∞", "1.2.3"),
    ],
)
def test_what_is_no_number_of_units_is_refused(cell):
    with pytest.raises(ValueError, match="whole number"):
        whole()(cell)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        *(("(3.50)", "-3.50"), ("3.50-", "-3.50"), ("-3.50", "-3.50"), ("−3,50", "-3.50")),
        *(("$1,234.50", "1234.50"), ("1.234,50 €", "1234.50"), ("CHF 1'234.50", "1234.50"), ("12 EUR", "12.00")),
        *(("0.125", "0.13"), ("0.124999", "0.12"), ("-0.125", "-0.13"), ("16.806723", "16.81"), (".5", "0.50")),
    ],
)
def test_amounts_are_read_as_people_write_them_and_rounded_half_up(cell, value):
    assert amount(least=None)(cell) == Decimal(value)


def test_rounded_amounts_are_counted_by_row(tmp_path):
    _, _, sheet = read(tmp_path, "sku,price\nA,1.005\nB,1.0051\nC,1.0051\nD,1.50\nE,0.0049\n", "price")

    assert dict(sheet.rounded) == {"price": 4}


def test_the_shops_currency_is_read_and_another_is_refused(tmp_path):
    text = "sku,price\nA,$5\nB,£5\nC,5 EUR\nD,CAD 5\nE,US$5\nF,5\n"

    values, expected, _ = read(tmp_path, text, "price", currency="USD")

    assert values == [Decimal(5)] * 3
    assert expected == ["an amount in USD, not in £", "an amount in USD, not in EUR", "an amount in USD, not in CAD"]


def test_without_a_currency_a_column_has_one_sign_only(tmp_path):
    assert read(tmp_path, "sku,price\nA,$5\nB,6\n", "price")[:2] == ([Decimal(5), Decimal(6)], [])
    assert (
        read(tmp_path, "sku,price\nA,$5\nB,£6\n", "price")[1] == ["amounts in one currency; the column has $ and £"] * 2
    )


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=2))
def test_a_column_reads_back_however_it_is_written(value):
    for grouped in (
        f"{value:,.2f}",
        f"{value:,.2f}".translate(str.maketrans(",.", ".,")),
        f"{value:,.2f}".replace(",", " "),
    ):
        assert amount(least=None)(grouped) == value


def test_a_column_of_signs_is_looked_through_once():
    cells = [f"${number}.50" for number in range(3000)]
    looked = []

    def column():
        looked.append(1)
        return cells

    parse = amount().of(numbers.NumberColumn(column, lambda: ""))

    assert [parse(cell) for cell in cells[:3]] == [Decimal("0.50"), Decimal("1.50"), Decimal("2.50")]
    assert len(looked) == 1
