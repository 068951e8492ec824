"""
Files in: which kinds there are, a look at what one would change, and the load itself.

A file is loaded whole, in one transaction, or not at all; or, where somebody says so, without its bad rows,
and then each of those is named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.utils import timezone

from inventory.demand import ImpossibleDemand
from inventory.resources import RESOURCES as INVENTORY
from inventory.resources import Plan, Resource
from inventory.tabular import Sheet, Source, Unreadable
from inventory.tabular.sheet import DateOrder
from orders.resources import RESOURCES as ORDERS
from suppliers import performance
from suppliers.resources import RESOURCES as SUPPLIERS

KINDS: dict[str, Resource] = {resource.kind: resource for resource in (*INVENTORY, *SUPPLIERS, *ORDERS)}

INBOUND = "inbound"


class Refused(Exception):
    """The file has rows that cannot be loaded. Nothing was; ``plan`` says which and why."""

    def __init__(self, plan: Plan) -> None:
        rows = len(plan.problems.rows)
        super().__init__(
            f"Nothing was loaded: {rows:,} of {plan.rows:,} rows cannot be."
            if rows
            else "Nothing was loaded: the file has no rows below its header."
        )
        self.plan = plan


@dataclass(frozen=True, slots=True)
class File:
    """
    One file on its way in, and how to read it.

    :ivar mapping: column as written in the file → field
    :ivar not_products: codes in a history file that are no products, beside those of the setting
    :ivar is_sales: a history file holds what was sold, not what was ordered
    """

    kind: str
    path: Path
    name: str = ""
    mapping: Mapping[str, str] = field(default_factory=dict)
    date_order: DateOrder = ""
    not_products: Sequence[str] = ()
    is_sales: bool = False


def look(file: File, *, at: datetime, progress: Callable[[int, int], object] | None = None) -> Plan:
    """
    Read the file and say what loading it would do; nothing is written.

    :raises Unreadable: if it is no table, or a column is missing
    """
    resource = KINDS[file.kind]
    source = Source(file.path, file.name)
    rows = partial(_tell, progress, source.lines) if progress else None
    sheet = Sheet(
        source,
        resource.columns,
        mapping=file.mapping,
        date_order=file.date_order,
        today=timezone.localtime(at).date(),
        progress=rows,
    )
    if file.not_products or file.is_sales:
        return resource.check(sheet, not_products=file.not_products, is_sales=file.is_sales)
    return resource.check(sheet)


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
    except (DatabaseError, ImpossibleDemand) as error:
        raise Unreadable(f"Nothing was loaded: the database refused it. {_first_line(error)}") from error


def report(file: File, plan: Plan) -> dict[str, Any]:
    """Give the counts and what is wrong, for a machine: every row of the file is in exactly one count."""
    return {
        "kind": file.kind,
        **plan.figures(),
        **({"details": plan.details} if plan.details else {}),
        "problems": plan.problems.lines(),
    }


def _tell(progress: Callable[[int, int], object], lines: int, row: int) -> None:
    progress(row, max(lines, row))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]
