"""Receive what arrived, of a purchase order, a transfer or a single inbound: counted, previewed, posted."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html

from inventory.desk import careful
from inventory.desk.operations import Operation, Outcome, allowed, page_of, person
from inventory.desk.performing import of_one
from inventory.desk.tables import Table, day, item
from inventory.ground.plurals import counted
from inventory.models import Inbound, Transfer
from inventory.night import popular
from inventory.supply import inbound as arrivals
from inventory.supply import unasked
from orders import shipping
from orders.shipping import Wishes
from orders.shipping.choosing import MOST_ORDERS
from suppliers import purchasing
from suppliers.models import PurchaseOrder

from . import in_lines
from .shipping import desk

Arrived = Mapping[int, tuple[int, int]]
"""Units that arrived, and how many of them are damaged, by inbound."""
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class ReceivingReport:
    """
    What a person says of a consignment; ``takes_surplus``: all of it stays here, however much it is; ``is_replaced``:
    the sender sends others for what is damaged.
    """

    arrived: Arrived
    takes_surplus: bool
    is_replaced: bool
    by: User
    at: datetime


class ReceiptForm(forms.Form):
    """What arrived of each part; ``every`` stands for all that is outstanding."""

    takes_surplus = forms.BooleanField(
        required=False,
        widget=forms.HiddenInput,
        label="Take what came beyond the order, too",
        help_text="Otherwise it is set apart, and somebody is asked whether it stays; the rest is received.",
    )
    is_replaced = forms.BooleanField(
        required=False,
        label="The sender replaces what is damaged",
        help_text="Damaged units never reach the shelf, and as many stay outstanding.",
    )

    def __init__(self, parts: Sequence[Inbound], data: Any, *, spread: in_lines.Spread = in_lines.as_counted) -> None:
        super().__init__(_all_of(parts, data) if data and "every" in data else data)
        self.parts, self.spread = parts, spread
        if data and data.get("takes_surplus"):
            self.ask_about_surplus()
        for pk, name in in_lines.names(parts).items():
            self.fields[f"units-{pk}"] = _units(f"{name}: units that arrived")
            self.fields[f"damaged-{pk}"] = _units(f"{name}: units that are damaged")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for part in self.parts:
            units, damaged = cleaned.get(f"units-{part.pk}"), cleaned.get(f"damaged-{part.pk}")
            if (damaged or 0) > (units or 0) and not self.errors:
                self.add_error(f"damaged-{part.pk}", "No more can be damaged than arrived; count them in both columns.")
        if not self.errors and not self.arrived():
            raise forms.ValidationError("Enter how many units arrived, or choose “Everything arrived”.")
        return cleaned

    def ask_about_surplus(self) -> None:
        """More came than is taken without a question: show it."""
        self.fields["takes_surplus"].widget = forms.CheckboxInput()

    def apart(self) -> dict[int, int]:
        """Give what is set apart and asked about, in units by inbound, as things stand."""
        if self.cleaned_data["takes_surplus"]:
            return {}
        arrived = self.arrived()
        replaced = [*arrived] if self.cleaned_data["is_replaced"] else []
        receipts = [arrivals.Receipt(part, units, damaged) for part, (units, damaged) in arrived.items()]
        return unasked.part(receipts, replaced=replaced)[1]

    def arrived(self) -> Arrived:
        """Give what arrived, by part; what was counted beyond one part of a line is of its other parts."""
        values = self.cleaned_data
        counted = {
            part: (units, values.get(f"damaged-{part.pk}") or 0)
            for part in self.parts
            if (units := values.get(f"units-{part.pk}"))
        }
        units = {part.pk: each for part, each in counted.items()}
        is_over = any(each > part.outstanding for part, (each, _) in counted.items())
        return self.spread(units, self.cleaned_data.get("is_replaced", False)) if is_over else units


def _units(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"aria-label": label, "min": 0, "inputmode": "numeric"})
    return forms.IntegerField(required=False, min_value=0, max_value=MOST_UNITS, widget=widget)


def _all_of(parts: Sequence[Inbound], data: Any) -> Any:
    filled = data.copy()
    for part in parts:
        filled[f"units-{part.pk}"] = str(part.outstanding)
    return filled


class TakeIn(Operation):
    """
    Take in what arrived of something.

    :ivar called: what it is called
    :ivar parts: its inbound
    :ivar receive: the use case that takes in what did arrive
    :ivar spread: what it makes of units beyond one part of a line
    """

    name = "receive"
    permission = "inventory.receive_inbound"
    explanation = "Enter what arrived. The next page shows who gets it and what is still to come, before it counts."
    every = "Everything arrived"
    refusals = (purchasing.PurchaseRefused, arrivals.OverReceipt, arrivals.NotAnInbound)
    touches_customers = True

    def __init__(
        self,
        called: str,
        parts: Sequence[Inbound],
        receive: Callable[[ReceivingReport], object],
        spread: in_lines.Spread = in_lines.as_counted,
    ) -> None:
        self.called, self.parts, self.receive, self.spread = called, parts, receive, spread

    def title(self, rows: Sequence[Any]) -> str:
        return f"Receive {self.called}"

    def form(self, rows: Sequence[Any], data: Any) -> ReceiptForm:
        return ReceiptForm(self.parts, data, spread=self.spread)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return {part.product_id for part in self.parts}

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        return counters(self.parts)

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        assert isinstance(form, ReceiptForm)
        return [_table(form)]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        assert isinstance(form, ReceiptForm)
        return _taken_in(form)

    def told(self, request: HttpRequest, words: str, form: forms.Form, outcome: Outcome | None) -> str:
        """Say besides what can leave by it, and where."""
        told = super().told(request, words, form, outcome)
        products = sorted({part.product_id for part in self.parts})
        found = shipping.places(Wishes(product_ids=products)) if person(request).has_perm(desk.PERMISSION) else []
        orders = sum(count for _, count, _ in found)
        if not orders:
            return told
        address = f"{reverse('admin:shipping_desk')}?products={','.join(map(str, products[:MOST_ORDERS]))}"
        return format_html('{} <a href="{}">{} can leave now</a>.', told, address, counted(orders, "order"))

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ReceiptForm)
        arrived, apart, answer = form.arrived(), sum(form.apart().values()), form.cleaned_data
        if apart:
            form.ask_about_surplus()
        self.receive(ReceivingReport(arrived, answer["takes_surplus"], answer["is_replaced"], by, at))
        asked = f" {counted(apart, 'unit')} beyond it {'is' if apart == 1 else 'are'} set apart." if apart else ""
        return f"Received {_units_of(arrived)} of {self.called}.{asked}"


def purchase_order(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive a purchase order, in part or whole."""
    allowed(request, TakeIn.permission)
    order = careful.found(PurchaseOrder.objects.select_related("supplier"), pk)
    return _screen(site, request, order, _ordered(f"{order} from {order.supplier}", order.pk, in_lines.of_order(order)))


