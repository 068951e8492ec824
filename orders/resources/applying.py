"""What a newer file says of an order, applied by the use cases that people have: units, products, terms."""

from datetime import datetime

from django.contrib.auth.models import User

from inventory.supply.stock import UnitsPicked
from orders import fulfillment
from orders.fulfillment import LineUnits
from orders.models import Order, OrderLine

from .again import Again, swapped

REASON = "a newer file says so"
REFUSALS = (
    fulfillment.BackorderLimit,
    fulfillment.NotAFurtherProduct,
    fulfillment.NotAnAddress,
    fulfillment.NotALine,
    fulfillment.NotAQuantity,
    fulfillment.NotASubstitute,
    fulfillment.NotTheseTerms,
    fulfillment.NothingToCancel,
    UnitsPicked,
)


def change(again: Again, *, by: User | None, at: datetime) -> list[str]:
    """
    Let the order be as the newer file says, as far as it can.

    :returns: what could not be, in words
    :raises: ``REFUSALS``, if a line cannot be as the file says
    """
    swap = swapped(again.units)
    if swap:
        _swap(again, *swap, by=by, at=at)
    left = again.words()
    if again.address:
        fulfillment.ship_to(again.order.pk, again.address, reason=REASON, keeps=True, by=by, at=at)
    if again.terms:
        wanted = {name: now for name, (_, now) in again.terms.items()}
        fulfillment.change_terms(again.order.pk, wanted, reason=REASON, by=by, at=at)
    for product_id, (was, now) in again.units.items():
        if swap and product_id in swap:
            continue
        if not was:
            _add(again, product_id, now, by=by, at=at)
        elif told := _resize(again.order, product_id, now, by=by, at=at):
            left.append(f"{again.skus[product_id]} {was:,} → {now:,}: {told}")
    if again.pays:
        left += _pay(again.order, by=by, at=at)
    return left


def _pay(order: Order, *, by: User | None, at: datetime) -> list[str]:
    """Note that it is paid, after all else of it has changed; one that somebody has marked meanwhile is."""
    try:
        paid = fulfillment.pay(order.pk, reason=REASON, by=by, at=at)
    except fulfillment.NotToPay:
        return []
    return [f"it {paid.value}"] if paid in (fulfillment.Paid.UNSOLD, fulfillment.Paid.OVER) else []


def _swap(again: Again, gone: int, came: int, *, by: User | None, at: datetime) -> None:
    open_lines = OrderLine.objects.open().filter(order=again.order, product=gone).order_by("pk")
    wanted = [LineUnits(pk) for pk in open_lines.values_list("pk", flat=True)]
    price = next((line.unit_price for line in again.draft.lines if line.product_id == came), None)
    fulfillment.substitute(wanted, came, unit_price=price, reason=REASON, by=by, at=at)


def _add(again: Again, product_id: int, units: int, *, by: User | None, at: datetime) -> None:
    price = next((line.unit_price for line in again.draft.lines if line.product_id == product_id), None)
    fulfillment.add_product(again.order.pk, product_id, units, unit_price=price, reason=REASON, by=by, at=at)


def _resize(order: Order, product_id: int, units: int, *, by: User | None, at: datetime) -> str:
    """Let an order have so many units of a product in all: its last open lines grow or shrink first."""
    lines = list(OrderLine.objects.filter(order=order, product=product_id).order_by("position"))
    more = units - sum(line.open + line.shipped for line in lines)
    still = [line for line in lines if line.open]
    if more > 0:
        if not still:
            return "nothing of it is open any more"
        last = still[-1]
        fulfillment.change_quantity([LineUnits(last.pk, last.open + last.shipped + more)], reason=REASON, by=by, at=at)
        return ""
    fewer = min(-more, sum(line.open for line in still))
    left = -more - fewer
    for line in reversed(still):
        taken = min(fewer, line.open)
        if taken:
            fulfillment.cancel([LineUnits(line.pk, taken)], reason=REASON, by=by, at=at)
        fewer -= taken
    return f"{left:,} have left already" if left > 0 else ""
