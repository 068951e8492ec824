"""Papers are opened and read back: text in three alphabets, hostile names, barcodes, the same bytes each time."""

import pypdfium2
import pytest
import zxingcpp

from inventory.ground.papers import barcodes, lettering, sheet

HOSTILE = ("W" * 200, "<b>bold</b> & co", "\u202eevil\u202c", "Lamp \N{ELECTRIC LIGHT BULB}", "שלום", "a\x00b\nc")
SHARES = (0.3, 0.5, 0.2)


def paper(rows, *, title="Paper 1", code="PO-1042"):
    story = [
        sheet.beside([sheet.text("Paper", size=sheet.LARGE)], [barcodes.of(code)]),
        sheet.gap(),
        sheet.table(("SKU", "Name", "Units"), rows, shares=SHARES, numbers=("Units",)),
    ]
    return sheet.made(story, title=title, author="Harbor & Pine")


def pages(content):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(content)]


def scanned(content):
    return [found.text for found in zxingcpp.read_barcodes(pypdfium2.PdfDocument(content)[0].render(scale=3).to_pil())]


def test_three_alphabets_are_read_back_from_the_typeface_that_the_paper_carries():
    content = paper([("ŘÍP-1", "Lampă ąęłğ Λάμπα Лампа ₽ №", "1,200")])

    [page] = pages(content)

    assert "ŘÍP-1 Lampă ąęłğ Λάμπα Лампа ₽ № 1,200" in page
    assert b"NotoSans" in content
    assert b"Helvetica" not in content.replace(b"/BaseFont /Helvetica", b"", 1)  # the library's own, which nothing uses


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_set_and_runs_nothing(name):
    [page] = pages(paper([("SKU", name, "1")]))

    expected = lettering.settable(name).replace("\n", "")
    assert expected.replace(lettering.UNKNOWN, "") in page.replace("\r\n", "").replace(lettering.UNKNOWN, "")


def test_what_the_typeface_lacks_is_seen_to_be_missing_and_what_is_invisible_goes():
    assert lettering.settable("Lamp \N{ELECTRIC LIGHT BULB} 中") == "Lamp \ufffd \ufffd"
    assert lettering.settable("\u202eevil\u202c\u200b\x07") == "evil"
    assert lettering.settable("one\r\ntwo\tthree\u2028four") == "one\ntwo three\nfour"


def test_a_table_goes_over_pages_with_its_head_on_each_and_every_row_once():
    read = pages(paper([(f"SKU-{number}.", "Lamp", "1") for number in range(300)]))

    assert len(read) > 5
    assert all(
        "SKU Name Units" in page and f"Page {number} of {len(read)}" in page for number, page in enumerate(read, 1)
    )
    assert [sum(page.count(f"SKU-{number}.") for page in read) for number in range(300)] == [1] * 300


@pytest.mark.parametrize("code", ["PO-1042", "A" * barcodes.LONGEST, "A" * 40, "Ж-1042", "P O/1", "100% <&>"])
def test_a_barcode_is_read_back_by_a_scanner(code):
    assert scanned(paper([], code=code)) == [code]


def test_the_same_content_gives_the_same_bytes_and_other_content_others():
    rows = [("A", "Lampe", "1"), ("B", "Ж", "2")]

    assert paper(rows) == paper(rows)
    assert paper(rows) != paper([*rows, ("C", "Lamp", "3")])


def test_a_cell_longer_than_a_page_is_cut_and_a_title_of_many_lines_is_one():
    content = paper([("A", "word " * 5_000, "1")], title="One\ntwo " + "x" * 300)

    assert pages(content)[0].count("word") == sheet.MOST_SIGNS // len("word ")
    assert "One two xxx" in pages(content)[0]


@pytest.mark.parametrize("in_table", [True, False])
def test_what_is_taller_than_a_page_goes_on_over_it_and_nothing_is_lost(in_table):
    long = "\n".join(f"w{number}" for number in range(1, 151))
    if in_table:
        story = [sheet.table(("SKU", "Name"), [("A-1", long), ("B-2", "Vase")], shares=(0.3, 0.7), numbers=())]
    else:
        story = [sheet.beside([sheet.text(long)], [sheet.text("Vase")])]

    content = sheet.made(story, title="Long", author="Shop")

    words = " ".join(pages(content)).split()
    assert [word for word in words if word.startswith("w")] == long.split()
    assert words.count("Vase") == 1
