"""Text read strictly: no row is swallowed by a quotation mark, and bytes that are no text are refused."""

import pytest

from inventory.ground import tabular
from inventory.ground.tabular import Column, Problems, Sheet, Source, Unreadable
from inventory.resources import stock

from . import files, make

TABLE = (
    Column("sku", tabular.product_code(64), "", is_required=True),
    Column("quantity", tabular.whole(), "", is_required=True),
    Column("note", tabular.text(200), ""),
)


def read(path):
    problems = Problems()
    sheet = Sheet(Source(path), TABLE)
    rows = [(record.values["sku"], record.values["quantity"]) for record in sheet.records(problems)]
    assert list(problems) == []
    return rows


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('sku,quantity,note\nA,1,"x\n', 2),
        ('sku,quantity,note\nA,1,x\nB,2,"y', 3),
        ('sku,quantity,note\nA,1,"x" y\nB,2,\n', 2),
        ('sku,quantity,note\nA,1,"x\nB,2,\nC,3,"\n', 2),
        ('sku,quantity,note\nA,1,"x\nB,2,"y"\n', 2),
        ('sku;quantity;note\nA;1;"x\nB;2;\n', 2),
        ('sku,quantity,note\n"A,1,x\nB,2,y\n', 2),
    ],
)
def test_a_quotation_mark_that_is_not_closed_is_refused_with_its_row(tmp_path, text, row):
    with pytest.raises(Unreadable, match=rf'a quotation mark \("\) in row {row} is never closed'):
        read(files.text(tmp_path, text))


def test_a_quoted_cell_may_hold_lines_and_doubled_marks(tmp_path):
    text = 'sku,quantity,note\nA,1,"Dear Ann,\nplease wrap it, thanks,\nBob"\nB,2,"5"" pipe"\n'

    assert read(files.text(tmp_path, text)) == [("A", 1), ("B", 2)]


@pytest.mark.parametrize("sign", ["\t", "|"])
def test_a_table_that_quotes_nothing_is_known_by_the_width_of_its_rows(tmp_path, sign):
    rows = ["sku", "quantity", "note"], ["A", "1", '"Retro'], ["B", "2", '5"'], ["C", "3", 'a "b" c'], ['"D', "4", ""]

    assert read(files.text(tmp_path, "\r\n".join(sign.join(row) for row in rows))) == [
        ("A", 1),
        ("B", 2),
        ("C", 3),
        ('"D', 4),
    ]


def test_a_table_with_tabs_that_quotes_all_is_read_so(tmp_path):
    assert read(files.text(tmp_path, '"sku"\t"quantity"\t"note"\n"A"\t"1"\t"two\nlines"\n')) == [("A", 1)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way_and_in_several(tmp_path, end):
    assert read(files.text(tmp_path, f"sku,quantity{end}A,1{end}\nB,2\r\nC,3\r")) == [("A", 1), ("B", 2), ("C", 3)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_each_encoding_gives_the_same_rows(tmp_path, encoding):
    assert read(files.text(tmp_path, "sku,quantity\nÉTÉ,1\n", encoding=encoding)) == [("ÉTÉ", 1)]


def test_utf_8_with_a_byte_that_is_none_is_refused_and_not_read_as_windows(tmp_path):
    path = tmp_path / "file.csv"
    path.write_bytes("sku,quantity\nÉTÉ,1\nKÖLN,2\n".encode() + b"CAF\xc9,3\n")

    with pytest.raises(Unreadable, match=r"is UTF-8 text, but line 4 holds bytes that are not\. Save it as UTF-8"):
        read(path)


def test_titles_above_a_table_do_not_hide_what_parts_its_cells(tmp_path):
    path = files.text(tmp_path, "Stock as of today\n\nsku;quantity\nA;1\nB;2\n")

    sheet = Sheet(Source(path), TABLE, tabular.Reading(header_row=3))

    assert [record.values["sku"] for record in sheet.records(Problems())] == ["A", "B"]


@pytest.mark.django_db
def test_a_place_that_nobody_knows_is_the_shops_only_one_if_the_file_knows_of_one_too(tmp_path):
    make.warehouse("MAIN")
    make.product("A")

    one = files.look(files.text(tmp_path, "sku,quantity,location\nA,1,WH/Stock/1\nA,2,WH/Stock/2\n"), stock.RESOURCE)
    two = files.look(files.text(tmp_path, "sku,quantity,location\nA,1,WH/Stock\nA,2,BER/Stock\n"), stock.RESOURCE)

    assert [count.counted for count in one.new] == [3]
    assert [str(problem) for problem in two.problems] == [
        'Row 2, column "location": "WH/Stock" — expected a warehouse that is known (MAIN).',
        'Row 3, column "location": "BER/Stock" — expected a warehouse that is known (MAIN).',
    ]


@pytest.mark.django_db
def test_a_row_that_went_nowhere_stops_the_load(tmp_path):
    plan = files.look(files.text(tmp_path, "sku,quantity\nA,1\n"), stock.RESOURCE)

    assert plan.account() == "1 row = 0 taken + 0 left out + 1 refused."
    plan.problems.rows.clear()
    with pytest.raises(Unreadable, match=r"has 1 row, and 0 are accounted for\. This is a fault of ours"):
        plan.account()
