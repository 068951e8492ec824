"""
The backorder list as a file, streamed from the database's cursor: plain values, a block of lines at a time.

A web worker has half a minute (gunicorn's ``--timeout``): a list of any length is to be had as CSV, one that a workbook
can be made of within that time as XLSX too.
"""

from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from typing import Any

from django.core.exceptions import BadRequest
from django.db import connection
from django.db.models import CharField, F, Func, QuerySet, Value
from django.http import FileResponse, StreamingHttpResponse
from django.utils import timezone

from inventory import tabular
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
BASIS = list(COLUMNS.values()).index("basis")


def csv(lines: QuerySet[Backorder]) -> StreamingHttpResponse:
    """Give the lines as CSV."""
    response = StreamingHttpResponse(
        tabular.write_csv(_exported(lines, _written)), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="backorders.csv"'
    return response


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


def _written(column: str) -> str | Func:
    """Give a column as a text file has it: PostgreSQL writes a moment twice as fast as it can be read and written."""
    if column not in MOMENTS or connection.vendor != "postgresql":
        return column
    local = Func(Value(timezone.get_current_timezone_name()), F(column), function="timezone")
    return Func(local, Value("YYYY-MM-DD HH24:MI:SS"), function="to_char", output_field=CharField())


def _exported(
    lines: QuerySet[Backorder], how: Callable[[str], str | Func] = lambda column: column
) -> Iterator[Sequence[Any]]:
    words = dict(OrderLine._meta.get_field("basis").flatchoices)
    yield list(COLUMNS)
    for line in lines.values_list(*map(how, COLUMNS.values())).iterator(EXPORT_BLOCK):
        yield *line[:BASIS], words.get(line[BASIS], line[BASIS]), *line[BASIS + 1 :]
