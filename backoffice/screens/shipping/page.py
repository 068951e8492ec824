"""The page of a batch: one row a parcel, with its label."""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.contrib.admin import AdminSite
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.forms import BoundField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse

from inventory.desk import careful
from inventory.desk.tables import day
from orders import shipping
from orders.fulfillment.labels import NUMBER_SIGNS
from orders.models import Batch, Parcel, ParcelLine
from orders.shipping import NotTheseNumbers, ParcelLabel
from orders.shipping.labeling import MOST_WEIGHT
from orders.typed import TrackingField

PERMISSION = "orders.ship_order"
NAMES = ("carrier", "service", "weight", "tracking", "is_left_out")
FIELDS: dict[str, tuple[type[forms.CharField], int, int]] = {
    "carrier": (forms.CharField, 80, 7),
    "service": (forms.CharField, 80, 7),
    "tracking": (TrackingField, NUMBER_SIGNS, 18),
}
TYPED = re.compile(r"tracking-(\d{1,18})")
MISTAKE = "This page was sent with other parcels than the batch has. Nothing was saved."


def found(rows: QuerySet[Batch], pk: int) -> Batch:
    """:raises Missing: if there is no such batch"""
    return careful.found(rows, pk)


class LabelsForm(forms.Form):
    """What each parcel of a batch that stands carries."""

    def __init__(self, batch: Batch, data: Any = None) -> None:
        super().__init__(data)
        self.batch = batch
        rows = (
            Parcel.objects.filter(batch=batch)
            .select_related("order__customer", "shipment__order", "shipment__warehouse")
            .order_by("order_id", "pk")
        )
        self.parcels = list(rows)
        for parcel in self.parcels:
            if parcel.stands:
                self._add(parcel)

    def _add(self, parcel: Parcel) -> None:
        for name, (kind, most, size) in FIELDS.items():
            hint = {"aria-label": f"{name.title()} of {parcel.order}", "size": size, "autocomplete": "off"}
            if name == "tracking":
                hint |= {"placeholder": "scan or type", "data-tracking": parcel.order.reference}
            self.fields[f"{name}-{parcel.pk}"] = kind(
                required=False,
                max_length=most,
                initial=getattr(parcel, name),
                show_hidden_initial=True,
                widget=forms.TextInput(attrs=hint),
            )
        hint = {"aria-label": f"Weight of {parcel.order} in kilograms", "size": 3, "inputmode": "decimal"}
        self.fields[f"weight-{parcel.pk}"] = forms.DecimalField(
            required=False, min_value=Decimal("0.001"), max_value=MOST_WEIGHT, max_digits=8, decimal_places=3,
            initial=parcel.weight, show_hidden_initial=True, widget=forms.TextInput(attrs=hint),
        )  # fmt: skip
        box = forms.CheckboxInput(attrs={"aria-label": f"Leave out {parcel.order}"})
        self.fields[f"is_left_out-{parcel.pk}"] = forms.BooleanField(
            required=False, initial=parcel.is_left_out, show_hidden_initial=True, widget=box
        )

    def clean(self) -> dict[str, Any]:
        """Write over nothing that somebody else has typed since this page was opened."""
        cleaned = super().clean() or self.cleaned_data
        self.typed: dict[int, dict[str, Any]] = defaultdict(dict)
        for parcel in self.parcels:
            for name in NAMES if parcel.stands else ():
                field, key = self.fields[f"{name}-{parcel.pk}"], f"{name}-{parcel.pk}"
                if key not in self.changed_data or key not in cleaned or cleaned[key] == getattr(parcel, name):
                    continue
                seen = self._widget_data_value(field.hidden_widget(), self.add_initial_prefix(key))  # type: ignore[attr-defined]
                self.typed[parcel.pk][name] = cleaned[key]
                if field.has_changed(getattr(parcel, name), seen):
                    self._name_what_stands(key, getattr(parcel, name))
        self._name_what_is_gone()
        return cleaned

    def _name_what_stands(self, key: str, value: Any) -> None:
        """Somebody else was faster. The page, shown again, knows what stands now: who has read it may write over it."""
        now = "" if value is None else str(value)
        self.add_error(key, f"Somebody {f'typed “{now}” here' if now else 'emptied this'} since you looked.")
        data = cast(QueryDict, self.data).copy()
        data[self.add_initial_prefix(key)] = now
        self.data = data

    def _name_what_is_gone(self) -> None:
        """What was typed for a parcel that does not stand any more is said, and not dropped."""
        typed = {int(found[1]): self.data[name] for name in self.data if (found := TYPED.fullmatch(name))}
        parcels = {parcel.pk: parcel for parcel in self.parcels}
        if typed.keys() - parcels.keys():
            self.add_error(None, MISTAKE)
        for pk, number in typed.items():
            seen = self.data.get(self.add_initial_prefix(f"tracking-{pk}"), "")
            if pk in parcels and not parcels[pk].stands and number.strip() != seen.strip():
                what = "has left" if parcels[pk].shipment_id else "is stopped"
                words = f"The parcel of {parcels[pk].order} {what} since you looked: “{number}” was not kept."
                self.add_error(None, words)

    def labels(self) -> dict[int, ParcelLabel]:
        """What was typed otherwise than it stands, by parcel."""
        stand = {parcel.pk: ParcelLabel.of(parcel) for parcel in self.parcels}
        return {pk: replace(stand[pk], **typed) for pk, typed in self.typed.items()}

    def save(self, *, at: datetime) -> int:
        """:raises ValidationError: with what is wrong beside each number"""
        try:
            return shipping.save_labels(self.batch.pk, self.labels(), at=at)
        except NotTheseNumbers as why:
            errors = {f"tracking-{pk}": words for pk, words in why.wrong.items() if f"tracking-{pk}" in self.fields}
            raise forms.ValidationError(errors or str(why)) from why


