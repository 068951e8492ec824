"""Stock, as the ledger made it, and the ways a person may change it: count and damage; each is shown first."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.base import Kept
from inventory.desk.operations import Elsewhere, Operation, person
from inventory.desk.tables import Table, day, item, link, number
from inventory.ground import keys
from inventory.ground.plurals import counted
from inventory.models import Movement, MovementKind, Product, Stock
from inventory.models.folded import NOTHING, meant
from inventory.notebook.meanwhile import MOST, Deed
from inventory.supply import bins, counts, stock

from .bins import PutInBins

MOST_UNITS = 1_000_000


class StockUnitsForm(forms.Form):
    """Units for each of these rows, and one reason for all of them."""

    reason = forms.CharField(max_length=200, widget=forms.TextInput(attrs={"class": "vTextField"}))

    def __init__(self, rows: Sequence[Stock], data: Any, *, at_least: int) -> None:
        super().__init__(data)
        self.rows = rows
        for row in rows:
            widget = forms.NumberInput(attrs={"aria-label": f"Units of {row}", "min": at_least})
            self.fields[_field(row)] = forms.IntegerField(
                required=False, min_value=at_least, max_value=MOST_UNITS, widget=widget, label=str(row)
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not self.errors and not self.units():
            raise forms.ValidationError("Enter units on at least one row.")
        return cleaned

    def units(self) -> dict[int, int]:
        """Units by the key of their row; rows that were left empty are left out."""
        return {row.pk: units for row in self.rows if (units := self.cleaned_data.get(_field(row))) is not None}


def _field(row: Stock) -> str:
    return f"units-{row.pk}"


class _StockOperation(Operation):
    permission = "inventory.adjust_stock"
    counted = ("on_hand",)
    touches_customers = True
    column = "Units"
    seen = "On hand after"
    at_least = 1

    def form(self, rows: Sequence[Stock], data: Any) -> StockUnitsForm:
        return StockUnitsForm(rows, data, at_least=self.at_least)

    def title(self, rows: Sequence[Stock]) -> str:
        name = str(rows[0]) if len(rows) == 1 else counted(len(rows), "place")
        return f"{self.label.rstrip('…')}: {name}"

    def tables(self, rows: Sequence[Stock], form: forms.Form) -> list[Table]:
        """Show the rows, and beside what was typed what it makes of them."""
        units = _typed(form) if form.is_bound and form.is_valid() else {}
        return [
            Table(
                "",
                (
                    *("Product", "Name", "Warehouse", "Bin", "On hand in the books", "Set aside", self.column),
                    *([self.seen] if units else []),
                ),
                [
                    (
                        item(row.product),
                        row.product.name,
                        row.warehouse.code,
                        row.bin,
                        row.on_hand,
                        row.allocated,
                        form[_field(row)],
                        *([self.beside(row, units[row.pk]) if row.pk in units else ""] if units else []),
                    )
                    for row in rows
                ],
                numbers=("On hand in the books", "Set aside", self.seen),
            )
        ]

    def meanwhile(self, rows: Sequence[Stock], since: datetime) -> Iterable[Deed]:
        """Give what moved these shelves."""
        if not rows:
            return
        here = Q(*(Q(product=row.product_id, warehouse=row.warehouse_id) for row in rows), _connector=Q.OR)
        moved = Movement.objects.filter(here, at__gte=since).select_related("by", "product", "warehouse")
        for each in moved.order_by("-pk")[:MOST]:
            kind = each.get_kind_display().lower()
            yield Deed(each.at, each.by, f"{each.product} in {each.warehouse.code}: {each.quantity:+,}, {kind}")

    def beside(self, row: Stock, units: int) -> int | SafeString:
        """What is shown beside the units of a row once they are typed."""
        raise NotImplementedError


def _typed(form: forms.Form) -> dict[int, int]:
    assert isinstance(form, StockUnitsForm)
    return form.units()


class CountStock(_StockOperation):
    name = "count"
    label = "Count…"
    explanation = (
        "Enter what stands on the shelf. A difference to the books becomes a movement; empty rows are skipped."
    )
    refusals = (counts.NotACount, stock.NotEnoughStock)
    column = "Counted"
    seen = "Difference"
    at_least = 0

    def beside(self, row: Stock, units: int) -> SafeString:
        difference = units - row.on_hand
        return format_html('<span class="number">{}</span>', f"{difference:+,}" if difference else "0")

    def in_words(self, rows: Sequence[Stock], form: forms.Form) -> str:
        units = _typed(form)
        found = [units[row.pk] - row.on_hand for row in rows if row.pk in units]
        more, fewer = sum(each for each in found if each > 0), -sum(each for each in found if each < 0)
        said = [f"{counted(more, 'unit')} more"] if more else []
        said += [f"{counted(fewer, 'unit')} fewer"] if fewer else []
        books = f"{' and '.join(said)} than the books have" if said else "the books are right"
        return f"{counted(len(found), 'place')} counted: {books}."

    def act(self, rows: Sequence[Stock], form: forms.Form, *, by: User, at: datetime) -> str:
        reason, units = form.cleaned_data["reason"], _typed(form)
        entries = [
            counts.Count(row.product_id, row.warehouse_id, units[row.pk], reason) for row in rows if row.pk in units
        ]
        posted = counts.count(entries, by=by, at=at)
        books = "the books were changed" if posted else "the books were right"
        return f"Counted {counted(len(entries), 'place')}: {books}."


class _Adjustment(_StockOperation):
    refusals = (stock.NotEnoughStock, stock.NothingToPost)
    kind: MovementKind
    sign: int
    goes: tuple[str, str]

    def beside(self, row: Stock, units: int) -> int:
        return row.on_hand + self.sign * units

    def in_words(self, rows: Sequence[Stock], form: forms.Form) -> str:
        units = _typed(form)
        count = sum(units.values())
        return f"{counted(count, 'unit')} {self.goes[count != 1]} in {counted(len(units), 'place')}."

    def act(self, rows: Sequence[Stock], form: forms.Form, *, by: User, at: datetime) -> str:
        reason, units = form.cleaned_data["reason"], _typed(form)
        posts = [
            stock.Post(row.product_id, row.warehouse_id, self.sign * units[row.pk], self.kind, reason)
            for row in rows
            if row.pk in units
        ]
        stock.adjust(posts, by=by, at=at)
        return f"{self.kind.label}: {counted(sum(units.values()), 'unit')} in {counted(len(posts), 'place')}."


class DamageStock(_Adjustment):
    name = "damage"
    label = "Damage or loss…"
    explanation = "Units that cannot be sold. If they were set aside, the last in the queue waits again and is told."
    kind = MovementKind.DAMAGE
    sign = -1
    goes = "comes off the books", "come off the books"
    is_risky = True


@admin.register(Stock)
class StockAdmin(Kept):
    list_display = ("item", "name", "warehouse", "here", "set_aside", "kept", "free", "bin")
    list_filter = ("warehouse",)
    list_select_related = ("product", "warehouse")
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product, or a bin such as A-12."
    ordering = ("product_id", "warehouse_id")
    fields = (("product", "warehouse", "bin"), ("on_hand", "allocated", "held", "available"))
    operations = (CountStock(), DamageStock(), PutInBins())
    elsewhere = (
        # what comes back names the parcel it left in
        Elsewhere("Return…", "orders_shipment_changelist", "orders.return_shipment", query="q=product.sku"),
    )

    def recognize(self, term: str) -> Q:
        """By its product and, where there is such a bin, by that."""
        written = {term, keys.clean(term), keys.key(term)} - {""}
        meant = super().recognize(term)
        return meant | Q(bin__in=written) if Stock.objects.filter(bin__in=written).exists() else meant

    def wider(self, term: str) -> Q:
        """Any part of a bin."""
        part = keys.clean(term)[: bins.MOST]
        return Q(bin__icontains=part) if any(sign.isalnum() for sign in part) else NOTHING

    @admin.display(description="name")
    def name(self, row: Stock) -> str:
        return row.product.name

    @admin.display(description="on hand", ordering="on_hand")
    def here(self, row: Stock) -> SafeString:
        return number(row.on_hand)

    @admin.display(description="set aside", ordering="allocated")
    def set_aside(self, row: Stock) -> SafeString:
        return number(row.allocated)

    @admin.display(description="held", ordering="held")
    def kept(self, row: Stock) -> SafeString:
        return number(row.held)

    @admin.display(description="available")
    def free(self, row: Stock) -> SafeString:
        return number(row.available)

    def tables(self, request: HttpRequest, row: Stock) -> list[Table]:
        if not person(request).has_perm("inventory.view_movement"):
            return []
        rows = Movement.objects.filter(product=row.product_id, warehouse=row.warehouse_id).select_related("by")
        return [
            Table(
                "Last movements",
                ("When", "Units", "What", "Why", "Reference", "By"),
                [
                    (day(each.at), each.quantity, each.get_kind_display(), each.reason, each.reference, _who(each.by))
                    for each in rows[:20]
                ],
                empty="Nothing has moved yet.",
                numbers=("Units",),
            )
        ]


def _who(user: User | None) -> str:
    return user.get_username() if user else "the system"


@admin.register(Movement)
class MovementAdmin(Kept):
    list_display = ("moment", "item", "warehouse", "units", "kind", "reason", "reference", "who")
    list_display_links = ("moment",)
    list_filter = ("kind", "warehouse", "at")
    list_select_related = ("product", "warehouse", "by")
    search_fields = ("product__sku",)
    search_help_text = "Any part of a product, or a whole reference such as PO-1042."
    fields = (("product", "warehouse"), ("quantity", "kind"), "reason", ("reference", "arrival"), ("by", "at"))
    readonly_fields = ("arrival",)

    def recognize(self, term: str) -> Q:
        found = Movement.objects.filter(reference=term).exists()
        return Q(reference=term) if found else meant(term, product=Product)

    @admin.display(description="when", ordering="at")
    def moment(self, row: Movement) -> str:
        return day(row.at)

    @admin.display(description="units")
    def units(self, row: Movement) -> SafeString:
        return number(row.quantity)

    @admin.display(description="by")
    def who(self, row: Movement) -> str:
        return _who(row.by)

    @admin.display(description="inbound")
    def arrival(self, row: Movement) -> Any:
        return link(row.inbound, "inventory_inbound_change", row.inbound_id) if row.inbound else ""
