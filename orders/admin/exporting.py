"""
The backorder list as a file: plain values, none of them an object of ours, and the whole of it or an error.

A list of any length is to be had as CSV, which PostgreSQL writes itself; one that a workbook can be made of while
somebody waits as XLSX too.
"""

from collections.abc import Iterator, Sequence
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any

from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import Case, CharField, F, Func, QuerySet, Value, When
from django.http import FileResponse
from django.utils import timezone

from inventory.ground import tabular
from inventory.ground.sql import copying
from orders.models import Backorder, OrderLine

EXPORT_BLOCK = 2_000
MOST_XLSX = 20_000
"""Lines of a workbook: packing one takes ten times as long as the same as CSV."""
COLUMNS = {
    "Order": "order__reference",
    "Channel": "order__channel",
    "Customer": "order__customer__name",
    "E-mail": "order__customer__email",
    "SKU": "product__sku",
    "Product": "product__name",
    "Warehouse": "order__warehouse__code",
    "Ordered": "quantity",
    "Shipped": "shipped",
    "Allocated": "allocated",
    "Waits": "backordered",
    "No supply": "uncovered",
    "Placed": "placed_at",
    "Likely": "likely_date",
    "Safe": "safe_date",
    "How we know": "basis",
    "First promised": "first_promised_date",
    "Promised": "promised_date",
    "Told": "told_at",
    "Priority": "priority",
    "Reason": "priority_reason",
}
MOMENTS = {"placed_at", "told_at"}
TEXTS = {name for name in COLUMNS.values() if name.startswith(("order__", "product__"))} | {"priority_reason"}
BASIS = list(COLUMNS.values()).index("basis")


def csv(lines: QuerySet[Backorder]) -> FileResponse:
    """Give the lines as CSV, whole or not at all: it is written to a file that nobody sees, and then sent."""
    file = TemporaryFile()  # noqa: SIM115  (the response closes it)
    if connection.vendor == "postgresql":
        copying.copy_csv(lines.values_list(*map(_written, COLUMNS.values())), list(COLUMNS), file)
    else:
        file.writelines(block.encode() for block in tabular.write_csv(_exported(lines)))
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="backorders.csv", content_type="text/csv; charset=utf-8")


def xlsx(lines: QuerySet[Backorder]) -> FileResponse:
    """Give the lines as a workbook, if there are not too many."""
    if lines.order_by()[MOST_XLSX : MOST_XLSX + 1].exists():
        raise BadRequest(
            f"Nothing was exported. A workbook holds up to {MOST_XLSX:,} lines, and these are more: have them as CSV, "
            "which spreadsheets open too, or narrow the list."
        )
    file = BytesIO()
    tabular.write_xlsx(_exported(lines), file, title="Backorders")
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename="backorders.xlsx")


def _written(column: str) -> Any:
    """Give a column as PostgreSQL writes it into a text file."""
    if column in MOMENTS:
        local = Func(Value(timezone.get_current_timezone_name()), F(column), function="timezone")
        return Func(local, Value("YYYY-MM-DD HH24:MI:SS"), function="to_char", output_field=CharField())
    if column == "basis":
        return Case(*(When(basis=value, then=Value(words)) for value, words in _words().items()), default=F("basis"))
    return copying.Neutral(column) if column in TEXTS else F(column)


def _words() -> dict[str, str]:
    return {value: str(words) for value, words in OrderLine._meta.get_field("basis").flatchoices}


def _exported(lines: QuerySet[Backorder]) -> Iterator[Sequence[Any]]:
    words = _words()
    yield list(COLUMNS)
    for line in lines.values_list(*COLUMNS.values()).iterator(EXPORT_BLOCK):
        yield *line[:BASIS], words.get(line[BASIS], line[BASIS]), *line[BASIS + 1 :]
