"""The lines of a draft in its form: units and prices to change, what the night says of them, and what terms say."""

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminIntegerFieldWidget
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, QueryDict
from django.utils.safestring import SafeString

from inventory.desk.operations import person
from inventory.desk.tables import chip, item, money, number
from inventory.desk.tables import lines as stacked
from inventory.ground.plurals import counted
from inventory.night import popular
from suppliers import purchasing, remarks, terms
from suppliers.models import PurchaseOrderLine
from suppliers.offers import MOST_UNITS

from . import purchase_page
from .purchase_entry import all_the_same


class _LineItself(forms.Field):
    """The row that a form of a formset is about. Stock Django reads each of them again, one by one."""

    widget = forms.HiddenInput

    def __init__(self, row: PurchaseOrderLine) -> None:
        super().__init__(required=False, initial=row.pk)
        self.row = row

    def has_changed(self, initial: Any, data: Any) -> bool:
        """A key is never changed: without this each row of a page that is saved would count as touched."""
        return False

    def clean(self, value: Any) -> PurchaseOrderLine:
        if str(value) != str(self.row.pk):
            raise forms.ValidationError("This line does not exist any more.")
        return self.row


class _Beside(forms.CharField):
    """What goes with a row and changes nothing by itself."""

    widget = forms.HiddenInput

    def has_changed(self, initial: Any, data: Any) -> bool:
        return False


class DraftLineForm(forms.ModelForm):
    """``seen``: the units and the price that the page showed; ``overrules``: units wanted against the terms."""

    quantity = forms.IntegerField(min_value=1, max_value=MOST_UNITS, widget=AdminIntegerFieldWidget)
    seen = _Beside(required=False)
    overrules = _Beside(required=False)

    def units_seen(self) -> int | None:
        """The units that were shown; None if the page did not say."""
        return found[0] if (found := _figures(self.data.get(self.add_prefix("seen"), ""))) else None

    def overruled(self) -> int | None:
        text = self.cleaned_data.get("overrules") or ""
        return int(text[:12]) if text.isascii() and text.isdecimal() else None


class DraftFormSet(forms.BaseInlineFormSet):
    def add_fields(self, form: ModelForm, index: int | None) -> None:
        """Hold what is typed against what was shown, not against what somebody else has made of the line since."""
        super().add_fields(form, index)
        form.fields["id"] = _LineItself(form.instance)
        form.initial["seen"] = f"{form.instance.quantity}@{form.instance.unit_price}"
        if form.is_bound and (seen := _figures(form.data.get(form.add_prefix("seen"), ""))):
            form.initial["quantity"], form.initial["unit_price"] = seen

    def get_queryset(self) -> QuerySet[PurchaseOrderLine]:
        if not hasattr(self, "_queryset"):
            popular.mark(line.product for line in super().get_queryset())
        return super().get_queryset()

    def clean(self) -> None:
        """Name what minimum, pack and capacity say against the units of a row that was changed."""
        super().clean()
        kept = [form for form in self.initial_forms if form not in self.deleted_forms and _has_units(form)]
        by_hand: Counter[int] = Counter()
        for form in kept:
            if form.has_changed() or form.instance.is_touched:
                by_hand[form.instance.product_id] += form.cleaned_data["quantity"]
        changed = [form for form in kept if form.has_changed() and form.instance.offer]
        breaks = terms.prices(form.instance.offer_id for form in changed)
        for form in changed:
            _hold_against_offer(form, breaks.get(form.instance.offer_id, ()), by_hand[form.instance.product_id])


def _has_units(form: Any) -> bool:
    """Whether units can be read, be the price right or not."""
    form.is_valid()
    return form.cleaned_data.get("quantity") is not None


def _hold_against_offer(form: Any, breaks: terms.Breaks, units: int) -> None:
    """Name what the terms of the offer say against a row whose units are new, or that is wrong in another way too."""
    against = terms.against(form.instance.offer, breaks, units)
    if against and form.overruled() != units and ("quantity" in form.changed_data or form.errors):
        form.add_error("quantity", all_the_same(form, units, f"{against[0].upper()}{against[1:]}."))


