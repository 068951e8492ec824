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

from inventory.desk import careful
from inventory.desk.operations import Operation, allowed, page_of, person
from inventory.desk.performing import of_one
from inventory.desk.tables import Table, counted, item
from inventory.models import Inbound, Transfer
from inventory.night import popular
from inventory.supply import inbound as arrivals
from suppliers import purchasing
from suppliers.models import PurchaseOrder

Arrived = Mapping[int, tuple[int, int]]
"""Units that arrived, and how many of them are damaged, by inbound."""
MOST_UNITS = 1_000_000


@dataclass(frozen=True, slots=True)
class ReceivingReport:
    """What a person says of a consignment; ``takes_surplus``: all of it stays here, however much it is."""

    arrived: Arrived
    takes_surplus: bool
    by: User
    at: datetime


class ReceiptForm(forms.Form):
    """What arrived of each part; ``every`` stands for all that is outstanding."""

    takes_surplus = forms.BooleanField(
        required=False, widget=forms.HiddenInput, label="Take what came beyond the order, too"
    )

    def __init__(self, parts: Sequence[Inbound], data: Any) -> None:
        super().__init__(_all_of(parts, data) if data and "every" in data else data)
        self.parts = parts
        if data and data.get("takes_surplus"):
            self.ask_about_surplus()
        for part in parts:
            self.fields[f"units-{part.pk}"] = _units(f"{part.product}: units that arrived")
            self.fields[f"damaged-{part.pk}"] = _units(f"{part.product}: units that are damaged")

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

    def arrived(self) -> dict[int, tuple[int, int]]:
        values = self.cleaned_data
        return {
            part.pk: (units, values.get(f"damaged-{part.pk}") or 0)
            for part in self.parts
            if (units := values.get(f"units-{part.pk}"))
        }


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
    """

    name = "receive"
    permission = "inventory.receive_inbound"
    explanation = "Enter what arrived. The next page shows who gets it and what is still to come, before it counts."
    every = "Everything arrived"
    refusals = (purchasing.PurchaseRefused, arrivals.OverReceipt, arrivals.NotAnInbound)
    touches_customers = True

    def __init__(self, called: str, parts: Sequence[Inbound], receive: Callable[[ReceivingReport], object]) -> None:
        self.called, self.parts, self.receive = called, parts, receive

    def title(self, rows: Sequence[Any]) -> str:
        return f"Receive {self.called}"

    def form(self, rows: Sequence[Any], data: Any) -> ReceiptForm:
        return ReceiptForm(self.parts, data)

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

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, ReceiptForm)
        arrived = form.arrived()
        try:
            self.receive(ReceivingReport(arrived, form.cleaned_data["takes_surplus"], by, at))
        except arrivals.OverReceipt:
            form.ask_about_surplus()
            raise
        return f"Received {_units_of(arrived)} of {self.called}."


def purchase_order(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive a purchase order, in part or whole."""
    allowed(request, TakeIn.permission)
    order = careful.found(PurchaseOrder.objects.select_related("supplier"), pk)
    lines = {line.inbound_id: line.pk for line in order.lines.exclude(inbound=None)}

    def receive(answer: ReceivingReport) -> object:
        return _receive_ordered(order.pk, {lines[part]: units for part, units in answer.arrived.items()}, answer)

    return _screen(site, request, order, TakeIn(f"{order} from {order.supplier}", _parts(lines), receive))


def transfer(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive a transfer from another warehouse."""
    allowed(request, TakeIn.permission)
    sent = careful.found(Transfer.objects.select_related("source"), pk)
    parts = _parts(sent.lines.values_list("inbound_id", flat=True))
    return _screen(site, request, sent, TakeIn(f"{sent} from {sent.source}", parts, _receive_inbound))


def inbound(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Receive one inbound; one that belongs to a purchase order is received as part of it."""
    allowed(request, TakeIn.permission)
    row = careful.found(Inbound.objects.select_related("purchase_line"), pk)
    line = getattr(row, "purchase_line", None)
    if line is None:
        return _screen(site, request, row, TakeIn(str(row), _parts([row.pk]), _receive_inbound))

    def receive(answer: ReceivingReport) -> object:
        return _receive_ordered(line.purchase_order_id, {line.pk: answer.arrived[row.pk]}, answer)

    return _screen(site, request, row, TakeIn(str(row), _parts([row.pk]), receive))


def _screen(site: AdminSite, request: HttpRequest, row: Model, operation: TakeIn) -> HttpResponse:
    return of_one(site, request, operation, row, back=page_of(person(request), row, *operation.parts[:1]))


def _receive_ordered(order_id: int, arrived: Arrived, answer: ReceivingReport) -> object:
    """``arrived``: by line of the purchase order."""
    return purchasing.receive(order_id, arrived, takes_surplus=answer.takes_surplus, by=answer.by, at=answer.at)


def _receive_inbound(answer: ReceivingReport) -> object:
    receipts = [arrivals.Receipt(part, units, damaged) for part, (units, damaged) in answer.arrived.items()]
    return arrivals.receive(receipts, takes_surplus=answer.takes_surplus, by=answer.by, at=answer.at)


def _parts(inbound_ids: Any) -> list[Inbound]:
    """What is outstanding, then what is complete: more may come, or something in place of what was damaged."""
    rows = Inbound.objects.filter(pk__in=list(inbound_ids)).select_related("product", "warehouse").order_by("pk")
    parts = sorted(rows, key=lambda part: not part.outstanding)
    popular.mark(part.product for part in parts)
    return parts


def counters(parts: Sequence[Inbound]) -> list[tuple[object, ...]]:
    """
    Read again what was asked, received and canceled of these, and what came beyond it, so that what is shown is what a
    receipt rests on.
    """
    for part in parts:
        part.refresh_from_db(fields=["quantity", "received", "canceled", "surplus", "outstanding"])
    return [(part.pk, part.quantity, part.received, part.canceled, part.surplus) for part in parts]


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
    return f"Takes in {counted(units, 'unit')}: {units - beyond:,} as ordered, {beyond:,} beyond; {damaged:,} damaged."


def _table(form: ReceiptForm) -> Table:
    arrived = form.arrived() if form.is_bound and form.is_valid() else {}
    return Table(
        "",
        ("Product", "Name", "To", "Outstanding", "Arrived", "Of which damaged", "Still to come"),
        [
            (
                item(part.product),
                part.product.name,
                part.warehouse.code,
                part.outstanding,
                form[f"units-{part.pk}"],
                form[f"damaged-{part.pk}"],
                max(0, part.outstanding - arrived.get(part.pk, (0, 0))[0]),
            )
            for part in form.parts
        ],
        note=""
        if any(part.outstanding for part in form.parts)
        else "Nothing of it is outstanding: it was received or canceled before. What you enter came beyond it.",
        numbers=("Outstanding", "Still to come"),
    )
