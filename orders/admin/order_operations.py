"""What can be done to whole orders: ship what is here. What can be done to their lines is in ``lines.operations``."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from inventory.desk.naming import to
from inventory.desk.operations import MOST_ROWS, Operation
from inventory.desk.tables import Table, item, lines
from inventory.ground.plurals import counted, plural
from inventory.models import Product
from inventory.notebook.meanwhile import Deed
from orders import fulfillment
from orders.answering.meanwhile import of_orders
from orders.fulfillment import ready
from orders.fulfillment.changes import addressing
from orders.models import Order, OrderLine
from orders.shipping.choosing import MOST_ORDERS
from orders.typed import TrackingField
from orders.wording import phrases

NOT_HERE = "Nothing of this is here. Units appear when goods are received."
NAMED = 3
"""Orders left out that the message names; the others are counted."""


class ShipForm(forms.Form):
    """
    A carrier for all parcels that leave; for each its own tracking number or none, and its own carrier if it has one.

    An order that is wanted on a later day leaves before it only if its box is ticked.

    :ivar parcels: what may ship
    :ivar later: the orders among them that are wanted later
    :ivar wishes: those whose customers asked for another address; None: not read yet
    """

    carrier = forms.CharField(required=False, max_length=80)

    def __init__(self, orders: Sequence[Order], data: Any) -> None:
        super().__init__(data)
        self.wishes: Mapping[int, int] | None = None
        self.parcels, self.may_not = ready.of_orders(orders)
        now = timezone.now()
        self.later = {parcel.order.pk: parcel.order for parcel in self.parcels if ready.is_later(parcel.order, at=now)}
        if len(self.parcels) > 1:
            self.fields["carrier"].help_text = "Of all parcels below that have none of their own."
        for parcel in self.parcels:
            if len(self.parcels) > 1:
                label = f"Carrier of {parcel}"
                box = _box(label, "as above")
                self.fields[_name("carrier", parcel)] = forms.CharField(
                    required=False, max_length=80, label=label, widget=box
                )
            label = f"Tracking number of {parcel}"
            self.fields[_name("tracking", parcel)] = TrackingField(label=label, widget=_box(label, "none"))
        for pk, order in self.later.items():
            label = f"{order.reference} is wanted on {_wanted(order)}: ship it now all the same"
            self.fields[f"early-{pk}"] = forms.BooleanField(required=False, label=label)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        seen: dict[str, ready.Ready] = {}
        for parcel in self.parcels:
            number = "".join((cleaned.get(_name("tracking", parcel)) or "").split()).upper()
            if number and seen.setdefault(number, parcel) is not parcel:
                told = f"{seen[number]} has this number, too. Each parcel has one of its own, or none."
                self.add_error(_name("tracking", parcel), told)
        return cleaned

    def labels(self) -> dict[tuple[int, int], fulfillment.Label]:
        """The label of each parcel, by order and warehouse."""
        given = self.cleaned_data
        return {
            (parcel.order.pk, parcel.warehouse.pk): fulfillment.Label(
                given.get(_name("carrier", parcel)) or given["carrier"], given[_name("tracking", parcel)]
            )
            for parcel in self.leaving()
        }

    def early(self) -> list[int]:
        """The orders of which it was confirmed that they ship before they are wanted."""
        return [pk for pk in self.later if self.cleaned_data[f"early-{pk}"]]

    def leaving(self) -> list[ready.Ready]:
        """What ships: all that may, but for what is wanted later and was not confirmed."""
        kept = self.later.keys() - set(self.early())
        return [parcel for parcel in self.parcels if parcel.order.pk not in kept]

    def left_out(self) -> dict[Order, str]:
        """The orders that stay, and why."""
        kept = self.later.keys() - set(self.early())
        return self.may_not | {self.later[pk]: f"is wanted on {_wanted(self.later[pk])}" for pk in sorted(kept)}

    def units(self) -> dict[int, int]:
        """What ships, by line: as shown, no more and no less."""
        units: dict[int, int] = {}
        for parcel in self.leaving():
            for line, here in parcel.lines:
                units[line.pk] = units.get(line.pk, 0) + here
        return units


def _name(what: str, parcel: ready.Ready) -> str:
    return f"{what}-{parcel.order.pk}-{parcel.warehouse.pk}"


def _box(label: str, empty: str) -> forms.TextInput:
    return forms.TextInput(attrs={"aria-label": label, "placeholder": empty, "size": 18, "autocomplete": "off"})


def _wanted(order: Order) -> str:
    return date_format(order.wanted_date or "", "j F Y")


class ShipOrders(Operation):
    name = "ship"
    label = "Ship what is here…"
    permission = "orders.ship_order"
    touches_customers = True
    explanation = (
        "The units that are set aside leave the shelf, one parcel for each order and warehouse, and the customers are "
        "told. Their mails are shown before anything leaves."
    )
    refusals = (
        fulfillment.NothingToShip,
        fulfillment.WantedLater,
        fulfillment.NotALine,
        fulfillment.NoLabel,
        fulfillment.NumberGivenTwice,
    )

    def applies(self, row: Any) -> bool:
        return bool(row.units_here and not row.is_unpaid and not row.is_stopped)

    def form(self, rows: Sequence[Order], data: Any) -> ShipForm:
        return ShipForm(rows, data)

    def counters(self, rows: Sequence[Order], form: forms.Form) -> list[tuple[object, ...]]:
        """
        Give what is here now, under the locks, and who asked for another address; the form has read before them what it
        asks a label for.
        """
        here = [
            (parcel.order.pk, parcel.warehouse.pk, line.pk, units, line.allocated, line.shipped)
            for parcel in ready.of_orders(rows)[0]
            for line, units in parcel.lines
        ]
        assert isinstance(form, ShipForm)
        form.wishes = addressing.unanswered([row.pk for row in rows])
        return [*form.wishes.items(), *here]

    def meanwhile(self, rows: Sequence[Order], since: datetime) -> Iterable[Deed]:
        return of_orders([row.pk for row in rows], since)

    def product_ids(self, rows: Sequence[Order], form: forms.Form) -> Collection[int]:
        """Name none: what leaves was set aside for who gets it, and the queue stands as it did."""
        return ()

    def in_words(self, rows: Sequence[Order], form: forms.Form) -> str:
        assert isinstance(form, ShipForm)
        leaving = form.leaving()
        units = sum(parcel.units for parcel in leaving)
        leaves = "leaves" if units == 1 else "leave"
        return f"{counted(units, 'unit')} {leaves} in {counted(len(leaving), 'parcel')}."

    def lock(self, rows: Sequence[Order]) -> None:
        Product.objects.lock(OrderLine.objects.filter(order__in=rows).values_list("product_id", flat=True))

    def tables(self, rows: Sequence[Order], form: forms.Form) -> list[Table]:
        assert isinstance(form, ShipForm)
        several = len(form.parcels) > 1
        carrier = ("Carrier",) if several else ()
        parcels = Table(
            "What ships",
            ("Order", "From", "Products", "Ships now", "Keeps waiting", *carrier, "Tracking number"),
            [
                (
                    to(parcel.order),
                    parcel.warehouse.code,
                    lines(
                        format_html("{} × {} {}", f"{units:,}", item(line.product), line.product.name)
                        for line, units in parcel.lines
                    ),
                    parcel.units,
                    sum(line.backordered for line, _ in parcel.lines),
                    *([form[_name("carrier", parcel)]] if several else []),
                    form[_name("tracking", parcel)],
                )
                for parcel in form.parcels
            ],
            note=_to_another_place(form),
            empty=NOT_HERE if _is_not_here(form.may_not) else "Nothing of this may leave now. Below stands why.",
            numbers=("Ships now", "Keeps waiting"),
        )
        left_out = Table(
            "Left out",
            ("Order", "Why"),
            [(to(order), f"It {reason}.") for order, reason in form.may_not.items()],
            note="These stay as they are.",
        )
        return [parcels, left_out] if form.may_not else [parcels]

    def act(self, rows: Sequence[Order], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ShipForm)
        if not form.leaving():
            raise fulfillment.NothingToShip(_nothing(form))
        wanted = [fulfillment.LineUnits(pk, units) for pk, units in form.units().items()]
        shipments = fulfillment.ship(wanted, labels=form.labels(), early=form.early(), by=by, at=at)
        units = sum(line.units or 0 for line in wanted)
        told = f"Shipped {counted(units, 'unit')} in {len(shipments)} {plural(len(shipments), 'shipment')}."
        return f"{told} {_left_out(form)}".strip()


def leads_to_ship() -> dict[str, Any]:
    """What a list of orders, or of their lines, offers to those who ship: at once, or in a batch of the desk."""
    return {"ship": (_ship, "ship", "Ship…"), PICK: (pick, PICK, PICK_LABEL)}


PICK, PICK_LABEL = "pick", "Pick in a batch…"


def pick(desk: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    """Lead to the shipping desk with the orders that were selected."""
    return _lead(desk, request, rows, f"{reverse('admin:shipping_desk')}?orders=", MOST_ORDERS)


def _ship(desk: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
    """Lead to shipping the orders of these lines, all that is here of each."""
    return _lead(desk, request, rows, f"{reverse('admin:orders_order_ship')}?ids=", MOST_ROWS)


def _lead(desk: Any, request: HttpRequest, rows: QuerySet[Any], address: str, most: int) -> HttpResponse | None:
    wanted = rows if rows.model is Order else Order.objects.filter(pk__in=rows.order_by().values("order"))
    found = list(wanted.order_by("pk").values_list("pk", flat=True)[: most + 1])
    if len(found) > most:
        words = f"That is more than {most} orders. Narrow the list first, then ship a part of it."
        desk.message_user(request, words, messages.WARNING)
        return None
    return HttpResponseRedirect(address + ",".join(map(str, found)))


def _to_another_place(form: ShipForm) -> str:
    """Name those whose customers asked on their pages to have it sent elsewhere, which nobody has answered."""
    orders = {parcel.order.pk: str(parcel.order) for parcel in form.parcels}
    wishes = addressing.unanswered(orders) if form.wishes is None else form.wishes
    named = [order for pk, order in orders.items() if pk in wishes]
    return f"{phrases.listed(named)}: another address was asked for, and is not answered yet." if named else ""


def _is_not_here(stays: Mapping[Order, str]) -> bool:
    return all(reason == ready.NOTHING_HERE for reason in stays.values())


def _nothing(form: ShipForm) -> str:
    if _is_not_here(form.left_out()):
        return "Nothing of this is here to ship."
    return " ".join(f"{order} {reason}." for order, reason in list(form.left_out().items())[:NAMED])


def _left_out(form: ShipForm) -> str:
    """Say who was left out."""
    if not form.left_out():
        return ""
    named = [f"{order} {reason}" for order, reason in list(form.left_out().items())[:NAMED]]
    more = len(form.left_out()) - len(named)
    return f"Left out: {'; '.join(named)}{f'; and {more:,} more' if more else ''}."
