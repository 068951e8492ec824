"""Where an order goes: told with it, changed until it ships, kept for its customer. The only writer of ``ShipTo``."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.text import Truncator

from inventory.models import Alert
from inventory.notebook import hanging
from orders.allocation import picking
from orders.mail import notices
from orders.models import (
    CustomerAddress,
    NoticeKind,
    NoticeLine,
    Order,
    OrderEvent,
    OrderEventKind,
    OrderLine,
    PageAct,
    PageActKind,
    ShipTo,
)

MOST_SIGNS = 300
"""Of the history of an order: of two long addresses both are told, as far as they go."""


class NotAnAddress(Exception):
    """Nothing of the order is open any more, or it goes there already."""


@dataclass(frozen=True, slots=True)
class Address:
    """
    An address as somebody gave it.

    :ivar country: two letters, as in ISO 3166; empty: where the shop is
    """

    name: str
    street: str
    city: str
    company: str = ""
    street_more: str = ""
    postal_code: str = ""
    region: str = ""
    country: str = ""
    phone: str = ""

    @classmethod
    def of(cls, order: Order) -> "Address | None":
        """Give where an order goes, as far as it was told."""
        there = getattr(order, "ship_to", None)
        return cls(**{each.name: str(getattr(there, each.name)) for each in fields(cls)}) if there else None

    @property
    def told(self) -> str:
        return str(ShipTo(**asdict(self)))


def ship_to(order_id: int, address: Address, *, reason: str, keeps: bool, by: User | None, at: datetime) -> ShipTo:
    """
    Send what of an order has not shipped yet to another address.

    :param keeps: offer it for the next orders of its customer, too
    :raises NotAnAddress: if it cannot be; nothing is written then
    :raises UnitsPicked: if something of it is picked; nothing is written then
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        if not OrderLine.objects.open().filter(order=order).exists():
            raise NotAnAddress(f"Nothing of {order} is open: it is shipped or canceled already.")
        picking.refuse([order.pk])  # its slip says the old one
        was = ShipTo.objects.filter(order=order).first()
        now = ShipTo(order=order, **asdict(address))
        if was and was.says() == now.says():
            raise NotAnAddress(f"{order} goes there already.")
        now.save(force_insert=was is None, force_update=was is not None)
        why = f": {reason}" if reason else ""
        places = (Truncator(str(each)).chars((MOST_SIGNS - len(why)) // 2 - 2) for each in (was or "none", now))
        text = f"{' → '.join(places)}{why}"
        OrderEvent.objects.create(order=order, kind=OrderEventKind.ADDRESS, text=text[:MOST_SIGNS], by=by, at=at)
        if keeps:
            keep({order.customer_id: [address]}, at=at)
        _ask_no_more(order)
    return now


def _ask_no_more(order: Order) -> None:
    """A mail that asks for the address, since the order is stopped until it is known, goes no more if it has not."""
    asked = NoticeLine.objects.filter(order=order, kind=NoticeKind.ADDRESS, is_superseded=False)
    notices.take_back(dict(asked.values_list("line", "event")))


def asked(order_id: int) -> PageAct | None:
    """Give the newest wish for another address of an order that has had no other one since; None: there is none."""
    newest = PageAct.objects.filter(order=order_id, kind=PageActKind.ADDRESS).order_by("-pk").first()
    if newest is None:
        return None
    changed = OrderEvent.objects.filter(order=order_id, kind=OrderEventKind.ADDRESS, at__gte=newest.at)
    return None if changed.exists() else newest


def unanswered(order_ids: Collection[int]) -> dict[int, int]:
    """
    Give the number of the newest such wish of each of these orders that has one nobody has answered.

    It is answered by another address, or by who says that what became an alert of it is solved.
    """
    changed = OrderEvent.objects.filter(order=OuterRef("order"), kind=OrderEventKind.ADDRESS, at__gte=OuterRef("at"))
    asked_for = PageAct.objects.filter(order__in=order_ids, kind=PageActKind.ADDRESS).order_by("order", "-pk")
    newest: dict[int, tuple[int, bool]] = {}
    for pk, order, is_changed in asked_for.values_list("pk", "order", Exists(changed)):
        newest.setdefault(order, (pk, is_changed))
    wishes = {order: pk for order, (pk, is_changed) in newest.items() if not is_changed}
    if not wishes:
        return {}
    alerts = Alert.objects.filter(hanging.on(hanging.keys(PageAct, wishes.values())), solved_by__isnull=False)
    solved = set(alerts.values_list("object_id", flat=True))
    return {order: pk for order, pk in wishes.items() if pk not in solved}


def tell(told: Mapping[int, Address], customers: Mapping[int, int], *, keeps: bool = True, at: datetime) -> None:
    """
    Note where orders go that were placed just now.

    :param told: by order
    :param customers: of each order, its customer
    :param keeps: the addresses are offered for the next orders of their customers, too
    """
    if not told:
        return
    ShipTo.objects.bulk_create((ShipTo(order_id=pk, **asdict(each)) for pk, each in told.items()), batch_size=500)
    if not keeps:
        return
    kept: dict[int, list[Address]] = {}
    for pk, each in told.items():
        kept.setdefault(customers[pk], []).append(each)
    keep(kept, at=at)


def keep(wanted: Mapping[int, Iterable[Address]], *, at: datetime) -> None:
    """Keep addresses by customer; one that is kept already is used again."""
    known = _known(wanted.keys())
    new: dict[tuple[int, tuple[str, ...]], CustomerAddress] = {}
    used: set[int] = set()
    for customer_id, addresses in wanted.items():
        for address in addresses:
            row = CustomerAddress(customer_id=customer_id, used_at=at, **asdict(address))
            pk = known.get((customer_id, row.says()))
            if pk:
                used.add(pk)
            else:
                new.setdefault((customer_id, row.says()), row)
    CustomerAddress.objects.bulk_create(new.values(), batch_size=500)
    if used:
        CustomerAddress.objects.filter(pk__in=used).update(used_at=at)


def _known(customer_ids: Collection[int]) -> dict[tuple[int, tuple[str, ...]], int]:
    rows = CustomerAddress.objects.filter(customer__in=customer_ids)
    return {(row.customer_id, row.says()): row.pk for row in rows}