@dataclass(frozen=True, slots=True)
class ParcelRow:
    """One parcel as the page shows it: which of its order's it is, what lies in it, from which bins, its fields."""

    parcel: Parcel
    place: tuple[int, int]
    what: Sequence[tuple[int, Any]]
    units: int
    bins: str
    fields: Mapping[str, BoundField]


def shown(
    request: HttpRequest,
    batch: Batch,
    form: LabelsForm | None,
    *,
    site: AdminSite,
    opts: Any,
    buttons: Sequence[tuple[str, str]],
) -> HttpResponse:
    """Show a batch; ``form``: as it was sent, if something of it was refused."""
    form = form or LabelsForm(batch)
    rows = _rows(form)
    standing = [row for row in rows if row.parcel.stands]
    by = request.user
    carriers = Counter(f"{row.parcel.carrier} {row.parcel.service}".strip() for row in standing)
    context = {
        "title": f"{batch} · {batch.warehouse}",
        "batch": batch,
        "opts": opts,
        "form": form,
        "rows": rows,
        "orders": len({row.parcel.order_id for row in standing}),
        "units": sum(row.units for row in standing),
        "count": len(standing),
        "numbered": sum(bool(row.parcel.tracking) for row in standing),
        "left": sum(row.parcel.shipment_id is not None for row in rows),
        "to_put_back": sum(bool(row.parcel.stopped_at and not row.parcel.put_back_at) for row in rows),
        "carriers": [(name or "no carrier", count) for name, count in carriers.most_common()],
        "printed": day(batch.printed_at),
        "may_ship": isinstance(by, User) and by.has_perm(PERMISSION),
        "buttons": [(label, url) for label, url in buttons if not label.startswith("Hand over")],
        "labels_url": reverse("admin:orders_batch_labels", args=[batch.pk]),
    }
    return TemplateResponse(request, "admin/shipping/batch.html", {**site.each_context(request), **context})


def _rows(form: LabelsForm) -> list[ParcelRow]:
    lines: dict[int, list[ParcelLine]] = defaultdict(list)
    rows = ParcelLine.objects.filter(parcel__batch=form.batch).select_related("line__product", "stock").order_by("pk")
    for row in rows:
        lines[row.parcel_id].append(row)
    siblings: dict[int, list[int]] = defaultdict(list)
    for parcel in form.parcels:
        if not parcel.stopped_at:
            siblings[parcel.order_id].append(parcel.pk)
    found = []
    for parcel in form.parcels:
        own, same = lines[parcel.pk], siblings[parcel.order_id]
        place = (same.index(parcel.pk) + 1, len(same)) if parcel.pk in same else (1, 1)
        fields = {name: form[f"{name}-{parcel.pk}"] for name in NAMES} if parcel.stands else {}
        bins = ", ".join(dict.fromkeys(row.stock.bin for row in own if row.stock.bin))
        what = [(row.quantity, row.line.product) for row in own]
        found.append(ParcelRow(parcel, place, what, sum(row.quantity for row in own), bins, fields))
    return found
