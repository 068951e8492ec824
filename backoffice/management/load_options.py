"""What ``manage.py load`` may be told: its arguments, what they mean, and which kind of file each is for."""

import argparse
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from backoffice.files import layouts, loading

EXAMPLES = """
examples:
  manage.py load products catalog.xlsx --dry-run
  manage.py load orders export.csv --map "Order no"=reference --map Mail=email
  manage.py load history sales.csv.xz --map InvoiceNo=reference --map StockCode=sku \\
      --map Quantity=quantity --map InvoiceDate=placed_at --map CustomerID=customer --json

Files: CSV (comma, semicolon, tab or |; UTF-8, UTF-16 or Windows-1252), also packed as .gz or .xz, and XLSX (its only
visible sheet, or that of --sheet). Exports of other programs are known by their header and read by a layout.
An order that is here already is left as it is, unless --newer says otherwise. Nobody is written to without --tell.
Who of those already waiting would be pushed back is printed before anything is loaded, and at a terminal you are asked;
--yes does not ask, and neither does a job without a terminal.
Columns are found by their name in any case and order; --map names those that are called otherwise (a date and a time
may both be named placed_at). What a file was loaded with is kept under its header, and taken again for the next with
these columns (it says so; --mapping none does without). Others are ignored. Each row is loaded, left out by name, or
refused; the sum is printed.
A file is loaded whole or not at all. Loading it again changes nothing. The exit code is 0 only if it was loaded.
A big count of stock (above UPLOAD_AT_ONCE_KB) is written in blocks, so that others can sell meanwhile. If it is
stopped, it says how many blocks are loaded and stay so; the same file again goes on from there.

What history counts (each row of the file is in exactly one of these; rows is their sum):
  loaded        rows that count as demand, also if an earlier load brought them already
  netted        cancellations (units below zero) and the lines they cancel: the latest earlier line in the file
                of the same customer, product and quantity. Both rows are counted here, and neither is demand
  not_products  postage, fees, discounts, vouchers and the like, known by their code (setting NOT_PRODUCTS,
                and --not-products); reported by code
  refused       no demand, with the reason told: a cancellation without such a line, one without a customer,
                zero units, a price below zero, no price and no customer (a stock adjustment). Also rows that
                cannot be read, which stop the load unless --skip-bad is given
Rows of the same order and product are added up. A product that is not known yet is made.
"""


