"""
Files in: which kinds there are, a look at what one would change, and the load itself.

A file is loaded whole, in one transaction, or not at all; or, where somebody says so, without its bad rows,
and then each of those is named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.utils import timezone

from backoffice.models import ColumnMapping
from inventory import known
from inventory.demand.entries import ImpossibleDemand
from inventory.ground.sql import bulk
from inventory.ground.tabular import Reading, Sheet, Source, Unreadable
from inventory.ground.tabular.reading import DateOrder, find_header
from inventory.resources import RESOURCES as INVENTORY
from inventory.resources import Plan, Resource, rows_of
from orders.resources import RESOURCES as ORDERS
from suppliers import performance
from suppliers.resources import RESOURCES as SUPPLIERS

from . import layouts, mappings

KINDS: dict[str, Resource] = {resource.kind: resource for resource in (*INVENTORY, *SUPPLIERS, *ORDERS)}

INBOUND = "inbound"


class Refused(Exception):
    """The file has rows that cannot be loaded. Nothing was; ``plan`` says which and why."""

    def __init__(self, plan: Plan) -> None:
        rows = len(plan.problems.rows)
        super().__init__(
            f"Nothing was loaded: {rows:,} of {rows_of(plan.rows)} cannot be."
            if rows
            else "Nothing was loaded: the file has no rows below its header."
        )
        self.plan = plan


@dataclass(frozen=True, slots=True)
class File:
    """
    One file on its way in, and how to read it.

    :ivar mapping: column as written in the file → field
    :ivar named: which mapping to take of those that were made before, "none", or "": the one of this header
    :ivar sheet: which sheet of a workbook; needed only where several could be meant
    :ivar header_row: the row of the header; 0: the first that is not blank
    :ivar layout: the name of a layout, or "none"; left out: the one that the header is known by
    :ivar not_products: codes in a file of orders or history that are no products, beside those of the setting
    :ivar is_sales: a history file holds what was sold, not what was ordered
    :ivar counted_at: when a stock file was counted, where it does not say; None: now
    :ivar is_all_others_zero: what a stock file does not name, in its warehouses, was counted as 0
    :ivar is_newer: an order file is newer than what was loaded before: what differs in it changes the order
    :ivar is_reused: the number of a closed order stands for another one: its day is added to it
    :ivar is_telling: customers are written to of what a file of orders or cancellations brings; else nobody is
    """

    kind: str
    path: Path
    name: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = ""
    sheet: str = ""
    header_row: int = 0
    layout: str = ""
    not_products: Sequence[str] = ()
    is_sales: bool = False
    counted_at: datetime | None = None
    is_all_others_zero: bool = False
    is_newer: bool = False
    is_reused: bool = False
    is_telling: bool = False
    named: str = ""


def look(file: File, *, at: datetime, progress: Callable[[int, int], object] | None = None) -> Plan:
    """
    Read the file and say what loading it would do; nothing is written.

    :raises Unreadable: if it is no table, or a column is missing
    """
    resource = KINDS[file.kind]
    source = Source(file.path, file.name, sheet=file.sheet)
    kept = mapped_before(file, source)
    if kept:
        file = replace(file, mapping=kept.columns)
    rows = partial(_tell, progress, source.lines) if progress else None
    sheet = Sheet(source, resource.columns, reading(file, today=timezone.localtime(at).date()), progress=rows)
    with bulk.uncollected():
        plan = resource.check(sheet, **{name: getattr(file, name) for name in resource.options})
    rounded = [
        f"{number:,} × {name.replace('_', ' ')} had more decimals than are kept, and is rounded."
        for name, number in sheet.rounded.items()
        if number
    ]
    told = [mappings.said(kept)] if kept else []
    plan.notes = [note for note in (*sheet.told, *told, plan.account(), *rounded, *sheet.doubts, *plan.notes) if note]
    return plan


def mapped_before(file: File, source: Source) -> ColumnMapping | None:
    """
    Give the mapping that such columns were read with before, or that somebody named; none where one was made now.

    :raises Unreadable: if there is none of that name
    """
    if file.mapping:
        return None
    _, headers = find_header(source, reading(file))
    return mappings.find(file.kind, headers, name=file.named)


def keep_mapping(file: File, *, by: User | None, at: datetime) -> None:
    """Keep the mapping of a file that was loaded in blocks, which nobody has read again since its look."""
    if file.mapping:
        source = Source(file.path, file.name, sheet=file.sheet)
        _, headers = find_header(source, reading(file))
        mappings.keep(file.kind, headers, file.mapping, file_name=source.name, by=by, at=at)


def foresee(plan: Plan, resource: Resource, *, at: datetime) -> None:
    """Say what loading would mean to people who are here already; done as it will be, and taken back."""
    if resource.foresee and (plan.new or plan.changed):
        resource.foresee(plan, at=at)


def reading(file: File, mapping: Mapping[str, str] | None = None, *, today: date | None = None) -> Reading:
    """Say how a file is to be read: as somebody chose, and as its kind wants it."""
    return Reading(
        mapping=file.mapping if mapping is None else mapping,
        date_order=file.date_order,
        today=today,
        header_row=file.header_row,
        kind=file.kind,
        layouts=layouts.of(file.kind),
        layout=file.layout,
        fill=KINDS[file.kind].fill,
        takes=KINDS[file.kind].takes,
        currency=settings.SHOP_CURRENCY,
        is_known=cache(known.is_product),
    )


def load(
    file: File,
    *,
    is_skipping_bad: bool = False,
    by: User | None,
    at: datetime,
    progress: Callable[[int, int], object] | None = None,
) -> Plan:
    """
    Load the file in one transaction; with ``is_skipping_bad``, all of it but the rows the plan names.

    :raises Unreadable: if it is no table, or a column is missing
    :raises Refused: if a row cannot be loaded, or there is none
    """
    plan = look(file, at=at, progress=progress)
    apply(plan, KINDS[file.kind], is_skipping_bad=is_skipping_bad, by=by, at=at, progress=progress)
    return plan


def apply(
    plan: Plan,
    resource: Resource,
    *,
    is_skipping_bad: bool = False,
    by: User | None,
    at: datetime,
    progress: Callable[[int, int], object] | None = None,
) -> None:
    """
    Write what a look found.

    What only shows while writing (a backorder limit, a date in the future) is a problem of its row too.

    :raises Refused: see ``load``
    """
    if not plan.rows or (plan.problems and not is_skipping_bad):
        raise Refused(plan)
    try:
        with transaction.atomic():
            resource.apply(plan, by=by, at=at, progress=progress)
            if resource.kind == INBOUND:
                # a day that has passed is overdue: what the record says of it, not tonight but now
                performance.redate(plan.context, at=at)
            if plan.problems and not is_skipping_bad:
                raise Refused(plan)
            sheet = plan.sheet
            headers, name = sheet.headers[: sheet.table.width], sheet.source.name
            mappings.keep(resource.kind, headers, sheet.reading.mapping, file_name=name, by=by, at=at)
    except (DatabaseError, ImpossibleDemand) as error:
        raise Unreadable(f"Nothing was loaded: the database refused it. {_first_line(error)}") from error


def report(file: File, plan: Plan) -> dict[str, Any]:
    """Give the counts and what is wrong, for a machine: every row of the file is in exactly one count."""
    return {
        "kind": file.kind,
        **plan.figures(),
        **({"details": plan.details} if plan.details else {}),
        "notes": plan.notes,
        "changes": plan.told_changes(),
        "left_out_rows": plan.left.lines(),
        **({"left_as_they_are": plan.standing} if plan.standing else {}),
        "problems": plan.problems.lines(),
    }


def _tell(progress: Callable[[int, int], object], lines: int, row: int) -> None:
    progress(row, max(lines, row))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
