"""
Two customers who are one person: what is of the one goes to the other. The row that is left over keeps its name alone.

It is not deleted: an order that is being placed for it in this moment stays valid, and is joined the same way.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import OperationalError, transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat, Right

from inventory.models import Note, Product
from inventory.notebook import assignments, following, hanging, notes

from .models import Customer, CustomerAddress, CustomerKey, Hold, Notice, NoticeState, Order, OrderLine, Refusal
from .models.customer import Hears

MOST_CAUSE = 120
JOINED = " (joined)"
IS_LOCKED = "55P03"
"""PostgreSQL: a row that nobody was to wait for is locked."""
OWN: tuple[tuple[str, Any], ...] = (
    ("orders", Order),
    ("holds", Hold),
    ("numbers", CustomerKey),
    ("addresses", CustomerAddress),
    ("refusals", Refusal),
)


class NotJoinable(Exception):
    """They are one row already, a mail to one of them is just leaving, or somebody is changing one of them."""


@transaction.atomic
def join(customer_id: int, into_id: int, *, by: User | None, at: datetime) -> dict[str, int]:
    """
    Give what is of one customer to another, who is the same person: orders, mails and calls, holds, numbers, notes.

    :returns: how many rows of each moved
    :raises NotJoinable: if there is one of them only, a mail to the one is under way, or somebody is changing one of
        them; nothing is moved then
    """
    if customer_id == into_id:
        raise NotJoinable("This is the same customer. Name the other one.")
    lock_orders([customer_id])
    found = _locked(customer_id, into_id)
    own = Notice.objects.filter(customer=customer_id)
    moved = {name: model._default_manager.filter(customer=customer_id).update(customer=into_id) for name, model in OWN}
    taken = Notice.objects.filter(customer=into_id, kind=OuterRef("kind"), cause=OuterRef("cause"))
    # one event may have been told to both: the two mails stay two
    both_told = own.filter(Exists(taken))
    mark = Concat(Value("~"), Cast("pk", CharField()), output_field=CharField())
    both_told.update(cause=Right(Concat(F("cause"), mark, output_field=CharField()), MOST_CAUSE))
    moved["notices"] = own.update(customer=into_id)
    old, new = hanging.keys(Customer, [customer_id, into_id])
    moved["notes"] = notes.move(old, new)
    assignments.move(old, new, by=by, at=at)
    following.move(old, new)
    left = found[customer_id]
    kept = found[into_id]
    phone = kept.phone or left.phone
    left.name = left.name.removesuffix(JOINED)[: 200 - len(JOINED)] + JOINED
    address, left.email, left.phone = left.email, "", ""
    left.save(update_fields=["name", "email", "phone"])
    if not kept.email and address:
        kept.email = address
    kept.phone = phone
    kept.hears = left.hears if kept.hears == Hears.ALL else kept.hears
    kept.save(update_fields=["email", "phone", "hears"])
    return moved


def lock_orders(customer_ids: Collection[int]) -> None:
    """
    Lock what is written of the orders of these customers, as everybody does: their products first, then the orders.

    Nobody is just telling them something then.
    """
    waits = OrderLine.objects.open().filter(order__customer__in=customer_ids)
    held = Hold.objects.filter(customer__in=customer_ids, units__gt=0)
    Product.objects.lock(
        {*waits.values_list("product_id", flat=True), *held.values_list("stock__product_id", flat=True)}
    )
    orders = Order.objects.filter(customer__in=customer_ids).order_by("pk")
    list(orders.select_for_update(no_key=True).values_list("pk"))


def _locked(customer_id: int, into_id: int) -> dict[int, Customer]:
    """
    Lock both, and the rows of the one, without waiting for anybody: who has one of these may wait for its orders.

    ``no_key`` but for mails, whose customer is part of what is unique of them: who writes an order, or a mail, only
    points at its customer.
    """
    mine = [model._default_manager.filter(customer=customer_id) for _, model in OWN if model is not Order]
    try:
        both = Customer.objects.filter(pk__in=(customer_id, into_id)).order_by("pk")
        found = {row.pk: row for row in both.select_for_update(no_key=True, nowait=True)}
        states = Notice.objects.filter(customer=customer_id).select_for_update(nowait=True)
        is_leaving = NoticeState.CLAIMED in [*states.values_list("state", flat=True)]
        for rows in mine:
            list(rows.select_for_update(no_key=True, nowait=True).values_list("pk"))
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) != IS_LOCKED:
            raise
        raise NotJoinable("Somebody is just changing one of the two. Nothing was joined: try again.") from error
    if len(found) < 2:
        raise NotJoinable("One of the two is no customer any more.")
    if is_leaving:
        raise NotJoinable("A mail to this customer is just leaving. Try again in a minute.")
    return found


def preview(customer_id: int) -> dict[str, int]:
    """Say how many rows of each would move."""
    models = (*OWN, ("notices", Notice))
    found = {name: model._default_manager.filter(customer=customer_id).count() for name, model in models}
    return found | {"notes": Note.objects.filter(hanging.on(hanging.keys(Customer, [customer_id]))).count()}
