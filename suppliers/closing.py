"""
A supplier that closes for some days, or works in them after all: the only writer of ``Closure``.

What is out and not confirmed comes later, what is still to be asked for takes longer, and who waits hears of it in the
same transaction: in blocks of products, one ``supply_changed`` each.
"""

from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from inventory.ground import days
from inventory.models import Inbound, Owed, Product

from . import arrivals, quickest, unsaid
from .models import Closure, Offer, Supplier

BLOCK = 200
"""Products whose queues are settled by one signal."""


class NotAClosure(Exception):
    """It ends before it starts, has passed, is too far ahead, stands already, or is none of this supplier's."""


def concerned(supplier_id: int) -> set[int]:
    """Name the products whose dates a closure can move: what is out and not confirmed, and what somebody waits for."""
    out = Inbound.objects.open().filter(expected_date=None, purchase_line__offer__supplier=supplier_id)
    owed = Owed.objects.filter(units__gt=0, product__in=_offered(supplier_id))
    return {*out.values_list("product_id", flat=True), *owed.values_list("product_id", flat=True)}


def _offered(supplier_id: int) -> QuerySet[Offer, int]:
    return Offer.objects.filter(supplier=supplier_id, is_active=True).values_list("product_id", flat=True)


@transaction.atomic
def close(supplier_id: int, first: date, last: date, *, reason: str = "", by: User | None, at: datetime) -> Closure:
    """
    Close a supplier from a first to a last day, and tell the queue.

    :raises NotAClosure: if that cannot be; nothing is written then
    """
    supplier, products = _locked(supplier_id)
    today = arrivals.day(at)
    objection = days.objection(first, today=today) or days.objection(last, today=today, earliest=today)
    if last < first:
        objection = "The closure ends before it starts."
    elif supplier.closures.filter(starts_on__lte=first, ends_on__gte=last).exists():
        objection = f"{supplier} is closed on all these days already."
    if objection:
        raise NotAClosure(objection)
    made = Closure.objects.create(supplier=supplier, starts_on=first, ends_on=last, reason=reason.strip())
    _tell(supplier, products, by, at)
    return made


@transaction.atomic
def reopen(supplier_id: int, closure_ids: Collection[int], *, by: User | None, at: datetime) -> int:
    """
    Let a supplier work in these closures after all, and tell the queue; give how many there were.

    :raises NotAClosure: if none of them is one of this supplier
    """
    supplier, products = _locked(supplier_id)
    count, _ = supplier.closures.filter(pk__in=closure_ids).delete()
    if not count:
        raise NotAClosure("Choose at least one closure.")
    _tell(supplier, products, by, at)
    return count


def _locked(supplier_id: int) -> tuple[Supplier, set[int]]:
    """Lock what a closure may move and somebody waits for, or is out: products first as everywhere, then the row."""
    products = concerned(supplier_id)
    Product.objects.lock(products)
    return Supplier.objects.select_for_update(no_key=True).get(pk=supplier_id), products


def _tell(supplier: Supplier, products: set[int], by: User | None, at: datetime) -> None:
    """Write what it takes now, then date what is out, and let those who wait hear of both at once."""
    slower = quickest.write_some(set(_offered(supplier.pk)), at=at)
    for number, block in enumerate(_blocks(sorted(products))):
        waits = Owed.objects.filter(units__gt=0, product__in=block & slower).values_list("product_id", flat=True)
        cause = f"{supplier.pk}:{at:%y%m%d%H%M%S%f}+{number}"
        unsaid.of_block(block, set(waits), cause=cause, by=by, at=at)


def _blocks(product_ids: Sequence[int]) -> Iterator[set[int]]:
    for first in range(0, len(product_ids), BLOCK):
        yield set(product_ids[first : first + BLOCK])
