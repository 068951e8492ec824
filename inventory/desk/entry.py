"""Typing in lines of products: SKUs that are looked up all at once, units, and as many rows as needed."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest

from inventory import known
from inventory.ground import keys

from .careful import numbers
from .tables import Table

ROWS = 5
MOST_ROWS = 500
DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
Entry = TypeVar("Entry", bound=forms.Form)


class ProductLine(forms.Form):
    """One row: which product, how many units."""

    sku = forms.CharField(
        max_length=64, label="SKU", widget=forms.TextInput(attrs={"aria-label": "SKU", "autocomplete": "off"})
    )
    units = forms.IntegerField(
        min_value=1, max_value=1_000_000, widget=forms.NumberInput(attrs={"aria-label": "Units", "min": 1})
    )


class ProductLines(forms.BaseFormSet):
    """Rows of products. A row that was left empty is no row; a product stands in one row, and its row knows it."""

    def clean(self) -> None:
        rows = [form for form in self.forms if form.has_changed() and "sku" in getattr(form, "cleaned_data", {})]
        self.look_up(rows)
        seen: set[str] = set()
        for form in rows:
            sku = keys.key(form.cleaned_data.get("sku", ""))
            if sku in seen:
                form.add_error("sku", "This product stands in another row already. Add the units there.")
            seen.add(sku)
        if not any(form.has_changed() for form in self.forms):
            raise forms.ValidationError("Enter at least one product.")

    def look_up(self, rows: Sequence[forms.Form]) -> None:
        """Find the product of each row, all at once."""
        found = known.products(form.cleaned_data["sku"] for form in rows)
        for form in rows:
            sku = form.cleaned_data["sku"]
            form.cleaned_data["product"] = found.get(keys.key(sku))
            if form.cleaned_data["product"] is None:
                form.add_error("sku", known.unknown(sku))

    def filled(self) -> list[dict[str, Any]]:
        """The rows that say something."""
        return [form.cleaned_data for form in self.forms if form.has_changed()]

    def table(self, columns: tuple[str, ...], names: tuple[str, ...]) -> Table:
        return Table("Products", columns, [[form[name] for name in names] for form in self.forms])


def asks_for_more(request: HttpRequest) -> bool:
    """Whether the page is only wanted again, with more rows."""
    return "more" in request.POST


def asked(form: type[Entry], request: HttpRequest) -> Entry:
    """Build the form above the rows: checked when it is sent, kept as typed when more rows are wanted."""
    if request.method != "POST":
        return form(initial=request.GET.dict())
    return form(initial=request.POST.dict()) if asks_for_more(request) else form(request.POST)


def product_lines(form: type[forms.Form], request: HttpRequest, *, rows: type[ProductLines] = ProductLines) -> Any:
    """Build the rows of this request, more of them when they were asked for."""
    # what the address names stands in the first rows, typed in already
    named = list(zip_longest(*(request.GET.getlist(name)[:MOST_ROWS] for name in form.base_fields)))
    extra = max(ROWS, len(named))
    formset = forms.formset_factory(form, formset=rows, extra=extra, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
    if request.method != "POST":
        blank = formset(prefix="lines")
        for row, values in zip(blank.forms, named, strict=False):
            typed = zip(form.base_fields, values, strict=True)
            row.initial = {name: value for name, value in typed if value is not None}
        return blank
    data = request.POST.copy()
    count = data.get("lines-TOTAL_FORMS", "")
    if asks_for_more(request) and (shown := numbers(count, 1)):
        data["lines-TOTAL_FORMS"] = str(shown[0] + ROWS)
    return formset(data, prefix="lines")
