"""What arrived and nobody ordered: taken in or sent back; and what came beyond an order, kept or sent back."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.http import HttpRequest

from inventory.desk.entry import ProductLine, asked, product_lines
from inventory.desk.operations import Operation
from inventory.desk.tables import Table, item
from inventory.ground.plurals import counted
from inventory.models import Inbound, Product, Stock, Warehouse
from inventory.notebook import hanging, notes
from inventory.supply import stock, unasked

MOST_UNITS = 1_000_000


class UnorderedForm(forms.Form):
    """What came, from whom, where it is, and what becomes of it."""

    warehouse = forms.TypedChoiceField(coerce=int)
    sender = forms.CharField(max_length=80, label="From", help_text="Who sent it, as it says on the parcel.")
    reason = forms.CharField(max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}))
    becomes = forms.ChoiceField(
        label="It",
        choices=(
            ("stock", "stays here: becomes stock, and goes to those who wait"),
            ("back", "goes back: is only noted"),
        ),
    )
    lines: Any = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["warehouse"]
        assert isinstance(field, forms.ChoiceField)
        places = list(Warehouse.objects.all())
        field.choices = [*([("", "Choose…")] if len(places) > 1 else []), *((row.pk, str(row)) for row in places)]

    @classmethod
    def of(cls, request: HttpRequest) -> "UnorderedForm":
        """Build it as it was sent, with the rows of products below it."""
        form = asked(cls, request)
        form.lines = product_lines(ProductLine, request)
        return form

    def is_valid(self) -> bool:
        return self.is_bound and bool(super().is_valid() & self.lines.is_valid())

    def units(self) -> dict[int, int]:
        return {line["product"].pk: line["units"] for line in self.lines.filled()}

    @property
    def stays(self) -> bool:
        return bool(self.cleaned_data["becomes"] == "stock")


class TakeInUnordered(Operation):
    """Take in what nobody ordered; made for one request."""

    name = "unordered"
    permission = "inventory.receive_inbound"
    explanation = (
        "What came without an order, or with none that anybody knows. What stays becomes stock at once; of what goes "
        "back, a note is written on each product."
    )
    refusals = (stock.NothingToPost,)
    touches_customers = True
    is_new = True
    is_logged = False

    def __init__(self, request: HttpRequest) -> None:
        self.request = request

    def title(self, rows: Sequence[Any]) -> str:
        return "Receive what nobody ordered"

    def form(self, rows: Sequence[Any], data: Any) -> UnorderedForm:
        return UnorderedForm.of(self.request)

    def product_ids(self, rows: Sequence[Any], form: Any) -> Collection[int]:
        return set(form.units())

    def counters(self, rows: Sequence[Any], form: Any) -> list[tuple[object, ...]]:
        there = Stock.objects.filter(warehouse=form.cleaned_data["warehouse"], product__in=form.units())
        return list(there.order_by("pk").values_list("product_id", "on_hand"))

    def tables(self, rows: Sequence[Any], form: Any) -> list[Table]:
        return [form.lines.table(("SKU", "Units"), ("sku", "units"))]

    def in_words(self, rows: Sequence[Any], form: Any) -> str:
        units = sum(form.units().values())
        stays = "become stock" if units != 1 else "becomes stock"
        return f"{counted(units, 'unit')} {stays if form.stays else 'sent back: nothing becomes stock'}."

    def act(self, rows: Sequence[Any], form: Any, *, by: User, at: datetime) -> str:
        answer, units = form.cleaned_data, form.units()
        said = {"sender": answer["sender"], "reason": answer["reason"]}
        if form.stays:
            unasked.without_order(answer["warehouse"], units, by=by, at=at, **said)
            return f"Received {counted(sum(units.values()), 'unit')} that nobody had ordered."
        for product in Product.objects.filter(pk__in=units).order_by("pk"):
            words = f"{counted(units[product.pk], 'unit')} from {answer['sender']} that nobody had ordered went back: "
            notes.write([hanging.key(product)], words + answer["reason"], by=by, at=at)
        return f"Noted: {counted(sum(units.values()), 'unit')} went back."

    def context(self, rows: Sequence[Any], form: Any) -> dict[str, Any]:
        return {"lines": form.lines, "more": "More rows"}


class DecideForm(forms.Form):
    """How many stay; the others go back."""

    keeps = forms.IntegerField(min_value=0, max_value=MOST_UNITS, label="Stay here")
    sends_back = forms.IntegerField(min_value=0, max_value=MOST_UNITS, label="Go back")
    reason = forms.CharField(
        required=False, max_length=150, widget=forms.TextInput(attrs={"class": "vTextField"}), label="Why"
    )


class DecideSurplus(Operation):
    """Say of what came beyond an order whether it stays."""

    name = "decide"
    label = "Keep or send back…"
    permission = "inventory.decide_surplus"
    counted = ("quantity", "received", "surplus", "set_apart")
    explanation = "It came beyond the order and lies apart. What stays becomes stock and goes to those who wait."
    refusals = (unasked.NothingSetApart,)
    touches_customers = True
    takes_many = False

    def applies(self, row: Any) -> bool:
        return bool(row.set_apart)

    def form(self, rows: Sequence[Any], data: Any) -> DecideForm:
        return DecideForm(data, initial={"keeps": rows[0].set_apart, "sends_back": 0})

    def tables(self, rows: Sequence[Any], form: forms.Form) -> list[Table]:
        return [
            Table(
                "",
                ("Product", "Name", "To", "From", "Ordered", "Received", "Set apart"),
                [(item(row.product), row.product.name, row.warehouse.code, row.sender, row.quantity, row.received,
                  row.set_apart) for row in rows],
                numbers=("Ordered", "Received", "Set apart"),
            )
        ]  # fmt: skip

    def in_words(self, rows: Sequence[Any], form: forms.Form) -> str:
        keeps, back = form.cleaned_data["keeps"], form.cleaned_data["sends_back"]
        stay, go = "stays" if keeps == 1 else "stay", "goes" if back == 1 else "go"
        return f"{counted(keeps, 'unit')} {stay}, {back:,} {go} back."

    def act(self, rows: Sequence[Inbound], form: forms.Form, *, by: User, at: datetime) -> str:
        answer = form.cleaned_data
        unasked.decide(rows[0].pk, **{name: answer[name] for name in ("keeps", "sends_back", "reason")}, by=by, at=at)
        why = f": {answer['reason']}" if answer["reason"] else ""
        return f"Of what came beyond the order {answer['keeps']:,} stay and {answer['sends_back']:,} go back{why}."
