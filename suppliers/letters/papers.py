"""
What a letter carries: the order as a paper (PDF) and as a sheet (CSV), made of its facts alone. Writes nothing.

The sheet says the same as the paper, a line a row, for a supplier's program; nothing in it is run by a spreadsheet.
"""

import re
from datetime import date
from decimal import Decimal

from inventory.ground.plurals import counted
from inventory.ground.post.letter import Attached
from inventory.ground.tabular import export

from .facts import OrderFacts, money, said

COLUMNS = ("order", "line", "supplier_sku", "sku", "name", "units", "unit_price", "currency", "expected", "deliver_to")
_HEAD = ("Your SKU", "Our SKU", "Name", "Expected", "Units", "Price", "Value")
_SHARES = (0.15, 0.15, 0.28, 0.12, 0.08, 0.1, 0.12)
_NUMBERS = ("Units", "Price", "Value")
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def of(facts: OrderFacts) -> list[Attached]:
    """Make both, in this order: the paper, the sheet."""
    name = _UNSAFE.sub("-", facts.reference).strip("-.") or "order"
    return [
        Attached(f"{name}.pdf", "application/pdf", paper(facts)),
        Attached(f"{name}.csv", "text/csv", sheet(facts)),
    ]


def paper(facts: OrderFacts) -> bytes:
    # 20 MB and a third of a second that only who draws has to pay
    from inventory.ground.papers import barcodes, sheet  # noqa: PLC0415

    title = f"Purchase order {facts.reference}"
    ours = [sheet.text(facts.shop), *([sheet.text(facts.address)] if facts.address else [])]
    theirs = [
        sheet.text("To", size=sheet.SMALL, is_pale=True),
        sheet.text(facts.supplier),
        sheet.gap(2),
        sheet.text("Deliver to", size=sheet.SMALL, is_pale=True),
        sheet.text(facts.place),
        *([sheet.text(facts.place_address)] if facts.place_address else []),
    ]
    about = [("Date", said(facts.day)), ("Buyer", facts.buyer), ("Currency", facts.currency)]
    rows = [
        (
            line.supplier_sku or "–",
            line.sku,
            line.name,
            _short(line.day) or "please say",
            f"{line.units:,}" if line.units else "canceled",
            money(Decimal(line.price), ""),
            money(line.value, ""),
        )
        for line in facts.lines
    ]
    total = money(facts.value, facts.currency)
    story = [
        sheet.beside([sheet.text(title, size=sheet.LARGE)], [barcodes.of(facts.reference)], share=0.6),
        sheet.gap(),
        sheet.beside(
            theirs,
            [*ours, sheet.gap(2), *(sheet.text(f"{name}: {words}") for name, words in about if words)],
            share=0.6,
        ),
        sheet.gap(8),
        sheet.table(_HEAD, rows, shares=_SHARES, numbers=_NUMBERS),
        sheet.gap(4),
        sheet.text(f"{counted(facts.units, 'unit')}, {total}", is_number=True),
        *([sheet.gap(8), sheet.text(facts.terms, size=sheet.SMALL, is_pale=True)] if facts.terms else []),
    ]
    return sheet.made(story, title=f"{title}, {facts.shop}", author=facts.shop)


def _short(day: str) -> str:
    """Say a day in little room."""
    known = date.fromisoformat(day) if day else None
    return f"{known.day} {known:%b %Y}" if known else ""


def sheet(facts: OrderFacts) -> bytes:
    rows = [
        (
            facts.reference,
            number,
            line.supplier_sku,
            line.sku,
            line.name,
            line.units,
            line.price,
            facts.currency,
            line.day,
            facts.deliver_to,
        )
        for number, line in enumerate(facts.lines, start=1)
    ]
    return "".join(export.write_csv([COLUMNS, *rows])).encode()
