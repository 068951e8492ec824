"""
Two customers who are one person: what is of the one goes to the other. The row that is left over keeps its name alone.

It is not deleted: an order that is being placed for it in this moment stays valid, and is joined the same way.
"""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat, Right

from inventory.models import Note
from inventory.notebook import assignments, following, hanging, notes

from .models import Customer, CustomerAddress, CustomerKey, Hold, Notice, NoticeState, Order, Refusal
from .models.customer import Hears

MOST_CAUSE = 120
JOINED = " (joined)"
OWN: tuple[tuple[str, Any], ...] = (
    ("orders", Order),
    ("holds", Hold),
    ("numbers", CustomerKey),
    ("addresses", CustomerAddress),
    ("refusals", Refusal),
)


class NotJoinable(Exception):
    """They are one row already, or a mail to one of them is just leaving."""


@transaction.atomic
def join(customer_id: int, into_id: int, *, by: User | None, at: datetime) -> dict[str, int]:
    """
    Give what is of one customer to another, who is the same person: orders, mails and calls, holds, numbers, notes.

    :returns: how many rows of each moved
    :raises NotJoinable: if there is one of them only, or a mail to the one is under way; nothing is moved then
    """
    if customer_id == into_id:
        raise NotJoinable("This is the same customer. Name the other one.")
    both = Customer.objects.filter(pk__in=(customer_id, into_id)).order_by("pk").select_for_update()
    found = {row.pk: row for row in both}
    if len(found) < 2:
        raise NotJoinable("One of the two is no customer any more.")
    own = Notice.objects.filter(customer=customer_id)
    if own.filter(state=NoticeState.CLAIMED).exists():
        raise NotJoinable("A mail to this customer is just leaving. Try again in a minute.")
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


def preview(customer_id: int) -> dict[str, int]:
    """Say how many rows of each would move."""
    models = (*OWN, ("notices", Notice))
    found = {name: model._default_manager.filter(customer=customer_id).count() for name, model in models}
    return found | {"notes": Note.objects.filter(hanging.on(hanging.keys(Customer, [customer_id]))).count()}
