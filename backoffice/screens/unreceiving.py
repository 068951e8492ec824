"""Take back a receipt that was wrong, of a purchase order, a transfer or a single inbound: previewed, then done."""

from collections.abc import Callable, Collection, Mapping, Sequence
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
from inventory.desk.tables import Table, day, item
from inventory.ground.plurals import counted
from inventory.models import Inbound, Stock, Transfer
from inventory.supply import inbound as arrivals
from inventory.supply import unreceiving
from suppliers import purchasing
from suppliers.models import PurchaseOrder

from . import in_lines
from .receiving import MOST_UNITS, counters

Back = Mapping[int, tuple[int, int]]
"""Units that had not arrived, and how many of them were written off as damaged, by inbound."""
Deed = Callable[[Back, str, User, datetime], object]


class UnreceiptForm(forms.Form):
    """What had not arrived of each part; ``every`` stands for all that was received."""

    reason = forms.CharField(
        max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}), help_text="Kept with the movement."
    )

    def __init__(self, parts: Sequence[Inbound], data: Any) -> None:
        if data and "every" in data:
            data = data.copy()
            for part in parts:
                data[f"units-{part.pk}"] = str(part.received + part.surplus)
                data[f"damaged-{part.pk}"] = ""
        super().__init__(data)
        self.parts = parts
        for pk, name in in_lines.names(parts).items():
            self.fields[f"units-{pk}"] = _units(f"{name}: units that had not arrived")
            self.fields[f"damaged-{pk}"] = _units(f"{name}: of these, noted as damaged")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.back():
            raise forms.ValidationError("Enter how many units had not arrived, or choose “None of it had arrived”.")
        return cleaned

    def back(self) -> dict[int, tuple[int, int]]:
        values = self.cleaned_data
        return {
            part.pk: (units, values.get(f"damaged-{part.pk}") or 0)
            for part in self.parts
            if (units := values.get(f"units-{part.pk}"))
        }


def _units(label: str) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"aria-label": label, "min": 0, "inputmode": "numeric"})
    return forms.IntegerField(required=False, min_value=0, max_value=MOST_UNITS, widget=widget)


class TakeBackReceipt(Operation):
    """
    Take back what was received of something and had not come.

    :ivar called: what it is called
    :ivar parts: its inbound of which something was received
    :ivar deed: the use case
    """

    name = "unreceive"
    label = "Had not arrived…"
    permission = "inventory.unreceive_inbound"
    explanation = (
        "A receipt that was wrong. Its units leave the shelf and are expected again; who had got them waits again, the "
        "last in the queue first. What has left already cannot be taken back."
    )
    every = "None of it had arrived"
    refusals = (purchasing.PurchaseRefused, unreceiving.NotReceived, unreceiving.NotHere, arrivals.NotAnInbound)
    touches_customers = True
    is_risky = True

    def __init__(self, called: str, parts: Sequence[Inbound], deed: Deed) -> None:
        self.called, self.parts, self.deed = called, parts, deed

    def title(self, rows: Sequence[Any]) -> str:
        return f"Had not arrived: {self.called}"

    def form(self, rows: Sequence[Any], data: Any) -> UnreceiptForm:
        return UnreceiptForm(self.parts, data)

    def product_ids(self, rows: Sequence[Any], form: forms.Form) -> Collection[int]:
        return {part.product_id for part in self.parts}

    def counters(self, rows: Sequence[Any], form: forms.Form) -> list[tuple[object, ...]]:
        return counters(self.parts)

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        assert isinstance(form, UnreceiptForm)
        here = {
            (shelf.product_id, shelf.warehouse_id): shelf.on_hand
            for shelf in Stock.objects.filter(product__in={part.product_id for part in self.parts})
        }
        return [
            Table(
                "",
                (
                    "Product",
                    "Name",
                    "At",
                    "Sender said",
                    "Received",
                    "On hand there",
                    "Had not arrived",
                    "Of which damaged",
                ),
                [
                    (
                        item(part.product),
                        part.product.name,
                        part.warehouse.code,
                        day(part.expected_date) or "no date",
                        part.received + part.surplus,
                        here.get((part.product_id, part.warehouse_id), 0),
                        form[f"units-{part.pk}"],
                        form[f"damaged-{part.pk}"],
                    )
                    for part in self.parts
                ],
                empty="Nothing of it was received.",
                numbers=("Received", "On hand there"),
            )
        ]

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        assert isinstance(form, UnreceiptForm)
        back = sum(units for units, _ in form.back().values())
        return f"{counted(back, 'unit')} off the books again, and expected as before."

    def act(self, rows: Sequence[Any], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, UnreceiptForm)
        back = form.back()
        self.deed(back, form.cleaned_data["reason"], by, at)
        units = sum(units for units, _ in back.values())
        return f"{counted(units, 'unit')} of {self.called} had not arrived: taken back."


def purchase_order(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Take back what was received of a purchase order, in part or whole."""
    allowed(request, TakeBackReceipt.permission)
    order = careful.found(PurchaseOrder.objects.select_related("supplier"), pk)
    lines = in_lines.of_order(order)
    deed = _of_order(order.pk, lines)
    return _screen(site, request, order, TakeBackReceipt(f"{order} from {order.supplier}", _parts(lines), deed))


def transfer(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Take back what was received of a transfer."""
    allowed(request, TakeBackReceipt.permission)
    sent = careful.found(Transfer.objects.select_related("source"), pk)
    parts = _parts(sent.lines.values_list("inbound_id", flat=True))
    return _screen(site, request, sent, TakeBackReceipt(f"{sent} from {sent.source}", parts, _of_inbound))


def inbound(request: HttpRequest, pk: int, *, site: AdminSite) -> HttpResponse:
    """Take back what was received of one inbound; of one that belongs to a purchase order, as part of it."""
    allowed(request, TakeBackReceipt.permission)
    row = careful.found(Inbound.objects.select_related("purchase_line"), pk)
    line = getattr(row, "purchase_line", None)
    deed = _of_order(line.purchase_order_id, {row.pk: line.pk}) if line else _of_inbound
    return _screen(site, request, row, TakeBackReceipt(str(row), _parts([row.pk]), deed))


def _of_order(order_id: int, lines: Mapping[int, int]) -> Deed:
    def deed(back: Back, reason: str, by: User, at: datetime) -> object:
        units = {lines[part]: counted for part, counted in back.items()}
        return purchasing.unreceive(order_id, units, reason=reason, by=by, at=at)

    return deed


def _of_inbound(back: Back, reason: str, by: User, at: datetime) -> object:
    reversals = [unreceiving.Reversal(part, units, damaged) for part, (units, damaged) in back.items()]
    return unreceiving.take_back(reversals, reason=reason, by=by, at=at)


def _screen(site: AdminSite, request: HttpRequest, row: Model, operation: TakeBackReceipt) -> HttpResponse:
    return of_one(site, request, operation, row, back=page_of(person(request), row, *operation.parts[:1]))


def _parts(inbound_ids: Any) -> list[Inbound]:
    rows = Inbound.objects.filter(pk__in=list(inbound_ids)).select_related("product", "warehouse")
    return [row for row in in_lines.in_order(rows) if row.received or row.surplus]
