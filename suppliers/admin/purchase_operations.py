"""
What can be done to purchase orders: approve, confirm dates, cancel. Sending is in ``sending``; receiving has its own
screen.

All but approving move the dates of customers: the site shows whose, and every mail, before they are done.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from inventory.desk.day_fields import ComingDayField
from inventory.desk.entry import DATE
from inventory.desk.naming import to
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, item
from inventory.ground.plurals import counted
from inventory.models import Inbound
from suppliers import purchasing, remarks, sent
from suppliers.letters import writing
from suppliers.models import OrderLetter, PurchaseOrder, PurchaseOrderLine

from . import letter_tables
from .line_parts import PartNames, in_order


class _OfOrders(Operation):
    """Something done to purchase orders, as they stand; no line of theirs moves meanwhile."""

    refusals = (purchasing.PurchaseRefused,)
    counted = ("approved_at", "sent_at", "confirmed_at", "canceled_at", "units_ordered", "units_to_come", "goods_value")

    def product_ids(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> Collection[int]:
        lines = PurchaseOrderLine.objects.filter(purchase_order__in=[row.pk for row in rows])
        return set(lines.values_list("product_id", flat=True))

    def lock(self, rows: Sequence[PurchaseOrder]) -> None:
        ids = [row.pk for row in rows]
        sent.lock_products_of(ids)
        list(PurchaseOrder.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True).values_list("pk"))


class OfWhole(_OfOrders):
    """Something done to whole orders; they are shown with their sums first, and rest on each of their lines."""

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        lines = PurchaseOrderLine.objects.filter(purchase_order__in=[row.pk for row in rows]).order_by("pk")
        return [*super().counters(rows, form), *lines.values_list("pk", "offer", "quantity", "unit_price")]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        return [
            Table(
                "",
                ("Order", "Supplier", "For", "Units", "Goods"),
                [(to(row), to(row.supplier), row.warehouse.code, *sums(row)) for row in rows],
                numbers=("Units", "Goods"),
            )
        ]


def sums(row: Any) -> tuple[Any, Any]:
    return row.units_ordered or 0, row.goods_value


class Approve(OfWhole):
    name = "approve"
    label = "Approve…"
    permission = "suppliers.approve_purchaseorder"
    explanation = "Once approved, an order is sent to its supplier or canceled, but no longer edited."

    def applies(self, row: Any) -> bool:
        return bool(row.words == "Draft")

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        """Show the sums, and name the lines that the terms of their offers speak against."""
        against = [
            (to(line.purchase_order), item(line.product), line.quantity, said)
            for line, said in remarks.against_terms([row.pk for row in rows])
        ]
        named = Table("Not as the offers say", ("Order", "Product", "Units", "Why"), against, numbers=("Units",))
        return [*super().tables(rows, form), *([named] if against else [])]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        purchasing.approve([row.pk for row in rows], by=by, at=at)
        return f"Approved {named(rows)}."


class CallOffForm(forms.Form):
    """
    Why; and whether the supplier is to be told by mail, where there is somebody to tell.

    ``letters``: those that were written, once it was tried.
    """

    reason = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))
    is_told = forms.BooleanField(required=False, label="Tell the supplier by mail")

    def __init__(self, data: Any, order: PurchaseOrder, *, is_read: bool) -> None:
        super().__init__(data)
        self.letters: Sequence[OrderLetter] = ()
        self.fields["is_told"].initial = is_read
        if not order.sent_at or not order.supplier.email:
            del self.fields["is_told"]


NOT_SENT = (
    "It was not sent, so nobody outside hears of it. The next night proposes what is still needed again, and says"
    " beside it that this was canceled and why. To buy less of a product from then on, freeze its reorder point."
)


class Cancel(OfWhole):
    name = "cancel"
    label = "Cancel…"
    permission = "suppliers.change_purchaseorder"
    explanation = "What is outstanding will not come. Customers who wait for it are settled again, and told."
    takes_many = False
    is_risky = True
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return not row.canceled_at and (not row.sent_at or bool(row.units_to_come))

    def context(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> dict[str, Any]:
        return {} if rows[0].sent_at else {"explanation": NOT_SENT}

    def form(self, rows: Sequence[PurchaseOrder], data: Any) -> CallOffForm:
        return CallOffForm(data, rows[0], is_read=writing.may_be_read(rows[0]))

    def counters(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[tuple[object, ...]]:
        """Its letter may leave meanwhile: then there is somebody to tell."""
        return [*super().counters(rows, form), (writing.may_be_read(rows[0]), rows[0].supplier.email)]

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, CallOffForm)
        return [*super().tables(rows, form), *letter_tables.shown(form.letters)]

    def in_words(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> str:
        row: Any = rows[0]
        if not row.sent_at:
            return f"{counted(sums(row)[0], 'unit')} of {row} will not be ordered by it."
        return f"{counted(row.units_to_come or 0, 'unit')} of {row} will not come."

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, CallOffForm)
        reason = form.cleaned_data["reason"]
        if not form.cleaned_data.get("is_told"):
            units = purchasing.cancel(rows[0].pk, reason=reason, by=by, at=at)
            if not rows[0].sent_at:
                return f"Canceled {rows[0]}: {counted(units, 'unit')} will not be ordered by it."
            return f"Canceled {rows[0]}: {counted(units, 'unit')} will not come."
        units, letter = writing.cancel(rows[0].pk, reason=reason, by=by, at=at)
        form.letters = [letter]
        return f"Canceled {rows[0]}: {counted(units, 'unit')} will not come, and {letter.recipient} is told."


class DatesForm(forms.Form):
    """The day the supplier confirmed, for each open line."""

    def __init__(self, found: Sequence[PurchaseOrderLine], data: Any) -> None:
        super().__init__(data)
        self.found, self.named = found, PartNames(found)
        for line in found:
            self.fields[f"date-{line.pk}"] = ComingDayField(
                required=False, widget=_date_input(f"Date of {self.named.words(line)}"), initial=_known(line)
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.dates():
            raise forms.ValidationError("Enter the date of at least one line.")
        return cleaned

    def dates(self) -> dict[int, Any]:
        days = {line.pk: self.cleaned_data.get(f"date-{line.pk}") for line in self.found}
        return {pk: day for pk, day in days.items() if day}


def _date_input(label: str) -> forms.DateInput:
    return forms.DateInput(attrs={"type": DATE.input_type, "aria-label": label}, format=DATE.format)


def _known(line: PurchaseOrderLine) -> Any:
    return line.inbound.expected_date if line.inbound else None


class OfOpenLines(_OfOrders):
    """Something done to what is still to come of one order, whose lines its form has ``found``."""

    takes_many = False
    touches_customers = True

    def applies(self, row: Any) -> bool:
        return bool(row.sent_at and row.units_to_come)

    def open_lines(self, row: PurchaseOrder) -> list[PurchaseOrderLine]:
        found = PurchaseOrderLine.objects.filter(purchase_order=row, inbound__outstanding__gt=0)
        return in_order(found.select_related("product", "inbound"))

    def counters(self, rows: Sequence[PurchaseOrder], form: Any) -> list[tuple[object, ...]]:
        """Read again what is to come of each line and when, so that what is shown is what the act rests on."""
        fresh = Inbound.objects.in_bulk([line.inbound_id for line in form.found])
        for line in form.found:
            line.inbound = fresh[line.inbound_id]
        lines = [
            (line.pk, *(getattr(line.inbound, name) for name in ("outstanding", "expected_date", "is_confirmed")))
            for line in form.found
        ]
        return [*super().counters(rows, form), *lines]


class ConfirmDates(OfOpenLines):
    name = "confirm"
    label = "Confirm dates…"
    permission = "suppliers.change_purchaseorder"
    explanation = (
        "The days the supplier confirmed. The first one is what it will be measured by; one that differs "
        "from the day known before is kept as a slip. Customers whose date moves are told."
    )

    def form(self, rows: Sequence[PurchaseOrder], data: Any) -> DatesForm:
        return DatesForm(self.open_lines(rows[0]), data)

    def in_words(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> str:
        assert isinstance(form, DatesForm)
        new = [line for line in form.found if form.dates().get(line.pk, _known(line)) != _known(line)]
        lines = len(form.dates())
        said = f"{counted(lines, 'line')} of {rows[0]} {'is' if lines == 1 else 'are'} confirmed"
        return f"{said}, {len(new):,} of them with a new date."

    def tables(self, rows: Sequence[PurchaseOrder], form: forms.Form) -> list[Table]:
        assert isinstance(form, DatesForm)
        return [
            Table(
                "",
                ("Product", "Name", "Outstanding", "Known so far", "Confirmed"),
                [
                    (
                        form.named.cell(line),
                        line.product.name,
                        line.inbound.outstanding if line.inbound else 0,
                        _known(line) or "no date",
                        form[f"date-{line.pk}"],
                    )
                    for line in form.found
                ],
                empty="Nothing of this order is outstanding.",
                numbers=("Outstanding",),
            )
        ]

    def act(self, rows: Sequence[PurchaseOrder], form: forms.Form, *, by: User, at: datetime) -> str:
        assert isinstance(form, DatesForm)
        changed = purchasing.confirm(rows[0].pk, form.dates(), by=by, at=at)
        return f"Confirmed {rows[0]}: {changed} {'line has' if changed == 1 else 'lines have'} a new date."


def named(rows: Sequence[PurchaseOrder]) -> str:
    return str(rows[0]) if len(rows) == 1 else f"{len(rows)} purchase orders"