def renew(data: QueryDict, rows: Iterable[PurchaseOrderLine], prefix: str) -> Iterator[str]:
    """
    Put what stands now beside what was typed on a page that showed something else, so that it can be saved again.

    A row that nobody typed into shows what it holds now.

    :returns: what has changed, in words
    """
    standing = {str(row.pk): row for row in rows}
    for place in range(len(standing) + 1):
        of = f"{prefix}-{place}"
        row, seen = standing.get(data.get(f"{of}-id", "")), _figures(data.get(f"{of}-seen", ""))
        if row is None or seen is None or seen == (row.quantity, row.unit_price):
            continue
        shown: dict[str, int | Decimal] = {"quantity": seen[0], "unit_price": seen[1]}
        for name, was in shown.items():
            if _is(data.get(f"{of}-{name}", ""), was):
                data[f"{of}-{name}"] = str(getattr(row, name))
        data[f"{of}-seen"] = f"{row.quantity}@{row.unit_price}"
        yield f"{row.product} is now {counted(row.quantity, 'unit')} at {row.unit_price.normalize():f}."


def _is(text: str, number: int | Decimal) -> bool:
    try:
        return Decimal(text[:20]) == number
    except InvalidOperation:
        return False


def _figures(text: str) -> tuple[int, Decimal] | None:
    units, _, price = text.partition("@")
    try:
        found = int(units[:12]), Decimal(price[:20])
    except (ValueError, InvalidOperation):
        return None
    return found if found[1].is_finite() else None


def save(formset: Any, *, by: Any, at: Any) -> None:
    """
    Change the draft through the domain, which prices it and refuses what was approved or changed meanwhile.

    :raises purchasing.PurchaseRefused: if a line cannot be changed or taken off
    """
    for form in formset.initial_forms:
        if form in formset.deleted_forms:
            purchasing.remove_line(form.instance.pk, seen=form.units_seen(), at=at)
    for form in formset.initial_forms:
        if form in formset.deleted_forms or not form.has_changed():
            continue
        typed = form.cleaned_data
        purchasing.edit_line(
            form.instance.pk,
            quantity=typed["quantity"],
            unit_price=typed["unit_price"] if "unit_price" in form.changed_data else None,
            seen=form.units_seen(),
            overrules=form.overruled(),
            by=by,
            at=at,
        )


class DraftLines(admin.TabularInline):
    """The lines of a draft: a buyer may change units and prices, or take a line off."""

    model = PurchaseOrderLine
    form = DraftLineForm
    formset = DraftFormSet
    extra = 0
    fields = ("item", "name", "quantity", "unit_price", "value", "why", "seen")
    readonly_fields = ("item", "name", "value", "why")
    verbose_name_plural = "lines of the draft"

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset = super().get_formset(request, obj, **kwargs)
        if obj and "unit_price" in formset.form.base_fields:
            formset.form.base_fields["unit_price"].label = purchase_page.priced_in("Unit price", obj.supplier.money)
        return formset

    @admin.display(description="product")
    def item(self, row: PurchaseOrderLine) -> SafeString:
        return item(row.product)

    @admin.display(description="name")
    def name(self, row: PurchaseOrderLine) -> str:
        return row.product.name

    @admin.display(description="value")
    def value(self, row: PurchaseOrderLine) -> SafeString:
        return number(money(purchase_page.value(row), row.purchase_order.supplier.money))

    @admin.display(description="reason")
    def why(self, row: PurchaseOrderLine) -> SafeString:
        """Say why it is bought, who put a hand to it, and what is needed now if that is something else."""
        said = remarks.needed(row)
        parts = [chip(said, "amber")] if said else []
        if row.offer is None or not row.offer.is_active:
            parts.append(chip("no active offer", "red"))
        return stacked([*parts, *filter(None, (remarks.touched(row), row.reason))])

    def get_queryset(self, request: HttpRequest) -> QuerySet[PurchaseOrderLine]:
        rows = super().get_queryset(request).select_related("product", "purchase_order__supplier", "offer")
        return rows.order_by("pk")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(person(request).has_perm("suppliers.change_purchaseorder"))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(person(request).has_perm("suppliers.view_purchaseorder"))
