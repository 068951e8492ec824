"""A purchase order that a buyer types in: products of one supplier, for one warehouse; what drafts hold is asked."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.models import User
from django.utils.html import format_html
from django.utils.safestring import SafeString

from inventory.desk.entry import ProductLine
from inventory.models import Warehouse
from suppliers import purchasing, remarks
from suppliers.models import Offer, PurchaseOrder, Supplier

ADD, REPLACE = "add", "replace"
Seen = dict[int, tuple[int, int]]
"""By product: the units that open drafts were said to hold, and those that were typed."""


class PriceField(forms.DecimalField):
    """A price; empty: that of the offer."""

    def __init__(self) -> None:
        widget = forms.NumberInput(attrs={"aria-label": "Price", "min": 0, "step": "any", "placeholder": "offer"})
        super().__init__(required=False, max_digits=12, decimal_places=4, label="Price", widget=widget)


class SupplierField(forms.ModelChoiceField):
    """Suppliers, with the currency of those whose prices are not in the shop's own."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj} ({obj.money})" if obj.money != settings.SHOP_CURRENCY else str(obj)


class Line(ProductLine):
    """``overrules``: the units that are ordered although the terms of the offer speak against them."""

    price = PriceField()
    overrules = forms.IntegerField(required=False, widget=forms.HiddenInput)


