"""What the backorder list costs as a file, beside what the database needs to write the same columns."""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from tempfile import TemporaryFile
from time import perf_counter
from typing import Any, cast

from django.db import connection
from django.db.models import QuerySet

from inventory.desk import columns
from inventory.ground.sql import copying
from orders.admin.columns import COLUMNS, written
from orders.models import Backorder

from .shops import filling, scratch

HELP = (
    "Export lines as CSV, in a scratch database, and let PostgreSQL copy the same columns as they are. Best of three."
)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
TIMES = 3


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--lines", type=int, default=200_000, help="order lines to export (default: %(default)s)")


def run(options: dict[str, Any], say: Callable[[str], None]) -> dict[str, Any]:
    """Measure the export and the copy, and the machine's load before and after."""
    load = [round(os.getloadavg()[0], 1)]
    with scratch.database():
        filling.fill(options["lines"], at=NOW)
        found: dict[str, Any] = {"lines": _sent()}
        export = _best(_sent)
        found["export_s"] = round(export, 2)
        say(f"exported {found['lines']:,} lines: {found['export_s']} s")
        if connection.vendor == "postgresql":
            copy = _best(_copied)
            found |= {"copy_s": round(copy, 2), "ratio": round(export / copy, 2)}
    return {"database": connection.vendor, "load": [*load, round(os.getloadavg()[0], 1)], **found}


def words(result: dict[str, Any]) -> str:
    before, after = result["load"]
    beside = f", {result['ratio']} × a COPY of the same columns ({result['copy_s']} s)" if "ratio" in result else ""
    return (
        f"{result['database']}, load {before} before and {after} after: "
        f"{result['lines']:,} lines as CSV in {result['export_s']} s{beside}"
    )


def _sent() -> int:
    """Export and read to the end, as a browser does; give the lines."""
    response = columns.csv(*written(_lines(), COLUMNS, every=True), "backorders")
    rows = sum(block.count(b"\n") for block in cast("Iterable[bytes]", response.streaming_content))
    response.close()
    return rows - 1


def _lines() -> QuerySet[Backorder]:
    return QuerySet(Backorder).order_by("pk")


def _copied() -> None:
    lines, fields = written(_lines(), COLUMNS, every=True)
    with TemporaryFile() as file:
        copying.copy_csv(lines.values_list(*fields.values()), list(fields), file)


def _best(work: Callable[[], object]) -> float:
    took = []
    for _ in range(TIMES):
        began = perf_counter()
        work()
        took.append(perf_counter() - began)
    return min(took)
