"""Workbooks: what a person sees is read, what a cell hides is told, and no archive grows under its reader's hands."""

import re
import struct
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from inventory.ground import tabular
from inventory.ground.tabular import Column, Dates, Problems, SeveralSheets, Sheet, Source, Unreadable

TABLE = (
    Column("sku", tabular.product_code(64), "", is_required=True),
    Column("quantity", tabular.whole(), ""),
    Column("price", tabular.amount(), ""),
    Column("day", Dates(), ""),
    Column("note", tabular.text(200), ""),
)


def book(tmp_path, rows, *, state=None, also=()):
    made = Workbook()
    sheet = made.active
    sheet.title = "Stock"
    for row in rows:
        sheet.append(row)
    for title, other_state, other_rows in also:
        other = made.create_sheet(title)
        other.sheet_state = other_state
        for row in other_rows:
            other.append(row)
    sheet.sheet_state = state or "visible"
    made.save(tmp_path / "book.xlsx")
    return tmp_path / "book.xlsx"


def rewritten(path, **parts):
    """Change the text of parts of an archive; a part's name has __ for /."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    for name, change in parts.items():
        part = name.replace("__", "/").replace("_DOT_", ".")
        content[part] = change(content.get(part, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return path


def read(path, sheet="", columns=TABLE):
    problems = Problems()
    table = Sheet(Source(path, sheet=sheet), columns)
    return [record.values for record in table.records(problems)], [str(problem) for problem in problems]


def test_numbers_are_read_as_a_person_sees_them(tmp_path):
    path = book(
        tmp_path,
        [["sku", "quantity", "price"], [4006381333931, 3.0, 0.1 + 0.2], ["007", "12", 1 / 3], ["A", True, "1,5"]],
    )

    values, problems = read(path)

    assert [row["sku"] for row in values] == ["4006381333931", "007"]
    assert [str(row["price"]) for row in values] == ["0.30", "0.33"]
    assert problems == ['Row 4, column "quantity": "TRUE" — expected a whole number of 0 or more.']


def test_a_number_that_lost_its_digits_is_no_code(tmp_path):
    assert "a number that lost its digits" in read(book(tmp_path, [["sku"], [12345678901234567890]]))[1][0]


def test_dates_and_rich_text_are_read_and_times_alone_are_no_days(tmp_path):
    rich = CellRichText("two ", TextBlock(InlineFont(b=True), "words"))
    rows = [["sku", "day", "note"], ["A", date(2026, 3, 1), rich], ["B", datetime.fromisoformat("2026-03-01 23:05"), 5]]
    path = book(tmp_path, [*rows, ["C", time(5, 6), ""], ["D", timedelta(hours=30), ""]])

    values, problems = read(path)

    assert values == [
        {"sku": "A", "day": date(2026, 3, 1), "note": "two words"},
        {"sku": "B", "day": date(2026, 3, 1), "note": "5"},
    ]
    assert len(problems) == 2


def test_a_product_that_a_spreadsheet_made_a_date_is_refused_by_name(tmp_path):
    _, problems = read(book(tmp_path, [["sku"], [date(2026, 3, 1)]]))

    assert len(problems) == 1
    assert '"2026-03-01" — expected a code, not a date that a spreadsheet made of a code' in problems[0]


def test_an_error_in_a_cell_is_told_and_not_read_as_empty(tmp_path):
    path = book(tmp_path, [["sku", "price"], ["A", "#N/A"], ["B", 1]])

    assert read(path) == (
        [{"sku": "B", "price": 1}],
        ['Row 2, column "price": "#N/A" — expected a value, no error.'],
    )


def test_a_formula_has_the_value_that_it_was_saved_with(tmp_path):
    path = book(tmp_path, [["sku", "price", "note"], ["A", "=1+1", '=""'], ["B", "=1+1", ""]])
    cells = [
        (b'<c r="B2"><f>1+1</f><v /></c>', b'<c r="B2"><f>1+1</f><v>2</v></c>'),
        (b'<c r="C2"><f>""</f><v /></c>', b'<c r="C2" t="str"><f>""</f><v></v></c>'),
    ]

    def saved(text):
        for before, after in cells:
            assert before in text
            text = text.replace(before, after)
        return text

    values, problems = read(rewritten(path, xl__worksheets__sheet1_DOT_xml=saved))

    assert values == [{"sku": "A", "price": 2}]
    assert [problem[:25] for problem in problems] == ['Row 3, column "price": em']


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_never_read(tmp_path, state):
    path = book(tmp_path, [["sku"], ["SECRET"]], state=state, also=[("Count", "visible", [["sku"], ["A"]])])

    assert read(path)[0] == [{"sku": "A"}]
    with pytest.raises(Unreadable, match=r"The sheet “Stock” of book.xlsx is hidden"):
        read(path, sheet="stock")


def test_of_several_sheets_somebody_says_which_and_empty_ones_do_not_count(tmp_path):
    path = book(tmp_path, [["sku"], ["A"]], also=[("Empty", "visible", []), ("Old", "visible", [["sku"], ["B"]])])

    with pytest.raises(SeveralSheets, match=r"has 2 sheets with something in them: Stock, Old\. Say which"):
        read(path)
    with pytest.raises(Unreadable, match=r"has no sheet “New”\. It has: Stock, Empty, Old"):
        read(path, sheet="New")
    assert read(path, sheet=" OLD")[0] == [{"sku": "B"}]
    assert Source(path, sheet="Old").told == ["Read the sheet “Old”."]


def test_merged_text_means_each_row_and_merged_numbers_are_refused(tmp_path):
    path = book(tmp_path, [["sku", "quantity", "note"], ["A", 5, "shelf 1"], ["B", None, None], ["C", 2, ""]])
    path = rewritten(
        path,
        xl__worksheets__sheet1_DOT_xml=lambda text: text.replace(
            b"</sheetData>",
            b'</sheetData><mergeCells count="2"><mergeCell ref="C2:C3"/><mergeCell ref="B2:B3"/></mergeCells>',
        ),
    )

    values, problems = read(path)

    assert values == [{"sku": "A", "quantity": 5, "note": "shelf 1"}, {"sku": "C", "quantity": 2}]
    assert problems == ['Row 3, column "quantity": empty — expected a value of its own; it is merged with row 2.']


def test_a_cell_in_a_far_corner_is_refused_before_it_fills_the_memory(tmp_path):
    path = book(tmp_path, [["sku"], ["A"]])
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    rewritten(path, xl__worksheets__sheet1_DOT_xml=lambda text: text.replace(b"</sheetData>", far))

    with pytest.raises(Unreadable, match=r"reaches to row 1,048,576 and column 16,384\. Delete"):
        read(path)


@pytest.mark.parametrize(
    "part", ["xl__workbook_DOT_xml", "xl__worksheets__sheet1_DOT_xml", "xl__sharedStrings_DOT_xml"]
)
def test_a_part_that_declares_entities_is_refused(tmp_path, part):
    path = book(tmp_path, [["sku"], ["A"]])

    def bomb(text):
        return b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>' + re.sub(rb"<\?xml.*?\?>", b"", text)

    with pytest.raises(Unreadable, match=r"declares entities|cannot? be read|not an XLSX workbook that can be read"):
        read(rewritten(path, **{part: bomb}))


def test_an_archive_that_lies_about_a_size_is_refused(tmp_path):
    path = book(tmp_path, [["sku"], ["A"]])
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    told = struct.pack("<L", size)
    small = struct.pack("<L", 200)
    at = content.index(b"xl/worksheets/sheet1.xml", content.index(b"PK\x01\x02"))
    assert content[at - 22 : at - 18] == told
    content[at - 22 : at - 18] = small
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=r"not an XLSX workbook that can be read"):
        read(path)


def test_a_part_that_is_there_twice_is_refused(tmp_path):
    path = book(tmp_path, [["sku"], ["A"]])
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")

    with pytest.raises(Unreadable, match=r"holds one part twice"):
        read(path)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ("xl/workbook.bin", r"binary workbook \(\.xlsb\)\. Save it as XLSX"),
        ("content.xml", r"OpenDocument file \(\.ods\)\. Save it as XLSX or CSV"),
        ("word/document.xml", "Word document"),
        ("Index/Document.iwa", "Apple Numbers file"),
    ],
)
def test_another_programs_file_is_named_with_what_to_do(tmp_path, part, told):
    with zipfile.ZipFile(tmp_path / "file.xlsx", "w") as archive:
        archive.writestr(part, "x")

    with pytest.raises(Unreadable, match=told):
        read(tmp_path / "file.xlsx")


def test_links_to_other_files_are_not_followed(tmp_path):
    path = book(tmp_path, [["sku"], ["A"]])
    link = b'<Relationship Id="rId1" Type="x/worksheet" Target="http://elsewhere.example/" TargetMode="External"/>'

    def outward(text):
        return re.sub(rb"<Relationship [^>]*worksheets/sheet1[^>]*/>", link, text)

    with pytest.raises(Unreadable, match=r"has no sheet"):
        read(rewritten(path, xl___rels__workbook_DOT_xml_DOT_rels=outward))


@pytest.mark.parametrize("at", range(0, 4000, 97))
def test_a_workbook_that_was_cut_or_scratched_is_read_or_refused_in_words(tmp_path, at):
    whole = book(tmp_path, [["sku", "quantity"], ["A", 1]]).read_bytes()
    for content in (whole[:at], whole[:at] + b"\xff" + whole[at + 1 :]):
        (tmp_path / "cut.xlsx").write_bytes(content or b"x")
        values, told = [], "."
        try:
            values, _ = read(tmp_path / "cut.xlsx")
        except Unreadable as error:
            told = str(error)
        assert values in ([{"sku": "A", "quantity": 1}], [])
        assert told.endswith(".")


def test_a_workbook_whose_rows_are_all_on_a_hidden_sheet_says_that_it_was_not_read(tmp_path):
    path = book(tmp_path, [], also=[("Count", "hidden", [["sku", "quantity"], ["TEE-S", 3]])])

    with pytest.raises(Unreadable, match="is empty") as error:
        read(path)

    assert str(error.value) == "book.xlsx is empty. Read the sheet “Stock”. Hidden and not read: Count."
