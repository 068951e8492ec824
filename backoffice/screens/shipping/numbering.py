"""Tracking numbers of a whole batch at once: a pasted column, or a carrier's file. All of it, or nothing."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from inventory import spent
from inventory.desk import once
from inventory.desk.operations import ask
from inventory.desk.tables import Table
from inventory.ground.plurals import counted
from inventory.ground.tabular import Unreadable
from inventory.ground.tabular.values import doubts
from orders import shipping
from orders.models import Batch, Parcel
from orders.models.parcels import STANDS
from orders.resources import tracking

MOST_BYTES = 2_000_000
SHOWN = 20


class NumbersForm(forms.Form):
    column = forms.CharField(
        required=False,
        label="Paste a column",
        strip=False,
        max_length=500_000,
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        help_text="A number a line, in the order of the parcels below; or the order and its number, as two columns.",
    )
    file = forms.FileField(
        required=False, label="Or a carrier’s file", help_text="With columns order and tracking, as CSV or Excel."
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, parcels: Sequence[Parcel], data: Any = None, files: Any = None) -> None:
        facts = [(p.pk, p.carrier, p.service, p.tracking, p.is_left_out) for p in parcels]
        self.shown = spent.fingerprint(facts)
        super().__init__(data, files, initial={"seen": self.shown})

    def clean(self) -> dict[str, object]:
        """A number goes to the parcel in its place: if others are shown by now, it is asked for anew."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("seen") != self.shown:
            self.data = {**self.data.dict(), "seen": self.shown}  # type: ignore[attr-defined]
            raise forms.ValidationError(once.MOVED)
        file, column = cleaned.get("file"), (cleaned.get("column") or "").strip()
        if not self.errors and bool(file) == bool(column):
            raise forms.ValidationError("Paste a column, or choose a file: one of them.")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(f"A file of tracking numbers has at most {MOST_BYTES // 1_000_000} MB.")
        return cleaned


def numbers(request: HttpRequest, batch: Batch, *, site: AdminSite) -> HttpResponse:
    """Ask for the numbers; write them if every row fits, and nothing has moved since they were asked for."""
    if request.method != "POST":
        return _asked(request, batch, site, is_sent=False)
    with transaction.atomic():
        shipping.lock_batch(batch.pk)
        return _asked(request, batch, site, is_sent=True)


def _asked(request: HttpRequest, batch: Batch, site: AdminSite, *, is_sent: bool) -> HttpResponse:
    parcels = list(
        Parcel.objects.filter(STANDS, batch=batch).select_related("order__customer").order_by("order_id", "pk")
    )
    form = NumbersForm(parcels, *((request.POST, request.FILES) if is_sent else ()))
    back = reverse("admin:orders_batch_change", args=[batch.pk])

    def deed() -> HttpResponse:
        rows, wrong = _read(form)
        labels, more = tracking.matched(rows, parcels)
        if wrong + more:
            raise forms.ValidationError([*(wrong + more)[:SHOWN], *_beyond(len(wrong + more))])
        if not labels:
            raise forms.ValidationError("There is no tracking number in it.")
        shipping.save_labels(batch.pk, labels, at=timezone.now())
        messages.success(request, f"{counted(len(labels), 'parcel')} {'has' if len(labels) == 1 else 'have'} a number.")
        if doubt := doubts.worn([label.tracking for label in labels.values()]):
            messages.warning(request, doubt)
        return HttpResponseRedirect(back)

    if is_sent and form.is_valid() and (answer := once.act(request, form, deed, shipping.NotTheseNumbers, Unreadable)):
        return answer
    table = Table(
        "Parcels, in their order",
        ("", "Order", "Customer", "Tracking number"),
        [
            (place, each.order.reference, each.order.customer.name, f"{each.tracking} {_out(each)}".strip())
            for place, each in enumerate(parcels, 1)
        ],
        empty="Every parcel of this batch has left, or is stopped.",
    )
    return ask(
        site, request, title=f"Tracking numbers of {batch}", form=form, submit="Take the numbers", back=back,
        tables=[table], opts=batch._meta,
    )  # fmt: skip


def _read(form: NumbersForm) -> tuple[list[tracking.TrackingRow], list[str]]:
    file = form.cleaned_data["file"]
    if not file:
        return tracking.of_column(form.cleaned_data["column"])
    assert isinstance(file, UploadedFile)
    with NamedTemporaryFile(suffix=Path(file.name or "").suffix) as copy:
        for part in file.chunks():
            copy.write(part)
        copy.flush()
        return tracking.of_file(Path(copy.name), file.name or "the file")


def _out(parcel: Parcel) -> str:
    return "(left out)" if parcel.is_left_out else ""


def _beyond(count: int) -> list[str]:
    return [f"… and {count - SHOWN:,} more."] if count > SHOWN else []
