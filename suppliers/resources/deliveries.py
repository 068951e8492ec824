"""
A shop's own record of what it ordered and when it came, from a file: what the lead times of its suppliers begin with.

A row is a parcel of a line of an order. Rows of one supplier, order and line (or SKU) are one line, which teaches one
lesson. Suppliers that are not known are made; stock, inbound and orders stay as they are: all of it is past.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import User

from inventory import known
from inventory.demand import numbering
from inventory.ground import keys
from inventory.ground.tabular import Column, Dates, Record, Sheet, named, plain_code, whole
from inventory.models import Product
from inventory.resources.plan import Plan, Resource
from suppliers import lessons
from suppliers.models import Lesson, Offer, PurchaseOrder, Supplier

COLUMNS = (
    Column(
        "supplier",
        named(120, is_known_by=True),
        "the supplier's code or name; one that is not known is made",
        is_required=True,
    ),
    Column("reference", plain_code(80), "the purchase order's number", is_required=True, is_key=True),
    Column("line", plain_code(40), "which line of it, where an order has several of a SKU", is_key=True),
    Column("sku", plain_code(200), "what was ordered; a product that is known teaches its offer too", is_key=True),
    Column("sent_at", Dates(is_past=True), "when it was sent; left out if empty", is_required=True, may_be_empty=True),
    Column("received_at", Dates(is_past=True), "when it came; left out if empty", is_required=True, may_be_empty=True),
    Column("confirmed_date", Dates(), "the day that the supplier confirmed first; empty: none"),
    Column("quantity", whole(0), "units that came; they say when most of a line was here"),
    Column("ordered", whole(1), "units of the line as ordered; one of which less than 90 % came is still open"),
    Column("quoted_days", whole(0, 1000), "lead time as quoted then; left out: that of the offer, if it is known"),
)
NOT_SENT = "the day it was sent is not known"
NOT_HERE = "the day it came is not known, or has not come"
BACKWARDS = "it came before it was sent"
TWICE = "the same delivery of the same line, twice"
OURS = "its order was sent from here, and teaches by itself"
LONGEST = 730
"""Days between sending and receipt that nobody doubts."""
NOTHING_CAME = "no units came"
OPEN = "its line is open: less than 90 % of its units came"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """
    One line that came, as the file has it.

    :ivar names: the keys by which its lesson may be on record, as its supplier was named by code or name
    """

    key: str
    names: tuple[str, ...]
    supplier: str
    reference: str
    item: str
    sent_on: date
    came_on: date
    confirmed_on: date | None
    quoted_days: int | None


def lines(plan: Plan, called: Mapping[str, tuple[str, str]] | None = None) -> list[tuple[Record, int, DeliveryRow]]:
    """
    Gather parcels to lines: each with the row that completed it, and how many rows it took.

    :param called: what a supplier that is known is called, its code and its name, by either
    """
    called = called or {}
    gathered: dict[str, list[Record]] = {}
    seen: set[tuple[Any, ...]] = set()
    for record in list(plan.sheet.records(plan.problems)):
        values = record.values
        if reason := _why_not(values):
            plan.left.add(record.row, reason)
            continue
        key = _keys(values, called)[-1]
        parcel = (key, values["received_at"], values.get("quantity"))
        if parcel in seen:
            plan.left.add(record.row, TWICE)
            continue
        seen.add(parcel)
        gathered.setdefault(key, []).append(record)
    found = []
    for records in gathered.values():
        records.sort(key=lambda record: record.values["received_at"])
        if last := _completed_by(records):
            found.append((last, len(records), _past(_keys(records[0].values, called), records, last)))
        else:
            for record in records:
                plan.left.add(record.row, OPEN)
    return found


def _why_not(values: Mapping[str, Any]) -> str:
    sent, received = values.get("sent_at"), values.get("received_at")
    if sent is None:
        return NOT_SENT
    if received is None:
        return NOT_HERE
    if values.get("quantity") == 0:
        return NOTHING_CAME
    return BACKWARDS if received < sent else ""


def _keys(values: Mapping[str, Any], called: Mapping[str, tuple[str, str]]) -> tuple[str, ...]:
    """Give the key of a line as its supplier is named here, then as it may be named elsewhere: by code, by name."""
    named = keys.key(values["supplier"])
    return tuple(_key(values, name) for name in (named, *called.get(named, ())))


def _key(values: Mapping[str, Any], supplier: str) -> str:
    names = [supplier, *(keys.key(str(values.get(name, ""))) for name in ("reference", "line", "sku"))]
    if names[2]:
        names[3] = ""
    return hashlib.sha256("\0".join([*names, values["sent_at"].isoformat()]).encode()).hexdigest()


def _completed_by(records: Sequence[Record]) -> Record | None:
    """Give the parcel with which 90 % of a line had come; without units, the last of them."""
    units = [record.values.get("quantity", 0) for record in records]
    ordered = max((record.values.get("ordered", 0) for record in records), default=0)
    wanted, came = ordered or sum(units), 0
    for record, count in zip(records, units, strict=True):
        came += count
        if wanted and 100 * came >= lessons.ENOUGH_PERCENT * wanted:
            return record
    return None if wanted else records[-1]


def _past(names: tuple[str, ...], records: Sequence[Record], last: Record) -> DeliveryRow:
    def first(name: str) -> Any:
        return next((each.values[name] for each in records if name in each.values), None)

    values = last.values
    return DeliveryRow(
        names[0],
        names,
        values["supplier"],
        values["reference"],
        first("sku") or "",
        values["sent_at"],
        values["received_at"],
        first("confirmed_date"),
        first("quoted_days"),
    )


def check(sheet: Sheet) -> Plan:
    """Gather the lines of the file, and set each beside the lesson there is of it."""
    plan = Plan(sheet)
    found = _without_ours(plan, lines(plan, _called()))
    suppliers = _suppliers(past.supplier for _, _, past in found)
    products = known.products(past.item for _, _, past in found if past.item)
    offers = _offers(suppliers.values(), products.values())
    there = {
        lesson.key: lesson
        for block in known.blocks([key for _, _, past in found for key in past.names])
        for lesson in Lesson.objects.filter(key__in=block)
    }
    for record, rows, past in found:
        supplier = suppliers[keys.key(past.supplier)]
        product = products.get(keys.key(past.item))
        offer = offers.get((supplier.pk, product.pk)) if product and supplier.pk else None
        before = next((there[key] for key in past.names if key in there), None)
        lesson = _lesson(replace(past, key=before.key or past.key) if before else past, supplier, offer)
        if before is None:
            plan.add("new", record, lesson, rows=rows)
        elif was := _differences(before, lesson):
            plan.add("changed", record, lesson, rows=rows)
            for name, value in was.items():
                plan.change(record.row, name, value, getattr(lesson, name))
        else:
            plan.add("unchanged", record, lesson, rows=rows)
    fresh = {id(supplier) for supplier in suppliers.values() if not supplier.pk}
    orders = {(keys.key(past.supplier), keys.key(past.reference)) for _, _, past in found}
    _note_long(plan, found)
    confirmed = sum(past.confirmed_on is not None for _, _, past in found)
    plan.details["teaches"] = {
        "lines": len(found),
        "orders": len(orders),
        "suppliers": len({id(supplier) for supplier in suppliers.values()}),
        "new suppliers": len(fresh),
        "with a confirmed date": confirmed,
        "of an offer here": sum(lesson.offer is not None for lesson in [*plan.new, *plan.changed]),
    }
    plan.details["left out"] = sheet.left.counts()
    return plan


def _note_long(plan: Plan, found: Sequence[tuple[Record, int, DeliveryRow]]) -> None:
    """Name what took years: a year may be mistyped, and it would teach nonetheless."""
    long = [(record.row, days) for record, _, past in found if (days := (past.came_on - past.sent_on).days) > LONGEST]
    if long:
        row, days = long[0]
        more = f", and {len(long) - 1:,} more took years" if long[1:] else ""
        plan.notes.append(
            f"Row {row}: it came {days:,} days after it was sent{more}. Is a year mistyped? It teaches so."
        )


def _without_ours(plan: Plan, found: list[tuple[Record, int, DeliveryRow]]) -> list[tuple[Record, int, DeliveryRow]]:
    """Leave out lines of orders that were sent from here: they teach by themselves."""
    spelled = {name for _, _, past in found for name in numbering.spellings(past.reference)}
    ours = {
        keys.key(reference)
        for block in known.blocks(sorted(spelled))
        for reference in PurchaseOrder.objects.filter(reference__in=block).values_list("reference", flat=True)
    }
    for record, rows, past in found:
        for _ in range(rows if keys.key(past.reference) in ours else 0):
            plan.left.add(record.row, OURS)
    return [each for each in found if keys.key(each[2].reference) not in ours]


def _lesson(past: DeliveryRow, supplier: Supplier, offer: Offer | None) -> Lesson:
    return lessons.of_the_past(
        key=past.key,
        supplier=supplier,
        offer=offer,
        reference=past.reference,
        item=past.item,
        sent_on=past.sent_on,
        came_on=past.came_on,
        confirmed_on=past.confirmed_on,
        quoted_days=past.quoted_days,
    )


def _differences(before: Lesson, after: Lesson) -> dict[str, Any]:
    names = ("came_on", "confirmed_days", "days_late", "quoted_days", "offer_id")
    return {name: getattr(before, name) for name in names if getattr(before, name) != getattr(after, name)}


def _suppliers(names: Iterable[str]) -> dict[str, Supplier]:
    """Find suppliers by code, else by name, in any case; make the others, with a code of their name."""
    by_code: dict[str, Supplier] = {}
    by_name: dict[str, Supplier] = {}
    for supplier in Supplier.objects.order_by("-pk"):
        by_code[keys.key(supplier.code)] = by_name[keys.key(supplier.name)] = supplier
    found: dict[str, Supplier] = {}
    for name in names:
        key = keys.key(name)
        if key not in found:
            found[key] = by_code.get(key) or by_name.get(key) or Supplier(code=_code(name, by_code), name=name)
            by_code.setdefault(keys.key(found[key].code), found[key])
    return found


def _called() -> dict[str, tuple[str, str]]:
    """Give code and name of each supplier, by either; what is one's code and another's name is the code."""
    both = [
        (keys.key(code), keys.key(name)) for code, name in Supplier.objects.order_by("-pk").values_list("code", "name")
    ]
    return {name: (code, name) for code, name in both} | {code: (code, name) for code, name in both}


def _code(name: str, taken: Mapping[str, Supplier]) -> str:
    """Give a code that nobody has: the letters and digits of the name, as many as fit."""
    plain = "-".join("".join(sign if sign.isalnum() else " " for sign in name.upper()).split())[:36].strip("-") or "S"
    number, code = 1, plain
    while keys.key(code) in taken:
        number += 1
        code = f"{plain}-{number}"
    return code


def _offers(suppliers: Iterable[Supplier], products: Iterable[Product]) -> dict[tuple[int, int], Offer]:
    supplier_ids = [supplier.pk for supplier in suppliers if supplier.pk]
    return {
        (offer.supplier_id, offer.product_id): offer
        for block in known.blocks([product.pk for product in products])
        for offer in Offer.objects.filter(product_id__in=block, supplier_id__in=supplier_ids)
    }


def apply(plan: Plan, *, by: User | None, at: datetime, progress: Callable[[int, int], object] | None = None) -> None:
    """Make the suppliers that are new, and write the lessons; the next night learns from them."""
    wanted: list[Lesson] = [*plan.new, *plan.changed]
    fresh = {lesson.supplier.code: lesson.supplier for lesson in wanted if not lesson.supplier.pk}
    Supplier.objects.bulk_create(fresh.values(), batch_size=500)
    lessons.remember(wanted)


RESOURCE = Resource(
    kind="deliveries",
    about="Deliveries of the past, by supplier, order and line: they teach lead times, and no stock moves.",
    columns=COLUMNS,
    check=check,
    apply=apply,
)
