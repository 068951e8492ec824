"""What became of an order's lines before they came here, as a file says it: in words, in units, or not at all."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from inventory.ground.tabular import Expected, Record
from inventory.resources.plan import Plan
from orders.moving_in import MovedLine
from orders.naming.named import SAME_ORDER

OPEN, SHIPPED, CANCELED, PART, UNPAID, NEVER = "open", "shipped", "canceled", "part shipped", "unpaid", "never paid"
REFUNDED, PAID = "part refunded", "paid"
_OPEN = "open,new,processing,in progress,confirmed,unfulfilled,unshipped,sale,sales order,offen"
_WORDS = {
    OPEN: _OPEN,
    SHIPPED: "shipped,fulfilled,completed,complete,delivered,done,versendet,geliefert",
    CANCELED: "canceled,cancelled,refunded,restocked,storniert,erstattet",
    PART: "part shipped,partly shipped,partially shipped,partial,partially fulfilled,teilweise versendet",
    REFUNDED: "part refunded,partially refunded,partially_refunded,teilweise erstattet",
    PAID: "paid,authorized,bezahlt",
    UNPAID: "unpaid,pending,on hold,on-hold,pending payment,awaiting payment,partially_paid,partially paid,unbezahlt",
    NEVER: "never paid,voided,expired,failed",
}
STATES = {word: state for state, words in _WORDS.items() for word in words.split(",")}
NEVER_PAID = "it was never paid"


def status(cell: str) -> str:
    """
    Read what became of a row.

    >>> status("Fulfilled"), status("cancelled"), status("partial")
    ('shipped', 'canceled', 'part shipped')
    """
    found = STATES.get(" ".join(cell.lower().split()))
    if found is None:
        known = "open, part shipped, shipped, part refunded, canceled, unpaid or never paid"
        raise Expected(f"a status that is known: {known}")
    return found


def is_never_paid(record: Record) -> bool:
    """Whether a row says of its order that it was never paid: it is none of ours, unless it was placed unpaid."""
    return NEVER in (record.values.get("status"), record.values.get("payment"))


def is_unpaid(records: Iterable[Record]) -> bool | None:
    """Say whether an order is unpaid, as its rows have it; None: they do not say."""
    rows = [record.values for record in records]
    states = {row.get("status") for row in rows} | {row.get("payment") for row in rows}
    if UNPAID in states or NEVER in states:
        return True
    return False if PAID in states or any("payment" in row for row in rows) else None


def became(plan: Plan, record: Record) -> tuple[int, int] | None:
    """Give the units of a row that have left and those that were canceled; None if it contradicts itself."""
    units, state = record.values["quantity"], record.values.get("status", OPEN)
    shipped, canceled = record.values.get("shipped", 0), record.values.get("canceled", 0)
    if is_over(plan, record):
        shipped = units
    if shipped + canceled > units:
        name = "shipped" if shipped else "canceled"
        plan.refuse(record, name, f"no more units shipped and canceled than the {units:,} ordered")
        return None
    for name, of_state, rest in (("shipped", SHIPPED, units - canceled), ("canceled", CANCELED, units - shipped)):
        if state == of_state and record.values.get(name, rest) < rest:
            plan.refuse(record, name, f"{rest:,}, all of it, as its status says ({of_state}); or another status")
            return None
    if state == SHIPPED:
        shipped = units - canceled
    elif state == CANCELED:
        canceled = units - shipped
    return shipped, canceled


def misdated(head: Mapping[str, Any], records: Iterable[Record]) -> tuple[str, str] | None:
    """Say which day of an order cannot be: its field, and what was expected."""
    placed_on = timezone.localtime(head["placed_at"]).date()
    told = [day for record in records if (day := record.values.get("promised_date"))]
    if told and min(told) < placed_on:
        return "promised_date", f"a day on which it could have been told, from {placed_on} on"
    wanted, must_by = head.get("wanted_date"), head.get("must_by_date")
    if wanted and must_by and must_by < wanted:
        return "must_by_date", f"a day from {wanted} on, before which it is not wanted"
    for name in ("shipped_at", "canceled_at"):
        gone_at = head.get(name)
        if gone_at and timezone.localtime(gone_at).date() < placed_on - SAME_ORDER:  # zones differ by a day
            return name, f"a day from {placed_on} on, when it was ordered"
    return None


def is_over(plan: Plan, record: Record) -> bool:
    """Say if more left than was ordered, as a program that is known may have it; a file made by hand is asked."""
    over = record.values.get("shipped", 0) > record.values["quantity"]
    return over and plan.sheet.layout is not None and not record.values.get("canceled")


def _all_open(units: int) -> str:
    """
    >>> _all_open(1), _all_open(1200)
    ('It is open', 'All 1,200 are open')
    """
    return "It is open" if units == 1 else f"All {units:,} are open"


def doubts(plan: Plan, reference: str, record: Record, sku: str) -> Iterable[str]:
    """Say what nobody can know: of a line that was shipped in part, how many; and what has no place in an order."""
    if is_over(plan, record):
        yield (
            f"Order {reference}: {record.values['shipped']:,} of {sku} were delivered and "
            f"{record.values['quantity']:,} ordered. The line is shipped in full; what went beyond it is not kept."
        )
    if record.values.get("status") == PART and "shipped" not in record.values:
        yield (
            f"Order {reference}: {sku} was shipped in part, and the file does not say how many units. "
            f"{_all_open(record.values['quantity'])} until you say (a column “shipped”, or the quantity of the line)."
        )
    if REFUNDED in (record.values.get("status"), record.values.get("payment")) and "canceled" not in record.values:
        yield (
            f"Order {reference}: {sku} was refunded in part, and the file does not say how many units. "
            f"{_all_open(record.values['quantity'])} until you say (a column “canceled”, or the quantity of the line)."
        )


def moved(record: Record, product_id: int, price: object, gone: tuple[int, int]) -> MovedLine:
    """Give the line of a row."""
    values = record.values
    return MovedLine(
        product_id=product_id,
        quantity=values["quantity"],
        unit_price=values.get("unit_price", price),
        priority=values.get("priority", 0),
        shipped=gone[0],
        canceled=gone[1],
        told_date=values.get("promised_date"),
    )
