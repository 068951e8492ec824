"""
One paper: A4, in one typeface, with its name and the number of each page at the foot.

The same content gives the same bytes, on any day: what a letter carried can be told from its facts.
"""

from collections.abc import Collection, Sequence
from functools import cache
from io import BytesIO
from typing import Any

from reportlab.lib.colors import Color
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, LongTable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from . import lettering

WIDTH, HEIGHT = A4
EDGE, FOOT = 18 * mm, 10 * mm
FULL = WIDTH - 2 * EDGE
SMALL, NORMAL, LARGE = 8, 9.5, 18
INK, PALE, RULE = Color(0.1, 0.12, 0.15), Color(0.38, 0.4, 0.44), Color(0.8, 0.82, 0.85)
MOST_SIGNS = 2_000
"""Of one cell. A row that is taller than a page goes on over it."""


def text(words: str, *, size: float = NORMAL, is_pale: bool = False, is_number: bool = False) -> Paragraph:
    """Set words as a paragraph, broken where they are too long, within a word if there is no blank."""
    return Paragraph(lettering.marked_up(words), _style(size, is_pale, is_number))


@cache
def _style(size: float, is_pale: bool, is_number: bool) -> ParagraphStyle:
    return ParagraphStyle(
        "",
        fontName=lettering.face(),
        fontSize=size,
        leading=size * 1.35,
        textColor=PALE if is_pale else INK,
        splitLongWords=1,
        alignment=TA_RIGHT if is_number else TA_LEFT,
    )


def gap(millimeters: float = 5) -> Spacer:
    return Spacer(1, millimeters * mm)


def new_page() -> PageBreak:
    return PageBreak()


def beside(left: Sequence[Flowable], right: Sequence[Flowable], *, share: float = 0.58) -> Table:
    """Set two columns beside each other; ``share``: of the width, that of the left one."""
    columns = Table([[list(left), list(right)]], colWidths=[FULL * share, FULL * (1 - share)], splitInRow=1)
    columns.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_padding(0)]))
    return columns


def table(
    head: Sequence[str], rows: Sequence[Sequence[str]], *, shares: Sequence[float], numbers: Collection[str]
) -> LongTable:
    """
    Set rows under a head that stands on each of their pages.

    :param shares: of the width, by column; together 1
    :param numbers: the columns, by name, that stand at the right
    """
    widths = [FULL * share for share in shares]
    cells: list[list[Any]] = [
        [_cell(name, width, name in numbers, size=SMALL) for name, width in zip(head, widths, strict=True)],
        *(
            [_cell(cell, width, name in numbers) for name, cell, width in zip(head, row, widths, strict=True)]
            for row in rows
        ),
    ]
    grid = LongTable(cells, colWidths=widths, repeatRows=1, splitInRow=1)
    right = [("ALIGN", (place, 0), (place, -1), "RIGHT") for place, name in enumerate(head) if name in numbers]
    grid.setStyle(TableStyle([*_GRID, *right]))
    return grid


def _cell(words: str, width: float, is_number: bool, *, size: float = NORMAL) -> str | Paragraph:
    """Set a cell; as it is where it fits into one line, which takes a tenth of the time of a paragraph."""
    short = lettering.settable(words[:MOST_SIGNS])
    if "\n" not in short and pdfmetrics.stringWidth(short, lettering.face(), size) <= width - PADDING:
        return short
    return text(words[:MOST_SIGNS], size=size, is_pale=size == SMALL, is_number=is_number)


def _padding(points: float) -> list[tuple[Any, ...]]:
    everywhere = ((0, 0), (-1, -1))
    sides = {"LEFTPADDING": 0, "RIGHTPADDING": points, "TOPPADDING": points, "BOTTOMPADDING": points}
    return [(name, *everywhere, size) for name, size in sides.items()]


PADDING = 3
_GRID = [
    ("FONT", (0, 0), (-1, 0), lettering.FACE, SMALL, SMALL * 1.35),
    ("TEXTCOLOR", (0, 0), (-1, 0), PALE),
    ("FONT", (0, 1), (-1, -1), lettering.FACE, NORMAL, NORMAL * 1.35),
    ("TEXTCOLOR", (0, 1), (-1, -1), INK),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
    *_padding(PADDING),
]


class _Numbered(Canvas):
    """Pages that know how many they are: drawn when all of them are there."""

    foot = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  (the library's name for it)
        self._pages.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]

    def save(self) -> None:
        for number, page in enumerate(self._pages, start=1):
            self.__dict__.update(page)
            self.setFont(lettering.face(), SMALL)
            self.setFillColor(PALE)
            self.drawString(EDGE, FOOT, self.foot)
            self.drawRightString(WIDTH - EDGE, FOOT, f"Page {number} of {len(self._pages)}")
            super().showPage()
        super().save()


def made(story: Sequence[Flowable], *, title: str, author: str) -> bytes:
    """Draw the paper; ``title`` stands at the foot of each page and is what a reader's program calls it."""
    named = " ".join(lettering.settable(title).split())

    class Pages(_Numbered):
        foot = named[:100]

    buffer = BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        leftMargin=EDGE,
        rightMargin=EDGE,
        topMargin=EDGE,
        bottomMargin=EDGE,
        title=named,
        author=" ".join(lettering.settable(author).split()),
        lang="en",
        invariant=1,
    )
    document.build(list(story), canvasmaker=Pages)
    return buffer.getvalue()
