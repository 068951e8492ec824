"""``manage.py load``: files of a shop's own into the back office."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from tqdm import tqdm

from backoffice import layouts, loading
from inventory.resources import Plan
from inventory.tabular import MissingColumns, SeveralSheets, Unreadable

SHOWN = 50
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


class Command(BaseCommand):
    help = "Load products, suppliers, offers, stock, inbound, orders or order history from a CSV or XLSX file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.formatter_class = argparse.RawDescriptionHelpFormatter
        parser.description = f"{self.help}\n\n{_columns()}"
        parser.epilog = EXAMPLES
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
            "--tell", action="store_true", help="write to customers of what an order file brings; else nobody is"
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

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_foreign(options)
        if options["map"] and options["mapping"]:
            raise CommandError("--map and --mapping both say which column is which. Give one of them.")
        file = loading.File(
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
        try:
            with Bar(f"Loading {options['kind']}") as bar:
                plan = self._load(file, bar, options)
        except MissingColumns as error:
            hint = f" If one of them is meant, say so: --map COLUMN={error.field}" if error.field else ""
            hint = f" (--header-row {error.row})" if error.row else hint
            raise CommandError(f"{error}{hint}") from None
        except SeveralSheets as error:
            raise CommandError(f"{error} --sheet “{error.names[0]}”, for instance.") from None
        except Unreadable as error:
            raise CommandError(str(error)) from None
        except loading.Refused as refused:
            if options["json"]:
                self._tell(file, refused.plan, options, "")
            raise CommandError(_told(refused)) from None
        self._tell(file, plan, options, "Would load" if options["dry_run"] else "Loaded")

    def _load(self, file: loading.File, bar: "Bar", options: dict[str, Any]) -> Plan:
        now, resource = timezone.now(), loading.KINDS[file.kind]
        plan = loading.look(file, at=now, progress=bar.tell)
        if not plan.rows or (plan.problems and not options["skip_bad"]):
            raise loading.Refused(plan)
        told = len(plan.tables)
        loading.foresee(plan, resource, at=now)
        if options["dry_run"]:
            return plan
        if plan.tables[told:]:
            self._ask(plan, bar, options, told)
        loading.apply(plan, resource, is_skipping_bad=options["skip_bad"], by=None, at=now, progress=bar.tell)
        return plan

    def _ask(self, plan: Plan, bar: "Bar", options: dict[str, Any], told: int) -> None:
        """Say who would be pushed back before it is done; where a person watches, ask for a yes."""
        bar.clear()
        out = self.stderr if options["json"] else self.stdout
        style = str if options["json"] else None
        out.write("Before anything is loaded:", style)
        for note in plan.notes[-1:]:
            out.write(f"  {note}", style)
        self._list(plan.tables[told:], out, style)
        del plan.tables[told:]  # told once
        if not options["yes"] and sys.stdin.isatty():
            try:
                answer = input("Load it? [y/N] ")
            except EOFError:
                answer = ""
            if answer.strip().lower() not in {"y", "yes"}:
                raise CommandError("Nothing was loaded.")

    def _tell(self, file: loading.File, plan: Plan, options: dict[str, Any], done: str) -> None:
        if options["json"]:
            self.stdout.write(json.dumps(loading.report(file, plan), ensure_ascii=False))
            return
        counts = ", ".join(f"{number:,} {name.replace('_', ' ')}" for name, number in plan.figures().items())
        self.stdout.write(f"{done}: {counts}.")
        for heading, numbers in plan.details.items():
            listed = "; ".join(f"{name} {number:,}" for name, number in numbers.items())
            self.stdout.write(f"  {heading.replace('_', ' ')}: {listed or 'none'}")
        for note in plan.notes:
            self.stdout.write(f"  {note}")
        if plan.changes:
            self.stdout.write("What changes:")
            for line in plan.told_changes():
                self.stdout.write(f"  {line}")
        self._list(plan.tables, self.stdout)
        if plan.left.total:
            self.stdout.write("Left out by name:")
            for line in plan.left.lines():
                self.stdout.write(f"  {line}")
        if plan.problems:
            self.stdout.write(f"Left out, rows {plan.problems.row_ranges()}:")
            for line in plan.problems.lines():
                self.stdout.write(f"  {line}")

    def _list(self, tables: Sequence[Any], out: Any, style: Any = None) -> None:
        for title, heads, rows in tables:
            out.write(f"{title} ({', '.join(heads).lower()}):", style)
            for row in rows[:SHOWN]:
                out.write(f"  {' · '.join(row)}", style)
            if len(rows) > SHOWN:
                out.write(f"  … and {len(rows) - SHOWN:,} more.", style)


ONLY = {
    "not_products": ("orders", "history"),
    "sales": ("history",),
    "counted_at": ("stock",),
    "all_others_zero": ("stock",),
    "newer": ("orders",),
    "reused": ("orders",),
    "tell": ("orders",),
}
"""Which kinds a flag is for."""


def refuse_foreign(options: Mapping[str, Any]) -> None:
    """:raises CommandError: if a flag is not for this kind of file"""
    for flag, kinds in ONLY.items():
        if options[flag] and options["kind"] not in kinds:
            raise CommandError(f"--{flag.replace('_', '-')} is for {' and '.join(kinds)} only.")


class Bar:
    """A progress bar, where a person watches."""

    def __init__(self, what: str, *, unit: str = "rows") -> None:
        self.bar = tqdm(desc=what, unit=f" {unit}", disable=None, leave=False, file=sys.stderr)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *error: object) -> None:
        self.bar.close()

    def clear(self) -> None:
        """Make way for words."""
        self.bar.clear()

    def tell(self, done: int, total: int) -> None:
        """Show so many of so many; a smaller number than before is the next stage."""
        if done < self.bar.n:
            self.bar.reset()
        self.bar.total = total
        self.bar.update(done - self.bar.n)


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


def _told(refused: loading.Refused) -> str:
    lines = refused.plan.problems.lines()
    hint = ["Put them right, or load the others with --skip-bad."] if lines else []
    return "\n".join([str(refused), *(f"  {line}" for line in lines), *hint])


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
