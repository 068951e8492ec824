"""A count sheet on paper: as a PDF, and as a page for the printer. Made of its rows alone; writes nothing."""

from collections.abc import Sequence
from typing import NamedTuple

from inventory.desk.tables import day
from inventory.models import CountedLine, CountSheet

from .entering import lines_of, on_hand


class SheetPaper(NamedTuple):
    """What stands on it: who and what it is about, the heads of its columns, and their cells."""

    title: str
    about: Sequence[tuple[str, str]]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


NUMBERS = ("Books",)


def of(sheet: CountSheet) -> SheetPaper:
    """Say what stands on the paper; what was counted already stands in its place."""
    lines = lines_of(sheet)
    books = {} if sheet.is_blind else on_hand(sheet, [line.product_id for line in lines])
    about = (
        ("Warehouse", str(sheet.warehouse)),
        ("Bins", sheet.bins or "all"),
        ("Made", day(sheet.opened_at)),
        ("Counted by", "____________________"),
        ("Counted at", "____________________"),
        *((("Note", sheet.note),) if sheet.note else ()),
    )
    head = ("Bin", "SKU", "Name", *(() if sheet.is_blind else ("Books",)), "Counted")
    return SheetPaper(f"Count sheet {sheet}", about, head, [_row(line, sheet, books) for line in lines])


def _row(line: CountedLine, sheet: CountSheet, books: dict[int, int]) -> list[str]:
    said = [] if sheet.is_blind else [f"{books.get(line.product_id, 0):,}"]
    counted = "_________" if line.counted is None else f"{line.counted:,}"
    return [line.bin or "–", line.product.sku, line.product.name, *said, counted]


def pdf(sheet: CountSheet) -> bytes:
    # 20 MB and a third of a second that only who draws has to pay
    from inventory.ground.papers import barcodes  # noqa: PLC0415
    from inventory.ground.papers import sheet as paper  # noqa: PLC0415

    told = of(sheet)
    shares = (0.17, 0.2, 0.43, 0.2) if sheet.is_blind else (0.17, 0.2, 0.36, 0.1, 0.17)
    story = [
        paper.beside([paper.text(told.title, size=paper.LARGE)], [barcodes.of(str(sheet))], share=0.6),
        paper.gap(),
        *(paper.text(f"{name}: {words}") for name, words in told.about),
        paper.gap(6),
        paper.table(told.head, told.rows, shares=shares, numbers=NUMBERS),
    ]
    return paper.made(story, title=told.title, author=str(sheet.warehouse))


def bars(sheet: CountSheet) -> str:
    """Give the barcode of its reference as the address of a picture."""
    from inventory.ground.papers import barcodes  # noqa: PLC0415  (as above)

    return barcodes.picture(str(sheet))