class DraftForm(forms.Form):
    """
    Who is asked, and for where. ``seen`` holds the figures that were shown of what open drafts hold already;
    with it the form asks whether the units are added to them or replace them.
    """

    supplier = SupplierField(Supplier.objects.all())
    warehouse = forms.ModelChoiceField(Warehouse.objects.filter(is_open=True), label="For warehouse")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    choice = forms.ChoiceField(
        label="What is drafted already",
        choices=[(ADD, "Add to it"), (REPLACE, "Replace it")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose whether to add to what is drafted already, or to replace it."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = self.fields.pop("choice")
        if self.is_bound and self.data.get("seen"):
            self.fields["choice"] = self.question

    def ask(self, found: Mapping[int, tuple[str, int, int]]) -> None:
        """Ask anew: by product, its SKU, what drafts hold, and what was typed. With nothing held there is no choice."""
        self.data = data = {name: value for name, value in self.data.items() if name != "choice"}
        if not any(held for _, held, _ in found.values()):
            data["seen"] = ""
            self.fields.pop("choice", None)
            return
        data["seen"] = ",".join(f"{pk}:{held}:{units}" for pk, (_, held, units) in found.items())
        self.name_choices(found)

    def name_choices(self, found: Mapping[int, tuple[str, int, int]]) -> None:
        """Say of each choice what it makes of these figures; what was chosen stays chosen."""
        added = ", ".join(f"{held + units:,} {sku}" for sku, held, units in found.values())
        replaced = ", ".join(f"{held:,} {sku} by {units:,}" for sku, held, units in found.values())
        assert isinstance(self.question, forms.ChoiceField)
        self.question.choices = [
            (ADD, f"Add to what is drafted: {added} in all"),
            (REPLACE, f"Replace what is drafted: {replaced}"),
        ]
        self.fields["choice"] = self.question


def propose(form: DraftForm, lines: Any, *, by: User, at: datetime) -> PurchaseOrder | None:
    """
    Put the lines into the draft of this supplier and warehouse; None if the form asks something first.

    :raises purchasing.UnknownOffer: if the supplier does not offer one of the products
    """
    wanted = {row.cleaned_data["product"].pk: row for row in lines.forms if row.has_changed()}
    offers = _offers(form.cleaned_data["supplier"], wanted)
    seen, place = _seen(form.cleaned_data["seen"]), form.cleaned_data["warehouse"]
    told = {"reason": f"Entered by {by.get_username()}.", "warehouse_id": place.pk}
    told["replaces"] = form.cleaned_data.get("choice") == REPLACE
    drafts = [_line(row.cleaned_data, offers[pk], seen.get(pk), told) for pk, row in wanted.items()]
    try:
        [order] = purchasing.propose(drafts, by=by, at=at)
    except purchasing.AlreadyDrafted as refusal:
        held = {pk: refusal.standing[pk, place.pk] for pk in wanted if (pk, place.pk) in refusal.standing}
        form.add_error(None, str(refusal))
        typed = {pk: row.cleaned_data for pk, row in wanted.items()}
        known = {pk: seen[pk][0] for pk in wanted if pk in seen} | {pk: each.units for pk, each in held.items()}
        form.ask({pk: (typed[pk]["product"].sku, units, typed[pk]["units"]) for pk, units in known.items()})
    except purchasing.AgainstTerms as refusal:
        if seen:
            skus = {pk: row.cleaned_data["product"].sku for pk, row in wanted.items()}
            form.name_choices({pk: (skus[pk], *figures) for pk, figures in seen.items() if pk in skus})
        for pk, row in wanted.items():
            if offers[pk] in refusal.found:
                row.add_error("units", all_the_same(row, *refusal.found[offers[pk]]))
    else:
        return order
    return None


def all_the_same(row: forms.BaseForm, units: int, against: str) -> SafeString:
    """Name what the terms say, and let a person order just so many units all the same."""
    return format_html(
        '{} <label class="all-the-same"><input type="checkbox" name="{}" value="{}"> Order {} all the same</label>',
        against,
        row.add_prefix("overrules"),
        units,
        f"{units:,}",
    )


def holds(order: PurchaseOrder, lines: Any) -> str:
    """Say how many units of each product that was typed the draft holds now."""
    typed = [row.cleaned_data["product"].pk for row in lines.forms if row.has_changed()]
    held: Counter[str] = Counter()
    for sku, units in order.lines.filter(product__in=typed).order_by("pk").values_list("product__sku", "quantity"):
        held[sku] += units
    return f"{order} now holds {', '.join(f'{units:,} of {sku}' for sku, units in held.items())}."


def prices(order: PurchaseOrder, lines: Any) -> str:
    """Name the prices that were typed and are not those of the offers."""
    typed = {row.cleaned_data["product"].pk for row in lines.forms if row.has_changed() and row.cleaned_data["price"]}
    rows = order.lines.filter(product__in=typed, is_touched=True).select_related("product", "offer").order_by("pk")
    found = [(row, remarks.offered_price(row)) for row in rows]
    return " ".join(
        f"{row.product} at {_said(row.unit_price, order)}; the offer says {_said(offered, order)}."
        for row, offered in found
        if offered and offered != row.unit_price
    )


def _said(price: Decimal, order: PurchaseOrder) -> str:
    return f"{price.normalize():f} {order.supplier.money}".rstrip()


def _offers(supplier: Supplier, product_ids: Mapping[int, Any]) -> dict[int, int]:
    rows = Offer.objects.filter(supplier=supplier, is_active=True, product__in=product_ids)
    offers = dict(rows.values_list("product_id", "pk"))
    missing = [row.cleaned_data["product"].sku for pk, row in product_ids.items() if pk not in offers]
    if missing:
        raise purchasing.UnknownOffer(f"{supplier} has no active offer for {', '.join(missing)}.")
    return offers


def _line(
    typed: Mapping[str, Any], offer_id: int, seen: tuple[int, int] | None, told: dict[str, Any]
) -> purchasing.DraftLine:
    """What was typed anew since the question was asked is asked anew: no figure but those that were shown."""
    held, units = seen or (0, typed["units"])
    line = purchasing.DraftLine(
        offer_id=offer_id,
        quantity=typed["units"],
        unit_price=typed["price"],
        seen=held if units == typed["units"] else -1,
        overrules=typed["overrules"],
        **told,
    )
    return line if seen else replace(line, replaces=False)


def _seen(text: str) -> Seen:
    found: Seen = {}
    for part in text.split(","):
        numbers = part.split(":")
        if len(numbers) == 3 and all(number.isascii() and number.isdecimal() for number in numbers):
            pk, held, units = (int(number[:12]) for number in numbers)
            found[pk] = (held, units)
    return found