def transfer(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive a transfer from another warehouse."""
    allowed(request, TakeIn.permission)
    sent = careful.found(Transfer.objects.select_related("source"), pk)
    parts = _parts(sent.lines.values_list("inbound_id", flat=True))
    return _screen(site, request, sent, TakeIn(f"{sent} from {sent.source}", parts, _receive_inbound))


def inbound(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive one inbound; one that belongs to a purchase order is received as part of it."""
    allowed(request, TakeIn.permission)
    row = careful.found(Inbound.objects.select_related("purchase_line__purchase_order"), pk)
    if line := getattr(row, "purchase_line", None):
        return _screen(site, request, row, _ordered(str(row), line.purchase_order_id, in_lines.of_line(line)))
    return _screen(site, request, row, TakeIn(str(row), _parts([row.pk]), _receive_inbound))


def _screen(site: AdminSite, request: HttpRequest, row: Model, operation: TakeIn) -> HttpResponse:
    return of_one(site, request, operation, row, back=page_of(person(request), row, *operation.parts[:1]))


def _ordered(called: str, order_id: int, lines: Mapping[int, int]) -> TakeIn:
    """``lines``: those of the purchase order that are taken in, by their inbound."""

    def receive(answer: ReceivingReport) -> object:
        arrived = {lines[part]: units for part, units in answer.arrived.items()}
        said = {"takes_surplus": answer.takes_surplus, "is_replaced": answer.is_replaced}
        return purchasing.receive(order_id, arrived, sets_apart=True, by=answer.by, at=answer.at, **said)

    return TakeIn(called, _parts(lines), receive, in_lines.spread(order_id, lines))


def _receive_inbound(answer: ReceivingReport) -> object:
    receipts = [arrivals.Receipt(part, units, damaged) for part, (units, damaged) in answer.arrived.items()]
    replaced = [*answer.arrived] if answer.is_replaced else []
    if not answer.takes_surplus:
        return unasked.receive(receipts, replaced=replaced, by=answer.by, at=answer.at)
    taken = unasked.usable(receipts, replaced)
    return taken and arrivals.receive(taken, takes_surplus=True, by=answer.by, at=answer.at)


def _parts(inbound_ids: Any) -> list[Inbound]:
    """What is outstanding, then what is complete: more may come, or something in place of what was damaged."""
    rows = Inbound.objects.filter(pk__in=list(inbound_ids)).select_related("product", "warehouse")
    parts = in_lines.in_order(rows)
    popular.mark(part.product for part in parts)
    return parts


def counters(parts: Sequence[Inbound]) -> list[tuple[object, ...]]:
    """
    Read again what was asked, received and canceled of these, and what came beyond it, so that what is shown is what a
    receipt rests on.
    """
    for part in parts:
        part.refresh_from_db(fields=["quantity", "received", "canceled", "surplus", "set_apart", "outstanding"])
    return [(row.pk, row.quantity, row.received, row.canceled, row.surplus, row.set_apart) for row in parts]


def _units_of(arrived: Arrived) -> str:
    """How many came; and how many of them can be sold to nobody."""
    damaged = sum(damaged for _, damaged in arrived.values())
    units = counted(sum(units for units, _ in arrived.values()), "unit")
    return f"{units} ({damaged:,} damaged)" if damaged else units


def _taken_in(form: ReceiptForm) -> str:
    """Say in a sentence what a receipt takes in, beside what was ordered."""
    units = damaged = beyond = 0
    outstanding = {part.pk: part.outstanding for part in form.parts}
    for pk, (came, broken) in form.arrived().items():
        units, damaged, beyond = units + came, damaged + broken, beyond + max(0, came - outstanding[pk])
    apart = sum(form.apart().values())
    said = f"Takes in {counted(units, 'unit')}: {units - beyond:,} as ordered, {beyond:,} beyond; {damaged:,} damaged."
    are = "is" if apart == 1 else "are"
    return f"{said} {counted(apart, 'unit')} of it {are} set apart until somebody decides." if apart else said


def _table(form: ReceiptForm) -> Table:
    arrived = form.arrived() if form.is_bound and form.is_valid() else {}
    again = {pk: damaged for pk, (_, damaged) in arrived.items() if form.cleaned_data["is_replaced"]}
    return Table(
        "",
        ("Product", "Name", "To", "Sender says", "Outstanding", "Arrived", "Of which damaged", "Still to come"),
        [
            (
                item(part.product),
                part.product.name,
                part.warehouse.code,
                day(part.expected_date) or "no date",
                part.outstanding,
                form[f"units-{part.pk}"],
                form[f"damaged-{part.pk}"],
                max(0, part.outstanding - arrived.get(part.pk, (0, 0))[0] + again.get(part.pk, 0)),
            )
            for part in form.parts
        ],
        note=""
        if any(part.outstanding for part in form.parts)
        else "Nothing of it is outstanding: it was received or canceled before. What you enter came beyond it.",
        numbers=("Outstanding", "Still to come"),
    )