def add_arguments(parser: CommandParser, *, about: str) -> None:
    """Declare them all."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = f"{about}\n\n{_columns()}"
    parser.epilog = EXAMPLES
    _about_the_file(parser)
    _about_its_rows(parser)


def _about_the_file(parser: CommandParser) -> None:
    parser.add_argument("kind", choices=list(loading.KINDS), metavar="KIND", help=", ".join(loading.KINDS))
    parser.add_argument("file", type=Path, metavar="FILE", help="the file to load")
    parser.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="a column of the file that is this field"
    )
    parser.add_argument(
        "--mapping",
        default="",
        metavar="NAME",
        help="a mapping that was made before, by its name in the admin, or “none”; left out: that of this header",
    )
    parser.add_argument("--layout", default="", metavar="NAME", help=_layouts())
    parser.add_argument("--sheet", default="", metavar="NAME", help="which sheet of a workbook that has several")
    parser.add_argument(
        "--header-row", type=int, default=0, metavar="N", help="the row of the header, where titles stand above it"
    )


def _about_its_rows(parser: CommandParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would change, and write nothing")
    parser.add_argument(
        "--yes", action="store_true", help="load without asking, although customers who wait are pushed back"
    )
    parser.add_argument("--skip-bad", action="store_true", help="load the good rows, and name those left out")
    parser.add_argument(
        "--dates",
        choices=["day-first", "month-first"],
        default="",
        help="how to read 01/12/2010 where nothing in its column shows it",
    )
    parser.add_argument(
        "--not-products",
        default="",
        metavar="CODE,CODE",
        help="more codes (with * and ?) in a file of orders or history that are no products",
    )
    parser.add_argument(
        "--newer", action="store_true", help="an order file is newer than the last: what differs changes the order"
    )
    parser.add_argument(
        "--reused",
        action="store_true",
        help="the number of a closed order stands for another order now: its day is added to it",
    )
    parser.add_argument(
        "--tell",
        action="store_true",
        help="write to customers of what a file of orders or cancellations brings; else nobody is",
    )
    parser.add_argument(
        "--sales",
        action="store_true",
        help="a history file holds what was sold, not what was ordered: more may have been wanted on days that"
        " ended without stock (column ran_out, or this shop's ledger)",
    )
    parser.add_argument(
        "--counted-at",
        type=moment,
        metavar="TIME",
        help="when a stock file was counted, such as “2026-03-02 18:30”: what left since is taken off, what came is"
        " added (or a column counted_at)",
    )
    parser.add_argument(
        "--all-others-zero",
        action="store_true",
        help="what a stock file does not name, in the warehouses that it names, was counted as 0",
    )
    parser.add_argument("--json", action="store_true", help="print the counts as one JSON object, and no more")


def file_of(options: Mapping[str, Any]) -> loading.File:
    """
    Give the file, and how it is to be read.

    :raises CommandError: if an option is not for this kind of file, or two say different things
    """
    refuse_foreign(options)
    if options["map"] and options["mapping"]:
        raise CommandError("--map and --mapping both say which column is which. Give one of them.")
    return loading.File(
        kind=options["kind"],
        path=options["file"],
        mapping=mapping(options["map"]),
        date_order=options["dates"],
        sheet=options["sheet"],
        header_row=options["header_row"],
        layout=options["layout"],
        not_products=[code for code in options["not_products"].split(",") if code.strip()],
        is_sales=options["sales"],
        counted_at=options["counted_at"],
        is_all_others_zero=options["all_others_zero"],
        is_newer=options["newer"],
        is_reused=options["reused"],
        is_telling=options["tell"],
        named=options["mapping"],
    )


ONLY = {
    "not_products": ("orders", "history"),
    "sales": ("history",),
    "counted_at": ("stock",),
    "all_others_zero": ("stock",),
    "newer": ("orders",),
    "reused": ("orders",),
    "tell": ("orders", "cancellations"),
}
"""Which kinds a flag is for."""


def refuse_foreign(options: Mapping[str, Any]) -> None:
    """:raises CommandError: if a flag is not for this kind of file"""
    for flag, kinds in ONLY.items():
        if options[flag] and options["kind"] not in kinds:
            raise CommandError(f"--{flag.replace('_', '-')} is for {' and '.join(kinds)} only.")


def mapping(pairs: list[str]) -> dict[str, str]:
    mapping: dict[str, str] = {}
    for pair in pairs:
        column, sign, field = pair.rpartition("=")
        if not (sign and column.strip() and field.strip()):
            raise CommandError(f"--map {pair}: write it as COLUMN=FIELD, such as --map InvoiceNo=reference")
        if column.strip() in mapping:
            raise CommandError(f"--map names the column “{column.strip()}” twice.")
        mapping[column.strip()] = field.strip()
    return mapping


def moment(text: str) -> datetime:
    """Read a time in the shop's zone; one to come is none that anything was counted at."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        raise argparse.ArgumentTypeError(f"“{text}” is no day and time; write it as 2026-03-02 18:30") from None
    read = read if read.tzinfo else timezone.make_aware(read)
    if read > timezone.now():
        raise argparse.ArgumentTypeError(f"{text} has not come yet")
    return read


def _layouts() -> str:
    listed = "; ".join(
        f"{kind}: {', '.join(layout.name for layout in found)}" for kind in loading.KINDS if (found := layouts.of(kind))
    )
    return f"the export it is, where its header does not show it, or “none”. {listed}"


def _columns() -> str:
    """List what each kind reads; * must be there."""
    told = ["columns of each kind (* must be there):"]
    for resource in loading.KINDS.values():
        names = [column.name + "*" * column.is_required for column in resource.columns]
        told.append(f"\n  {resource.kind}: {resource.about}")
        told += [f"    {name:<18} {column.help}" for name, column in zip(names, resource.columns, strict=True)]
    return "\n".join(told)
